//! The end: a code that gives one browser, once, within a minute, the session it has at the site.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SignIn;
use super::start::RouteStart;
use crate::base::encoding::sha256;
use crate::base::{RngFailed, SessionId, Timestamp};
use crate::keys::Purpose;
use crate::session::SessionError;

const LIFETIME: Duration = Duration::from_mins(1);

/// A sign-in on its way to a protected host.
#[derive(Serialize, Deserialize)]
pub(super) struct Handoff {
    session: SessionId,
    pub(super) path: String,
    browser: String,
    at: Timestamp,
}

/// What redeeming a code gives.
pub(super) struct HandedOver {
    /// The session cookie for this host.
    pub(super) cookie: String,
    /// The session.
    pub(super) session: SessionId,
}

impl SignIn {
    /// Where a browser that is signed in as `session` goes on after `start`.
    pub(super) fn hand_off(
        &self,
        session: &SessionId,
        start: &RouteStart,
    ) -> Result<String, RngFailed> {
        let handoff = Handoff {
            session: session.clone(),
            path: start.path.clone(),
            browser: start.browser.clone(),
            at: self.0.clock.now(),
        };
        let plain = serde_json::to_vec(&handoff).unwrap_or_default();
        let code = self
            .0
            .sealer
            .seal(Purpose::Handoff, start.host.as_bytes(), &plain)?;
        Ok(format!(
            "{}/_doorward/callback?code={code}",
            self.origin_of(&start.host)
        ))
    }

    /// Opens a code on `host`; changes nothing.
    pub(super) fn open_handoff(&self, host: &str, code: &str) -> Option<Handoff> {
        let plain = self
            .0
            .sealer
            .open(Purpose::Handoff, host.as_bytes(), code.as_bytes())?;
        serde_json::from_slice(&plain).ok()
    }

    /// Redeems an opened code for the browser that `browser` stands for; `None` when it is another's
    /// or nobody's, old, used, or its session has ended. Whoever shows a code spends it: one that
    /// came to a wrong browser has leaked, and is worth nothing to the next one either.
    pub(super) async fn redeem(
        &self,
        host: &str,
        code: &str,
        handoff: &Handoff,
        browser: Option<&str>,
    ) -> Result<Option<HandedOver>, SessionError> {
        let now = self.0.clock.now();
        let fresh = now.since(handoff.at) < LIFETIME;
        if !fresh {
            return Ok(None);
        }
        let until = handoff.at.plus(LIFETIME);
        let first = self.0.store.spend(&sha256(code), until).await?;
        if !first || browser != Some(handoff.browser.as_str()) {
            return Ok(None);
        }
        let joined = self.0.sessions.join(&handoff.session, host).await?;
        Ok(joined.map(|cookie| HandedOver {
            cookie,
            session: handoff.session.clone(),
        }))
    }
}
