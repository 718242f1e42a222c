//! One public key of somebody else (RFC 7517 4). A key that is weak, private, symmetric or meant for
//! something else is no value of this type.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};
use serde_json::{Map, Value};

use super::{ForeignAlg, roca};
use crate::base::encoding::{base64url, from_base64url, sha256};

/// Longest `kid`, in bytes.
const MAX_KID: usize = 512;
/// Members that only private and symmetric keys have.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// A public key that verifies signatures.
#[derive(Debug)]
pub struct ForeignKey {
    kid: Option<String>,
    alg: Option<ForeignAlg>,
    material: Material,
    thumbprint: String,
    certificate: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Material {
    Rsa(PublicKeyComponents<Vec<u8>>),
    P256(ParsedPublicKey),
    P384(ParsedPublicKey),
    Ed25519(ParsedPublicKey),
}

impl ForeignKey {
    /// Reads a public JWK; `None` for one that must not be used.
    pub fn read(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let absent_or_text = |name: &str| jwk.get(name).is_none_or(Value::is_string);
        if PRIVATE.iter().any(|name| jwk.contains_key(*name)) || !is_for_signatures(jwk) {
            return None;
        }
        if !["kid", "alg", "use"].into_iter().all(absent_or_text) {
            return None;
        }
        let kid = text("kid").map(str::to_owned);
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
            return None;
        }
        let material = Material::read(jwk)?;
        let alg = match text("alg") {
            Some(name) => Some(ForeignAlg::parse(name).filter(|alg| material.fits(*alg))?),
            None => None,
        };
        Some(Self {
            kid,
            alg,
            thumbprint: thumbprint(jwk)?,
            certificate: first_certificate(jwk),
            material,
        })
    }

    /// `kid`, if it has one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The SHA-256 thumbprint, base64url (RFC 7638).
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The certificate of the key, DER, when the JWK has one (`x5c`, RFC 7517 4.7).
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Whether signatures of this algorithm may be checked with the key.
    pub fn fits(&self, alg: ForeignAlg) -> bool {
        self.alg.is_none_or(|own| own == alg) && self.material.fits(alg)
    }

    /// Whether `signature` is the key's, over `message`, by `alg`.
    pub(super) fn is_signed(&self, alg: ForeignAlg, message: &[u8], signature: &[u8]) -> bool {
        if !self.fits(alg) {
            return false;
        }
        let verified = match &self.material {
            Material::Rsa(key) if alg == ForeignAlg::PS256 => {
                key.verify(&RSA_PSS_2048_8192_SHA256, message, signature)
            }
            Material::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            Material::P256(key) | Material::P384(key) | Material::Ed25519(key) => {
                key.verify_sig(message, signature)
            }
        };
        verified.is_ok()
    }
}

impl Material {
    fn read(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        match (text("kty")?, text("crv")) {
            ("RSA", None) => rsa(text("n")?, text("e")?).map(Self::Rsa),
            ("EC", Some("P-256")) => {
                let point = point(text("x")?, text("y")?, 32)?;
                parsed(&ECDSA_P256_SHA256_FIXED, &point).map(Self::P256)
            }
            ("EC", Some("P-384")) => {
                let point = point(text("x")?, text("y")?, 48)?;
                parsed(&ECDSA_P384_SHA384_FIXED, &point).map(Self::P384)
            }
            ("OKP", Some("Ed25519")) => {
                let point = from_base64url(text("x")?).filter(|x| x.len() == 32)?;
                parsed(&ED25519, &point).map(Self::Ed25519)
            }
            _ => None,
        }
    }

    const fn fits(&self, alg: ForeignAlg) -> bool {
        match self {
            Self::Rsa(_) => matches!(alg, ForeignAlg::RS256 | ForeignAlg::PS256),
            Self::P256(_) => matches!(alg, ForeignAlg::ES256),
            Self::P384(_) => matches!(alg, ForeignAlg::ES384),
            Self::Ed25519(_) => matches!(alg, ForeignAlg::EdDSA),
        }
    }
}

fn parsed(alg: &'static dyn VerificationAlgorithm, point: &[u8]) -> Option<ParsedPublicKey> {
    ParsedPublicKey::new(alg, point).ok()
}

/// RFC 7517 4.2, 4.3.
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let to_sign = jwk.get("use").is_none_or(|one| one == "sig");
    let to_verify = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|one| one == "verify"),
        Some(_) => false,
    };
    to_sign && to_verify
}

/// 2048 to 8192 bits and odd, with an odd exponent from 3 up to 32 bits: an exponent of one makes
/// every message its own signature, a huge one makes checking it expensive. A modulus that anybody
/// can factor is nobody's.
fn rsa(n: &str, e: &str) -> Option<PublicKeyComponents<Vec<u8>>> {
    let (n, e) = (unsigned(n)?, unsigned(e)?);
    let bits = n.len() * 8 - usize::try_from(n.first()?.leading_zeros()).ok()?;
    let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    let exponent = e.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let good = (2048..=8192).contains(&bits)
        && odd(&n)
        && odd(&e)
        && e.len() <= 4
        && (3..=u64::from(u32::MAX)).contains(&exponent)
        && !roca::is_marked(&n);
    good.then_some(PublicKeyComponents { n, e })
}

/// A positive number without leading zeros; some libraries write one.
fn unsigned(text: &str) -> Option<Vec<u8>> {
    let bytes = from_base64url(text).filter(|bytes| bytes.len() <= 1025)?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes.get(first..)?.to_vec())
}

/// An uncompressed point (SEC 1 2.3.3) of coordinates that long exactly; that it is on the curve is
/// checked where it is parsed.
fn point(x: &str, y: &str, length: usize) -> Option<Vec<u8>> {
    let coordinate = |text| from_base64url(text).filter(|bytes| bytes.len() == length);
    let (x, y) = (coordinate(x)?, coordinate(y)?);
    Some([&[0x04][..], &x, &y].concat())
}

/// RFC 7638 3: the required members alone, sorted, without spaces.
fn thumbprint(jwk: &Map<String, Value>) -> Option<String> {
    let members: &[&str] = match jwk.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        _ => return None,
    };
    let mut required = Map::new();
    for name in members {
        let text = jwk.get(*name)?.as_str()?;
        // As it should have been written, so that a key has one thumbprint whoever reads it.
        let text = match *name {
            "n" | "e" => base64url(unsigned(text)?),
            _ => text.to_owned(),
        };
        required.insert((*name).to_owned(), text.into());
    }
    Some(base64url(sha256(Value::Object(required).to_string())))
}

/// Standard base64 here, unlike everywhere else (RFC 7517 4.7).
fn first_certificate(jwk: &Map<String, Value>) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let text = jwk.get("x5c")?.as_array()?.first()?.as_str()?;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
