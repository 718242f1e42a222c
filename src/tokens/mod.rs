//! Minting and redeeming: authorization codes, access tokens, ID tokens, refresh tokens, and the
//! keys that sign them. Knows the store, no HTTP.
//!
//! [`Authorization`] is the only right to mint, and only redeeming makes one.

mod access;
pub mod assertion;
mod authorization;
pub mod claims;
mod code;
pub mod dpop;
mod entitled;
mod id;
mod keyrings;
mod logout;
mod mint;
mod outcome;
pub mod reach;
mod refresh;
pub mod route_token;
pub mod schedule;
pub mod standing;
mod subject;
mod tenancy;
mod terms;
#[cfg(test)]
pub(crate) mod tests;
pub mod trusted;
mod warm;

pub use access::{AccessToken, Actor, Subject};
pub use authorization::Authorization;
pub use code::{Approval, Code, CodeChallenge};
pub use entitled::Entitled;
pub use id::Hint;
pub use keyrings::Keyrings;
pub use mint::{Audience, Issued, OnBehalf, Preview, Tokens};
pub use outcome::{Active, Minted, Redemption, Rotation, TokenRejected};
pub use reach::{Narrowed, Reach};
pub use refresh::Refreshable;
pub use schedule::{Haste, KeyOwner};
pub use standing::{NotStanding, Standing, StandingSettings, StandingTokens};
pub use tenancy::{acts_in, admits, is_choosy};
pub use terms::Terms;
pub use trusted::{Trust, Trusted, TrustedIssuer};
pub use warm::{Unverified, Verified, Warm};

use crate::base::RngFailed;
use crate::keys::SigningError;
use crate::session::SessionError;
use crate::store::StoreError;

/// Why nothing could be minted or redeemed, through no fault of the client.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] RngFailed),
    /// The signature library.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// No key of that owner and algorithm.
    #[error("there is no signing key for this")]
    NoKey,
    /// A stored key cannot be opened: the master key is not the one it was sealed with.
    #[error("a stored signing key cannot be opened: is this the right master key?")]
    Unsealable,
    /// A record that cannot be what we wrote.
    #[error("a stored grant is not one of ours")]
    Corrupt,
}

impl From<SessionError> for TokenError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Store(error) => error.into(),
            SessionError::Rng(error) => error.into(),
        }
    }
}
