//! What an issuer promises about its tokens: lifetimes, algorithms, which claims go where.
//! Plain data, made from the issuer's settings.

use std::time::Duration;

use super::claims::Catalogue;
use crate::base::IssuerId;
use crate::model::client::Profile;
use crate::model::{Algorithm, Client, IdTokenClaims, Resources};

/// The terms of one issuer.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The issuer's name.
    pub issuer: IssuerId,
    /// `iss`, exactly.
    pub url: String,
    /// Algorithms of ID tokens; the first is the default.
    pub algs: Vec<Algorithm>,
    /// Lifetime of an authorization code.
    pub code: Duration,
    /// Lifetime of an access token.
    pub access_token: Duration,
    /// Lifetime of an ID token.
    pub id_token: Duration,
    /// Lifetime of a refresh token, counted from its last rotation.
    pub refresh_token: Duration,
    /// How long the previous refresh token still gets the same answer.
    pub refresh_reuse_grace: Duration,
    /// Where the claims of scopes go.
    pub id_token_claims: IdTokenClaims,
    /// What is said about people.
    pub catalogue: Catalogue,
    /// The API resources that tokens can be for.
    pub resources: Resources,
}

impl Terms {
    /// The algorithm of our own access tokens: nobody but us reads them, so the fastest.
    pub const ACCESS_ALG: Algorithm = Algorithm::ES256;

    /// The algorithm of `client`'s ID tokens.
    pub fn id_token_alg(&self, client: &Client) -> Algorithm {
        client
            .id_token_alg
            .or_else(|| self.algs.first().copied())
            .filter(|alg| *alg != Algorithm::RS256 || client.security.profile != Profile::Fapi2)
            .unwrap_or(match client.security.profile {
                Profile::Oidc => Algorithm::RS256,
                // FAPI 2.0 Security Profile 5.4.1 has no RS256; this one every issuer has.
                Profile::Fapi2 => Self::ACCESS_ALG,
            })
    }

    /// Lifetime of `client`'s codes; a minute at most in FAPI 2.0 (Security Profile 5.3.2.1).
    pub fn code_life(&self, client: &Client) -> Duration {
        match client.security.profile {
            Profile::Oidc => self.code,
            Profile::Fapi2 => self.code.min(Duration::from_mins(1)),
        }
    }

    /// Which claims `client`'s ID tokens carry.
    pub fn id_token_claims(&self, client: &Client) -> IdTokenClaims {
        client.id_token_claims.unwrap_or(self.id_token_claims)
    }

    /// Every algorithm the issuer must have a key of: RS256 is always offered for ID tokens
    /// (OpenID Connect Discovery 3).
    pub fn key_algs(&self) -> Vec<Algorithm> {
        let mut algs = self.algs.clone();
        for needed in [Algorithm::RS256, Self::ACCESS_ALG] {
            if !algs.contains(&needed) {
                algs.push(needed);
            }
        }
        algs
    }
}
