//! What a ring signs with, publishes, and refuses.

mod forgery;

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::keys::jwt::{Audience, Expiry, JwtType};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ISS: &str = "https://gw.test/production/oidc";

fn key(alg: Algorithm, id: &str, signs_from: Timestamp) -> RingKey {
    let pkcs8 = SigningKey::generate(alg).unwrap();
    RingKey {
        key: Arc::new(SigningKey::from_pkcs8(id.into(), alg, &pkcs8).unwrap()),
        life: KeyLife {
            created: NOW,
            signs_from,
            gone: None,
        },
    }
}

fn ring() -> KeyRing {
    KeyRing::new(
        [
            key(Algorithm::RS256, "rsa", NOW),
            key(Algorithm::PS256, "pss", NOW),
            key(Algorithm::ES256, "ec", NOW),
            key(Algorithm::EdDSA, "ed", NOW),
        ],
        NOW,
    )
}

fn claims() -> Value {
    json!({
        "iss": ISS, "sub": "alice", "aud": "c1",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300,
    })
}

fn expected() -> Expected<'static> {
    Expected {
        typ: JwtType::Id,
        issuer: ISS,
        audience: Audience::Is("c1"),
        expiry: Expiry::Enforced,
    }
}

fn sign(ring: &KeyRing, claims: &Value) -> String {
    let signer = ring.signer(Algorithm::ES256, NOW).unwrap();
    signer.sign_jwt(JwtType::Id, claims).unwrap()
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn what_a_key_signs_its_ring_verifies_and_another_ring_does_not() {
    let (ours, theirs) = (ring(), ring());
    for alg in Algorithm::ALL {
        let signer = ours.signer(alg, NOW).unwrap();
        let jwt = signer.sign_jwt(JwtType::Id, &claims()).unwrap();
        let read = ours.verify(&jwt, &expected(), NOW).unwrap();
        assert_eq!((read.sub.as_str(), read.audience()), ("alice", Some("c1")));
        assert!(theirs.verify(&jwt, &expected(), NOW).is_err());
    }
}

#[test]
fn a_waiting_key_is_published_but_does_not_sign_until_its_time() {
    let later = NOW.plus(Duration::from_mins(10));
    let ring = KeyRing::new(
        [
            key(Algorithm::ES256, "next", later),
            key(Algorithm::ES256, "now", NOW),
        ],
        NOW,
    );
    let signer = |at| ring.signer(Algorithm::ES256, at).unwrap().id().to_string();
    assert_eq!(signer(NOW), "now");
    assert_eq!(signer(later), "next");
    let jwks: Value = serde_json::from_slice(&ring.jwks().body).unwrap();
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 2);
}

#[test]
fn a_retired_key_is_neither_published_nor_believed() {
    let mut entry = key(Algorithm::ES256, "old", NOW);
    entry.life.gone = Some(NOW.plus(Duration::from_mins(1)));
    let ring = KeyRing::new([entry], NOW);
    let jwt = sign(&ring, &claims());
    assert!(ring.verify(&jwt, &expected(), NOW).is_ok());
    let after = NOW.plus(Duration::from_mins(1));
    assert_eq!(
        ring.verify(&jwt, &expected(), after).unwrap_err(),
        JwtRejected::UnknownKey
    );
    assert!(KeyRing::new(ring.keys().to_vec(), after).keys().is_empty());
}

#[test]
fn the_jwks_holds_no_private_member() {
    let ring = ring();
    let jwks: Value = serde_json::from_slice(&ring.jwks().body).unwrap();
    for jwk in jwks["keys"].as_array().unwrap() {
        assert_eq!(jwk["use"], "sig");
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(jwk.get(private).is_none());
        }
    }
}

#[test]
fn jwt_05_jwt_06_audience_and_issuer_are_exact_strings() {
    let ring = ring();
    for aud in [
        json!(5),
        json!({}),
        Value::Null,
        json!([]),
        json!(["c1"]),
        json!("evil"),
        json!(""),
    ] {
        let jwt = sign(&ring, &with("aud", aud.clone()));
        assert!(ring.verify(&jwt, &expected(), NOW).is_err(), "{aud}");
    }
    for iss in [
        json!({}),
        json!([ISS]),
        json!(format!("{ISS}/")),
        json!("https://gw.test/beta/oidc"),
        json!(ISS.to_uppercase()),
    ] {
        let jwt = sign(&ring, &with("iss", iss.clone()));
        assert!(ring.verify(&jwt, &expected(), NOW).is_err(), "{iss}");
    }
    for missing in ["iss", "aud", "sub", "exp", "iat"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(missing);
        let jwt = sign(&ring, &claims);
        assert!(ring.verify(&jwt, &expected(), NOW).is_err(), "{missing}");
    }
}

#[test]
fn jwt_07_times_are_whole_numbers_and_hold() {
    let ring = ring();
    for exp in [
        json!("9999999999"),
        json!(-1),
        json!(1e300),
        Value::Null,
        json!(1.5),
        json!(NOW.seconds() - 11),
    ] {
        let jwt = sign(&ring, &with("exp", exp.clone()));
        assert!(ring.verify(&jwt, &expected(), NOW).is_err(), "{exp}");
    }
    for (name, value) in [
        ("nbf", json!(NOW.seconds() + 60)),
        ("nbf", json!("x")),
        ("iat", json!(NOW.seconds() + 60)),
        ("sub", json!(7)),
        ("sub", json!("")),
    ] {
        let jwt = sign(&ring, &with(name, value));
        assert!(ring.verify(&jwt, &expected(), NOW).is_err(), "{name}");
    }
}

#[test]
fn jwt_09_only_the_right_type_passes() {
    let ring = ring();
    let signer = ring.signer(Algorithm::ES256, NOW).unwrap();
    for made in JwtType::ALL {
        let jwt = signer.sign_jwt(made, &claims()).unwrap();
        for wanted in JwtType::ALL {
            let expected = Expected {
                typ: wanted,
                ..expected()
            };
            assert_eq!(ring.verify(&jwt, &expected, NOW).is_ok(), made == wanted);
        }
    }
}

#[test]
fn an_expired_token_is_still_a_hint() {
    let ring = ring();
    let jwt = sign(&ring, &claims());
    let later = NOW.plus(Duration::from_hours(24));
    assert_eq!(
        ring.verify(&jwt, &expected(), later).unwrap_err(),
        JwtRejected::Time
    );
    let hint = Expected {
        audience: Audience::LeftToCaller,
        expiry: Expiry::Overlooked,
        ..expected()
    };
    assert_eq!(ring.verify(&jwt, &hint, later).unwrap().audiences, ["c1"]);
}
