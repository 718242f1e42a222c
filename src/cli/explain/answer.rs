//! What would happen to a request, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::SOMEBODY;
use super::untaken::Untaken;
use crate::cli::Exit;
use crate::cli::config::{is_fixed, meaning, upstream};
use crate::gateway::RouteMatch;
use crate::gateway::assertion::identity_headers;
use crate::gateway::route::{Manner, Route, RouteTable, Target};
use crate::gateway::target::{Address, Refused};
use crate::model::User;
use crate::policy::{Criterion, Decision, Entry, Facts, Reason, explain};

/// What would happen.
pub enum Answer<'a> {
    /// The request is refused before any route is looked for, or nothing takes it.
    NoRoute(String),
    /// The routes at this address take other methods, and no wider route is asked.
    OtherMethods(Untaken<'a>),
    /// The site itself answers.
    Site,
    /// A route takes it.
    Route(Box<AtRoute<'a>>),
}

/// What a route does with it.
pub struct AtRoute<'a> {
    route: &'a Route,
    also: Vec<String>,
    user: Option<&'a User>,
    decision: Decision<'a>,
    criteria: Vec<Criterion>,
}

impl<'a> Answer<'a> {
    /// Asks the table and the rule.
    pub fn find(
        table: &'a RouteTable,
        url: &str,
        manner: Manner<'_>,
        user: Option<&'a User>,
        ports: &[u16],
    ) -> Self {
        let address = Address::from_url(url).and_then(|address| {
            address.check_port(|port| ports.contains(&port))?;
            Ok(address)
        });
        let address = match address {
            Ok(address) => address,
            Err(refused) => return Self::NoRoute(refused.to_string()),
        };
        match table.find(&address, manner) {
            Target::Unknown(refused) => Self::NoRoute(refused.to_string()),
            Target::OtherMethods => Self::OtherMethods(Untaken::find(table, &address, manner)),
            Target::OtherHeaders => Self::NoRoute(Refused::HeadersUntaken.to_string()),
            Target::Site => Self::Site,
            Target::Route(route) => {
                let (decision, criteria) = explain(&route.settings.rule, Facts { user });
                let also = table.also_matched(&address, manner);
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

    /// As an exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoRoute(_) | Self::OtherMethods(_) => Exit::NoRoute,
            Self::Site => Exit::Done,
            Self::Route(at) => match at.decision {
                Decision::Allow { .. } => Exit::Done,
                Decision::LoginNeeded => Exit::LoginNeeded,
                Decision::Deny { .. } => Exit::Denied,
            },
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        match self {
            Self::NoRoute(why) => format!("route     none: {why}\ndecision  REFUSED\n"),
            Self::OtherMethods(untaken) => untaken.text(),
            Self::Site => {
                "route     none: Doorward's own page\ndecision  ALLOW   pages ask for a sign-in \
                 themselves\n"
                    .to_owned()
            }
            Self::Route(at) => at.text(),
        }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        match self {
            Self::NoRoute(why) => json!({ "decision": "no_route", "reason": why }),
            Self::OtherMethods(untaken) => untaken.json(),
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
        let mut said = "";
        for criterion in &self.criteria {
            let heading = if said == criterion.key {
                ""
            } else {
                criterion.key
            };
            said = criterion.key;
            let holds = if criterion.holds { "yes" } else { "no" };
            let _ = writeln!(
                text,
                "{heading:<10}{:<24} {holds}: {}",
                criterion.entry, criterion.why
            );
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
        let Decision::Deny {
            reason: Reason::NotInGroup | Reason::NotNamed,
        } = self.decision
        else {
            return None;
        };
        let allow = &self.route.settings.rule.allow;
        allow.iter().find_map(|entry| match entry {
            Entry::Group(group) => Some(format!(
                "doorward user group add {} {group}",
                user.login.as_str()
            )),
            Entry::Tenant(tenant) => Some(format!(
                "doorward user tenant add {} {tenant}",
                user.login.as_str()
            )),
            Entry::Anyone
            | Entry::Authenticated
            | Entry::User(_)
            | Entry::Domain(_)
            | Entry::Claim { .. } => None,
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
                .filter(|header| is_fixed(&header.value))
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
        let criteria = |key: &str| -> Vec<Value> {
            let of = self.criteria.iter().filter(|one| one.key == key);
            of.map(|one| json!({ "entry": one.entry, "holds": one.holds, "why": one.why }))
                .collect()
        };
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
            "path_regex": settings.matches.path_regex,
            "also_matched": self.also,
            "deny": criteria("deny"),
            "allow": criteria("allow"),
            "upstream": settings.upstreams.iter().map(upstream).collect::<Vec<_>>(),
            "headers": headers,
        })
    }
}

/// `host wiki.example.com, path /admin/, path_regex /admin/[0-9]+, POST, x-api: 1`.
pub(super) fn requests(matches: &RouteMatch) -> String {
    let mut text = format!("host {}, path {}", matches.host, matches.path);
    if let Some(pattern) = &matches.path_regex {
        let _ = write!(text, ", path_regex {pattern}");
    }
    for method in &matches.methods {
        let _ = write!(text, ", {method}");
    }
    for (name, value) in &matches.headers {
        let _ = write!(text, ", {name}: {}", value.to_str().unwrap_or_default());
    }
    text
}
