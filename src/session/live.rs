//! What is open right now: WebSockets and streams, closed when what let them in no longer holds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use super::revocation::TokenOrigin;
use crate::base::{SessionId, TokenId, UserId};
use crate::model::EventKey;

/// The index. Cheap to clone.
#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    sessions: HashMap<SessionId, Arc<Watched>, ahash::RandomState>,
    /// Few at any time: what is open by access tokens.
    tokens: HashMap<TokenId, Arc<Watched>, ahash::RandomState>,
}

struct Watched {
    user: Option<UserId>,
    /// What a token came from.
    behind: Vec<EventKey>,
    ended: watch::Sender<bool>,
}

impl Watched {
    fn new(user: Option<&UserId>, behind: Vec<EventKey>) -> Arc<Self> {
        Arc::new(Self {
            user: user.cloned(),
            behind,
            ended: watch::Sender::new(false),
        })
    }
}

/// Under what something is open.
enum By {
    Session(SessionId),
    Token(TokenId),
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live(..)")
    }
}

impl Live {
    /// Registers something open under `session` of `user`, until the guard is dropped. The session
    /// ends by itself after `remaining`.
    pub fn watch(&self, session: &SessionId, user: &UserId, remaining: Duration) -> LiveGuard {
        let mut open = self.0.lock();
        let watched = open.sessions.entry(session.clone());
        let watched = watched.or_insert_with(|| Watched::new(Some(user), Vec::new()));
        self.guard(By::Session(session.clone()), watched, remaining)
    }

    /// The same for something that an access token of `user`'s, or of a client's own, let in: it
    /// ends with the token, and with what that came from.
    pub fn watch_token(
        &self,
        token: &TokenId,
        origin: TokenOrigin<'_>,
        user: Option<&UserId>,
        remaining: Duration,
    ) -> LiveGuard {
        let mut open = self.0.lock();
        let watched = open.tokens.entry(token.clone());
        let watched = watched.or_insert_with(|| Watched::new(user, origin.keys()));
        self.guard(By::Token(token.clone()), watched, remaining)
    }

    fn guard(&self, by: By, watched: &Arc<Watched>, remaining: Duration) -> LiveGuard {
        LiveGuard {
            live: self.clone(),
            by,
            ended: watched.ended.subscribe(),
            watched: watched.clone(),
            ends: Instant::now() + remaining.min(FAR),
        }
    }

    /// Closes what was open by tokens that came from what `key` names, or are it.
    pub fn end_tokens(&self, key: &EventKey) {
        self.0
            .lock()
            .tokens
            .retain(|_, watched| keep_unless(watched, watched.behind.contains(key)));
    }

    /// Closes everything open under `session`, which has ended.
    pub fn end(&self, session: &SessionId) {
        // Taken out, so that nothing opened later is taken for what was open before.
        if let Some(watched) = self.0.lock().sessions.remove(session) {
            watched.ended.send_replace(true);
        }
    }

    /// Closes everything that `user` has open: they have changed, and what they may do must be
    /// decided anew. Their sessions go on.
    pub fn end_all_of(&self, user: &UserId) {
        let theirs = |watched: &Watched| watched.user.as_ref() == Some(user);
        let mut open = self.0.lock();
        open.sessions
            .retain(|_, watched| keep_unless(watched, theirs(watched)));
        open.tokens
            .retain(|_, watched| keep_unless(watched, theirs(watched)));
    }

    /// Closes everything: nobody knows what of it still holds.
    pub fn end_everything(&self) {
        let mut open = self.0.lock();
        open.sessions
            .retain(|_, watched| keep_unless(watched, true));
        open.tokens.retain(|_, watched| keep_unless(watched, true));
    }

    /// How many sessions have something open.
    pub fn sessions(&self) -> usize {
        self.0.lock().sessions.len()
    }
}

/// Whether it goes on; what is over is told so.
fn keep_unless(watched: &Watched, over: bool) -> bool {
    if over {
        watched.ended.send_replace(true);
    }
    !over
}

/// Far enough that nobody waits for it; timers do not take more.
const FAR: Duration = Duration::from_hours(24 * 365);

/// Something open. Dropping it takes it off the index.
pub struct LiveGuard {
    live: Live,
    by: By,
    watched: Arc<Watched>,
    ended: watch::Receiver<bool>,
    ends: Instant,
}

impl LiveGuard {
    /// Resolves when it has to be closed; at once if that is so already.
    pub async fn ended(&mut self) {
        tokio::select! {
            // The sender lives as long as this guard does.
            _ = self.ended.wait_for(|ended| *ended) => {}
            () = tokio::time::sleep_until(self.ends) => {}
        }
    }

    /// Whether it has been told to close, without waiting.
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }
}

impl Drop for LiveGuard {
    fn drop(&mut self) {
        let mut open = self.live.0.lock();
        let now = match &self.by {
            By::Session(session) => open.sessions.get(session),
            By::Token(token) => open.tokens.get(token),
        };
        let here = now.is_some_and(|now| Arc::ptr_eq(now, &self.watched));
        // The index and this guard: nobody else. Guards are made and dropped under the lock.
        if here && Arc::strong_count(&self.watched) == 2 {
            match &self.by {
                By::Session(session) => open.sessions.remove(session),
                By::Token(token) => open.tokens.remove(token),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn all_of_a_session_end_and_no_other() {
        let live = Live::default();
        let watch = |session: &str| live.watch(&session.into(), &"ada".into(), LONG);
        let (mut a1, mut a2, b) = (watch("a"), watch("a"), watch("b"));
        live.end(&"a".into());
        a1.ended().await;
        a2.ended().await;
        assert!(!b.has_ended());
        drop((a1, a2, b));
        assert_eq!(live.sessions(), 0);
    }

    #[tokio::test]
    async fn a_changed_user_is_cut_everywhere_and_may_open_again() {
        let live = Live::default();
        let mut before = live.watch(&"a".into(), &"ada".into(), LONG);
        let others = live.watch(&"b".into(), &"bob".into(), LONG);
        live.end_all_of(&"ada".into());
        let after = live.watch(&"a".into(), &"ada".into(), LONG);
        before.ended().await;
        assert!(!others.has_ended() && !after.has_ended());
        drop(before);
        assert_eq!(live.sessions(), 2);
    }

    #[tokio::test]
    async fn what_a_token_opened_ends_with_the_token_and_with_what_it_came_from() {
        let live = Live::default();
        let (session, grant) = ("s".into(), "g".into());
        let (token, client) = ("t".into(), "c".into());
        let origin = TokenOrigin {
            token: Some(&token),
            session: Some(&session),
            grant: Some(&grant),
            client: &client,
            issued: crate::base::Timestamp::default(),
        };
        let ends = [
            EventKey::Token(token.clone()),
            EventKey::Session(session.clone()),
            EventKey::Grant(grant.clone()),
            EventKey::Client(client.clone()),
        ];
        for key in ends {
            let mut open = live.watch_token(&token, origin, Some(&"ada".into()), LONG);
            live.end_tokens(&EventKey::Grant("another".into()));
            live.end_all_of(&"bob".into());
            assert!(!open.has_ended());
            live.end_tokens(&key);
            open.ended().await;
        }
        let mut open = live.watch_token(&token, origin, Some(&"ada".into()), LONG);
        live.end_all_of(&"ada".into());
        open.ended().await;
        assert_eq!(live.0.lock().tokens.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_stays_open_past_the_end_of_its_session() {
        let live = Live::default();
        live.watch(&"a".into(), &"ada".into(), LONG).ended().await;
    }
}
