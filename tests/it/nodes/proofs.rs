//! Proofs that are good once: a client's assertion, and a proof of a key.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::PublicKeyData as _;
use serde_json::{Value, json};

use super::{Nodes, ROUNDS, SECRET, json as body, only};
use crate::support::oidc::SHOP;

/// The key of `signer`, and of whoever proves to have one.
static KEY: LazyLock<rcgen::KeyPair> = LazyLock::new(|| rcgen::KeyPair::generate().unwrap());

fn coordinates() -> (String, String) {
    let point = KEY.der_bytes();
    let (x, y) = point[1..].split_at(32);
    (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
}

/// The public key as the configuration takes it.
pub(super) fn key_in_toml() -> String {
    let (x, y) = coordinates();
    format!(
        "{{ kty = \"EC\", crv = \"P-256\", alg = \"ES256\", kid = \"k\", x = \"{x}\", y = \"{y}\" }}"
    )
}

fn sign(header: &Header, claims: &Value) -> String {
    let key = EncodingKey::from_ec_der(&KEY.serialize_der());
    jsonwebtoken::encode(header, claims, &key).unwrap()
}

fn now() -> i64 {
    doorward::base::Clock::system().now().seconds()
}

fn unique(round: usize) -> String {
    format!("{round}-{}", std::process::id())
}

#[tokio::test]
async fn a_clients_assertion_is_taken_once() {
    let Some(nodes) = Nodes::start("").await else {
        return;
    };
    let issuer = nodes.first.url("/production/oidc");
    for round in 0..ROUNDS {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k".to_owned());
        let claims = json!({
            "iss": "signer", "sub": "signer", "aud": issuer, "iat": now(), "exp": now() + 60,
            "jti": unique(round),
        });
        let assertion = sign(&header, &claims);
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let form = [
            ("client_assertion_type", kind),
            ("client_assertion", &assertion),
            ("token", "x"),
        ];
        let answers = nodes.rush(&nodes.form("revoke", &[], &form));
        only(&answers, 200, &[401]);
    }
    nodes.end().await;
}

#[tokio::test]
async fn a_proof_of_a_key_is_taken_once() {
    let shop = format!("{SHOP}secret = \"{SECRET}\"\n");
    let Some(nodes) = Nodes::selling(&shop, "").await else {
        return;
    };
    let (x, y) = coordinates();
    let key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
    let endpoint = nodes.first.url("/production/oidc/connect/par");
    for round in 0..ROUNDS {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("dpop+jwt".to_owned());
        header.jwk = Some(serde_json::from_value(key.clone()).unwrap());
        let claims = json!({
            "jti": unique(round), "htm": "POST", "htu": endpoint, "iat": now(),
        });
        let lines = [format!("DPoP: {}", sign(&header, &claims))];
        let asked = crate::support::oidc::authorize_url(&nodes.first, &[]);
        let asked: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        let asked: Vec<_> = asked
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .chain([("client_secret", SECRET)])
            .collect();
        let answers = nodes.rush(&nodes.form("par", &lines, &asked));
        only(&answers, 201, &[400]);
        for lost in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(body(lost)["error"], "invalid_dpop_proof");
        }
    }
    nodes.end().await;
}
