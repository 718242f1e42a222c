//! `doorward explain`: the request path's own code, run on a request that was never sent.

mod answer;
#[cfg(test)]
mod tests;
mod untaken;

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use http::{HeaderName, HeaderValue, Method};

use super::{ConfigFile, Exit, block_on, print, print_json};
use crate::base::{Clock, Rng, Timestamp, UserId};
use crate::config::Settings;
use crate::gateway::Listen;
use crate::gateway::route::{Manner, RouteTable};
use crate::model::{Login, User};
use crate::store::{Database, Store};
use answer::Answer;

/// Say which route and rule a request meets, why, and what the app would be told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The URL, as in a browser's address bar.
    url: String,
    #[command(flatten)]
    file: ConfigFile,
    /// A person in storage, by user name or e-mail address.
    #[arg(long, value_name = "LOGIN", group = "who")]
    user: Option<String>,
    /// Somebody in these groups, without looking into storage.
    #[arg(long, value_name = "GROUP", value_delimiter = ',', group = "who")]
    groups: Option<Vec<String>>,
    /// Nobody is signed in; the default.
    #[arg(long, group = "who")]
    anonymous: bool,
    /// The method.
    #[arg(long, default_value = "GET")]
    method: Method,
    /// A header field of the request, such as "X-Api: 1"; once for each.
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let settings = args.file.load_quietly()?;
    let table = RouteTable::build(&settings.site, &settings.routes)?;
    let user = who(args, &settings)?;
    let ports = ports(&settings);
    let headers = args.headers.iter().cloned().collect();
    let manner = Manner {
        method: &args.method,
        headers: &headers,
    };
    let answer = Answer::find(&table, &args.url, manner, user.as_ref(), &ports);
    if args.json {
        print_json(&answer.json());
    } else {
        print(&answer.text());
    }
    Ok(answer.exit())
}

/// A field as it stands in a request.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("write it as \"NAME: VALUE\"")?;
    let name = name.parse().map_err(|_| "that is not a header name")?;
    let value = value.trim().parse();
    Ok((name, value.map_err(|_| "that is not a header value")?))
}

/// The ports under which requests are taken.
fn ports(settings: &Settings) -> Vec<u16> {
    let listened = settings
        .listen
        .main
        .iter()
        .filter_map(|listen| match listen {
            Listen::Tcp(address) => Some(address.port()),
            Listen::Unix(_) => None,
        });
    listened.chain([settings.site.port]).collect()
}

fn who(args: &Args, settings: &Settings) -> anyhow::Result<Option<User>> {
    if let Some(login) = &args.user {
        return block_on(stored(login, settings)).map(Some);
    }
    Ok(args.groups.as_ref().map(|groups| invented(groups)))
}

async fn stored(login: &str, settings: &Settings) -> anyhow::Result<User> {
    if let Database::Sqlite(path) = &settings.store.database
        && !path.exists()
    {
        bail!(
            "there is no storage at {} yet; --groups asks without",
            path.display()
        );
    }
    let canonical = Login::parse(login).context("that cannot be anybody's login")?;
    let store = Store::open(&settings.store, Clock::system(), Rng::system()).await?;
    let found = store.find_user(&canonical).await?;
    found.with_context(|| format!("nobody is called {login}"))
}

/// Who is asked about when nobody in storage is.
const SOMEBODY: &str = "somebody";

/// Somebody who is in some groups and nothing else.
fn invented(groups: &[String]) -> User {
    User {
        id: UserId::new(SOMEBODY),
        login: Login::from_stored(SOMEBODY.to_owned()),
        username: SOMEBODY.to_owned(),
        name: String::new(),
        email: None,
        email_verified: false,
        groups: groups.iter().map(|group| group.as_str().into()).collect(),
        tenants: Vec::new(),
        attributes: BTreeMap::new(),
        disabled: false,
        created: Timestamp::default(),
        updated: Timestamp::default(),
        epoch: 0,
    }
}
