//! Tokens and keys that strangers wrote.

use std::sync::LazyLock;

use crate::base::encoding::{base64url, from_base64url};
use crate::keys::{ForeignAlg, ForeignKeys, Jws};

/// A client's keys, and the one token that was ever signed with each.
const KEYS: &str = include_str!("../../fuzz/house/jwks.json");
const SIGNED: &[&str] = &[
    include_str!("../../fuzz/corpus/jwt/signed_eddsa"),
    include_str!("../../fuzz/corpus/jwt/signed_rs256"),
];
const SECRET: &[u8] = b"a secret that nobody knows, of fifty bytes or more";

static CLIENT: LazyLock<Option<ForeignKeys>> =
    LazyLock::new(|| ForeignKeys::read(KEYS.as_bytes()).ok());

/// A JWT: of one spelling, without a key or an extension of its own, and never verified unless it is
/// one that was signed.
pub(super) fn jwt(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(jws) = Jws::read(text) else {
        return;
    };
    assert_eq!(text.split('.').count(), 3);
    for part in text.split('.') {
        assert_eq!(from_base64url(part).map(base64url).as_deref(), Some(part));
    }
    let unsigned = text.ends_with('.');
    assert!(!jws.is_unsigned() || (unsigned && jws.alg().is_none()));
    assert!(!jws.is_by_secret(SECRET) && !jws.is_by_secret(b""));
    assert!(CLIENT.is_some(), "the keys cannot be read");
    for key in CLIENT.iter().flat_map(ForeignKeys::keys) {
        assert!(!jws.is_by_key(key, &[]));
        if jws.is_by_key(key, ForeignAlg::ALL) {
            assert!(!unsigned && SIGNED.contains(&text), "{text}");
        }
        for alg in ForeignAlg::ALL {
            assert!(jws.alg() == Some(*alg) || !jws.is_by_key(key, &[*alg]));
        }
    }
    let claims = jws.claims();
    for name in ["exp", "nbf", "iat"] {
        if let Ok(Some(time)) = claims.time(name) {
            assert!((0..=253_402_300_799).contains(&time.seconds()), "{name}");
        }
    }
    for audience in ["", "https://gw.test"] {
        assert!(!claims.is_for(audience) || claims.is_also_for(audience));
    }
    assert!(!claims.is_for(""));
}

/// A token with its own key: public, of a known kind, and what signed it if anything did.
pub(super) fn dpop(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok((jws, key)) = Jws::read_with_key(text) else {
        return;
    };
    assert!(
        Jws::read(text).is_err(),
        "a key of its own choosing was taken"
    );
    let digest = from_base64url(key.thumbprint());
    assert!(digest.is_some_and(|digest| digest.len() == 32));
    if jws.is_by_key(&key, ForeignAlg::ALL) {
        assert!(jws.alg().is_some_and(|alg| key.fits(alg)));
        assert!(!jws.is_unsigned());
    }
}

/// A key set: no private key, no twins, nothing that verifies what another verifies by that name.
pub(super) fn jwks(input: &[u8]) {
    let Ok(set) = ForeignKeys::read(input) else {
        return;
    };
    assert!(set.keys().len() <= 64);
    for (at, key) in set.keys().iter().enumerate() {
        assert!(ForeignAlg::ALL.iter().any(|alg| key.fits(*alg)));
        let digest = from_base64url(key.thumbprint());
        assert!(digest.is_some_and(|digest| digest.len() == 32));
        for twin in set.keys().iter().take(at) {
            let named = key.kid().is_some() && key.kid() == twin.kid();
            let mut algs = ForeignAlg::ALL.iter();
            assert!(!named || !algs.any(|alg| key.fits(*alg) && twin.fits(*alg)));
        }
    }
    // Whatever keys somebody gives, nobody's token becomes theirs but by their signature.
    for text in SIGNED {
        if let (Ok(jws), Some(own)) = (Jws::read(text), CLIENT.as_ref())
            && set.verify(&jws, ForeignAlg::ALL).is_ok()
        {
            let theirs = |key: &crate::keys::ForeignKey| {
                own.keys()
                    .iter()
                    .any(|own| own.thumbprint() == key.thumbprint())
            };
            assert!(set.keys().iter().any(theirs), "another key verified it");
        }
    }
}
