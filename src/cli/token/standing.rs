//! `doorward token list|revoke`: tokens that people's programs and services show to routes.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::base::{RouteId, Timestamp, TokenId, UserId};
use crate::cli::desk::{Answer, Desk};
use crate::cli::table::table;
use crate::cli::{ConfigFile, Exit, block_on};
use crate::model::{Holder, Login, StandingToken, User};

/// What every one of these commands takes.
#[derive(Debug, clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    pub(super) file: ConfigFile,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
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
                token.used.map_or("never".to_owned(), Timestamp::rfc3339),
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

pub(super) fn described(token: &StandingToken, user: Option<&str>) -> Value {
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

pub(super) async fn person(desk: &Desk, typed: &str) -> anyhow::Result<User> {
    let nobody = || format!("there is no user {typed:?}; `doorward user list` shows everybody");
    let login = Login::parse(typed).with_context(nobody)?;
    desk.store.find_user(&login).await?.with_context(nobody)
}

fn joined(routes: &[RouteId]) -> String {
    let names: Vec<&str> = routes.iter().map(RouteId::as_str).collect();
    names.join(" ")
}
