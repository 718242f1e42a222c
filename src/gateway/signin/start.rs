//! The beginning: an anonymous navigation, and the nonce that ties its end to the same browser.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SignIn;
use crate::base::encoding::{base64url, from_base64url, sha256};
use crate::base::{RngFailed, Timestamp};
use crate::flow::{Interaction, OwnPath};
use crate::keys::Purpose;
use crate::session::cookie::{self, Found};

/// The cookie that holds the nonce, on the protected host.
pub(super) const COOKIE: &str = "__Host-doorward-start";
/// How long a sign-in may take.
pub(super) const LIFETIME: Duration = Duration::from_hours(1);
/// Asks the sign-in page to forget, for once, who is signed in.
pub(super) const SWITCH: &str = "switch";
/// Coming back anonymous this soon after a hand-over means that the cookie did not stick.
const BOUNCE: Duration = Duration::from_secs(10);
/// This many such returns in a row are a loop.
const LOOP: u32 = 2;

/// What to do with an anonymous navigation.
#[derive(Debug)]
pub enum Start {
    /// Send the browser to sign in.
    Redirect {
        /// Where.
        location: String,
        /// The nonce, for a protected host.
        set_cookie: Option<String>,
    },
    /// It was handed a sign-in just now, more than once, and still is nobody: another redirect
    /// would never end.
    Loops,
}

/// A sign-in that is not new enough for what is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Stale {
    /// When a sign-in must have happened at the earliest.
    pub since: Timestamp,
    /// How old it may be, for people.
    pub within: Option<Duration>,
}

/// A wish to be signed in at a protected host, sealed for its way through the browser.
#[derive(Serialize, Deserialize)]
pub(super) struct RouteStart {
    pub(super) host: String,
    pub(super) path: String,
    /// Hash of the nonce.
    pub(super) browser: String,
    at: Timestamp,
    /// When the person must have proven who they are at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    /// How old that may be, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) within: Option<Duration>,
}

impl RouteStart {
    /// Whether somebody who proved at `auth_time` who they are has to do it again.
    pub(super) fn is_stale(&self, auth_time: Timestamp) -> bool {
        self.since.is_some_and(|since| auth_time < since)
    }
}

/// The nonce cookie: random bytes, and how often its browser came back anonymous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nonce {
    random: String,
    bounces: u32,
    handed_over: Option<Timestamp>,
}

impl SignIn {
    /// Begins a sign-in for an anonymous navigation to `path_and_query` on `host`, whose `Cookie`
    /// lines are given.
    pub fn start<'a>(
        &self,
        host: &str,
        path_and_query: &str,
        cookie_lines: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Start, RngFailed> {
        self.begin((host, path_and_query), cookie_lines, None)
    }

    /// The same for somebody who is signed in, and has to be anew.
    pub fn again<'a>(
        &self,
        host: &str,
        path_and_query: &str,
        cookie_lines: impl IntoIterator<Item = &'a [u8]>,
        stale: Stale,
    ) -> Result<Start, RngFailed> {
        self.begin((host, path_and_query), cookie_lines, Some(stale))
    }

    fn begin<'a>(
        &self,
        (host, path_and_query): (&str, &str),
        cookie_lines: impl IntoIterator<Item = &'a [u8]>,
        stale: Option<Stale>,
    ) -> Result<Start, RngFailed> {
        let now = self.0.clock.now();
        if host == self.0.site.host {
            let location = self.begin_here(host, path_and_query, stale)?;
            return Ok(Start::Redirect {
                location,
                set_cookie: None,
            });
        }
        let nonce = match Nonce::find(cookie_lines) {
            // The same nonce for all tabs of a browser, so that none spoils another's sign-in.
            Some(nonce) => nonce.returned(now),
            None => self.fresh_nonce()?,
        };
        if nonce.bounces >= LOOP {
            return Ok(Start::Loops);
        }
        Ok(Start::Redirect {
            location: self.begin_there((host, path_and_query), &nonce, stale)?,
            set_cookie: Some(nonce.cookie()),
        })
    }

    /// Where somebody who is signed in signs in as somebody else, to come back to
    /// `path_and_query`; and the nonce cookie to set, for a protected host.
    pub fn switch<'a>(
        &self,
        host: &str,
        path_and_query: &str,
        cookie_lines: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(String, Option<String>), RngFailed> {
        if host == self.0.site.host {
            let location = self.begin_here(host, path_and_query, None)?;
            return Ok((format!("{location}&{SWITCH}"), None));
        }
        let nonce = match Nonce::find(cookie_lines) {
            Some(nonce) => nonce,
            None => self.fresh_nonce()?,
        };
        let location = self.begin_there((host, path_and_query), &nonce, None)?;
        Ok((format!("{location}&{SWITCH}"), Some(nonce.cookie())))
    }

    fn begin_here(
        &self,
        host: &str,
        path_and_query: &str,
        stale: Option<Stale>,
    ) -> Result<String, RngFailed> {
        let mut interaction = Interaction::new(own(path_and_query), self.0.clock.now());
        interaction.again = stale.is_some();
        interaction.within = stale.and_then(|stale| stale.within);
        interaction.app = Some(host.to_owned());
        self.0.flow.begin(&interaction)
    }

    fn begin_there(
        &self,
        (host, path_and_query): (&str, &str),
        nonce: &Nonce,
        stale: Option<Stale>,
    ) -> Result<String, RngFailed> {
        let start = RouteStart {
            host: host.to_owned(),
            path: own(path_and_query).as_str().to_owned(),
            browser: nonce.browser(),
            at: self.0.clock.now(),
            since: stale.map(|stale| stale.since),
            within: stale.and_then(|stale| stale.within),
        };
        let plain = serde_json::to_vec(&start).unwrap_or_default();
        let sealed = self.0.sealer.seal(Purpose::RouteStart, b"1", &plain)?;
        Ok(format!(
            "{}/login/route?start={sealed}",
            self.0.site.public_url
        ))
    }

    fn fresh_nonce(&self) -> Result<Nonce, RngFailed> {
        Ok(Nonce::fresh(base64url(self.0.rng.bytes::<16>()?)))
    }

    /// Opens what [`Self::start`] sealed; `None` when it is not ours, too old, or for a host that
    /// no route has any more.
    pub(super) fn open_start(&self, sealed: &str) -> Option<RouteStart> {
        let plain = self
            .0
            .sealer
            .open(Purpose::RouteStart, b"1", sealed.as_bytes())?;
        let start: RouteStart = serde_json::from_slice(&plain).ok()?;
        let fresh = self.0.clock.now().since(start.at) < LIFETIME;
        (fresh && self.0.hosts.contains(&start.host)).then_some(start)
    }
}

/// A path that could lead elsewhere is not remembered; the person ends at the first page.
fn own(path_and_query: &str) -> OwnPath {
    OwnPath::parse(path_and_query).unwrap_or_else(OwnPath::root)
}

impl Nonce {
    const fn fresh(random: String) -> Self {
        Self {
            random,
            bounces: 0,
            handed_over: None,
        }
    }

    /// The nonce in a request's cookies.
    pub(super) fn find<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let Found::One(value) = cookie::find(lines, COOKIE) else {
            return None;
        };
        let mut parts = std::str::from_utf8(value).ok()?.split('.');
        let random = parts
            .next()
            .filter(|text| from_base64url(text).is_some_and(|b| b.len() == 16))?;
        let bounces = parts.next()?.parse().ok()?;
        let handed_over = match parts.next()? {
            "" => None,
            millis => Some(Timestamp::from_millis(millis.parse().ok()?)),
        };
        let random = random.to_owned();
        parts.next().is_none().then_some(Self {
            random,
            bounces,
            handed_over,
        })
    }

    /// What tokens say of the browser that holds this.
    pub(super) fn browser(&self) -> String {
        base64url(sha256(&self.random))
    }

    /// The browser was given a session just now.
    pub(super) fn handed_over(mut self, now: Timestamp) -> Self {
        self.handed_over = Some(now);
        self
    }

    /// The browser is anonymous: again, or after a while.
    fn returned(mut self, now: Timestamp) -> Self {
        let bounced = self
            .handed_over
            .take()
            .is_some_and(|at| now.since(at) < BOUNCE);
        self.bounces = if bounced {
            self.bounces.saturating_add(1)
        } else {
            0
        };
        self
    }

    /// As a `Set-Cookie` value.
    pub(super) fn cookie(&self) -> String {
        let handed_over = self
            .handed_over
            .map(|at| at.millis().to_string())
            .unwrap_or_default();
        let value = format!("{}.{}.{handed_over}", self.random, self.bounces);
        cookie::set(COOKIE, &value, LIFETIME)
    }
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
