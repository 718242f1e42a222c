//! How many calls are in flight: one slow server must not hold up the calls to all others, and what
//! strangers can make us fetch must not hold up what we have to say.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use url::Url;

/// Calls in flight in one lane, and in that of strangers.
const AT_ALL: usize = 128;
const OF_STRANGERS: usize = 32;
/// Of those, to one server.
const PER_SERVER: usize = 8;

/// What a call is for. Lanes do not take each other's room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Notices, which we owe.
    Notices,
    /// Keys of clients, and newer versions of what was good before.
    Known,
    /// What anybody may cause us to want: names that never led anywhere so far.
    Strangers,
}

impl Lane {
    /// Of a fetch of what was good before, or was not.
    pub const fn of_known(known: bool) -> Self {
        if known { Self::Known } else { Self::Strangers }
    }

    const fn most(self) -> usize {
        match self {
            Self::Notices | Self::Known => AT_ALL,
            Self::Strangers => OF_STRANGERS,
        }
    }
}

/// Calls in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy(Arc<Mutex<Counts>>);

/// By lane, in all and by host and port.
#[derive(Debug, Default)]
struct Counts {
    all: HashMap<Lane, usize>,
    servers: HashMap<Server, usize>,
}

type Server = (Lane, String, u16);

/// One call in flight; counted until dropped.
pub(super) struct Entered {
    busy: Busy,
    server: Server,
}

impl Busy {
    /// Counts a call; `None` when there are too many.
    pub fn enter(&self, lane: Lane, url: &Url) -> Option<Entered> {
        let port = url.port_or_known_default()?;
        let server = (lane, url.host_str()?.to_owned(), port);
        let mut counts = self.0.lock();
        let all = counts.all.get(&lane).copied().unwrap_or(0);
        let here = counts.servers.get(&server).copied().unwrap_or(0);
        if all >= lane.most() || here >= PER_SERVER {
            return None;
        }
        counts.all.insert(lane, all + 1);
        counts.servers.insert(server.clone(), here + 1);
        drop(counts);
        let busy = self.clone();
        Some(Entered { busy, server })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut counts = self.busy.0.lock();
        if let Some(all) = counts.all.get_mut(&self.server.0) {
            *all = all.saturating_sub(1);
        }
        match counts.servers.get_mut(&self.server) {
            Some(here) if *here > 1 => *here -= 1,
            Some(_) | None => {
                counts.servers.remove(&self.server);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_server_fills_its_own_share_of_its_lane_and_no_more() {
        let busy = Busy::default();
        let [a, b, c] =
            ["https://a/", "https://a:8443/", "https://c/"].map(|url| Url::parse(url).unwrap());
        let enter = |url| busy.enter(Lane::Known, url);
        let held: Vec<_> = (0..PER_SERVER).map(|_| enter(&a).unwrap()).collect();
        assert!(enter(&a).is_none());
        assert!(enter(&b).is_some() && enter(&c).is_some());
        assert!(busy.enter(Lane::Notices, &a).is_some());
        drop(held);
        assert!(enter(&a).is_some());
        assert!(busy.0.lock().servers.is_empty());
    }

    #[test]
    fn what_strangers_want_from_however_many_servers_takes_no_room_of_what_is_known() {
        let busy = Busy::default();
        let enter = |lane, n: usize| {
            let url = Url::parse(&format!("https://s{n}.test/")).unwrap();
            busy.enter(lane, &url)
        };
        let strangers: Vec<_> = (0..1000).map(|n| enter(Lane::Strangers, n)).collect();
        assert_eq!(strangers.iter().flatten().count(), OF_STRANGERS);
        for lane in [Lane::Known, Lane::Notices] {
            let held: Vec<_> = (0..1000).map(|n| enter(lane, n)).collect();
            assert_eq!(held.iter().flatten().count(), AT_ALL);
        }
    }
}
