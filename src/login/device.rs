//! The device cookie: which accounts somebody has signed in to with this browser.
//!
//! It lets nobody in. Attempts at an account from a browser that was let into it before are counted
//! by themselves, so that strangers' failures, even from the same network, never keep it out.

use axum::extract::FromRequestParts;
use http::HeaderValue;
use http::header::COOKIE;
use http::request::Parts;

use super::state::LoginState;
use crate::base::encoding::hex;
use crate::base::{RngFailed, Timestamp};
use crate::identity::throttle::{Account, KNOWN};
use crate::keys::Purpose;
use crate::model::Proven;
use crate::session::cookie::{self, Found};
use crate::web::ErrorPage;

/// The cookie.
pub(super) const NAME: &str = "__Host-doorward-device";
/// Accounts a browser is known for at most; the latest stay.
const ACCOUNTS: usize = 4;
const ID: usize = 16;
const MARK: usize = 16;

/// A browser, by the accounts that were signed in to with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Device {
    id: Option<[u8; ID]>,
    /// The latest first.
    accounts: Vec<[u8; MARK]>,
}

impl Device {
    /// How the limits know this browser, if `account` was signed in to with it and its credentials
    /// have not been replaced since.
    pub fn known_for(&self, account: &Account, epoch: i64) -> Option<String> {
        let known = self.accounts.contains(&mark(account, epoch));
        self.id.filter(|_| known).map(hex)
    }

    /// A `Set-Cookie` value by which this browser is known for who was proven as well.
    pub fn remember(&self, proven: &Proven, state: &LoginState) -> Result<String, RngFailed> {
        let id = match self.id {
            Some(id) => id,
            None => state.rng.bytes()?,
        };
        let this = mark(&Account::of_user(&proven.user), proven.epoch);
        let others = self.accounts.iter().filter(|other| **other != this);
        let mut plain = Vec::with_capacity(8 + ID + ACCOUNTS * MARK);
        plain.extend_from_slice(&state.clock.now().millis().to_be_bytes());
        plain.extend_from_slice(&id);
        for account in [&this].into_iter().chain(others).take(ACCOUNTS) {
            plain.extend_from_slice(account);
        }
        let sealed = state.kit.sealer().seal(Purpose::Device, &[], &plain)?;
        Ok(cookie::set(NAME, &sealed, KNOWN))
    }

    fn open(state: &LoginState, value: &[u8]) -> Option<Self> {
        let plain = state.kit.sealer().open(Purpose::Device, &[], value)?;
        let (since, rest) = plain.split_first_chunk::<8>()?;
        let since = Timestamp::from_millis(i64::from_be_bytes(*since));
        if state.clock.now() >= since.plus(KNOWN) {
            return None;
        }
        let (id, rest) = rest.split_first_chunk::<ID>()?;
        let (accounts, odd) = rest.as_chunks::<MARK>();
        odd.is_empty().then(|| Self {
            id: Some(*id),
            accounts: accounts.to_vec(),
        })
    }
}

impl FromRequestParts<LoginState> for Device {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, state: &LoginState) -> Result<Self, ErrorPage> {
        let lines = parts.headers.get_all(COOKIE).iter();
        Ok(match cookie::find(lines.map(HeaderValue::as_bytes), NAME) {
            Found::One(value) => Self::open(state, value).unwrap_or_default(),
            Found::None | Found::Conflict => Self::default(),
        })
    }
}

fn mark(account: &Account, epoch: i64) -> [u8; MARK] {
    let mut mark = [0; MARK];
    for (to, from) in mark.iter_mut().zip(account.digest(epoch)) {
        *to = from;
    }
    mark
}
