//! One running server for the tests of a module: starting it costs more than most tests do.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::House;

/// A house that stands as long as some test is in it or waits for its turn. Nothing keeps it after
/// that: what is kept in a static is never dropped, and the process would outlive the tests.
pub(super) struct Shared {
    standing: Mutex<Weak<Inside>>,
    turn: Mutex<()>,
}

struct Inside {
    house: House,
    sessions: Mutex<HashMap<(String, String), String>>,
}

/// One test's turn in the house.
pub(super) struct Turn {
    inside: Arc<Inside>,
    _turn: MutexGuard<'static, ()>,
}

impl Shared {
    pub(super) const fn new() -> Self {
        Self {
            standing: Mutex::new(Weak::new()),
            turn: Mutex::new(()),
        }
    }

    /// Waits for a turn in the house, which `start` builds if it does not stand. The upstream has
    /// forgotten what others did.
    pub(super) fn enter(&'static self, start: impl FnOnce() -> House) -> Turn {
        let inside = {
            let mut standing = own(&self.standing);
            standing.upgrade().unwrap_or_else(|| {
                let inside = Arc::new(Inside {
                    house: start(),
                    sessions: Mutex::default(),
                });
                *standing = Arc::downgrade(&inside);
                inside
            })
        };
        let turn = own(&self.turn);
        inside.house.upstream.forget();
        Turn {
            inside,
            _turn: turn,
        }
    }
}

/// A test that failed says so itself; the others go on.
fn own<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Turn {
    /// The `Cookie` value of somebody signed in at `host`, who stays signed in for later tests. The
    /// upstream has forgotten everything so far.
    pub(super) async fn session(&self, host: &str, who: &str) -> String {
        let key = (host.to_owned(), who.to_owned());
        let known = own(&self.inside.sessions).get(&key).cloned();
        if let Some(session) = known {
            self.upstream.forget();
            return session;
        }
        let session = self.signed_in(host, who).await;
        own(&self.inside.sessions).insert(key, session.clone());
        session
    }
}

impl Deref for Turn {
    type Target = House;

    fn deref(&self) -> &House {
        &self.inside.house
    }
}
