//! `doorward token add`: a token for a person's programs or for a service.

use std::time::Duration;

use anyhow::{Context, bail};

use super::standing::{Common, described, person};
use crate::base::text::is_plain;
use crate::base::{RouteId, ScopeSet};
use crate::cli::desk::{Answer, Desk};
use crate::cli::{Exit, block_on};
use crate::config::Settings;
use crate::keys::Sealer;
use crate::model::{Holder, StandingKind, StandingToken};
use crate::server::master;
use crate::tokens::standing;

/// The longest name, in characters.
const NAME: usize = 64;
/// How long a token lives when nobody says.
const LIFE: Duration = Duration::from_hours(24 * 30);

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
    /// For how long, such as 90d or 12h. Default 30d, or the longest that the configuration allows.
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
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

    pub(super) async fn perform(&self, desk: &Desk) -> anyhow::Result<Answer> {
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
        if let Some(json) = json.as_object_mut() {
            json.insert("token".to_owned(), text.as_str().into());
        }
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

fn some(list: &str) -> &str {
    if list.is_empty() { "none" } else { list }
}
