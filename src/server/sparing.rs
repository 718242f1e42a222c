//! Which refusals are worth a row: of those that anybody can cause at will, one a minute of each
//! kind from each place. The audit file keeps every one of them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use crate::base::{Timestamp, UserId};
use crate::model::{AuditKind, AuditRecord};

/// How long a refusal stands for all that are like it.
const EACH: Duration = Duration::from_mins(1);
/// Refusals that are told apart at once; past that they are left out, or a flood from many
/// addresses would fill the memory instead of the disk.
const MOST: usize = 1024;

/// What makes two refusals alike. No client: anybody may call themselves anything.
type Likeness = (AuditKind, &'static str, Option<UserId>, Option<IpAddr>);

/// Remembers which refusals were let through lately.
#[derive(Default)]
pub struct Sparing(HashMap<Likeness, Timestamp>);

impl Sparing {
    /// Whether `record` is to be written.
    pub fn takes(&mut self, record: &AuditRecord) -> bool {
        if record.ok || matches!(record.kind, AuditKind::Admin | AuditKind::Key) {
            return true;
        }
        let likeness = (
            record.kind,
            record.reason,
            record.user.clone(),
            record.address.map(network),
        );
        let fresh = record.at.minus(EACH);
        if self.0.get(&likeness).is_some_and(|last| *last > fresh) {
            return false;
        }
        if self.0.len() >= MOST {
            self.0.retain(|_, last| *last > fresh);
        }
        if self.0.len() >= MOST {
            return false;
        }
        self.0.insert(likeness, record.at);
        true
    }
}

/// Whoever has an IPv6 address has the 64 bits below it as well.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(reason: &'static str, address: &str, second: i64) -> AuditRecord {
        AuditRecord {
            at: Timestamp::from_seconds(second),
            kind: AuditKind::Login,
            ok: false,
            reason,
            user: None,
            session: None,
            issuer: None,
            client: None,
            route: None,
            address: address.parse().ok(),
            request: None,
        }
    }

    #[test]
    fn a_refusal_stands_for_all_that_are_like_it_for_a_minute() {
        let mut sparing = Sparing::default();
        for (reason, address, second, taken) in [
            ("throttled", "192.0.2.1", 0, true),
            ("throttled", "192.0.2.1", 59, false),
            ("busy", "192.0.2.1", 59, true),
            ("throttled", "192.0.2.2", 59, true),
            ("throttled", "192.0.2.1", 60, true),
            ("throttled", "2001:db8::1", 60, true),
            ("throttled", "2001:db8::2:1", 60, false),
            ("throttled", "2001:db8:0:1::1", 60, true),
        ] {
            let record = refused(reason, address, second);
            assert_eq!(sparing.takes(&record), taken, "{reason} {address} {second}");
        }
        let bob = AuditRecord {
            user: Some("bob".into()),
            ..refused("throttled", "192.0.2.1", 61)
        };
        assert!(sparing.takes(&bob));
        assert!(!sparing.takes(&bob));
    }

    #[test]
    fn what_was_let_happen_and_what_operators_do_is_always_written() {
        let mut sparing = Sparing::default();
        let entered = AuditRecord {
            ok: true,
            ..refused("password", "192.0.2.1", 0)
        };
        let admin = AuditRecord {
            kind: AuditKind::Admin,
            ..refused("user_added", "192.0.2.1", 0)
        };
        for record in [&entered, &admin] {
            assert!(sparing.takes(record) && sparing.takes(record));
        }
    }

    #[test]
    fn a_flood_from_everywhere_is_bounded_and_forgotten() {
        let mut sparing = Sparing::default();
        let mut from = |second: i64| {
            let all = (0..5000_u32).map(|n| std::net::Ipv4Addr::from(n).to_string());
            all.filter(|address| sparing.takes(&refused("throttled", address, second)))
                .count()
        };
        assert_eq!((from(0), from(30), from(60)), (MOST, 0, MOST));
    }
}
