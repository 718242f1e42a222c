//! `doorward client add`.

use anyhow::{Context, bail};
use serde_json::json;

use super::{configured, show};
use crate::base::opaque::ClientSecret;
use crate::base::scope::is_scope_name;
use crate::base::{ClientId, Opaque, ScopeSet};
use crate::cli::desk::{Answer, Desk};
use crate::issuer::IssuerSettings;
use crate::issuer::rules::{self, Able};
use crate::model::client::{ClientAbout, ClientSecretHash};
use crate::model::{Algorithm, Client, ClientAuthMethod, ConsentPolicy, Login, Pkce};

/// Longest id, in bytes.
const LONGEST: usize = 128;
/// What an app may ask for when nothing is said.
const SCOPES: [&str; 3] = ["openid", "profile", "email"];

/// What to register.
#[derive(Debug, clap::Args)]
pub struct AddClient {
    /// Client id; a random one when left out.
    id: Option<String>,
    /// The issuer that serves it; may be left out when there is one.
    #[arg(long)]
    issuer: Option<String>,
    /// Shown to people; the id when left out.
    #[arg(long)]
    name: Option<String>,
    /// Where people are sent back to, whole; may be repeated.
    #[arg(long = "redirect-uri", value_name = "URI", required = true)]
    redirect_uris: Vec<String>,
    /// Where people may be sent after signing out; may be repeated.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// It cannot keep a secret: PKCE is its only proof.
    #[arg(long)]
    public: bool,
    /// It may ask for this scope; may be repeated [default: openid profile email].
    #[arg(
        long = "scope",
        visible_alias = "scopes",
        value_name = "SCOPE",
        value_delimiter = ','
    )]
    scopes: Vec<String>,
    /// A tenant it serves, by its name in the file; may be repeated. With several, its requests name
    /// one.
    #[arg(
        long = "tenant",
        visible_alias = "tenants",
        value_name = "TENANT",
        value_delimiter = ','
    )]
    tenants: Vec<String>,
    /// The person who answers for it: it is suspended while they may not own clients.
    #[arg(long, value_name = "LOGIN")]
    owner: Option<String>,
    /// When people are asked.
    #[arg(long, value_enum, default_value = "remember")]
    consent: Asked,
    /// It may leave PKCE out.
    #[arg(long, conflicts_with = "public")]
    pkce_optional: bool,
    /// Algorithm of its ID tokens; the issuer's first when left out.
    #[arg(long, value_name = "ALG")]
    id_token_alg: Option<String>,
}

/// When people are asked.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Asked {
    /// At every authorization.
    Always,
    /// Once, and again when it wants more.
    Remember,
    /// Never: an app of your own.
    Skip,
}

impl AddClient {
    pub(super) async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        let secret = if self.public {
            None
        } else {
            Some(Opaque::<ClientSecret>::mint(&desk.rng)?)
        };
        let client = Client {
            owner: self.owner(desk).await?,
            ..self.client(desk, secret.as_ref())?
        };
        if let Some(configured) = configured(desk, &client.id) {
            bail!("client {} is managed by {}", client.id, configured.origin);
        }
        desk.store.insert_client(&client).await?;
        desk.audit("client_added", None, Some(&client.id)).await?;
        Ok(match secret {
            Some(secret) => show::secret(&client, &secret, "registered"),
            None => Answer {
                human: format!(
                    "registered {} (public: no secret, PKCE required)",
                    client.id
                ),
                json: json!({ "client": show::json(&client) }),
            },
        })
    }

    /// Somebody who may own clients, by user name: addresses change.
    async fn owner(&self, desk: &Desk) -> anyhow::Result<Option<Login>> {
        let Some(typed) = &self.owner else {
            return Ok(None);
        };
        let nobody = || format!("there is no user {typed:?}; `doorward user list` shows everybody");
        let login = Login::parse(typed).with_context(nobody)?;
        let user = desk.store.find_user(&login).await?.with_context(nobody)?;
        if !desk.settings.identity.owners.hold(&user) {
            bail!(
                "{} may not own clients: [permission] says who may",
                user.username
            );
        }
        Ok(Some(user.login))
    }

    fn client(&self, desk: &Desk, secret: Option<&Opaque<ClientSecret>>) -> anyhow::Result<Client> {
        let issuer = issuer(&desk.settings.issuers, self.issuer.as_deref())?;
        let id = match &self.id {
            Some(id) => self::id(id)?,
            None => ClientId::new(desk.rng.uuid()?.to_string()),
        };
        let name = self.name.clone().unwrap_or_else(|| id.to_string());
        let client = Client {
            name,
            secrets: secret
                .map(|secret| ClientSecretHash::Generated(secret.hash()))
                .into_iter()
                .collect(),
            auth: match secret {
                Some(_) => ClientAuthMethod::ClientSecret,
                None => ClientAuthMethod::None,
            },
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            scopes: scopes(&self.scopes)?,
            tenants: desk.tenants(&self.tenants)?,
            consent: self.consent.into(),
            pkce: if self.pkce_optional {
                Pkce::Optional
            } else {
                Pkce::Required
            },
            id_token_alg: algorithm(self.id_token_alg.as_deref())?,
            about: ClientAbout {
                application: rules::application_of(&self.redirect_uris),
                ..ClientAbout::default()
            },
            ..Client::new(id, issuer.id.clone())
        };
        match rules::faults(&client, Able::of(issuer)).first() {
            None => Ok(client),
            Some(fault) => bail!("{fault}"),
        }
    }
}

impl From<Asked> for ConsentPolicy {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Always => Self::Always,
            Asked::Remember => Self::Remember,
            Asked::Skip => Self::Skip,
        }
    }
}

fn id(typed: &str) -> anyhow::Result<ClientId> {
    let visible = typed.bytes().all(|byte| byte.is_ascii_graphic());
    if typed.is_empty() || typed.len() > LONGEST || !visible {
        bail!("a client id is 1 to {LONGEST} visible ASCII characters");
    }
    Ok(ClientId::new(typed))
}

/// The issuer that is asked for, or the only one.
pub(super) fn issuer<'a>(
    issuers: &'a [IssuerSettings],
    asked: Option<&str>,
) -> anyhow::Result<&'a IssuerSettings> {
    let all = || {
        let all: Vec<_> = issuers.iter().map(|issuer| issuer.id.as_str()).collect();
        all.join(", ")
    };
    match (asked, issuers) {
        (Some(asked), _) => issuers
            .iter()
            .find(|issuer| issuer.id.as_str() == asked)
            .with_context(|| format!("there is no issuer {asked:?}; there are: {}", all())),
        (None, [only]) => Ok(only),
        (None, _) => bail!("say which issuer serves it: --issuer, one of {}", all()),
    }
}

fn scopes(typed: &[String]) -> anyhow::Result<ScopeSet> {
    if let Some(wrong) = typed.iter().find(|name| !is_scope_name(name)) {
        bail!("{wrong:?} cannot be a scope: visible ASCII without quotes and backslashes");
    }
    if typed.is_empty() {
        return Ok(SCOPES.into_iter().collect());
    }
    Ok(typed.iter().map(String::as_str).collect())
}

fn algorithm(named: Option<&str>) -> anyhow::Result<Option<Algorithm>> {
    let Some(named) = named else {
        return Ok(None);
    };
    let all = || Algorithm::ALL.map(Algorithm::as_str).join(", ");
    let alg = Algorithm::parse(named);
    alg.map(Some)
        .with_context(|| format!("{named} is no algorithm here; there are {}", all()))
}
