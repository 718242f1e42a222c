//! `doorward token add|list|revoke`: tokens that people's programs and services show to routes.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::base::text::is_plain;
use crate::base::{RouteId, ScopeSet, TokenId, UserId};
use crate::cli::desk::{Answer, Desk};
use crate::cli::table::table;
use crate::cli::{ConfigFile, Exit, block_on};
use crate::config::Settings;
use crate::keys::Sealer;
use crate::model::{Holder, Login, StandingKind, StandingToken, User};
use crate::server::master;
use crate::tokens::standing;

/// The longest name, in characters.
const NAME: usize = 64;
/// How long a token lives when nobody says.
const LIFE: Duration = Duration::from_hours(24 * 30);

/// What every one of these commands takes.
#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    file: ConfigFile,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A token to be made.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["user", "service"])))]
pub struct Add {
    #[command(flatten)]
    common: Common,
    /// The person in whose name it opens routes, by user name or e-mail address.
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
    /// The service that shows it, which is no person: letters, digits, `-`, `_` and `.`.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// What a person's token is called, to know it by.
    #[arg(long, requires = "user", value_name = "NAME")]
    name: Option<String>,
    /// What it allows: scopes that routes or resources of the file name.
    #[arg(
        long = "scope",
        visible_alias = "scopes",
        value_name = "SCOPE",
        value_delimiter = ','
    )]
    scopes: Vec<String>,
    /// The routes that it opens, by their ids; all that take its kind when left out.
    #[arg(
        long = "route",
        visible_alias = "routes",
        value_name = "ID",
        value_delimiter = ','
    )]
    routes: Vec<String>,
    /// For how long, such as 90d or 12h. Default 30d, or the longest that [tokens] allows.
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
}

/// Which tokens to list.
#[derive(Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    common: Common,
    /// Only this person's, by user name or e-mail address.
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
}

/// A token to be revoked.
#[derive(Debug, clap::Args)]
pub struct Revoke {
    #[command(flatten)]
    common: Common,
    /// Its id, such as pat-0123456789abcdef.
    id: String,
}

impl Add {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<Exit> {
        let common = &self.common;
        let settings = common.file.load_quietly()?;
        block_on(async {
            let desk = Desk::open(settings, common.json).await?;
            desk.say(&self.perform(&desk).await?)?;
            Ok(Exit::Done)
        })
    }

    async fn perform(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let settings = &desk.settings;
        let (holder, name) = self.holder(desk).await?;
        let kind = match holder {
            Holder::Person(_) => StandingKind::Personal,
            Holder::Service => StandingKind::Service,
        };
        let (scopes, routes) = (self.scopes(settings)?, self.routes(settings, kind)?);
        let life = self.life(settings.standing.longest(kind))?;
        let master = master::load(settings, &desk.store, &desk.rng).await?;
        let sealer = Sealer::new(&master, desk.clock.clone(), desk.rng.clone());
        let new = standing::mint(&sealer, &desk.rng, kind)?;
        let now = desk.clock.now();
        let token = StandingToken {
            id: new.id,
            holder,
            name,
            scopes,
            routes,
            created: now,
            expires: now.plus(life),
            used: None,
        };
        let made = desk.store.insert_standing_token(&token, new.hash);
        if !made.await? {
            bail!("{} is disabled", self.user.as_deref().unwrap_or_default());
        }
        let id = token.id.as_str().into();
        desk.audit("token_made", token.user(), Some(&id)).await?;
        let text = new.text.expose_secret();
        let mut json = described(&token, self.user.as_deref());
        json["token"] = text.as_str().into();
        Ok(Answer {
            human: format!(
                "{} token {}\n  {text}\n  shown this once; good until {}",
                kind.as_str(),
                token.id,
                token.expires.rfc3339()
            ),
            json,
        })
    }

    async fn holder(&self, desk: &Desk) -> anyhow::Result<(Holder, String)> {
        if let Some(service) = &self.service {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if service.is_empty() || service.len() > NAME || !service.bytes().all(plain) {
                bail!("a service is called by 1 to {NAME} letters, digits, `-`, `_` and `.`");
            }
            return Ok((Holder::Service, service.clone()));
        }
        let user = person(desk, self.user.as_deref().unwrap_or_default()).await?;
        let name = self.name.clone().unwrap_or_default();
        if name.chars().count() > NAME || !is_plain(&name) {
            bail!("--name is at most {NAME} visible characters");
        }
        Ok((Holder::Person(user.id), name))
    }

    /// A scope that nothing asks for is a slip.
    fn scopes(&self, settings: &Settings) -> anyhow::Result<ScopeSet> {
        let bearers = settings
            .routes
            .iter()
            .filter_map(|route| route.bearer.as_ref());
        let of_routes = bearers.flat_map(|bearer| bearer.scopes.iter());
        let resources = settings.resources.iter();
        let of_resources = resources.flat_map(|resource| resource.scopes.keys());
        let known: ScopeSet = of_routes.chain(of_resources.map(String::as_str)).collect();
        for scope in &self.scopes {
            if !known.contains(scope) {
                bail!(
                    "no route and no resource of the file asks for the scope {scope:?}; there are: \
                     {}",
                    some(&known.to_string())
                );
            }
        }
        Ok(self.scopes.iter().map(String::as_str).collect())
    }

    fn routes(&self, settings: &Settings, kind: StandingKind) -> anyhow::Result<Vec<RouteId>> {
        let takes = settings.routes.iter().filter(|route| {
            let bearer = route.bearer.as_ref();
            bearer.is_some_and(|bearer| bearer.takes(kind))
        });
        let open: Vec<&RouteId> = takes.map(|route| &route.id).collect();
        let mut routes = Vec::new();
        for id in &self.routes {
            let Some(route) = open.iter().find(|route| route.as_str() == id) else {
                let all: Vec<&str> = open.iter().map(|route| route.as_str()).collect();
                bail!(
                    "the route {id:?} takes no {0} tokens: it would say bearer = {{ {0} = true }}; \
                     those that do: {1}",
                    kind.as_str(),
                    some(&all.join(" "))
                );
            };
            routes.push((*route).clone());
        }
        routes.sort();
        routes.dedup();
        Ok(routes)
    }

    fn life(&self, longest: Duration) -> anyhow::Result<Duration> {
        let Some(given) = &self.expires else {
            return Ok(LIFE.min(longest));
        };
        humantime::parse_duration(given)
            .ok()
            .filter(|life| !life.is_zero() && *life <= longest)
            .with_context(|| {
                let longest = humantime::format_duration(longest);
                format!("--expires is a time such as 12h or 90d, at most {longest} (see [tokens])")
            })
    }
}

impl List {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<Exit> {
        let common = &self.common;
        let settings = common.file.load_quietly()?;
        block_on(async {
            let desk = Desk::open(settings, common.json).await?;
            desk.say(&self.perform(&desk).await?)?;
            Ok(Exit::Done)
        })
    }

    async fn perform(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let user = match &self.user {
            Some(typed) => Some(person(desk, typed).await?),
            None => None,
        };
        let user = user.as_ref().map(|user| &user.id);
        let tokens = desk.store.list_standing_tokens(user).await?;
        let names = names(desk, &tokens).await?;
        let now = desk.clock.now();
        let (mut rows, mut shown) = (Vec::new(), Vec::new());
        for token in &tokens {
            let whose = token.user().and_then(|user| names.get(user));
            let over = if token.expires <= now { "expired" } else { "" };
            shown.push(described(token, whose.map(String::as_str)));
            rows.push([
                token.id.to_string(),
                whose.cloned().unwrap_or_default(),
                token.name.clone(),
                token.scopes.to_string(),
                joined(&token.routes),
                token.expires.rfc3339(),
                token.used.map_or("never".to_owned(), |at| at.rfc3339()),
                over.to_owned(),
            ]);
        }
        let human = if rows.is_empty() {
            "no token; `doorward token add` makes one".to_owned()
        } else {
            let heads = [
                "id",
                "user",
                "name",
                "scopes",
                "routes",
                "until",
                "last used",
                "",
            ];
            table(heads, &rows)
        };
        let json = json!({ "tokens": shown });
        Ok(Answer { human, json })
    }
}

impl Revoke {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<Exit> {
        let common = &self.common;
        let settings = common.file.load_quietly()?;
        block_on(async {
            let desk = Desk::open(settings, common.json).await?;
            desk.say(&self.perform(&desk).await?)?;
            Ok(Exit::Done)
        })
    }

    async fn perform(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let id = TokenId::new(&self.id);
        let Some(holder) = desk.store.revoke_standing_token(&id).await? else {
            bail!(
                "there is no token {:?}; `doorward token list` shows them all",
                self.id
            );
        };
        let user = match &holder {
            Holder::Person(user) => Some(user),
            Holder::Service => None,
        };
        let audited = self.id.as_str().into();
        desk.audit("token_revoked", user, Some(&audited)).await?;
        Ok(Answer {
            human: format!("{id} is revoked"),
            json: json!({ "revoked": id }),
        })
    }
}

fn described(token: &StandingToken, user: Option<&str>) -> Value {
    json!({
        "id": token.id,
        "kind": token.kind().as_str(),
        "user": user,
        "name": token.name,
        "scopes": token.scopes.iter().collect::<Vec<_>>(),
        "routes": token.routes,
        "created": token.created.rfc3339(),
        "expires": token.expires.rfc3339(),
        "last_used": token.used.map(crate::base::Timestamp::rfc3339),
    })
}

async fn names(desk: &Desk, tokens: &[StandingToken]) -> anyhow::Result<BTreeMap<UserId, String>> {
    let mut names = BTreeMap::new();
    for user in tokens.iter().filter_map(StandingToken::user) {
        if !names.contains_key(user) {
            let found = desk.store.load_user(user).await?;
            let name = found.map_or_else(|| user.to_string(), |user| user.username);
            names.insert(user.clone(), name);
        }
    }
    Ok(names)
}

async fn person(desk: &Desk, typed: &str) -> anyhow::Result<User> {
    let nobody = || format!("there is no user {typed:?}; `doorward user list` shows everybody");
    let login = Login::parse(typed).with_context(nobody)?;
    desk.store.find_user(&login).await?.with_context(nobody)
}

fn joined(routes: &[RouteId]) -> String {
    let names: Vec<&str> = routes.iter().map(RouteId::as_str).collect();
    names.join(" ")
}

fn some(list: &str) -> &str {
    if list.is_empty() { "none" } else { list }
}
