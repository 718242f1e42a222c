//! Who sent a request: from the cookie and memory, or from the row where that is due.

use std::sync::Arc;

use super::{SessionError, Sessions};
use crate::keys::Purpose;
use crate::session::Lease;
use crate::session::cookie::{self, Found};
use crate::session::presence::{Instant, Presence, Present, hostname};

/// A cookie already opened once; the whole value is the key, so nothing is believed by its hash.
#[derive(Clone)]
pub(super) struct Memo {
    host: Arc<str>,
    lease: Arc<Lease>,
}

impl Sessions {
    /// Who sent a request with these `Cookie` lines to `host`, without any I/O.
    pub fn presence_now<'a>(
        &self,
        cookie_lines: impl IntoIterator<Item = &'a [u8]>,
        host: &str,
    ) -> Instant {
        let value = match cookie::find(cookie_lines, cookie::NAME) {
            Found::None | Found::Conflict => return Instant::Anonymous,
            Found::One(value) => value,
        };
        let Some(lease) = self.open(value, hostname(host)) else {
            return Instant::Anonymous;
        };
        if self.0.clock.now() < lease.until && !self.0.revocations.voids(&lease) {
            Instant::Known(lease)
        } else {
            Instant::Ask(lease)
        }
    }

    /// Reads the row behind a lease that is past its time or void, and renews it.
    pub async fn renew(&self, lease: &Lease, host: &str) -> Result<Presence, SessionError> {
        let joined = self.join_as(&lease.session, host, Some(lease.seen));
        let Some(renewed) = joined.await? else {
            return Ok(Presence::Anonymous);
        };
        let value = renewed
            .split([';', '='])
            .nth(1)
            .unwrap_or_default()
            .as_bytes();
        Ok(match self.open(value, hostname(host)) {
            Some(lease) => Presence::Present(Present {
                lease,
                renewed: Some(renewed),
            }),
            None => Presence::Anonymous,
        })
    }

    /// Who sent a request with these `Cookie` lines to `host`; reads the row where that is due.
    pub async fn presence<'a>(
        &self,
        cookie_lines: impl IntoIterator<Item = &'a [u8]>,
        host: &str,
    ) -> Result<Presence, SessionError> {
        match self.presence_now(cookie_lines, host) {
            Instant::Anonymous => Ok(Presence::Anonymous),
            Instant::Known(lease) => Ok(Presence::Present(Present {
                lease,
                renewed: None,
            })),
            Instant::Ask(lease) => self.renew(&lease, host).await,
        }
    }

    fn open(&self, value: &[u8], host: &str) -> Option<Arc<Lease>> {
        if let Some(memo) = self.0.memo.get(value) {
            return (*memo.host == *host).then_some(memo.lease);
        }
        let plain = self.0.sealer.open(Purpose::Lease, host.as_bytes(), value)?;
        let lease = Arc::new(Lease::from_bytes(&plain)?);
        self.0.memo.insert(
            value.into(),
            Memo {
                host: host.into(),
                lease: lease.clone(),
            },
        );
        Some(lease)
    }
}
