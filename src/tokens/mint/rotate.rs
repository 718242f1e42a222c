//! Refresh tokens: what one stands for, and the next.

use super::Tokens;
use crate::model::client::Profile;
use crate::model::{Client, Grant};
use crate::store::{Rotated, Turn};
use crate::tokens::outcome::Rotation;
use crate::tokens::refresh::{RefreshToken, Refreshable};
use crate::tokens::{Authorization, Entitled, Terms, TokenError};

impl Tokens {
    /// What `client`'s refresh token stands for, without touching it; `None` when it is not one of
    /// the client's whose grant is still there.
    pub async fn refreshable(
        &self,
        terms: &Terms,
        client: &Client,
        text: &str,
    ) -> Result<Option<Refreshable>, TokenError> {
        let Some(token) = self.read_refresh(terms, client, text) else {
            return Ok(None);
        };
        let grant = self.0.store.load_grant(&token.grant).await?;
        let now = self.now();
        let lives = |grant: &Grant| grant.revoked.is_none() && now < grant.expires;
        let grant = grant.filter(lives);
        // FAPI 2.0 Security Profile 5.3.2.1: theirs stay, as they are bound to a key or to the client,
        // and an answer that is lost on the way must not end the grant.
        let rotates = client.security.profile != Profile::Fapi2;
        Ok(grant.map(|grant| Refreshable {
            token,
            grant,
            rotates,
        }))
    }

    /// Rotates a refresh token whose client may still have what is `entitled`.
    pub async fn rotate(
        &self,
        terms: &Terms,
        refreshable: &Refreshable,
        entitled: Entitled,
    ) -> Result<Rotation, TokenError> {
        let token = &refreshable.token;
        let (now, life) = (self.now(), self.0.sessions.settings());
        let rotated = self
            .0
            .store
            .rotate_grant(
                &token.grant,
                Turn {
                    from: token.generation,
                    rotates: refreshable.rotates,
                    grace: terms.refresh_reuse_grace,
                    now,
                    expires: now.plus(terms.refresh_token),
                    seen_after: now.minus(life.idle),
                    begun_after: now.minus(life.max),
                },
            )
            .await?;
        let authorized = |grant, at| {
            let authorization = Authorization::refreshed(grant, entitled, at);
            Ok(Rotation::Authorized(Box::new(authorization)))
        };
        match rotated {
            Rotated::Next(grant) => authorized(grant, now),
            Rotated::Grace(grant) => {
                let at = grant.rotated.unwrap_or(grant.created);
                authorized(grant, at)
            }
            Rotated::Reused(grant) => Ok(Rotation::Reused(Box::new(grant))),
            Rotated::Gone => Ok(Rotation::Refused),
        }
    }

    /// The refresh token of what is allowed.
    pub(super) fn refresh_token(
        &self,
        authorization: &Authorization,
    ) -> Result<String, TokenError> {
        let grant = authorization.row();
        let token = RefreshToken {
            grant: grant.id.clone(),
            generation: grant.generation,
        };
        token
            .reveal(&self.0.sealer, &grant.issuer, &grant.client)
            .ok_or(TokenError::Corrupt)
    }

    /// What a text names, if it is a refresh token of `client`'s.
    pub(super) fn read_refresh(
        &self,
        terms: &Terms,
        client: &Client,
        text: &str,
    ) -> Option<RefreshToken> {
        RefreshToken::parse(text, &self.0.sealer, &terms.issuer, &client.id)
    }
}
