//! `doorward client initial-access-token`.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::json;

use super::add;
use crate::base::Opaque;
use crate::base::encoding::hex;
use crate::base::opaque::InitialToken;
use crate::cli::desk::{Answer, Desk};
use crate::cli::table::table;
use crate::issuer::RegistrationMode;
use crate::model::InitialTokenRecord;

/// Most apps that one token lets in.
const MOST: u32 = 10_000;
/// The longest a token may be used.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Tokens by which apps register themselves.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<TokenCommand>,
    #[command(flatten)]
    make: MakeToken,
}

/// What to do with those there are.
#[derive(Debug, clap::Subcommand)]
enum TokenCommand {
    /// List the tokens, newest first: what each is still good for. Their texts are kept nowhere.
    List,
    /// Revoke a token: no app registers by it any more. Those that did stay.
    Revoke {
        /// Its id, such as it-1a2b3c4d.
        id: String,
    },
}

impl Args {
    pub(super) async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        match self.command {
            None => self.make.perform(desk).await,
            Some(TokenCommand::List) => list(desk).await,
            Some(TokenCommand::Revoke { id }) => revoke(desk, &id).await,
        }
    }
}

async fn list(desk: &Desk) -> anyhow::Result<Answer> {
    let tokens = desk.store.list_initial_tokens().await?;
    let now = desk.clock.now();
    let (mut rows, mut shown) = (Vec::new(), Vec::new());
    for (token, made) in &tokens {
        let (made, until) = (made.rfc3339(), token.expires.rfc3339());
        let state = match (token.uses, token.expires > now) {
            (_, false) => "expired",
            (0, true) => "used up",
            (_, true) => "good",
        };
        shown.push(json!({
            "id": token.id,
            "issuer": token.issuer,
            "uses": token.uses,
            "made": made,
            "expires": until,
            "state": state,
        }));
        rows.push([
            token.id.clone(),
            token.issuer.to_string(),
            token.uses.to_string(),
            made,
            until,
            state.to_owned(),
        ]);
    }
    let human = if rows.is_empty() {
        "no initial access token; `doorward client initial-access-token` makes one".to_owned()
    } else {
        table(
            ["id", "issuer", "uses left", "made", "until", "state"],
            &rows,
        )
    };
    let json = json!({ "initial_access_tokens": shown });
    Ok(Answer { human, json })
}

async fn revoke(desk: &Desk, id: &str) -> anyhow::Result<Answer> {
    if !desk.store.revoke_initial_token(id).await? {
        bail!(
            "there is no initial access token {id:?}; `doorward client initial-access-token list` \
             shows them all"
        );
    }
    desk.audit("initial_token_revoked", None, None).await?;
    Ok(Answer {
        human: format!("{id} is revoked; apps that registered by it stay"),
        json: json!({ "revoked": id }),
    })
}

/// What the token allows.
#[derive(Debug, clap::Args)]
struct MakeToken {
    /// The issuer at which apps may register themselves; may be left out when there is one.
    #[arg(long)]
    issuer: Option<String>,
    /// How many apps may.
    #[arg(long, default_value_t = 1)]
    uses: u32,
    /// For how long, such as 7d or 12h.
    #[arg(long, default_value = "7d")]
    expires: String,
}

impl MakeToken {
    async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        let issuer = add::issuer(&desk.settings.issuers, self.issuer.as_deref())?;
        match issuer.registration.mode {
            RegistrationMode::Token => {}
            RegistrationMode::Open => bail!(
                "at issuer {} anybody may register an app: no token is asked for",
                issuer.id
            ),
            RegistrationMode::Off => bail!(
                "issuer {0} lets no app register itself: write registration = \"token\" under \
                 [issuer.{0}] first",
                issuer.id
            ),
        }
        if self.uses == 0 || self.uses > MOST {
            bail!("--uses is 1 to {MOST}");
        }
        let life = humantime::parse_duration(&self.expires)
            .ok()
            .filter(|life| !life.is_zero() && *life <= LONGEST)
            .context("--expires is a time such as 12h or 7d, a year at most")?;
        let token = Opaque::<InitialToken>::mint(&desk.rng)?;
        let record = InitialTokenRecord {
            id: format!("it-{}", hex(desk.rng.bytes::<4>()?)),
            issuer: issuer.id.clone(),
            uses: self.uses,
            expires: desk.clock.now().plus(life),
        };
        desk.store
            .insert_initial_token(&record, &token.hash())
            .await?;
        desk.audit("initial_token_made", None, None).await?;
        let (uses, until) = (record.uses, record.expires.rfc3339());
        let endpoint = format!("{}{}", issuer.url, issuer.endpoints.register);
        Ok(Answer {
            human: format!(
                "initial access token {}\n  {}\n  shown this once; lets {uses} app{} register at \
                 {endpoint}, until {until}",
                record.id,
                token.reveal(),
                if uses == 1 { "" } else { "s" },
            ),
            json: json!({
                "id": record.id,
                "initial_access_token": token.reveal(),
                "issuer": record.issuer,
                "registration_endpoint": endpoint,
                "uses": uses,
                "expires": until,
            }),
        })
    }
}
