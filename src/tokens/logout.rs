//! Logout tokens (OpenID Connect Back-Channel Logout 2.4): say to one client that a session ended.

use std::time::Duration;

use serde_json::json;

use super::{Terms, TokenError, Tokens};
use crate::base::encoding::base64url;
use crate::base::{SessionId, UserId};
use crate::keys::JwtType;
use crate::model::Client;

/// How long a logout token is good for: it is made when it is sent.
const LIFE: Duration = Duration::from_mins(2);
/// The one event it is about.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl Tokens {
    /// Tells `client` that `session` of `user` ended, in the algorithm of its ID tokens. Never holds
    /// a nonce, so that it cannot be taken for one of those.
    pub fn mint_logout(
        &self,
        terms: &Terms,
        client: &Client,
        user: &UserId,
        session: &SessionId,
    ) -> Result<String, TokenError> {
        let now = self.now();
        let ring = self.ring(terms)?;
        let key = ring
            .signer(terms.id_token_alg(client), now)
            .ok_or(TokenError::NoKey)?;
        let claims = json!({
            "iss": terms.url,
            "sub": self.subject(terms, client, user),
            "sid": self.sid(terms, client, session),
            "aud": client.id,
            "iat": now.seconds(),
            "exp": now.plus(LIFE).seconds(),
            "jti": base64url(self.rng().bytes::<16>()?),
            "events": { EVENT: {} },
        });
        Ok(key.sign_jwt(JwtType::Logout, &claims)?)
    }
}
