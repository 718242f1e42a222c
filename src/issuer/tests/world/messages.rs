//! How programs write what they send, and read what they are given.

use base64::Engine;
use serde_json::Value;

use super::VERIFIER;
use crate::base::encoding::{base64url, from_base64url, sha256};

pub const FORM: &str = "application/x-www-form-urlencoded";

pub fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    let pair = base64::engine::general_purpose::STANDARD.encode(pair);
    format!("Basic {pair}")
}

pub fn encode(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

/// The claims of a token, without a look at its signature.
pub fn payload(jwt: &Value) -> Value {
    let payload = jwt.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(payload).unwrap()).unwrap()
}

/// A good request of `client`; `more` replaces or adds, and removes what it names with "".
pub fn request<'a>(client: &'a str, more: &[(&'a str, &'a str)]) -> String {
    let callback = format!("https://{client}.test/cb");
    let challenge = base64url(sha256(VERIFIER));
    let mut all = vec![
        ("client_id", client),
        ("redirect_uri", &callback),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "st-1"),
        ("nonce", "n-1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    all.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    encode(&all)
}
