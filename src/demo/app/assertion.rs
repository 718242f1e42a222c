//! Verifies the signed assertion as any app should: key by `kid` from the key set, algorithm fixed,
//! audience this route, and type, issuer and times demanded.

use http::HeaderMap;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};

use super::App;

/// An assertion that holds.
pub(super) struct Verified {
    /// The key's id.
    pub key: String,
    /// The algorithm.
    pub alg: &'static str,
    /// Its claims, indented.
    pub claims: String,
}

/// Reads and verifies the assertion of a request; the error says why it is not believed.
pub(super) async fn verify(app: &App, headers: &HeaderMap) -> Result<Verified, String> {
    let text = headers
        .get("doorward-assertion")
        .and_then(|value| value.to_str().ok())
        .ok_or("the request carries none")?;
    let route = headers
        .get("doorward-route")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let keys: JwkSet = app.fetch.json(&app.jwks).await?;
    check(text, route, &app.public_url, &keys)
}

fn check(text: &str, audience: &str, issuer: &str, keys: &JwkSet) -> Result<Verified, String> {
    let header = jsonwebtoken::decode_header(text).map_err(|error| error.to_string())?;
    if header.typ.as_deref() != Some("identity+jwt") {
        return Err("it is another kind of token".to_owned());
    }
    let kid = header.kid.ok_or("it names no key")?;
    let key = keys.find(&kid).ok_or("its key is not in the key set")?;
    let key = DecodingKey::from_jwk(key).map_err(|error| error.to_string())?;
    // The algorithm is this program's choice, not the token's (RFC 8725 3.1).
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    validation.leeway = 5;
    let token = jsonwebtoken::decode::<serde_json::Value>(text, &key, &validation)
        .map_err(|error| error.to_string())?;
    Ok(Verified {
        key: kid,
        alg: "ES256",
        claims: serde_json::to_string_pretty(&token.claims).map_err(|error| error.to_string())?,
    })
}
