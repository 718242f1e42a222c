//! `doorward consent`: what people allowed which apps, and taking it back.

use anyhow::{Context, bail};
use serde_json::json;

use super::desk::{Answer, Desk};
use super::table::table;
use super::{ConfigFile, Exit, block_on};
use crate::base::{ClientId, UserId};
use crate::model::{Consent, Login};

/// What people allowed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: ConsentCommand,
    #[command(flatten)]
    file: ConfigFile,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

/// What people allowed.
#[derive(Debug, clap::Subcommand)]
enum ConsentCommand {
    /// List what people allowed, newest first.
    List(Which),
    /// Take back what people allowed, and revoke every token that was given on it.
    Revoke(Which),
}

/// Whose, and to which app.
#[derive(Debug, clap::Args)]
struct Which {
    /// User name or e-mail address.
    #[arg(long)]
    user: Option<String>,
    /// Client id.
    #[arg(long)]
    client: Option<String>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let settings = args.file.load_quietly()?;
    block_on(async {
        let desk = Desk::open(settings, args.json).await?;
        let answer = args.command.perform(&desk).await?;
        desk.say(&answer)?;
        Ok(Exit::Done)
    })
}

impl ConsentCommand {
    async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        match self {
            Self::List(which) => {
                let consents = which.find(desk).await?;
                let mut rows = Vec::new();
                for consent in &consents {
                    rows.push(row(desk, consent).await?);
                }
                let human = if rows.is_empty() {
                    "nobody allowed anything that is remembered".to_owned()
                } else {
                    table(
                        ["user", "client", "issuer", "tenant", "scopes", "given"],
                        &rows,
                    )
                };
                let json = json!({ "consents": consents.iter().map(json_of).collect::<Vec<_>>() });
                Ok(Answer { human, json })
            }
            Self::Revoke(which) => {
                if which.user.is_none() && which.client.is_none() {
                    bail!("say whose with --user, to which app with --client, or both");
                }
                let consents = which.find(desk).await?;
                for consent in &consents {
                    let (user, client) = (&consent.user, &consent.client);
                    let now = desk.clock.now();
                    desk.store.withdraw_consent(consent, now).await?;
                    desk.audit("consent_revoked", Some(user), Some(client))
                        .await?;
                }
                Ok(Answer {
                    human: format!("{} taken back", consents.len()),
                    json: json!({ "revoked": consents.iter().map(json_of).collect::<Vec<_>>() }),
                })
            }
        }
    }
}

impl Which {
    async fn find(&self, desk: &Desk) -> anyhow::Result<Vec<Consent>> {
        let user = match &self.user {
            Some(typed) => Some(user(desk, typed).await?),
            None => None,
        };
        let client = self.client.as_deref().map(ClientId::new);
        let found = desk.store.list_consents(user.as_ref(), client.as_ref());
        Ok(found.await?)
    }
}

async fn user(desk: &Desk, typed: &str) -> anyhow::Result<UserId> {
    let login = Login::parse(typed).with_context(|| format!("{typed:?} cannot be a user name"))?;
    let user = desk.store.find_user(&login).await?;
    let user = user.with_context(|| format!("there is no user {typed}"))?;
    Ok(user.id)
}

async fn row(desk: &Desk, consent: &Consent) -> anyhow::Result<[String; 6]> {
    let user = desk.store.load_user(&consent.user).await?;
    let tenant = consent.tenant.as_ref();
    Ok([
        user.map_or_else(|| consent.user.to_string(), |user| user.username),
        consent.client.to_string(),
        consent.issuer.to_string(),
        tenant.map_or_else(|| "-".to_owned(), ToString::to_string),
        consent.scopes.to_string(),
        consent.given.rfc3339(),
    ])
}

fn json_of(consent: &Consent) -> serde_json::Value {
    json!({
        "user": consent.user,
        "client": consent.client,
        "issuer": consent.issuer,
        "tenant": consent.tenant,
        "scopes": consent.scopes.iter().collect::<Vec<_>>(),
        "given": consent.given.rfc3339(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ScopeSet;
    use crate::config::load_text;

    #[tokio::test]
    async fn what_was_allowed_is_listed_and_taken_back_for_whom_and_for_what_is_named() {
        let file = "public_url = \"http://localhost:8080\"\nstorage.url = \"sqlite::memory:\"\n";
        let settings = load_text("doorward.toml", file).unwrap();
        let desk = Desk::open(settings, false).await.unwrap();
        for (user, client, tenant) in [
            ("u1", "shop", Some("acme")),
            ("u1", "wiki", None),
            ("u2", "shop", Some("gym")),
        ] {
            let consent = Consent {
                user: user.into(),
                issuer: "default".into(),
                client: client.into(),
                tenant: tenant.map(Into::into),
                scopes: ["openid"].into_iter().collect::<ScopeSet>(),
                given: desk.clock.now(),
            };
            desk.store.put_consent(&consent).await.unwrap();
        }
        let of = |client: Option<&str>| Which {
            user: None,
            client: client.map(str::to_owned),
        };
        let listed = ConsentCommand::List(of(None)).perform(&desk).await.unwrap();
        assert_eq!(listed.json["consents"].as_array().unwrap().len(), 3);
        assert!(listed.human.contains("acme") && listed.human.contains("gym"));
        assert!(
            ConsentCommand::Revoke(of(None))
                .perform(&desk)
                .await
                .is_err()
        );
        let revoked = ConsentCommand::Revoke(of(Some("shop")))
            .perform(&desk)
            .await;
        assert_eq!(
            revoked.unwrap().json["revoked"].as_array().unwrap().len(),
            2
        );
        let listed = ConsentCommand::List(of(None)).perform(&desk).await.unwrap();
        assert!(listed.human.contains("wiki") && !listed.human.contains("shop"));
    }
}
