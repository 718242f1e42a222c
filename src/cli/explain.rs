//! `doorward explain`: the request path's own code, run on a request that was never sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, bail};
use http::Method;
use serde_json::{Value, json};

use super::config::{meaning, upstream};
use super::{ConfigFile, Exit, block_on, print, print_json};
use crate::base::{Clock, Rng, Timestamp, UserId};
use crate::config::Settings;
use crate::gateway::assertion::identity_headers;
use crate::gateway::route::{Route, RouteTable, Target};
use crate::gateway::target::Address;
use crate::gateway::{IdentityValue, RouteMatch};
use crate::model::{Login, User};
use crate::policy::{Allow, Criterion, Decision, Facts, explain};
use crate::store::{Database, Store};

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
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let settings = args.file.load_quietly()?;
    let table = RouteTable::build(&settings.site, &settings.routes)?;
    let user = who(args, &settings)?;
    let answer = Answer::find(&table, &args.url, &args.method, user.as_ref());
    if args.json {
        print_json(&answer.json());
    } else {
        print(&answer.text());
    }
    Ok(answer.exit())
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
    }
}

/// What would happen.
enum Answer<'a> {
    /// The request is refused before any route is looked for, or nothing takes it.
    NoRoute(String),
    /// The site itself answers.
    Site,
    /// A route takes it.
    Route(Box<AtRoute<'a>>),
}

struct AtRoute<'a> {
    route: &'a Route,
    also: Vec<String>,
    user: Option<&'a User>,
    decision: Decision<'a>,
    criteria: Vec<Criterion>,
}

impl<'a> Answer<'a> {
    fn find(table: &'a RouteTable, url: &str, method: &Method, user: Option<&'a User>) -> Self {
        let address = match Address::from_url(url) {
            Ok(address) => address,
            Err(refused) => return Self::NoRoute(refused.to_string()),
        };
        match table.find(&address, method) {
            Target::Unknown(refused) => Self::NoRoute(refused.to_string()),
            Target::Site => Self::Site,
            Target::Route(route) => {
                let (decision, criteria) = explain(&route.settings.rule, &Facts { user });
                let also = table.also_matched(&address, method);
                Self::Route(Box::new(AtRoute {
                    route,
                    also: also
                        .iter()
                        .map(|other| other.settings.id.to_string())
                        .collect(),
                    user,
                    decision,
                    criteria,
                }))
            }
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NoRoute(_) => Exit::NoRoute,
            Self::Site => Exit::Done,
            Self::Route(at) => match at.decision {
                Decision::Allow { .. } => Exit::Done,
                Decision::LoginNeeded => Exit::LoginNeeded,
                Decision::Deny { .. } => Exit::Denied,
            },
        }
    }

    fn text(&self) -> String {
        match self {
            Self::NoRoute(why) => format!("route     none: {why}\ndecision  REFUSED\n"),
            Self::Site => {
                "route     none: Doorward's own page\ndecision  ALLOW   pages ask for a sign-in \
                 themselves\n"
                    .to_owned()
            }
            Self::Route(at) => at.text(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::NoRoute(why) => json!({ "decision": "no_route", "reason": why }),
            Self::Site => json!({ "decision": "site" }),
            Self::Route(at) => at.json(),
        }
    }
}

impl AtRoute<'_> {
    fn text(&self) -> String {
        let settings = &self.route.settings;
        let mut text = format!(
            "route     {}   {}   {}",
            settings.id,
            requests(&settings.matches),
            settings.origin
        );
        if !self.also.is_empty() {
            let _ = write!(
                text,
                "   (also matched: {}; less specific)",
                self.also.join(", ")
            );
        }
        text.push('\n');
        let mut heading = "allow";
        for criterion in &self.criteria {
            let holds = if criterion.holds { "yes" } else { "no" };
            let _ = writeln!(
                text,
                "{heading:<10}{:<24} {holds}: {}",
                criterion.entry, criterion.why
            );
            heading = "";
        }
        let _ = writeln!(text, "decision  {}", self.verdict());
        let upstreams: Vec<_> = settings.upstreams.iter().map(upstream).collect();
        let names: Vec<_> = self.headers().into_iter().map(|(name, _)| name).collect();
        let sends = if names.is_empty() {
            "nothing about anybody".to_owned()
        } else {
            names.join(", ")
        };
        let _ = writeln!(text, "upstream  {}   sends: {sends}", upstreams.join(", "));
        text
    }

    fn verdict(&self) -> String {
        match &self.decision {
            Decision::Allow { by } => format!("ALLOW   by {by}"),
            Decision::LoginNeeded => "LOGIN NEEDED   nobody is signed in".to_owned(),
            Decision::Deny { reason } => {
                let mut text = format!("DENY 403   reason={}", reason.as_str());
                if let Some(remedy) = self.remedy() {
                    let _ = write!(text, "       would pass: {remedy}");
                }
                text
            }
        }
    }

    /// The command that would let a stored person in, where one would.
    fn remedy(&self) -> Option<String> {
        let user = self.user.filter(|user| user.id.as_str() != SOMEBODY)?;
        if user.disabled {
            return Some(format!("doorward user enable {}", user.login.as_str()));
        }
        let allow = &self.route.settings.rule.allow;
        allow.iter().find_map(|entry| match entry {
            Allow::Group(group) => Some(format!(
                "doorward user group add {} {group}",
                user.login.as_str()
            )),
            Allow::Anyone | Allow::Authenticated | Allow::User(_) => None,
        })
    }

    /// What the app would be told if the request passed; secrets are not printed.
    fn headers(&self) -> Vec<(String, Value)> {
        let identity = &self.route.settings.identity;
        let Some(user) = self.user.filter(|user| !user.disabled) else {
            return self.decision_headers();
        };
        let secret = |name: &str| {
            identity
                .headers
                .iter()
                .find(|header| header.name == name)
                .filter(|header| matches!(header.value, IdentityValue::Secret(_)))
                .map(|header| meaning(&header.value))
        };
        identity_headers(identity, user)
            .into_iter()
            .map(|(name, value)| {
                let shown = secret(&name)
                    .unwrap_or_else(|| String::from_utf8_lossy(value.as_bytes()).into_owned());
                (name, shown.into())
            })
            .chain(
                identity
                    .assertion
                    .iter()
                    .map(|name| (name.clone(), "(a signed assertion)".into())),
            )
            .chain(self.decision_headers())
            .collect()
    }

    /// Why the request gets through, for apps that want to know.
    fn decision_headers(&self) -> Vec<(String, Value)> {
        let settings = &self.route.settings;
        let Decision::Allow { by } = &self.decision else {
            return Vec::new();
        };
        if !settings.identity.decision {
            return Vec::new();
        }
        vec![
            ("Doorward-Route".to_owned(), settings.id.as_str().into()),
            ("Doorward-Rule".to_owned(), by.to_string().into()),
            ("Doorward-Took".to_owned(), "(microseconds)".into()),
        ]
    }

    fn json(&self) -> Value {
        let settings = &self.route.settings;
        let criteria: Vec<_> = self
            .criteria
            .iter()
            .map(|one| json!({ "entry": one.entry, "holds": one.holds, "why": one.why }))
            .collect();
        let (decision, reason) = match &self.decision {
            Decision::Allow { by } => ("allow", by.to_string()),
            Decision::LoginNeeded => ("login_needed", "anonymous".to_owned()),
            Decision::Deny { reason } => ("deny", reason.as_str().to_owned()),
        };
        let headers: serde_json::Map<String, Value> = self.headers().into_iter().collect();
        json!({
            "decision": decision,
            "reason": reason,
            "would_pass": matches!(self.decision, Decision::Deny { .. })
                .then(|| self.remedy())
                .flatten(),
            "route": settings.id,
            "at": settings.origin,
            "host": settings.matches.host,
            "path": settings.matches.path,
            "also_matched": self.also,
            "allow": criteria,
            "upstream": settings.upstreams.iter().map(upstream).collect::<Vec<_>>(),
            "headers": headers,
        })
    }
}

/// `host wiki.example.com, path /admin/, POST`.
fn requests(matches: &RouteMatch) -> String {
    let mut text = format!("host {}, path {}", matches.host, matches.path);
    for method in &matches.methods {
        let _ = write!(text, ", {method}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Surroundings, examine_text};

    const FILE: &str = r#"public_url = "http://localhost:8080"
[[route]]
id = "wiki"
match = { host = "wiki.localhost" }
allow = ["group:staff"]
upstream = "http://127.0.0.1:3000"
[[route]]
id = "wiki-admin"
match = { host = "wiki.localhost", path = "/admin/" }
allow = ["group:wiki-admins"]
upstream = "http://127.0.0.1:3000"
identity = { headers = { X-Shared = { env = "SHARED" } } }
"#;

    fn answer(url: &str, groups: Option<&[&str]>) -> (String, Value, Exit) {
        let around = Surroundings::of("/nowhere", [("SHARED", "canary")]);
        let settings = examine_text("doorward.toml", FILE, &around)
            .settings
            .unwrap();
        let table = RouteTable::build(&settings.site, &settings.routes).unwrap();
        let user = groups.map(|groups| {
            invented(
                &groups
                    .iter()
                    .map(|group| (*group).to_owned())
                    .collect::<Vec<_>>(),
            )
        });
        let answer = Answer::find(&table, url, &Method::GET, user.as_ref());
        (answer.text(), answer.json(), answer.exit())
    }

    #[test]
    fn a_denial_names_the_route_its_line_the_rule_and_the_headers() {
        let (text, json, exit) = answer("http://wiki.localhost/admin/users", Some(&["staff"]));
        assert_eq!(exit, Exit::Denied);
        let mut lines = text.lines();
        assert_eq!(
            lines.next().unwrap(),
            "route     wiki-admin   host wiki.localhost, path /admin/   doorward.toml:7   \
             (also matched: wiki; less specific)"
        );
        assert!(
            lines
                .next()
                .unwrap()
                .starts_with("allow     group:wiki-admins"),
            "{text}"
        );
        assert_eq!(
            lines.next().unwrap(),
            "decision  DENY 403   reason=not_in_group"
        );
        assert_eq!(
            lines.next().unwrap(),
            "upstream  http://127.0.0.1:3000   sends: Remote-User, Remote-Groups, X-Shared, \
             Doorward-Assertion"
        );
        assert_eq!(json["headers"]["Remote-Groups"], "staff");
        assert!(!json.to_string().contains("canary"), "{json}");
    }

    #[test]
    fn a_denial_of_a_stored_person_says_what_would_let_them_in() {
        let around = Surroundings::of("/nowhere", [("SHARED", "canary")]);
        let settings = examine_text("doorward.toml", FILE, &around)
            .settings
            .unwrap();
        let table = RouteTable::build(&settings.site, &settings.routes).unwrap();
        let mut bob = invented(&["staff".to_owned()]);
        bob.id = UserId::new("u_1");
        bob.login = Login::parse("bob").unwrap();
        let url = "http://wiki.localhost/admin/";
        let says = |user: &User| Answer::find(&table, url, &Method::GET, Some(user)).text();
        assert!(
            says(&bob).contains("would pass: doorward user group add bob wiki-admins\n"),
            "{}",
            says(&bob)
        );
        bob.disabled = true;
        assert!(says(&bob).contains("would pass: doorward user enable bob\n"));
    }

    #[test]
    fn every_outcome_has_an_exit_code_of_its_own() {
        for (url, groups, exit) in [
            (
                "http://wiki.localhost/",
                Some(["staff"].as_slice()),
                Exit::Done,
            ),
            ("http://wiki.localhost/", Some(&["other"]), Exit::Denied),
            ("http://wiki.localhost/", None, Exit::LoginNeeded),
            ("http://other.localhost/", None, Exit::NoRoute),
            ("http://wiki.localhost/a%2f..%2fadmin/", None, Exit::NoRoute),
            ("not a url", None, Exit::NoRoute),
            ("http://localhost:8080/login", None, Exit::Done),
        ] {
            assert_eq!(answer(url, groups).2, exit, "{url}");
        }
    }
}
