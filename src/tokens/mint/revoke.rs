//! Taking back what was handed out (RFC 7009).

use super::Tokens;
use crate::base::GrantId;
use crate::model::Client;
use crate::tokens::{AccessToken, Terms, TokenError};

impl Tokens {
    /// Whether a grant was made, and revoked since.
    pub async fn is_revoked(&self, grant: &GrantId) -> Result<bool, TokenError> {
        let grant = self.0.store.load_grant(grant).await?;
        Ok(grant.is_some_and(|grant| grant.revoked.is_some()))
    }

    /// Revokes the grant behind `client`'s token, whichever kind it is (RFC 7009 2.1); the token
    /// alone when it has no grant of its own. Whether there was anything to revoke.
    pub async fn revoke(
        &self,
        terms: &Terms,
        client: &Client,
        text: &str,
    ) -> Result<bool, TokenError> {
        let now = self.now();
        if let Some(token) = self.read_refresh(terms, client, text) {
            return Ok(self.0.store.revoke_grant(&token.grant, now).await?);
        }
        let token = self.read_access(terms, text).ok();
        let Some(token) = token.filter(|token| token.client == client.id) else {
            return Ok(false);
        };
        if let Some(grant) = own_grant(&token) {
            return Ok(self.0.store.revoke_grant(grant, now).await?);
        }
        self.0.store.revoke_token(&token.id, now).await?;
        Ok(true)
    }
}

/// The grant that ends with the token: not the one of somebody else that it was exchanged for.
fn own_grant(token: &AccessToken) -> Option<&GrantId> {
    match token.actor {
        None => token.grant.as_ref(),
        Some(_) => None,
    }
}
