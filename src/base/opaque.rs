//! Random bearer tokens: revealed once at birth, known by their hash ever after.

use std::fmt;
use std::marker::PhantomData;

use zeroize::Zeroizing;

use super::encoding::{base64url, from_base64url, sha256};
use super::rng::{Rng, RngFailed};

/// What a token is for. Kinds are distinct types, so one cannot be redeemed as another.
pub trait Kind {
    /// The visible prefix, such as `dw_link_`.
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {}
        impl Kind for $name {
            const PREFIX: &'static str = $prefix;
        }
    )*};
}

kinds! {
    /// A client secret that Doorward generated.
    ClientSecret = "dw_cs_";
    /// A one-time link by which an administrator lets a person set a password.
    SignInLink = "dw_link_";
    /// What a client reads and changes its own registration with (RFC 7592 3).
    RegistrationToken = "dw_reg_";
    /// What lets an app register itself (RFC 7591 3).
    InitialToken = "dw_iat_";
    /// What a device polls with (RFC 8628 3.2).
    DeviceCode = "dw_dc_";
    /// A form that waits until its sender has signed in again.
    LateForm = "dw_form_";
    /// What a person's programs present at routes in their name.
    PersonalToken = "dw_pat_";
    /// What a service presents at routes in its own name.
    ServiceToken = "dw_svc_";
    /// The browser's anonymous identity, to which forms are bound.
    Browser = "dw_b_";
}

/// A random token of 256 bits.
pub struct Opaque<K: Kind> {
    text: Zeroizing<String>,
    kind: PhantomData<K>,
}

impl<K: Kind> Opaque<K> {
    /// A fresh token.
    pub fn mint(rng: &Rng) -> Result<Self, RngFailed> {
        let bytes = Zeroizing::new(rng.bytes::<32>()?);
        Ok(Self {
            text: Zeroizing::new(format!("{}{}", K::PREFIX, base64url(*bytes))),
            kind: PhantomData,
        })
    }

    /// Reads what somebody presented; `None` unless it has exactly the form of this kind.
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix(K::PREFIX)?;
        (from_base64url(body)?.len() == 32).then(|| Self {
            text: Zeroizing::new(text.to_owned()),
            kind: PhantomData,
        })
    }

    /// The token itself, for the one moment it is handed out.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What the store keeps.
    pub fn hash(&self) -> OpaqueHash<K> {
        OpaqueHash {
            bytes: sha256(self.text.as_bytes()),
            kind: PhantomData,
        }
    }
}

impl<K: Kind> fmt::Debug for Opaque<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", K::PREFIX)
    }
}

/// The SHA-256 of a token.
pub struct OpaqueHash<K: Kind> {
    bytes: [u8; 32],
    kind: PhantomData<K>,
}

impl<K: Kind> OpaqueHash<K> {
    /// Reads a stored hash; `None` unless it is 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            bytes: bytes.try_into().ok()?,
            kind: PhantomData,
        })
    }

    /// The 32 bytes as stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Whether `token` is the one this is the hash of; constant time.
    pub fn is_of(&self, token: &Opaque<K>) -> bool {
        use subtle::ConstantTimeEq;
        self.bytes.ct_eq(&token.hash().bytes).into()
    }
}

impl<K: Kind> Clone for OpaqueHash<K> {
    fn clone(&self) -> Self {
        Self {
            bytes: self.bytes,
            kind: PhantomData,
        }
    }
}

impl<K: Kind> fmt::Debug for OpaqueHash<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpaqueHash({}..)", K::PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_one_kind_is_not_read_as_another() {
        let token = Opaque::<ClientSecret>::mint(&Rng::system()).unwrap();
        assert!(Opaque::<ClientSecret>::parse(token.reveal()).is_some());
        assert!(Opaque::<SignInLink>::parse(token.reveal()).is_none());
        assert!(token.hash().is_of(&Opaque::parse(token.reveal()).unwrap()));
    }

    #[test]
    fn a_token_with_a_byte_more_or_less_is_not_read() {
        let token = Opaque::<Browser>::mint(&Rng::system()).unwrap();
        let text = token.reveal();
        assert!(Opaque::<Browser>::parse(&text[..text.len() - 1]).is_none());
        assert!(Opaque::<Browser>::parse(&format!("{text}A")).is_none());
    }
}
