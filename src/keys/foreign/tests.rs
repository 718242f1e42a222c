//! What strangers' tokens and keys must be like.

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

#[test]
fn jwt_10_signatures_at_the_edges_are_refused() {
    const N: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let own = Stranger::new(ForeignAlg::ES256, "k");
    let text = own.sign(&json!({}));
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let signature = from_base64url(signature).unwrap();
    let (r, s) = signature.split_at(32);
    let (zero, one, ff) = (
        [0; 32],
        {
            let mut one = [0; 32];
            one[31] = 1;
            one
        },
        [0xff; 32],
    );
    let join = |r: &[u8], s: &[u8]| [r, s].concat();
    let mut der = vec![0x30, 70, 0x02, 33, 0];
    der.extend_from_slice(r);
    der.extend_from_slice(&[0x02, 33, 0]);
    der.extend_from_slice(s);
    let bad = [
        join(&zero, &zero),
        join(&zero, s),
        join(r, &zero),
        join(&N, s),
        join(r, &N),
        join(&N, &N),
        join(&ff, &ff),
        join(&one, &one),
        join(s, r),
        der,
        signature[..63].to_vec(),
        join(&signature, &[0]),
        join(&[0], &signature),
        join(&signature, &signature),
        vec![],
    ];
    let set = keys(&[&own]);
    for bad in bad {
        let text = format!("{signed}.{}", base64url(&bad));
        let jws = Jws::read(&text).unwrap();
        assert_eq!(
            set.verify(&jws, ForeignAlg::ALL),
            Err(JwtRejected::Mismatch),
            "{bad:02x?}"
        );
    }
}

#[test]
fn jwt_10_rsa_and_ed25519_signatures_at_the_edges_are_refused() {
    for alg in [ForeignAlg::RS256, ForeignAlg::PS256, ForeignAlg::EdDSA] {
        let own = Stranger::new(alg, "k");
        let text = own.sign(&json!({}));
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let good = from_base64url(signature).unwrap();
        let mut longer = vec![0];
        longer.extend_from_slice(&good);
        // The group order added to S is the same signature by another name (RFC 8032 8.4).
        let mut malleable = good.clone();
        if alg == ForeignAlg::EdDSA {
            let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
            let mut carry = 0u16;
            for (at, byte) in malleable[32..].iter_mut().enumerate() {
                let digit = u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap();
                let sum = u16::from(*byte) + u16::from(digit) + carry;
                (*byte, carry) = (u8::try_from(sum & 0xff).unwrap(), sum >> 8);
            }
        } else {
            malleable[0] ^= 1;
        }
        let set = keys(&[&own]);
        for bad in [
            longer,
            good[1..].to_vec(),
            vec![0; good.len()],
            vec![0xff; good.len()],
            malleable,
        ] {
            let text = format!("{signed}.{}", base64url(&bad));
            let jws = Jws::read(&text).unwrap();
            assert_eq!(
                set.verify(&jws, ForeignAlg::ALL),
                Err(JwtRejected::Mismatch)
            );
        }
    }
}

/// An RSA key of `bits` bits with this exponent; whether it has factors is nobody's business here.
fn rsa(bits: usize, e: &[u8]) -> Value {
    let mut n = vec![0xa5; bits / 8];
    *n.last_mut().unwrap() |= 1;
    json!({ "kty": "RSA", "kid": "r", "n": base64url(n), "e": base64url(e) })
}

#[test]
fn jwt_13_weak_and_broken_keys_are_as_if_they_were_not_there() {
    const F4: &[u8] = &[1, 0, 1];
    assert!(key(&rsa(2048, F4)).is_some());
    assert!(key(&rsa(8192, &[3])).is_some());
    for bits in [512, 1024, 2040, 8200, 16384] {
        assert!(key(&rsa(bits, F4)).is_none(), "{bits}");
    }
    for e in [
        &[1][..],
        &[0],
        &[],
        &[2],
        &[1, 0, 0],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1],
    ] {
        assert!(key(&rsa(2048, e)).is_none(), "{e:?}");
    }
    let mut even = rsa(2048, F4);
    even["n"] = json!(base64url([0xa4; 256]));
    assert!(key(&even).is_none());

    let good = Stranger::new(ForeignAlg::ES256, "k").jwk();
    assert!(key(&good).is_some());
    let change = |name: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[name] = value;
        key(&jwk)
    };
    let mut x = from_base64url(good["x"].as_str().unwrap()).unwrap();
    x[31] ^= 1;
    for (name, value) in [
        ("x", json!(base64url(&x))),
        ("x", json!(base64url([0; 32]))),
        ("x", json!(base64url([0xff; 32]))),
        ("x", json!(base64url(&x[1..]))),
        ("y", Value::Null),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("kty", json!("RSA")),
        ("kty", json!("oct")),
        ("alg", json!("RS256")),
        ("alg", json!("HS256")),
        ("alg", json!("none")),
        ("use", json!("enc")),
        ("key_ops", json!(["sign"])),
        ("d", json!("AAAA")),
        ("kid", json!(7)),
        ("kid", json!("k".repeat(1000))),
    ] {
        assert!(change(name, value).is_none(), "{name}");
    }
    assert!(change("use", json!("sig")).is_some());
    assert!(change("key_ops", json!(["verify"])).is_some());
}

#[test]
fn jwt_13_a_set_is_bounded_and_one_bad_key_spoils_none() {
    let (own, other) = (
        Stranger::new(ForeignAlg::ES256, "k"),
        Stranger::new(ForeignAlg::ES256, "k"),
    );
    let set = |keys: Vec<Value>| ForeignKeys::read(json!({ "keys": keys }).to_string().as_bytes());
    let bad = vec![json!({ "kty": "EC" }), json!(7), rsa(512, &[3]), own.jwk()];
    let text = own.sign(&json!({}));
    let jws = Jws::read(&text).unwrap();
    assert_eq!(set(bad).unwrap().verify(&jws, ForeignAlg::ALL), Ok(()));

    // Of twins the first counts.
    let twins = set(vec![own.jwk(), other.jwk()]).unwrap();
    assert_eq!(twins.keys().len(), 1);
    assert_eq!(twins.verify(&jws, ForeignAlg::ALL), Ok(()));
    let twins = set(vec![other.jwk(), own.jwk()]).unwrap();
    assert!(twins.verify(&jws, ForeignAlg::ALL).is_err());

    assert!(set(vec![json!({}); 10_000]).unwrap().keys().is_empty());
    let many: Vec<_> = (0..200)
        .map(|n| {
            let mut jwk = own.jwk();
            jwk["kid"] = json!(n.to_string());
            jwk
        })
        .collect();
    assert_eq!(set(many).unwrap().keys().len(), 64);
    for no_set in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(ForeignKeys::read(no_set.as_bytes()).is_err(), "{no_set}");
    }
    let long = format!("{{\"keys\":[],\"x\":\"{}\"}}", "a".repeat(1 << 17));
    assert!(ForeignKeys::read(long.as_bytes()).is_err());
}

#[test]
fn a_thumbprint_is_the_one_of_the_rfc() {
    // RFC 7638 3.1.
    let jwk = json!({
        "kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    assert_eq!(
        key(&jwk).unwrap().thumbprint(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}
