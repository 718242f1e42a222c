//! The cookies that say who is here.

use std::time::Duration;

use super::{SessionError, Sessions};
use crate::base::encoding::base64url;
use crate::base::{RngFailed, SessionId, Timestamp};
use crate::keys::Purpose;
use crate::model::Session;
use crate::session::Lease;
use crate::session::cookie::{self, Found};
use crate::session::presence::hostname;

/// For this long after its session a browser keeps the cookie, which opens nothing then: it says
/// whose a form is that is sent the next morning.
const AFTER: Duration = Duration::from_hours(24);

impl Sessions {
    /// A `Set-Cookie` value that gives `session` to a browser on `host`.
    ///
    /// The cookie opens on that host only: its name is bound as associated data.
    pub fn cookie(&self, session: &Session, host: &str) -> Result<String, SessionError> {
        self.issue(session, host, session.last_seen)
    }

    pub(super) fn issue(
        &self,
        session: &Session,
        host: &str,
        seen: Timestamp,
    ) -> Result<String, SessionError> {
        let now = self.0.clock.now();
        let ends = self.ends(session);
        // Up to a tenth earlier, so that many leases made at once do not all end at once.
        let [jitter] = self.0.rng.bytes::<1>()?;
        let lease = self.lease();
        let early = lease.mul_f64(f64::from(jitter) / 2560.0);
        let lease = Lease {
            session: session.id.clone(),
            user: session.user.clone(),
            tenant: session.tenant.clone(),
            auth_time: session.auth_time,
            seen: seen.max(session.auth_time),
            amr: session.amr.clone(),
            issued: now,
            until: now.plus(lease.saturating_sub(early)).min(ends),
            ends,
        };
        Ok(self.seal(&lease, host)?)
    }

    fn seal(&self, lease: &Lease, host: &str) -> Result<String, RngFailed> {
        let (host, plain) = (hostname(host).as_bytes(), lease.to_bytes());
        let sealed = self.0.sealer.seal(Purpose::Lease, host, &plain)?;
        let keep = lease.ends.since(self.0.clock.now()).saturating_add(AFTER);
        Ok(cookie::set(cookie::NAME, &sealed, keep))
    }

    /// A `Set-Cookie` value for a browser on `host` that says that the person was here now; `None`
    /// while what it has says so nearly enough for those who must not be away for longer than `idle`.
    pub fn note_seen(
        &self,
        lease: &Lease,
        host: &str,
        idle: Duration,
    ) -> Result<Option<String>, RngFailed> {
        let now = self.0.clock.now();
        if now.since(lease.seen) < idle / 10 {
            return Ok(None);
        }
        let seen = Lease {
            seen: now,
            ..lease.clone()
        };
        self.seal(&seen, host).map(Some)
    }

    /// A `Set-Cookie` value that takes the session cookie away.
    pub fn clear_cookie(&self) -> String {
        cookie::clear(cookie::NAME)
    }

    /// What the browser of a session shows to the readers of [`cookie::STATE`]: the same for one
    /// session, another for any other, and the way back is closed.
    pub fn browser_state(&self, session: &SessionId) -> String {
        let id = session.as_str().as_bytes();
        base64url(self.0.sealer.mac(Purpose::BrowserState, id))
    }

    /// A `Set-Cookie` value that brings [`cookie::STATE`] in line with who is here; `None` when it is.
    pub fn correct_state<'a>(
        &self,
        cookie_lines: impl IntoIterator<Item = &'a [u8]>,
        lease: Option<&Lease>,
    ) -> Option<String> {
        let shown = cookie::find(cookie_lines, cookie::STATE);
        let Some(lease) = lease else {
            return (shown != Found::None).then(|| cookie::clear(cookie::STATE));
        };
        let state = self.browser_state(&lease.session);
        let remaining = lease.ends.since(self.0.clock.now());
        (shown != Found::One(state.as_bytes())).then(|| cookie::set_state(&state, remaining))
    }
}
