//! What a token says and is worth, without changing anything.

use super::Tokens;
use crate::base::Timestamp;
use crate::model::Client;
use crate::session::revocation::TokenOrigin;
use crate::tokens::{AccessToken, Active, Authorization, Hint, Terms, TokenError, TokenRejected};
use crate::tokens::{access, id};

/// Whether `client` may know what the token is worth: it was given it, or is a server of one of
/// the resources that it is for.
fn is_read_by(terms: &Terms, client: &Client, token: &AccessToken) -> bool {
    let serves = |id: &String| {
        let resource = terms.resources.find(id);
        resource.is_some_and(|resource| resource.servers.contains(&client.id))
    };
    token.client == client.id || token.audience.iter().any(serves)
}

impl Tokens {
    /// What `client`'s token is worth now, whichever kind it is; `None` when nothing.
    pub async fn active(
        &self,
        terms: &Terms,
        client: &Client,
        text: &str,
    ) -> Result<Option<Active>, TokenError> {
        let Some(token) = self.read_refresh(terms, client, text) else {
            let token = self.read_access(terms, text).ok();
            // Whoever is told that it is active has no clock of ours to allow for.
            let now = self.now();
            let token =
                token.filter(|token| now < token.expires && is_read_by(terms, client, token));
            return Ok(token.map(|token| Active::Access(Box::new(token))));
        };
        let now = self.now();
        let grant = self
            .0
            .store
            .load_grant(&token.grant)
            .await?
            .filter(|grant| {
                grant.revoked.is_none()
                    && grant.generation == token.generation
                    && now < grant.expires
            });
        let Some(grant) = grant else { return Ok(None) };
        let lives = match &grant.session {
            Some(session) => self.0.sessions.load(session).await?.is_some(),
            None => true,
        };
        Ok(lives.then(|| Active::Refresh(Box::new(grant))))
    }

    /// Reads an access token of the issuer for `audience`, and whether it still holds.
    pub fn verify_access(
        &self,
        terms: &Terms,
        jwt: &str,
        audience: &str,
    ) -> Result<AccessToken, TokenRejected> {
        let token = self.read_access(terms, jwt)?;
        if token.audience.iter().any(|one| one == audience) {
            Ok(token)
        } else {
            Err(TokenRejected::Audience)
        }
    }

    /// The same for whatever audience: what it is good for is the caller's to judge.
    pub fn read_access(&self, terms: &Terms, jwt: &str) -> Result<AccessToken, TokenRejected> {
        let ring = self.ring(terms).map_err(|_| TokenRejected::NoKey)?;
        let token = access::read((&ring, self.sealer()), jwt, terms, self.now())?;
        if self.revocations().voids_token(token.origin()) {
            return Err(TokenRejected::Revoked);
        }
        Ok(token)
    }

    /// Whether what an authorization came from was ended since `issued`.
    pub fn is_void(
        &self,
        authorization: &Authorization,
        client: &Client,
        issued: Timestamp,
    ) -> bool {
        self.0.sessions.revocations().voids_token(TokenOrigin {
            token: None,
            session: authorization.session(),
            grant: Some(authorization.grant()),
            client: &client.id,
            issued,
        })
    }

    /// Reads an `id_token_hint`.
    pub fn read_hint(&self, terms: &Terms, jwt: &str) -> Option<Hint> {
        let ring = self.ring(terms).ok()?;
        id::read_hint((&ring, self.sealer()), jwt, terms, self.now()).ok()
    }
}
