//! What would happen to a request, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::bearer;
use super::question::{Question, SOMEBODY};
use super::untaken::Untaken;
use crate::cli::Exit;
use crate::cli::config::{instead as instead_of_upstream, upstream};
use crate::cli::policy::Expected;
use crate::gateway::RouteMatch;
use crate::gateway::rewrite::forwarded_path;
use crate::gateway::route::{Manner, Route, RouteTable, Target};
use crate::gateway::target::{Address, Refused};
use crate::model::User;
use crate::policy::{Criterion, Decision, Entry, Reason, SignInNeeds, explain};

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
    pub(super) route: &'a Route,
    also: Vec<String>,
    pub(super) user: Option<&'a User>,
    /// The path that the app gets, where it is another.
    forwarded: Option<String>,
    pub(super) decision: Decision<'a>,
    criteria: Vec<Criterion>,
}

impl<'a> Answer<'a> {
    /// Asks the table and the rule.
    pub fn find(table: &'a RouteTable, question: &'a Question, ports: &[u16]) -> Self {
        let manner = Manner {
            method: &question.method,
            headers: &question.headers,
        };
        let address = Address::from_url(&question.url).and_then(|address| {
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
                let (decision, criteria) = explain(&route.settings.rule, question.facts());
                let also = table.also_matched(&address, manner);
                Self::Route(Box::new(AtRoute {
                    route,
                    also: also
                        .iter()
                        .map(|other| other.settings.id.to_string())
                        .collect(),
                    user: question.user.as_ref(),
                    forwarded: Some(&route.settings.forwarding.rewrite)
                        .filter(|rewrite| !rewrite.is_empty())
                        .map(|rewrite| forwarded_path(rewrite, &address.path)),
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
                Decision::LoginNeeded | Decision::StepUp { .. } => Exit::LoginNeeded,
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
    /// The decision and its reason.
    pub fn outcome(&self) -> (Expected, String) {
        match &self.decision {
            Decision::Allow { by } => (Expected::Allow, by.to_string()),
            Decision::LoginNeeded => (Expected::Login, "anonymous".to_owned()),
            Decision::StepUp { reason } => (Expected::StepUp, reason.as_str().to_owned()),
            Decision::Deny { reason } => (Expected::Deny, reason.as_str().to_owned()),
        }
    }

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
        if let Some(name) = &settings.rule.name {
            let _ = writeln!(text, "policy    {name}   {}", settings.rule.origin);
        }
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
        if let Some(bearer) = &settings.bearer {
            let _ = writeln!(text, "bearer    {}", bearer::text(bearer));
        }
        if let Some(instead) = &settings.instead {
            let _ = writeln!(text, "answers   {}", instead_of_upstream(instead));
            return text;
        }
        let upstreams: Vec<_> = settings.upstreams.iter().map(upstream).collect();
        let names: Vec<_> = self.headers().into_iter().map(|(name, _)| name).collect();
        let sends = if names.is_empty() {
            "nothing about anybody".to_owned()
        } else {
            names.join(", ")
        };
        let _ = writeln!(text, "upstream  {}   sends: {sends}", upstreams.join(", "));
        if let Some(path) = &self.forwarded {
            let _ = writeln!(text, "path      {path}   is what the app gets");
        }
        text
    }

    fn verdict(&self) -> String {
        match &self.decision {
            Decision::Allow { by } => format!("ALLOW   by {by}"),
            Decision::LoginNeeded => "LOGIN NEEDED   nobody is signed in".to_owned(),
            Decision::StepUp { reason } => {
                let needs = SignInNeeds::of(&self.route.settings.rule);
                let way = if needs.reachable {
                    "signing in again helps"
                } else {
                    "no way in of this version is strong enough"
                };
                format!("STEP UP   reason={}   {way}", reason.as_str())
            }
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
            Decision::StepUp { reason } => ("step_up", reason.as_str().to_owned()),
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
            "require": criteria("require"),
            "policy": settings.rule.name,
            "tell": settings.tell,
            "instead": settings.instead.as_ref().map(instead_of_upstream),
            "forwarded_path": self.forwarded,
            "bearer": settings.bearer.as_ref().map(bearer::json),
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
