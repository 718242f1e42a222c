//! A request that was never sent: who would send it, from where, when.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::base::{Clock, Rng, Timestamp, UserId};
use crate::config::Settings;
use crate::keys::DistinguishedName;
use crate::model::{Amr, Login, User};
use crate::policy::{Facts, Proof, RequestFacts};
use crate::store::{Database, Store};

/// Who is asked about when nobody in storage is.
pub const SOMEBODY: &str = "somebody";

/// A request that was never sent.
pub struct Question {
    pub url: String,
    pub method: Method,
    pub user: Option<User>,
    pub address: Option<IpAddr>,
    pub now: Timestamp,
    pub signed_in: SignedIn,
    pub headers: HeaderMap,
    certificate: Option<DistinguishedName>,
}

/// How somebody would have signed in.
pub struct SignedIn {
    ago: Duration,
    amr: Vec<Amr>,
}

impl Question {
    /// A request that is sent now, by somebody who signed in just now by a password.
    pub fn new(url: &str, method: Method, user: Option<User>) -> Self {
        Self {
            url: url.to_owned(),
            method,
            user,
            address: None,
            now: Clock::system().now(),
            signed_in: SignedIn {
                ago: Duration::ZERO,
                amr: vec![Amr::Pwd],
            },
            headers: HeaderMap::new(),
            certificate: None,
        }
    }

    /// With one header more.
    pub fn header(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        let read = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
        let (Ok(name), Ok(value)) = read else {
            bail!("`{name}: {value}` is not a header");
        };
        self.headers.append(name, value);
        Ok(())
    }

    /// By a client with a certificate of this subject that a configured authority vouches for.
    pub fn certified(&mut self, subject: &str) -> anyhow::Result<()> {
        let name = DistinguishedName::parse(subject);
        let name =
            name.context("a subject is written as RFC 4514 does: \"CN=laptop-7,O=Example\"")?;
        self.certificate = Some(name);
        Ok(())
    }

    /// As rules see it.
    pub fn facts(&self) -> Facts<'_> {
        let at = self.now.minus(self.signed_in.ago);
        Facts {
            user: self.user.as_ref(),
            proof: self.user.is_some().then_some(Proof {
                at,
                amr: &self.signed_in.amr,
                began: at,
                seen: at,
            }),
            request: RequestFacts {
                method: Some(&self.method),
                headers: Some(&self.headers),
                address: self.address,
                certificate: self.certificate.as_ref(),
            },
            now: self.now,
        }
    }
}

impl SignedIn {
    /// Reads the names of [`Amr`]; just now, unless it says when.
    pub fn read(ago: Option<Duration>, amr: &[String]) -> anyhow::Result<Self> {
        let read = |name: &String| {
            let known = Amr::ALL.into_iter().find(|amr| amr.as_str() == name);
            known.with_context(|| {
                let names = Amr::ALL.map(Amr::as_str).join(", ");
                format!("`{name}` is none of {names}")
            })
        };
        Ok(Self {
            ago: ago.unwrap_or_default(),
            amr: amr.iter().map(read).collect::<Result<_, _>>()?,
        })
    }
}

/// Reads a moment as RFC 3339 writes it.
pub fn moment(text: &str) -> anyhow::Result<Timestamp> {
    let at: jiff::Timestamp = text
        .parse()
        .with_context(|| format!("`{text}` is not a time: write 2026-03-02T08:30:00Z"))?;
    Ok(Timestamp::from_millis(at.as_millisecond()))
}

/// A person in storage.
pub async fn stored(login: &str, settings: &Settings) -> anyhow::Result<User> {
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

/// Somebody who is in some groups and nothing else.
pub fn invented(groups: &[String]) -> User {
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
