//! AES-256-GCM envelopes. A key belongs to one purpose and one hour, so random nonces stay far
//! from their bound (NIST SP 800-38D 8.3) and what was sealed for one use cannot be opened for
//! another.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce, Tag};
use aws_lc_rs::{hkdf, hmac};
use parking_lot::RwLock;
use zeroize::Zeroizing;

use super::MasterKey;
use crate::base::encoding::{base64url, from_base64url};
use crate::base::{Clock, Rng, RngFailed};

const VERSION: u8 = 1;
const HEADER: usize = 1 + 4 + NONCE;
const NONCE: usize = 12;
const TAG: usize = 16;
const PERIOD: i64 = 3600;
/// Ciphers kept; one per purpose and hour in use. Past this, the map starts anew.
const CACHED: usize = 1024;

/// What something is sealed or authenticated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The session cookie.
    Lease,
    /// An authorization code.
    Code,
    /// A refresh token's MAC.
    RefreshToken,
    /// A route host's request to sign in.
    RouteStart,
    /// The code that hands a sign-in to a route host.
    Handoff,
    /// A login in progress.
    Interaction,
    /// An authorization request waiting for a login.
    AuthorizeRequest,
    /// Form tokens.
    Csrf,
    /// The accounts a browser is known for.
    Device,
    /// Signing keys at rest.
    SigningKey,
    /// A form that waits until its sender has signed in again.
    LateForm,
    /// What a browser shows about its session.
    BrowserState,
    /// Client secrets that are needed themselves, at rest.
    ClientSecret,
    /// What people and sessions are called towards pairwise clients.
    Pseudonym,
    /// The end of a standing token, by which a made-up one is known.
    StandingToken,
    /// What people sign in to apps with, at rest.
    AppLogin,
    /// Keys of certificates and accounts that an ACME authority knows, at rest.
    Acme,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Lease => "lease",
            Self::Code => "code",
            Self::RefreshToken => "refresh-token",
            Self::RouteStart => "route-start",
            Self::Handoff => "handoff",
            Self::Interaction => "interaction",
            Self::AuthorizeRequest => "authorize-request",
            Self::Csrf => "csrf",
            Self::Device => "device",
            Self::SigningKey => "signing-key",
            Self::LateForm => "late-form",
            Self::BrowserState => "browser-state",
            Self::ClientSecret => "client-secret",
            Self::Pseudonym => "pseudonym",
            Self::StandingToken => "standing-token",
            Self::AppLogin => "app-login",
            Self::Acme => "acme",
        }
    }
}

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Sealer(Arc<Inner>);

struct Inner {
    master: MasterKey,
    clock: Clock,
    rng: Rng,
    ciphers: RwLock<HashMap<(Purpose, u32), Arc<Aes256Gcm>, ahash::RandomState>>,
    macs: RwLock<HashMap<Purpose, Arc<hmac::Key>, ahash::RandomState>>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// A sealer under `master`.
    pub fn new(master: &MasterKey, clock: Clock, rng: Rng) -> Self {
        Self(Arc::new(Inner {
            master: master.clone(),
            clock,
            rng,
            ciphers: RwLock::default(),
            macs: RwLock::default(),
        }))
    }

    /// Seals `plain` into URL-safe text; only the same purpose and `aad` open it again.
    pub fn seal(&self, purpose: Purpose, aad: &[u8], plain: &[u8]) -> Result<String, RngFailed> {
        let period = u32::try_from(self.0.clock.now().seconds() / PERIOD).unwrap_or(0);
        Ok(base64url(self.envelope(purpose, period, aad, plain)?))
    }

    /// Opens what [`Self::seal`] made; `None` for anything else, also for a time to come.
    pub fn open(&self, purpose: Purpose, aad: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        self.unwrap(purpose, aad, from_base64url(text)?)
    }

    /// Seals `plain` to be kept; under a key that does not change with time.
    pub fn seal_at_rest(
        &self,
        purpose: Purpose,
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, RngFailed> {
        self.envelope(purpose, 0, aad, plain)
    }

    /// Opens what [`Self::seal_at_rest`] made.
    pub fn open_at_rest(
        &self,
        purpose: Purpose,
        aad: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.unwrap(purpose, aad, sealed.to_vec())
            .map(Zeroizing::new)
    }

    /// HMAC-SHA256 under a key of `purpose`; the same for the same data for ever.
    pub fn mac(&self, purpose: Purpose, data: &[u8]) -> [u8; 32] {
        let key = self.mac_key(purpose);
        let mut out = [0; 32];
        out.copy_from_slice(hmac::sign(&key, data).as_ref());
        out
    }

    /// Whether `mac` is [`Self::mac`] of `data`, in constant time.
    pub fn mac_is(&self, purpose: Purpose, data: &[u8], mac: &[u8]) -> bool {
        hmac::verify(&self.mac_key(purpose), data, mac).is_ok()
    }

    /// What has to be believed at most this far ahead: clocks of several nodes differ.
    const SKEW: Duration = Duration::from_hours(1);

    fn envelope(
        &self,
        purpose: Purpose,
        period: u32,
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, RngFailed> {
        let nonce = self.0.rng.bytes::<NONCE>()?;
        let mut out = Vec::with_capacity(HEADER + plain.len() + TAG);
        out.push(VERSION);
        out.extend_from_slice(&period.to_be_bytes());
        out.extend_from_slice(&nonce);
        let head: [u8; HEADER - NONCE] = head_of(period);
        let mut body = plain.to_vec();
        let cipher = self.cipher(purpose, period, true);
        let nonce = Nonce::<Aes256Gcm>::from(nonce);
        // Fails only past 64 GiB, which no envelope is.
        let tag = cipher
            .encrypt_inout_detached(&nonce, &bound(&head, aad), body.as_mut_slice().into())
            .map_err(|_| RngFailed)?;
        out.extend_from_slice(&body);
        out.extend_from_slice(&tag);
        Ok(out)
    }

    fn unwrap(&self, purpose: Purpose, aad: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let (head, rest) = sealed.split_at_mut_checked(HEADER - NONCE)?;
        let (&mut version, period) = head.split_first_mut()?;
        let period = u32::from_be_bytes((&*period).try_into().ok()?);
        let latest = self.0.clock.now().plus(Self::SKEW).seconds() / PERIOD;
        if version != VERSION || i64::from(period) > latest {
            return None;
        }
        let (nonce, rest) = rest.split_at_mut_checked(NONCE)?;
        let nonce = Nonce::<Aes256Gcm>::try_from(&*nonce).ok()?;
        let (body, tag) = rest.split_at_mut_checked(rest.len().checked_sub(TAG)?)?;
        let tag = Tag::<Aes256Gcm>::try_from(&*tag).ok()?;
        // Kept only when it opens: junk with made-up periods must not fill the map.
        let cipher = self.cipher(purpose, period, false);
        cipher
            .decrypt_inout_detached(&nonce, &bound(head, aad), (&mut *body).into(), &tag)
            .ok()?;
        self.keep(purpose, period, cipher);
        Some(body.to_vec())
    }

    fn cipher(&self, purpose: Purpose, period: u32, keep: bool) -> Arc<Aes256Gcm> {
        if let Some(cipher) = self.0.ciphers.read().get(&(purpose, period)) {
            return cipher.clone();
        }
        let key = self.derive(&["seal", purpose.label()], period);
        let cipher = Arc::new(Aes256Gcm::new(&(*key).into()));
        if keep {
            self.keep(purpose, period, cipher.clone());
        }
        cipher
    }

    fn keep(&self, purpose: Purpose, period: u32, cipher: Arc<Aes256Gcm>) {
        if self.0.ciphers.read().contains_key(&(purpose, period)) {
            return;
        }
        let mut ciphers = self.0.ciphers.write();
        if ciphers.len() >= CACHED {
            ciphers.clear();
        }
        ciphers.insert((purpose, period), cipher);
    }

    fn mac_key(&self, purpose: Purpose) -> Arc<hmac::Key> {
        if let Some(key) = self.0.macs.read().get(&purpose) {
            return key.clone();
        }
        let key = self.derive(&["mac", purpose.label()], 0);
        let key = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &*key));
        self.0.macs.write().insert(purpose, key.clone());
        key
    }

    fn derive(&self, labels: &[&str], period: u32) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward/v1");
        let master = salt.extract(self.0.master.expose());
        let period = period.to_be_bytes();
        let mut info: Vec<&[u8]> = Vec::with_capacity(labels.len() * 2 + 1);
        for label in labels {
            info.push(label.as_bytes());
            info.push(b"/");
        }
        info.push(&period);
        let filled = master
            .expand(&info, hkdf::HKDF_SHA256)
            .and_then(|expanded| expanded.fill(key.as_mut_slice()));
        debug_assert!(filled.is_ok(), "32 bytes is within HKDF's bound");
        key
    }
}

const fn head_of(period: u32) -> [u8; HEADER - NONCE] {
    let [a, b, c, d] = period.to_be_bytes();
    [VERSION, a, b, c, d]
}

/// The associated data: the envelope's own head, then the caller's.
fn bound(head: &[u8], aad: &[u8]) -> Vec<u8> {
    [head, aad].concat()
}

#[cfg(test)]
mod tests;
