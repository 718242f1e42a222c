//! The lease: what a browser may be believed about itself for a few minutes, sealed in its cookie.

use crate::base::{SessionId, TenantId, Timestamp, UserId};
use crate::model::Amr;

/// A session as the browser carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The session.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// The tenant chosen.
    pub tenant: Option<TenantId>,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// When they were last seen on a route of this host that asks for it; before that, when anybody
    /// noted that the session lives.
    pub seen: Timestamp,
    /// By what.
    pub amr: Vec<Amr>,
    /// When the row was read for this lease.
    pub issued: Timestamp,
    /// When the row must be read again.
    pub until: Timestamp,
    /// When the session ends whatever happens.
    pub ends: Timestamp,
}

const VERSION: u8 = 2;

impl Lease {
    /// The compact form that is sealed: version, methods as bits, five times, three texts.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.push(VERSION);
        out.push(amr_bits(&self.amr));
        for at in [
            self.auth_time,
            self.seen,
            self.issued,
            self.until,
            self.ends,
        ] {
            out.extend_from_slice(&at.millis().to_be_bytes());
        }
        let tenant = self.tenant.as_ref().map_or("", TenantId::as_str);
        for text in [self.session.as_str(), self.user.as_str(), tenant] {
            // Identifiers are at most 64 bytes; anything longer is cut and so never found again.
            let text = text
                .as_bytes()
                .get(..text.len().min(255))
                .unwrap_or_default();
            out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(text);
        }
        out
    }

    /// Reads [`Self::to_bytes`]; `None` for any other bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[version, amr], mut rest) = bytes.split_first_chunk::<2>()?;
        if version != VERSION {
            return None;
        }
        let mut time = || {
            let (millis, tail) = rest.split_first_chunk::<8>()?;
            rest = tail;
            Some(Timestamp::from_millis(i64::from_be_bytes(*millis)))
        };
        let (auth_time, seen) = (time()?, time()?);
        let (issued, until, ends) = (time()?, time()?, time()?);
        let mut text = || {
            let (&length, tail) = rest.split_first()?;
            let (text, tail) = tail.split_at_checked(usize::from(length))?;
            rest = tail;
            std::str::from_utf8(text).ok()
        };
        let (session, user, tenant) = (text()?, text()?, text()?);
        let tenant = (!tenant.is_empty()).then(|| tenant.into());
        let lease = Self {
            session: session.into(),
            user: user.into(),
            tenant,
            auth_time,
            seen,
            amr: amr_from_bits(amr),
            issued,
            until,
            ends,
        };
        rest.is_empty().then_some(lease)
    }
}

fn amr_bits(amr: &[Amr]) -> u8 {
    (0u8..)
        .zip(Amr::ALL)
        .filter(|(_, one)| amr.contains(one))
        .fold(0, |bits, (at, _)| bits | 1 << at)
}

fn amr_from_bits(bits: u8) -> Vec<Amr> {
    (0u8..)
        .zip(Amr::ALL)
        .filter(|(at, _)| bits & 1 << at != 0)
        .map(|(_, one)| one)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert_eq, proptest};

    #[test]
    fn a_lease_reads_back_as_written() {
        let lease = Lease {
            session: "s".into(),
            user: "u".into(),
            tenant: Some("acme".into()),
            auth_time: Timestamp::from_millis(1),
            seen: Timestamp::from_millis(5),
            amr: vec![Amr::Pwd, Amr::Mfa],
            issued: Timestamp::from_millis(2),
            until: Timestamp::from_millis(3),
            ends: Timestamp::from_millis(4),
        };
        let bytes = lease.to_bytes();
        assert_eq!(Lease::from_bytes(&bytes), Some(lease));
        for cut in 0..bytes.len() {
            assert_eq!(Lease::from_bytes(&bytes[..cut]), None);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_the_same(junk: Vec<u8>) {
            if let Some(lease) = Lease::from_bytes(&junk) {
                prop_assert_eq!(Lease::from_bytes(&lease.to_bytes()), Some(lease));
            }
        }
    }
}
