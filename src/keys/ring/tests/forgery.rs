//! Tokens that were tampered with, or written as we write none.

use super::*;
use crate::base::encoding::from_base64url;

/// Replaces the header of a token, keeping payload and signature.
fn with_header(jwt: &str, header: &str) -> String {
    let (_, rest) = jwt.split_once('.').unwrap();
    format!("{}.{rest}", base64url(header))
}

#[test]
fn jwt_01_jwt_02_the_algorithm_is_pinned_by_the_key() {
    let ring = ring();
    let jwt = sign(&ring, &claims());
    for alg in ["none", "None", "nOnE", "", "HS256", "RS256", "ES384"] {
        let header = json!({ "alg": alg, "typ": "JWT", "kid": "ec" }).to_string();
        assert_eq!(
            ring.verify(&with_header(&jwt, &header), &expected(), NOW)
                .unwrap_err(),
            JwtRejected::UnknownKey
        );
    }
    let unsigned = &jwt[..=jwt.rfind('.').unwrap()];
    assert!(ring.verify(unsigned, &expected(), NOW).is_err());
}

#[test]
fn jwt_03_jwt_04_keys_and_critical_parameters_in_the_header_are_refused() {
    let ring = ring();
    let jwt = sign(&ring, &claims());
    for extra in [
        r#""crit":["x"]"#,
        r#""crit":[]"#,
        r#""crit":["b64"],"b64":false"#,
        r#""jku":"https://evil.test/""#,
        r#""jwk":{}"#,
        r#""x5u":"https://evil.test/""#,
        r#""x5c":[]"#,
    ] {
        let header = format!(r#"{{"alg":"ES256","typ":"JWT","kid":"ec",{extra}}}"#);
        assert_eq!(
            ring.verify(&with_header(&jwt, &header), &expected(), NOW)
                .unwrap_err(),
            JwtRejected::Header,
            "{extra}"
        );
    }
    let twice = r#"{"alg":"ES256","alg":"none","typ":"JWT","kid":"ec"}"#;
    assert_eq!(
        ring.verify(&with_header(&jwt, twice), &expected(), NOW)
            .unwrap_err(),
        JwtRejected::Malformed
    );
    for kid in ["../../dev/null", "' or 1=1", "", "unknown"] {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid }).to_string();
        assert_eq!(
            ring.verify(&with_header(&jwt, &header), &expected(), NOW)
                .unwrap_err(),
            JwtRejected::UnknownKey
        );
    }
}

/// A payload as no serializer of ours would write it, signed with the real key.
struct Raw(&'static str);
impl serde::Serialize for Raw {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = s.serialize_map(None)?;
        for (name, value) in claims().as_object().unwrap() {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry(self.0, "mallory")?;
        map.serialize_entry("role", "admin")?;
        map.end()
    }
}

#[test]
fn jwt_08_a_claim_that_comes_twice_is_refused() {
    let ring = ring();
    let signer = ring.signer(Algorithm::ES256, NOW).unwrap();
    for twice in ["sub", "role"] {
        let jwt = signer.sign_jwt(JwtType::Id, &Raw(twice)).unwrap();
        assert_eq!(
            ring.verify(&jwt, &expected(), NOW).unwrap_err(),
            JwtRejected::Malformed
        );
    }
}

#[test]
fn jwt_11_encodings_that_are_not_canonical_are_refused() {
    let ring = ring();
    let jwt = sign(&ring, &claims());
    let signature = jwt.rsplit('.').next().unwrap();
    // The last character of 64 bytes carries four unused bits: another spelling, the same bytes.
    let last = signature.chars().last().unwrap();
    let twin = char::from(u8::try_from(last).unwrap() + 1);
    assert!(from_base64url(signature).is_some());
    let bad = [
        format!("{jwt}="),
        format!("{jwt}."),
        format!("{jwt}.x"),
        format!(" {jwt}"),
        format!("{}{twin}", &jwt[..jwt.len() - 1]),
        jwt.replacen('.', "=.", 1),
        ".".repeat(1_000_000),
        format!("{}.e30.", "A".repeat(1 << 20)),
        String::new(),
    ];
    for bad in bad {
        assert!(ring.verify(&bad, &expected(), NOW).is_err());
    }
}
