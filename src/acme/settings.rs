//! `[acme]`, validated.

use std::path::PathBuf;

use crate::base::Secret;

/// Where certificates are ordered, and how.
#[derive(Clone, Debug)]
pub struct AcmeSettings {
    /// The authority's directory (RFC 8555 7.1.1).
    pub directory: String,
    /// Whom the authority may write to, such as `mailto:ops@example.com`.
    pub contact: Vec<String>,
    /// The hosts that certificates are ordered for; when absent, all that are served.
    pub hosts: Option<Vec<String>>,
    /// PEM file of authorities that are trusted when the directory is called, besides the system's.
    pub ca: Option<PathBuf>,
    /// An account elsewhere that the new one belongs to (RFC 8555 7.3.4).
    pub external: Option<ExternalAccount>,
}

/// What an authority gave to those who may have an account.
#[derive(Clone, Debug)]
pub struct ExternalAccount {
    /// Its name.
    pub id: String,
    /// The key that proves it.
    pub key: Secret<Vec<u8>>,
}
