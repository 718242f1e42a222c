//! How many connections there may be: in all, and from one network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use parking_lot::Mutex;

/// Descriptors that are left for upstreams, files and the database: each connection needs two.
const RESERVED: u64 = 128;
/// Even with no limit on descriptors, memory has one (about 60 KiB each).
const MOST: usize = 50_000;
/// One network gets no more than a quarter, but always enough for an office behind one address.
const SHARE: usize = 4;
const LEAST_SHARE: usize = 64;

/// Counts connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Caps(Arc<Inner>);

struct Inner {
    total: usize,
    per_network: usize,
    exempt: Vec<IpNet>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    total: usize,
    by_network: HashMap<IpAddr, usize, ahash::RandomState>,
}

/// One open connection; gives its place back when dropped.
pub(super) struct Place {
    caps: Caps,
    network: Option<IpAddr>,
}

impl Caps {
    /// By the limit on open files. Connections of trusted proxies and of this machine are not
    /// counted by network: many people share them.
    pub(super) fn by_descriptors(trusted: &[IpNet]) -> Self {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        let files = limit.current.unwrap_or(u64::MAX);
        let half = files.saturating_sub(RESERVED) / 2;
        Self::new(
            usize::try_from(half)
                .unwrap_or(MOST)
                .clamp(LEAST_SHARE, MOST),
            trusted,
        )
    }

    fn new(total: usize, trusted: &[IpNet]) -> Self {
        Self(Arc::new(Inner {
            total,
            per_network: (total / SHARE).max(LEAST_SHARE),
            exempt: trusted.to_vec(),
            open: Mutex::default(),
        }))
    }

    /// A place for a connection from `peer`; `None` when there is none left for it.
    pub(super) fn take(&self, peer: Option<IpAddr>) -> Option<Place> {
        let network = self.network_of(peer);
        let mut open = self.0.open.lock();
        if open.total >= self.0.total {
            return None;
        }
        if network.is_some_and(|network| !self.count(&mut open, network)) {
            return None;
        }
        open.total += 1;
        Some(Place {
            caps: self.clone(),
            network,
        })
    }

    /// Counts one more of `network`, unless it has its share.
    fn count(&self, open: &mut Open, network: IpAddr) -> bool {
        let count = open.by_network.entry(network).or_default();
        let fits = *count < self.0.per_network;
        *count += usize::from(fits);
        fits
    }

    /// As what a peer counts; `None` when it does not.
    fn network_of(&self, peer: Option<IpAddr>) -> Option<IpAddr> {
        peer.map(|peer| peer.to_canonical())
            .filter(|peer| self.counts(*peer))
            .map(network)
    }

    fn counts(&self, peer: IpAddr) -> bool {
        !peer.is_loopback() && !self.0.exempt.iter().any(|net| net.contains(&peer))
    }
}

impl Place {
    /// It turns out to be a connection of `client`; false when there is no place left for those.
    pub(super) fn belongs_to(&mut self, client: IpAddr) -> bool {
        let Some(network) = self.caps.network_of(Some(client)) else {
            return true;
        };
        let fits = self.network.is_none() && {
            let mut open = self.caps.0.open.lock();
            self.caps.count(&mut open, network)
        };
        if fits {
            self.network = Some(network);
        }
        fits
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.caps.0.open.lock();
        open.total = open.total.saturating_sub(1);
        if let Some(network) = self.network
            && let Some(count) = open.by_network.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                open.by_network.remove(&network);
            }
        }
    }
}

/// An IPv6 customer has a /64 to rotate in.
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(caps: &Caps, peer: &str) -> Option<Place> {
        caps.take(Some(peer.parse().unwrap()))
    }

    #[test]
    fn dos_02_one_network_cannot_take_every_place() {
        let caps = Caps::new(400, &["10.0.0.0/8".parse().unwrap()]);
        let taken: Vec<_> = (0..100)
            .filter_map(|host| take(&caps, &format!("2001:db8::{host}")))
            .collect();
        assert_eq!(taken.len(), 100);
        assert!(take(&caps, "2001:db8::ffff").is_none());
        assert!(take(&caps, "2001:db8:0:1::1").is_some());
        drop(taken);
        assert!(take(&caps, "2001:db8::ffff").is_some());
    }

    #[test]
    fn connections_that_are_passed_on_count_as_their_clients() {
        let caps = Caps::new(400, &[]);
        let passed_on = |client: &str| {
            let mut place = caps.take(None).unwrap();
            place.belongs_to(client.parse().unwrap()).then_some(place)
        };
        let taken: Vec<_> = (0..100).filter_map(|_| passed_on("192.0.2.1")).collect();
        assert_eq!(taken.len(), 100);
        assert!(passed_on("192.0.2.1").is_none());
        assert!(take(&caps, "192.0.2.1").is_none());
        assert!(passed_on("192.0.2.2").is_some());
        drop(taken);
        assert!(passed_on("192.0.2.1").is_some());
    }

    #[test]
    fn dos_02_there_is_a_total_for_everybody() {
        let caps = Caps::new(70, &["10.0.0.0/8".parse().unwrap()]);
        let taken: Vec<_> = (0..70).filter_map(|_| take(&caps, "10.0.0.1")).collect();
        assert_eq!(taken.len(), 70);
        assert!(take(&caps, "10.0.0.1").is_none());
        assert!(caps.take(None).is_none());
    }
}
