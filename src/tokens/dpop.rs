//! `DPoP` (RFC 9449): a proof that whoever sends a request has a key, fresh for this request alone.

use std::time::Duration;

use url::Url;

use crate::base::Timestamp;
use crate::base::encoding::{base64url, sha256};
use crate::keys::{ForeignAlg, Jws};
use crate::store::{Store, StoreError};

/// The header field.
pub const HEADER: &str = "dpop";
/// The algorithms that proofs may have; RS256 would be of use to nobody who has a choice.
const ALGS: &[ForeignAlg] = &[
    ForeignAlg::ES256,
    ForeignAlg::EdDSA,
    ForeignAlg::PS256,
    ForeignAlg::ES384,
];
/// How old a proof may be: slow networks, and clocks that are behind.
const PAST: Duration = Duration::from_mins(1);
/// How far the sender's clock may be ahead.
const AHEAD: Duration = Duration::from_secs(15);
/// Longest proof, and longest `jti`, in bytes.
const MAX_LENGTH: usize = 8 * 1024;
const MAX_JTI: usize = 512;

/// A proof that is right, and not used yet. Whoever acts on it spends it first; what comes to nothing
/// anyway spends nothing, so that junk costs no place in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Proof {
    /// The thumbprint of its key (RFC 7638).
    pub jkt: String,
    once: [u8; 32],
    until: Timestamp,
}

impl Proof {
    /// Reads the value of a [`HEADER`] field that came with the request `asked`.
    pub fn read(text: &[u8], asked: &Asked<'_>) -> Result<Self, DpopError> {
        let text = std::str::from_utf8(text).ok();
        let text = text.filter(|text| text.len() <= MAX_LENGTH);
        let text = text.ok_or(DpopError::Header)?;
        let (jws, key) = Jws::read_with_key(text).map_err(|_| DpopError::Signature)?;
        if !jws.is_typed(&["dpop+jwt"]) || !jws.is_by_key(&key, ALGS) {
            return Err(DpopError::Signature);
        }
        let claims = jws.claims();
        let for_this = claims.text("htm") == Some(asked.method)
            && claims
                .text("htu")
                .is_some_and(|htu| is_same(htu, asked.url));
        if !for_this {
            return Err(DpopError::Target);
        }
        let made = claims.time("iat").ok().flatten();
        let made = made.filter(|made| is_fresh(*made, asked.now));
        let made = made.ok_or(DpopError::Time)?;
        let ath = asked.token.map(|token| base64url(sha256(token)));
        if ath.is_some() && claims.text("ath") != ath.as_deref() {
            return Err(DpopError::Token);
        }
        let jti = claims.text("jti").filter(|jti| jti.len() <= MAX_JTI);
        let jti = jti.ok_or(DpopError::Replay)?;
        let jkt = key.thumbprint().to_owned();
        let url = asked.url;
        let once = sha256(format!("dpop\0{jkt}\0{url}\0{jti}"));
        let until = made.plus(PAST + AHEAD);
        Ok(Self { jkt, once, until })
    }

    /// Takes the proof, once.
    pub async fn spend(&self, store: &Store) -> Result<(), DpopError> {
        if store.spend(&self.once, self.until).await? {
            Ok(())
        } else {
            Err(DpopError::Replay)
        }
    }
}

/// The request that a proof has to be made for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its address as the sender knows it: without query.
    pub url: &'a str,
    /// The access token that comes with it, if one does.
    pub token: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

/// Why a proof is none; for logs, and a word for the sender.
#[derive(Debug, thiserror::Error)]
pub enum DpopError {
    /// More than one header field, or not text.
    #[error("exactly one DPoP header is taken")]
    Header,
    /// Not a JWT of its kind, signed by the key in its header with one of our algorithms.
    #[error("not a proof signed by the key in it")]
    Signature,
    /// `htm` or `htu` name another request.
    #[error("made for another method or address")]
    Target,
    /// `iat` is too old or in the future.
    #[error("not made just now")]
    Time,
    /// `ath` is missing or another token's.
    #[error("made for another access token")]
    Token,
    /// `jti` is missing, too long, or was used before.
    #[error("its jti is missing or was used before")]
    Replay,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The names of [`ALGS`], as discovery and challenges list them.
pub fn algs() -> Vec<&'static str> {
    ALGS.iter().map(|alg| alg.as_str()).collect()
}

/// Made at most a minute ago, and not in the future.
fn is_fresh(made: Timestamp, now: Timestamp) -> bool {
    now <= made.plus(PAST) && made <= now.plus(AHEAD)
}

/// RFC 9449 4.3: without query and fragment, and normalised as URLs are.
fn is_same(htu: &str, url: &str) -> bool {
    let read = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    read(htu).is_some_and(|htu| Some(htu) == read(url))
}

/// A thumbprint as clients send one: the base64url of a SHA-256.
pub fn is_thumbprint(text: &str) -> bool {
    crate::base::encoding::from_base64url(text).is_some_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_as_addresses() {
        let url = "https://gw.test/a/connect/token";
        for same in [
            url,
            "https://gw.test:443/a/connect/token",
            "HTTPS://GW.test/a/connect/token",
            "https://gw.test/a/./connect/token?x=1#y",
        ] {
            assert!(is_same(same, url), "{same}");
        }
        for other in [
            "",
            "/a/connect/token",
            "http://gw.test/a/connect/token",
            "https://gw.test:8443/a/connect/token",
            "https://gw.test/b/connect/token",
            "https://gw.test/a/connect/token/",
            "https://gw.test.evil.test/a/connect/token",
            "https://u@gw.test/a/connect/token",
        ] {
            assert!(!is_same(other, url), "{other}");
        }
    }
}
