//! Userinfo as a JWT (OpenID Connect Core 5.3.2).

use serde_json::{Map, Value, json};

use super::Tokens;
use crate::keys::JwtType;
use crate::model::Client;
use crate::tokens::{Terms, TokenError};

impl Tokens {
    /// Signs what userinfo says to `client`, with the algorithm it asked for. Without `exp`: an
    /// answer, which nobody can take for an ID token.
    pub fn sign_userinfo(
        &self,
        terms: &Terms,
        client: &Client,
        mut said: Map<String, Value>,
    ) -> Result<String, TokenError> {
        let now = self.now();
        said.insert("iss".to_owned(), json!(terms.url));
        said.insert("aud".to_owned(), json!(client.id));
        said.insert("iat".to_owned(), json!(now.seconds()));
        let alg = client.algs.userinfo;
        let alg = alg.unwrap_or_else(|| terms.id_token_alg(client));
        let ring = self.ring(terms)?;
        let key = ring.signer(alg, now).ok_or(TokenError::NoKey)?;
        Ok(key.sign_jwt(JwtType::Id, &said)?)
    }
}
