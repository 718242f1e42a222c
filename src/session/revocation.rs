//! The negative set: what was issued before its time is void, and why nothing is believed longer
//! than a lease.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use super::Lease;
use crate::base::{ClientId, GrantId, SessionId, Timestamp, TokenId, UserId};
use crate::model::{Event, EventKey};

/// Everything revoked recently. Cheap to clone; reads take no I/O and no allocation.
///
/// A session or grant that has ended never lives again, so whatever names it is void whenever it was
/// issued: clocks, and what was being written while it ended, do not matter. A user or client
/// changes and goes on; what was issued before the change is void.
///
/// An entry is kept for as long as something issued before it could still be believed (the longest
/// of lease and access token, plus skew); what is older has ended by itself.
#[derive(Clone)]
pub struct Revocations(Arc<Inner>);

struct Inner {
    keep: Duration,
    entries: RwLock<Entries>,
}

#[derive(Default)]
struct Entries {
    sessions: HashMap<SessionId, Timestamp, ahash::RandomState>,
    users: HashMap<UserId, Timestamp, ahash::RandomState>,
    grants: HashMap<GrantId, Timestamp, ahash::RandomState>,
    tokens: HashMap<TokenId, Timestamp, ahash::RandomState>,
    clients: HashMap<ClientId, Timestamp, ahash::RandomState>,
    /// Nothing issued until then is believed, whatever it names.
    floor: Timestamp,
}

/// What an access token says about where it came from.
#[derive(Clone, Copy, Debug)]
pub struct TokenOrigin<'a> {
    /// `jti`; none for what is not a token yet.
    pub token: Option<&'a TokenId>,
    /// The session, unless the grant outlives it (offline access).
    pub session: Option<&'a SessionId>,
    /// The grant; none when the client was given it for itself.
    pub grant: Option<&'a GrantId>,
    /// The client.
    pub client: &'a ClientId,
    /// When it was issued; of a token that says no more than the second, its beginning.
    pub issued: Timestamp,
}

impl TokenOrigin<'_> {
    /// The events that end it.
    pub fn keys(&self) -> Vec<EventKey> {
        let token = self.token.cloned().map(EventKey::Token);
        let session = self.session.cloned().map(EventKey::Session);
        let grant = self.grant.cloned().map(EventKey::Grant);
        let client = EventKey::Client(self.client.clone());
        token
            .into_iter()
            .chain(session)
            .chain(grant)
            .chain([client])
            .collect()
    }
}

impl std::fmt::Debug for Revocations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Revocations(..)")
    }
}

impl Revocations {
    /// An empty set whose entries are kept for `keep`.
    pub fn new(keep: Duration) -> Self {
        Self(Arc::new(Inner {
            keep,
            entries: RwLock::default(),
        }))
    }

    /// Whether the row must be read before `lease` is believed.
    pub fn voids(&self, lease: &Lease) -> bool {
        let entries = self.0.entries.read();
        lease.issued <= entries.floor
            || entries.sessions.contains_key(&lease.session)
            || is_void(&entries.users, &lease.user, lease.issued)
    }

    /// Whether an access token is void although its signature and times are good.
    ///
    /// A change of the user alone (new groups, new password) does not void tokens: what ends with
    /// it are the sessions and grants, which have entries of their own.
    pub fn voids_token(&self, token: TokenOrigin<'_>) -> bool {
        let entries = self.0.entries.read();
        token.issued <= entries.floor
            || token
                .grant
                .is_some_and(|id| entries.grants.contains_key(id))
            || token
                .token
                .is_some_and(|id| entries.tokens.contains_key(id))
            || is_void(&entries.clients, token.client, token.issued)
            || token
                .session
                .is_some_and(|id| entries.sessions.contains_key(id))
    }

    /// Takes in one event.
    pub fn note(&self, event: &Event) {
        let mut entries = self.0.entries.write();
        match &event.key {
            EventKey::Session(id) => later(&mut entries.sessions, id, event.at),
            EventKey::User(id) => later(&mut entries.users, id, event.at),
            EventKey::Grant(id) => later(&mut entries.grants, id, event.at),
            EventKey::Token(id) => later(&mut entries.tokens, id, event.at),
            EventKey::Client(id) => later(&mut entries.clients, id, event.at),
            EventKey::Credentials(_) | EventKey::Keys(_) => {}
        }
    }

    /// Voids everything issued until `at`: events of before may have been missed.
    pub fn void_before(&self, at: Timestamp) {
        self.0.entries.write().floor = at;
    }

    /// Forgets what no longer matters at `now`.
    pub fn prune(&self, now: Timestamp) {
        let oldest = now.minus(self.0.keep);
        let mut entries = self.0.entries.write();
        entries.sessions.retain(|_, at| *at >= oldest);
        entries.users.retain(|_, at| *at >= oldest);
        entries.grants.retain(|_, at| *at >= oldest);
        entries.tokens.retain(|_, at| *at >= oldest);
        entries.clients.retain(|_, at| *at >= oldest);
    }

    /// How far back a node must load events before it may believe a lease.
    pub fn keep(&self) -> Duration {
        self.0.keep
    }
}

fn is_void<K: std::hash::Hash + Eq>(
    map: &HashMap<K, Timestamp, ahash::RandomState>,
    key: &K,
    issued: Timestamp,
) -> bool {
    !map.is_empty() && map.get(key).is_some_and(|at| issued <= *at)
}

fn later<K: std::hash::Hash + Eq + Clone>(
    map: &mut HashMap<K, Timestamp, ahash::RandomState>,
    key: &K,
    at: Timestamp,
) {
    let entry = map.entry(key.clone()).or_insert(at);
    *entry = (*entry).max(at);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(key: EventKey, at: i64) -> Event {
        Event {
            writer: "n1".into(),
            seq: 1,
            at: Timestamp::from_millis(at),
            key,
        }
    }

    #[test]
    fn what_has_ended_is_void_whenever_it_was_issued_and_what_has_changed_only_before() {
        let set = Revocations::new(Duration::from_mins(1));
        let grant = GrantId::new("g");
        let client = ClientId::new("c");
        let token = |issued| TokenOrigin {
            token: None,
            session: None,
            grant: Some(&grant),
            client: &client,
            issued: Timestamp::from_millis(issued),
        };
        set.note(&event(EventKey::Client(client.clone()), 5000));
        set.note(&event(EventKey::Client(client.clone()), 3000));
        assert!(set.voids_token(token(5000)));
        assert!(!set.voids_token(token(5001)));
        // Minted while the grant was being revoked, by a clock that was ahead.
        set.note(&event(EventKey::Grant(grant.clone()), 6000));
        assert!(set.voids_token(token(9000)));
        set.prune(Timestamp::from_millis(66_001));
        assert!(!set.voids_token(token(5001)));
    }
}
