//! What the authority is to find at `/.well-known/acme-challenge/TOKEN` (RFC 8555 8.3). It may ask
//! any node, so answers are in the database.

use std::time::Duration;

use crate::base::Clock;
use crate::store::{Store, StoreError};

/// Longest token that is looked up; authorities use 43 bytes.
const MAX_TOKEN: usize = 128;
/// How long an answer is kept when nobody takes it away.
const KEPT: Duration = Duration::from_hours(1);

/// Answers to challenges. Cheap to clone.
#[derive(Clone)]
pub struct Answers {
    store: Store,
    clock: Clock,
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answers(..)")
    }
}

impl Answers {
    /// Those of this database.
    pub const fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// The answer for `token`, if it is one of ours.
    pub async fn find(&self, token: &str) -> Result<Option<String>, StoreError> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if token.is_empty() || token.len() > MAX_TOKEN || !token.bytes().all(known) {
            return Ok(None);
        }
        self.store.acme_answer(token, self.clock.now()).await
    }

    /// Lets it be found.
    pub(super) async fn put(&self, token: &str, answer: &str) -> Result<(), StoreError> {
        let expires = self.clock.now().plus(KEPT);
        self.store.insert_acme_answer(token, answer, expires).await
    }

    /// It was found, or will not be asked for any more.
    pub(super) async fn take_away(&self, token: &str) {
        if let Err(error) = self.store.remove_acme_answer(token).await {
            tracing::debug!(%error, "an answer to a challenge stays until it is swept");
        }
    }
}
