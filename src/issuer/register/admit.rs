//! Who may register: nobody faster than a person could mean it, and with an initial access token
//! where the issuer wants one.

use std::time::Duration;

use http::HeaderMap;

use super::settings::RegistrationMode;
use crate::base::opaque::InitialToken;
use crate::base::{Opaque, OpaqueHash};
use crate::identity::throttle::network_of;
use crate::issuer::bearer::{self, BearerError};
use crate::issuer::error::OAuthError;
use crate::issuer::state::At;
use crate::model::InitialTokenRecord;
use crate::web::{ErrorPage, Inbound, Params};

/// What lets somebody register.
#[derive(Debug)]
pub enum Admission {
    /// Everybody may.
    Open,
    /// A token, which the registration itself uses up.
    Token {
        /// Its hash.
        hash: OpaqueHash<InitialToken>,
        /// Its id, for those who look later.
        id: String,
    },
}

/// Why nobody is let in.
#[derive(Debug)]
pub enum Refused {
    /// As the endpoint says it.
    OAuth(OAuthError),
    /// The token (RFC 6750 3.1).
    Bearer(BearerError),
    /// The request itself.
    Page(ErrorPage),
}

impl From<ErrorPage> for Refused {
    fn from(error: ErrorPage) -> Self {
        Self::Page(error)
    }
}

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

impl From<BearerError> for Refused {
    fn from(error: BearerError) -> Self {
        Self::Bearer(error)
    }
}

impl axum::response::IntoResponse for Refused {
    fn into_response(self) -> axum::response::Response {
        match self {
            Self::OAuth(error) => error.into_response(),
            Self::Bearer(error) => error.into_response(),
            Self::Page(error) => error.into_response(),
        }
    }
}

/// Counts an attempt from where `inbound` comes from.
pub async fn slowly(at: &At, inbound: &Inbound) -> Result<(), OAuthError> {
    let bucket = format!("register:{}:{}", at.issuer.id(), network_of(inbound.client));
    let now = at.state.clock.now();
    let rate = at.issuer.settings().registration.per_ip;
    let every = rate.window / rate.count.max(1);
    match at.state.store.take(&bucket, every, rate.count, now).await? {
        Ok(()) => Ok(()),
        Err(free) => Err(OAuthError::too_many(
            free.since(now) + Duration::from_secs(1),
        )),
    }
}

/// Whether somebody may register, before anything is read that they send. The token is only looked
/// at: the registration uses it.
pub async fn admit(at: &At, headers: &HeaderMap, query: &Params) -> Result<Admission, Refused> {
    match at.issuer.settings().registration.mode {
        RegistrationMode::Open => return Ok(Admission::Open),
        RegistrationMode::Off => {
            return Err(OAuthError::new(
                "access_denied",
                "Clients of this issuer are registered by its operator.",
            )
            .into());
        }
        RegistrationMode::Token => {}
    }
    let presented = bearer::bearer(headers, query)?;
    let token = Opaque::<InitialToken>::parse(presented).ok_or(BearerError::InvalidToken)?;
    let hash = token.hash();
    let record = at.state.store.load_initial_token(&hash).await;
    let record = record.map_err(OAuthError::from)?;
    let now = at.state.clock.now();
    let good = |record: &InitialTokenRecord| {
        record.issuer == *at.issuer.id() && record.uses > 0 && record.expires > now
    };
    match record.filter(good) {
        Some(record) => Ok(Admission::Token {
            hash,
            id: record.id,
        }),
        None => Err(BearerError::InvalidToken.into()),
    }
}
