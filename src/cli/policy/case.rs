//! One expectation, as it is written.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use anyhow::{Context as _, bail};
use http::Method;
use serde::Deserialize;
use serde_spanned::Spanned;

use crate::base::TenantId;
use crate::cli::explain::{Question, SignedIn, invented, moment};
use crate::model::User;

/// Every expectation of a file, with where it stands.
#[derive(Debug)]
pub struct Cases {
    pub list: Vec<(String, Case)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    case: Vec<Spanned<Case>>,
}

/// A request, and what should become of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    url: String,
    /// A person in storage.
    pub user: Option<String>,
    #[serde(default)]
    anonymous: bool,
    /// What somebody is who is in no storage.
    groups: Option<Vec<String>>,
    #[serde(default)]
    tenants: Vec<String>,
    email: Option<String>,
    #[serde(default)]
    claims: BTreeMap<String, String>,
    /// How long ago they signed in, and by what.
    signed_in: Option<String>,
    amr: Option<Vec<String>>,
    method: Option<String>,
    ip: Option<IpAddr>,
    at: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    certificate: Option<String>,
    /// What should become of it.
    pub expect: Expected,
    /// Why.
    pub reason: Option<String>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// It is forwarded.
    Allow,
    /// It is not.
    Deny,
    /// Somebody has to sign in.
    Login,
    /// Somebody has to prove more.
    StepUp,
    /// Nothing takes it.
    NoRoute,
    /// It is Doorward's own page.
    Site,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Login => "login",
            Self::StepUp => "step_up",
            Self::NoRoute => "no_route",
            Self::Site => "site",
        })
    }
}

impl Cases {
    /// Reads a file; one without expectations is a slip.
    pub fn read(name: &str, text: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(text).with_context(|| name.to_owned())?;
        if file.case.is_empty() {
            bail!("{name} has no [[case]]");
        }
        let cases = file.case.into_iter().map(|case| {
            let before = text.get(..case.span().start).unwrap_or_default();
            let line = before.lines().count().max(1);
            (format!("{name}:{line}"), case.into_inner())
        });
        Ok(Self {
            list: cases.collect(),
        })
    }
}

impl Case {
    /// The request; `stored` is the person whom `user` names.
    pub fn question(&self, stored: Option<User>) -> anyhow::Result<Question> {
        let described = self.groups.is_some()
            || !self.tenants.is_empty()
            || self.email.is_some()
            || !self.claims.is_empty();
        if [stored.is_some(), described, self.anonymous]
            .iter()
            .filter(|one| **one)
            .count()
            > 1
        {
            bail!("`user`, `anonymous`, and what describes somebody (`groups`) exclude each other");
        }
        let user = stored.or_else(|| described.then(|| self.somebody()));
        let method = self.method.as_deref().unwrap_or("GET");
        let method = Method::from_bytes(method.as_bytes()).context("`method` is no method")?;
        let mut question = Question::new(&self.url, method, user);
        question.address = self.ip;
        if let Some(at) = &self.at {
            question.now = moment(at)?;
        }
        for (name, value) in &self.headers {
            question.header(name, value)?;
        }
        if let Some(subject) = &self.certificate {
            question.certified(subject)?;
        }
        let ago = self.signed_in.as_deref().map(humantime::parse_duration);
        let ago = ago.transpose().context("`signed_in` is no duration")?;
        let password = ["pwd".to_owned()];
        question.signed_in = SignedIn::read(ago, self.amr.as_deref().unwrap_or(&password))?;
        Ok(question)
    }

    fn somebody(&self) -> User {
        User {
            tenants: self.tenants.iter().map(TenantId::new).collect(),
            email: self.email.clone(),
            email_verified: self.email.is_some(),
            attributes: self.claims.clone(),
            ..invented(self.groups.as_deref().unwrap_or_default())
        }
    }

    /// Who asks, for people.
    pub fn who(&self) -> String {
        match (&self.user, &self.groups) {
            (Some(user), _) => user.clone(),
            (None, Some(groups)) => format!("somebody in {}", groups.join(", ")),
            (None, None) if self.email.is_some() || !self.tenants.is_empty() => {
                "somebody".to_owned()
            }
            (None, None) if !self.claims.is_empty() => "somebody".to_owned(),
            (None, None) => "anybody".to_owned(),
        }
    }
}
