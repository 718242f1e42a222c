//! Keys of strangers, for tests: they sign whatever header and payload a test writes.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use serde_json::{Value, json};

use super::ForeignAlg;
use crate::base::encoding::base64url;

/// A key pair of somebody else.
pub struct Stranger {
    /// What it signs with.
    pub alg: ForeignAlg,
    kid: String,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(EcdsaKeyPair, usize),
    Ed(Ed25519KeyPair),
}

impl Stranger {
    /// A fresh one.
    pub fn new(alg: ForeignAlg, kid: &str) -> Self {
        let pair = match alg {
            ForeignAlg::RS256 | ForeignAlg::PS256 => {
                Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
            }
            ForeignAlg::ES256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
                Pair::Ec(pair, 32)
            }
            ForeignAlg::ES384 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
                Pair::Ec(pair, 48)
            }
            ForeignAlg::EdDSA => Pair::Ed(Ed25519KeyPair::generate().unwrap()),
        };
        let kid = kid.to_owned();
        Self { alg, kid, pair }
    }

    /// The public half.
    pub fn jwk(&self) -> Value {
        let (alg, kid) = (self.alg.as_str(), &self.kid);
        match &self.pair {
            Pair::Rsa(pair) => json!({
                "kty": "RSA", "kid": kid, "alg": alg, "use": "sig",
                "n": base64url(pair.public_key().modulus().big_endian_without_leading_zero()),
                "e": base64url(pair.public_key().exponent().big_endian_without_leading_zero()),
            }),
            Pair::Ec(pair, length) => {
                let point = pair.public_key().as_ref();
                json!({
                    "kty": "EC", "kid": kid, "alg": alg, "crv": format!("P-{}", length * 8),
                    "x": base64url(&point[1..=*length]), "y": base64url(&point[1 + length..]),
                })
            }
            Pair::Ed(pair) => json!({
                "kty": "OKP", "kid": kid, "alg": alg, "crv": "Ed25519",
                "x": base64url(pair.public_key().as_ref()),
            }),
        }
    }

    /// A JWK set with the public half.
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.jwk()] }).to_string()
    }

    /// A token with this payload and the usual header.
    pub fn sign(&self, payload: &Value) -> String {
        let header = json!({ "alg": self.alg.as_str(), "kid": self.kid });
        self.sign_as(&header, payload)
    }

    /// A token with exactly this header and payload.
    pub fn sign_as(&self, header: &Value, payload: &Value) -> String {
        self.sign_text(&header.to_string(), &payload.to_string())
    }

    /// A token of exactly these texts.
    pub fn sign_text(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", base64url(header), base64url(payload));
        let signature = base64url(self.signature(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let rng = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding =
                    if self.alg == ForeignAlg::PS256 {
                        &RSA_PSS_SHA256
                    } else {
                        &RSA_PKCS1_SHA256
                    };
                pair.sign(padding, &rng, message, &mut signature).unwrap();
                signature
            }
            Pair::Ec(pair, _) => pair.sign(&rng, message).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// A token authenticated by HS256 with `secret`.
pub fn sign_with_secret(secret: &[u8], payload: &Value) -> String {
    use aws_lc_rs::hmac;
    let header = base64url(json!({ "alg": "HS256" }).to_string());
    let signed = format!("{header}.{}", base64url(payload.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let code = base64url(hmac::sign(&key, signed.as_bytes()));
    format!("{signed}.{code}")
}
