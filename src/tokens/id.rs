//! ID tokens (OpenID Connect Core 2), and what one says when it comes back as a hint.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use serde_json::{Map, Value, json};

use super::claims::Personal;
use super::subject::{BEHIND, Behind, Named};
use super::{Authorization, Terms, TokenError};
use crate::base::encoding::base64url;
use crate::base::{ClientId, ScopeSet, SessionId, Timestamp, UserId};
use crate::keys::{Audience, Expected, Expiry, JwtRejected, JwtType, KeyRing, Sealer, SigningKey};
use crate::model::client::Profile;
use crate::model::{Acr, Algorithm, Amr, Client, IdTokenClaims, User};

/// Whom an `id_token_hint` is about. Proof that we said so once, of nothing more.
#[derive(Clone, Debug)]
pub struct Hint {
    /// The person.
    pub user: UserId,
    /// The client it was given to.
    pub client: ClientId,
    /// The session it was given in.
    pub session: Option<SessionId>,
}

pub(super) struct IdToken<'a> {
    pub terms: &'a Terms,
    pub client: &'a Client,
    pub user: &'a User,
    pub authorization: &'a Authorization,
    pub named: &'a Named,
    pub scopes: &'a ScopeSet,
    pub access_token: Option<&'a str>,
    pub code: Option<&'a str>,
    pub now: Timestamp,
}

impl IdToken<'_> {
    pub fn sign(&self, key: &SigningKey) -> Result<String, TokenError> {
        Ok(key.sign_jwt(JwtType::Id, &self.claims(key.alg()))?)
    }

    fn claims(&self, alg: Algorithm) -> Map<String, Value> {
        let grant = self.authorization.row();
        // Without an access token, now or later, userinfo is out of reach (OpenID Connect Core 5.4).
        let alone = self.access_token.is_none() && self.code.is_none();
        let by_scope = match self.terms.id_token_claims(self.client) {
            IdTokenClaims::Minimal => alone,
            IdTokenClaims::ByScope => true,
        };
        let mut protocol = vec![
            ("iss", json!(self.terms.url)),
            ("sub", json!(self.named.sub)),
            ("aud", json!(grant.client)),
            ("azp", json!(grant.client)),
            ("exp", json!(self.now.plus(self.terms.id_token).seconds())),
            ("iat", json!(self.now.seconds())),
            ("auth_time", json!(grant.auth_time.seconds())),
        ];
        for (name, hashed) in [("at_hash", self.access_token), ("c_hash", self.code)] {
            if let Some(hashed) = hashed {
                protocol.push((name, json!(half_hash(hashed, alg))));
            }
        }
        if let Some(sid) = self
            .named
            .sid
            .as_ref()
            .filter(|_| self.says_which_session())
        {
            protocol.push(("sid", json!(sid)));
        }
        if let Some(behind) = &self.named.behind {
            protocol.push((BEHIND, json!(behind)));
        }
        if let Some(nonce) = self.authorization.nonce() {
            protocol.push(("nonce", json!(nonce)));
        }
        let amr: Vec<_> = grant.amr.iter().copied().map(Amr::as_str).collect();
        if !amr.is_empty() {
            protocol.push(("amr", json!(amr)));
            let reached = Acr::of(&grant.amr);
            // Of those asked for, if one of them is true.
            let claims = self.authorization.entitled().claims();
            let told = claims
                .id_token
                .get("acr")
                .and_then(|asked| reached.among(&asked.values));
            protocol.push(("acr", json!(told.unwrap_or(reached).as_str())));
        }
        self.about(by_scope).under(protocol)
    }

    /// Whoever is held to FAPI and has no part in logouts has no use for it: an ID token then says
    /// nothing that was not asked for.
    fn says_which_session(&self) -> bool {
        let logout = &self.client.logout;
        let told = logout.backchannel.is_some() || logout.frontchannel.is_some();
        match self.client.security.profile {
            Profile::Oidc => true,
            Profile::Fapi2 => told || !self.client.post_logout_redirect_uris.is_empty(),
        }
    }

    fn about(&self, by_scope: bool) -> Personal {
        let (catalogue, grant) = (&self.terms.catalogue, self.authorization.row());
        let whom = catalogue.whom(self.user, &self.named.sub, grant.tenant.as_ref());
        let asked = self.authorization.entitled().claims().id_token.keys();
        let asked = asked.map(String::as_str);
        let mut said = catalogue.asked(&whom, asked);
        if by_scope {
            said.extend(catalogue.about(&whom, self.scopes));
        }
        said
    }
}

/// The left half of the hash of an access token or code, by the hash of the ID token's algorithm
/// (OpenID Connect Core 3.1.3.6, 3.3.2.11); SHA-512 for Ed25519, which is built on it.
fn half_hash(text: &str, alg: Algorithm) -> String {
    let hash = digest(
        match alg {
            Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &SHA256,
            Algorithm::EdDSA => &SHA512,
        },
        text.as_bytes(),
    );
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    base64url(left)
}

/// Reads an ID token of the issuer, expired or not, for whatever client it was.
pub(super) fn read_hint(
    (ring, sealer): (&KeyRing, &Sealer),
    jwt: &str,
    terms: &Terms,
    now: Timestamp,
) -> Result<Hint, JwtRejected> {
    let expected = Expected {
        typ: JwtType::Id,
        issuer: &terms.url,
        audience: Audience::LeftToCaller,
        expiry: Expiry::Overlooked,
    };
    let claims = ring.verify(jwt, &expected, now)?;
    let client = ClientId::new(claims.audience().ok_or(JwtRejected::Claim)?);
    let behind = Behind::read(sealer, &terms.issuer, &client, &claims).ok_or(JwtRejected::Claim)?;
    Ok(Hint {
        user: behind.user,
        session: behind.session,
        client,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_half_of_the_hash_of_the_algorithm() {
        // OpenID Connect Core appendix A.3: this access token, this at_hash.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnvfo";
        assert_eq!(half_hash(token, Algorithm::RS256).len(), 22);
        assert_eq!(half_hash(token, Algorithm::EdDSA).len(), 43);
        assert_eq!(
            half_hash(
                "ya29.eQETFbFOkAs8nWHcmYXKwEi0Zz46NfsrUU_KuQLOLTwWS40y6Fb99aVzEXC0U14m61lcPMIr1hEIBA",
                Algorithm::RS256
            ),
            "aUAkJG-u6x4RTWuILWy-CA"
        );
    }
}
