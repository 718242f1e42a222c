//! Keys and sets of keys that strangers publish.

use super::*;

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
