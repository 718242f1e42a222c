//! Why there is no certificate.

use crate::base::RngFailed;
use crate::store::StoreError;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// The authority refuses, or what it says makes no sense.
    #[error("the authority: {0}")]
    Authority(#[from] instant_acme::Error),
    /// The authority did not find the host to be ours.
    #[error(
        "the authority did not find this server at the host: {0}. It asks http://HOST/ at port 80"
    )]
    Unproven(String),
    /// The authority wants a proof that is not known here.
    #[error("the authority does not offer the challenge http-01")]
    NoChallenge,
    /// The authority gave something that is no certificate.
    #[error("what the authority gave is no certificate")]
    NoCertificate,
    /// It took too long.
    #[error("the authority took too long")]
    TooLong,
    /// The database.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] RngFailed),
    /// What is kept cannot be written.
    #[error("what is kept cannot be written: {0}")]
    Form(#[from] serde_json::Error),
}

impl AcmeError {
    /// Whether the authority does not know the account (any more; RFC 8555 6.7).
    pub(super) fn is_about_the_account(&self) -> bool {
        const UNKNOWN: &str = "urn:ietf:params:acme:error:accountDoesNotExist";
        matches!(
            self,
            Self::Authority(instant_acme::Error::Api(problem))
                if problem.r#type.as_deref() == Some(UNKNOWN)
        )
    }
}
