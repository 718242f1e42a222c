//! The TLS certificate of whoever is calling, as the gateway saw it at the handshake, where
//! possession of its key was proven. Inserted as an extension by `gateway::embed`.

use std::sync::Arc;

use crate::base::encoding::{base64url, sha256};
use crate::keys::DistinguishedName;

/// The certificate of the other end of a TLS connection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PeerCertificate {
    der: Arc<[u8]>,
    trusted: bool,
    subject: Option<Arc<DistinguishedName>>,
}

impl PeerCertificate {
    /// A certificate in DER; `trusted` when a configured authority vouches for it.
    pub fn new(der: &[u8], trusted: bool) -> Self {
        Self {
            der: der.into(),
            trusted,
            subject: DistinguishedName::of_der(der).map(Arc::new),
        }
    }

    /// The certificate itself.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether an authority that is configured for clients vouches for it, in time.
    pub const fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Whose it is, when an authority vouches for it: anybody can write anything into one of their own.
    pub fn vouched_subject(&self) -> Option<&DistinguishedName> {
        self.subject.as_deref().filter(|_| self.trusted)
    }

    /// Its SHA-256, as in `x5t#S256` (RFC 8705 3.1).
    pub fn thumbprint(&self) -> String {
        base64url(sha256(&self.der))
    }
}
