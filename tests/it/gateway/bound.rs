//! Access tokens that are bound to a key, at routes.

use doorward::base::encoding::{base64url, sha256};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::PublicKeyData as _;
use serde_json::{Value, json};

use super::bearer::{Api, refused};
use crate::support::oidc;

/// A key, and a count of the proofs that it made.
struct Key(rcgen::KeyPair, u32);

impl Key {
    fn new() -> Self {
        Self(rcgen::KeyPair::generate().unwrap(), 0)
    }

    /// A proof for one request, with the token that comes along.
    fn proof(&mut self, method: &str, url: &str, token: Option<&str>) -> String {
        let point = self.0.der_bytes();
        let (x, y) = point[1..].split_at(32);
        let [x, y] = [x, y].map(base64url);
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("dpop+jwt".to_owned());
        let key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        header.jwk = Some(serde_json::from_value(key).unwrap());
        self.1 += 1;
        let mut claims = json!({
            "jti": format!("{}-{x}", self.1), "htm": method, "htu": url,
            "iat": doorward::base::Clock::system().now().seconds(),
        });
        if let Some(token) = token {
            claims["ath"] = Value::from(base64url(sha256(token)));
        }
        let signer = EncodingKey::from_ec_der(&self.0.serialize_der());
        format!(
            "DPoP: {}",
            jsonwebtoken::encode(&header, &claims, &signer).unwrap()
        )
    }
}

/// The job's own token, bound to `key`.
async fn bound(api: &Api, key: &mut Key) -> String {
    let url = oidc::token_url(&api.house.server);
    let proof = key.proof("POST", &url, None);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "job"),
        ("client_secret", "0123456789abcdef0123456789abcdef"),
        ("scope", "booking:read"),
    ];
    let asked = api.browser.client().post(&url).form(&form);
    let asked = asked.header("dpop", proof.trim_start_matches("DPoP: "));
    let told: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(told["token_type"], "DPoP", "{told}");
    told["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_key_needs_a_fresh_proof_of_it() {
    let api = Api::ada().await;
    let mut key = Key::new();
    let token = bound(&api, &mut key).await;
    let here = api.house.server.url_at("api.test", "/jobs");
    let presented = format!("Authorization: DPoP {token}");

    let good = key.proof("GET", &here, Some(&token));
    let answer = api.get_with("/jobs?x=1", &[&presented, &good]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let seen = api.house.upstream.only();
    assert!(seen.headers.first("dpop").is_none());
    assert!(!seen.contains(&token));

    let elsewhere = api.house.server.url_at("api.test", "/x");
    let wrong = [
        ("used before", vec![good]),
        ("none", vec![]),
        (
            "for another method",
            vec![key.proof("POST", &here, Some(&token))],
        ),
        (
            "for another address",
            vec![key.proof("GET", &elsewhere, Some(&token))],
        ),
        (
            "for another token",
            vec![key.proof("GET", &here, Some("x"))],
        ),
        ("for none", vec![key.proof("GET", &here, None)]),
        (
            "of another key",
            vec![Key::new().proof("GET", &here, Some(&token))],
        ),
        (
            "two",
            vec![
                key.proof("GET", &here, Some(&token)),
                key.proof("GET", &here, Some(&token)),
            ],
        ),
    ];
    for (what, proofs) in wrong {
        let mut lines = vec![presented.as_str()];
        lines.extend(proofs.iter().map(String::as_str));
        let (status, error, challenge) = refused(&api.get_with("/jobs", &lines));
        assert_eq!((status, &*error), (401, "invalid_dpop_proof"), "{what}");
        assert!(challenge.starts_with("DPoP "), "{what}: {challenge}");
        api.house.upstream.saw_nothing();
    }
    let plain = format!("Authorization: Bearer {token}");
    let good = key.proof("GET", &here, Some(&token));
    let (status, error, _) = refused(&api.get_with("/jobs", &[&plain, &good]));
    assert_eq!((status, &*error), (401, "invalid_dpop_proof"));
}
