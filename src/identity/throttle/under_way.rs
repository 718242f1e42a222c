//! Attempts that are being worked out now: one account cannot take every hashing thread, not even
//! with its right password.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::{Account, ThrottleError};

/// Attempts at one account that may be worked out at once.
const AT_ONCE: u32 = 4;

#[derive(Clone, Debug, Default)]
pub(super) struct AllUnderWay(Arc<Mutex<HashMap<Account, u32>>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct UnderWay {
    all: AllUnderWay,
    account: Account,
}

impl AllUnderWay {
    /// One more, or too many.
    pub fn begin(&self, account: &Account) -> Result<UnderWay, ThrottleError> {
        let mut all = self.0.lock();
        let count = all.entry(account.clone()).or_default();
        if *count >= AT_ONCE {
            return Err(ThrottleError::Busy {
                retry_after: Duration::from_secs(1),
            });
        }
        *count += 1;
        Ok(UnderWay {
            all: self.clone(),
            account: account.clone(),
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut all = self.all.0.lock();
        if let Some(count) = all.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.account);
            }
        }
    }
}
