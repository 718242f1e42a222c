//! What strangers' tokens and keys must be like.

mod jwks;
mod signatures;

use serde_json::{Map, Value, json};

use super::testing::{Stranger, sign_with_secret};
use super::*;
use crate::base::encoding::{base64url, from_base64url};
use crate::keys::JwtRejected;

fn keys(of: &[&Stranger]) -> ForeignKeys {
    let keys: Vec<Value> = of.iter().map(|one| one.jwk()).collect();
    ForeignKeys::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn key(jwk: &Value) -> Option<ForeignKey> {
    ForeignKey::read(jwk.as_object().unwrap())
}

#[test]
fn what_a_key_signed_is_verified_by_every_algorithm_and_by_no_other_key() {
    for alg in ForeignAlg::ALL {
        let (own, other) = (Stranger::new(*alg, "k"), Stranger::new(*alg, "k"));
        let text = own.sign(&json!({ "sub": "c1" }));
        let jws = Jws::read(&text).unwrap();
        assert_eq!(keys(&[&own]).verify(&jws, ForeignAlg::ALL), Ok(()));
        assert_eq!(
            keys(&[&other]).verify(&jws, ForeignAlg::ALL),
            Err(JwtRejected::Mismatch)
        );
        let others: Vec<_> = ForeignAlg::ALL
            .iter()
            .copied()
            .filter(|one| one != alg)
            .collect();
        assert_eq!(
            keys(&[&own]).verify(&jws, &others),
            Err(JwtRejected::UnknownKey)
        );
    }
}

#[test]
fn jwt_01_a_token_without_a_signature_is_by_nobody() {
    let own = Stranger::new(ForeignAlg::ES256, "k");
    for alg in [
        json!("none"),
        json!("None"),
        json!("nOnE"),
        json!(""),
        Value::Null,
        json!(["ES256"]),
    ] {
        let text = own.sign_as(&json!({ "alg": alg, "kid": "k" }), &json!({}));
        let (signed, _) = text.rsplit_once('.').unwrap();
        for text in [&text, &format!("{signed}.")] {
            let jws = Jws::read(text).unwrap();
            assert!(
                keys(&[&own]).verify(&jws, ForeignAlg::ALL).is_err(),
                "{alg}"
            );
        }
    }
    let text = own.sign_text(r#"{"kid":"k"}"#, "{}");
    let jws = Jws::read(&text).unwrap();
    assert!(keys(&[&own]).verify(&jws, ForeignAlg::ALL).is_err());
    let text = own.sign(&json!({}));
    let (signed, _) = text.rsplit_once('.').unwrap();
    let text = format!("{signed}.");
    let jws = Jws::read(&text).unwrap();
    assert!(!jws.is_unsigned());
    assert!(keys(&[&own]).verify(&jws, ForeignAlg::ALL).is_err());
}

#[test]
fn jwt_02_a_public_key_is_no_secret() {
    for alg in [ForeignAlg::RS256, ForeignAlg::ES256] {
        let own = Stranger::new(alg, "k");
        let jwk = own.jwk();
        let n = jwk
            .get("n")
            .or_else(|| jwk.get("x"))
            .unwrap()
            .as_str()
            .unwrap();
        for secret in [
            jwk.to_string().into_bytes(),
            own.jwks().into_bytes(),
            from_base64url(n).unwrap(),
        ] {
            let text = sign_with_secret(&secret, &json!({ "sub": "c1" }));
            let jws = Jws::read(&text).unwrap();
            assert_eq!(
                keys(&[&own]).verify(&jws, ForeignAlg::ALL),
                Err(JwtRejected::UnknownKey)
            );
        }
    }
}

#[test]
fn an_oct_key_in_a_public_set_verifies_nothing() {
    let secret = [7; 32];
    let set =
        json!({ "keys": [{ "kty": "oct", "kid": "k", "alg": "HS256", "k": base64url(secret) }] });
    let keys = ForeignKeys::read(set.to_string().as_bytes()).unwrap();
    assert!(keys.keys().is_empty());
    let text = sign_with_secret(&secret, &json!({}));
    let jws = Jws::read(&text).unwrap();
    assert!(keys.verify(&jws, ForeignAlg::ALL).is_err());
    assert!(jws.is_by_secret(&secret));
    assert!(!jws.is_by_secret(&[8; 32]));
    let text = text.replacen(
        &base64url(r#"{"alg":"HS256"}"#),
        &base64url(r#"{"alg":"HS512"}"#),
        1,
    );
    assert!(!Jws::read(&text).unwrap().is_by_secret(&secret));
}

#[test]
fn jwt_03_jwt_04_keys_and_extensions_in_the_header_are_refused() {
    let own = Stranger::new(ForeignAlg::ES256, "k");
    for (name, value) in [
        ("crit", json!(["x"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("jku", json!("https://evil.test/")),
        ("x5u", json!("https://evil.test/")),
        ("x5c", json!([])),
        ("jwk", own.jwk()),
    ] {
        let mut header = json!({ "alg": "ES256", "kid": "k" });
        header[name] = value;
        let text = own.sign_as(&header, &json!({}));
        assert_eq!(Jws::read(&text).unwrap_err(), JwtRejected::Header, "{name}");
        assert_eq!(Jws::read_with_key(&text).is_ok(), name == "jwk", "{name}");
    }
    let other = Stranger::new(ForeignAlg::ES256, "other");
    for kid in ["../../dev/null", "' or 1=1", "K", &"k".repeat(20_000)] {
        let text = own.sign_as(&json!({ "alg": "ES256", "kid": kid }), &json!({}));
        let set = keys(&[&own, &other]);
        let read = Jws::read(&text).map(|jws| set.verify(&jws, ForeignAlg::ALL));
        assert!(!matches!(read, Ok(Ok(()))), "{kid}");
    }
    let text = own.sign_as(&json!({ "alg": "ES256" }), &json!({}));
    let jws = Jws::read(&text).unwrap();
    assert_eq!(keys(&[&own]).verify(&jws, ForeignAlg::ALL), Ok(()));
    assert_eq!(
        keys(&[&own, &other]).verify(&jws, ForeignAlg::ALL),
        Err(JwtRejected::UnknownKey)
    );
}

#[test]
fn jwt_08_a_member_that_comes_twice_is_refused() {
    let own = Stranger::new(ForeignAlg::ES256, "k");
    for (header, payload) in [
        (r#"{"alg":"ES256","alg":"none"}"#, "{}"),
        (r#"{"alg":"ES256","\u0061lg":"none"}"#, "{}"),
        (r#"{"alg":"ES256"}"#, r#"{"sub":"a","sub":"b"}"#),
        (r#"{"alg":"ES256"}"#, r#"{"x":{"role":1,"role":2}}"#),
        (r#"{"alg":"ES256"}"#, "[]"),
        (r#"{"alg":"ES256"}"#, "{} "),
    ] {
        let text = own.sign_text(header, payload);
        let bad = Jws::read(&text).is_err();
        assert_eq!(bad, payload != "{} ", "{header} {payload}");
    }
}

#[test]
fn jwt_11_texts_that_are_not_canonical_are_refused() {
    let own = Stranger::new(ForeignAlg::ES256, "k");
    let text = own.sign(&json!({}));
    let last = text.chars().last().unwrap();
    let twin = char::from(u8::try_from(last).unwrap() + 1);
    for bad in [
        format!("{text}="),
        format!("{text}."),
        format!(".{text}"),
        format!("{text}.x"),
        format!(" {text}"),
        format!("{}{twin}", &text[..text.len() - 1]),
        text.replacen('.', "=.", 1),
        ".".repeat(1_000_000),
        format!("{}.e30.", "A".repeat(1 << 20)),
        "..".to_owned(),
        "a.b".to_owned(),
        String::new(),
    ] {
        assert!(Jws::read(&bad).is_err());
    }
}

#[test]
fn a_type_is_compared_as_media_types_are() {
    let own = Stranger::new(ForeignAlg::ES256, "k");
    let typed = |typ: Value, types: &[&str]| {
        let mut header = Map::from_iter([("alg".to_owned(), json!("ES256"))]);
        if !typ.is_null() {
            header.insert("typ".to_owned(), typ);
        }
        let text = own.sign_as(&Value::Object(header), &json!({}));
        Jws::read(&text).unwrap().is_typed(types)
    };
    assert!(typed(json!("JWT"), &["", "jwt"]));
    assert!(typed(json!("application/dpop+JWT"), &["dpop+jwt"]));
    assert!(typed(Value::Null, &["", "jwt"]));
    assert!(!typed(Value::Null, &["jwt"]));
    assert!(!typed(json!(""), &["", "jwt"]));
    assert!(!typed(json!(7), &["", "jwt"]));
    assert!(!typed(json!("at+jwt"), &["", "jwt"]));
}

#[test]
fn jwt_07_times_are_numbers_within_reason() {
    let claims = |value: Value| ForeignClaims(Map::from_iter([("exp".to_owned(), value)]));
    let read = |value: Value| claims(value).time("exp");
    assert_eq!(read(json!(1.9)).unwrap().unwrap().seconds(), 1);
    assert_eq!(read(json!(7)).unwrap().unwrap().seconds(), 7);
    for bad in [
        json!("9999999999"),
        json!(-1),
        json!(1e300),
        json!(-0.5),
        Value::Null,
        json!([1]),
        json!(u64::MAX),
    ] {
        assert!(read(bad.clone()).is_err(), "{bad}");
    }
    assert_eq!(claims(json!(1)).time("nbf"), Ok(None));
}
