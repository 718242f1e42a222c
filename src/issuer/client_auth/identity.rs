//! `client_id` alone: a public client, whose only proof is PKCE, or one whose proof is the TLS
//! certificate of its connection (RFC 8705 2).

use http::header::AUTHORIZATION;

use super::{Caller, Method, Presented, Proof};
use crate::issuer::error::OAuthError;
use crate::model::ClientAuthMethod;
use crate::web::Params;

pub const METHOD: Method = Method {
    proves: &[
        ClientAuthMethod::None,
        ClientAuthMethod::TlsClientAuth,
        ClientAuthMethod::SelfSignedTlsClientAuth,
    ],
    read,
};

#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
fn read(caller: &Caller, params: &Params) -> Result<Option<Presented>, OAuthError> {
    let other = caller.headers.contains_key(AUTHORIZATION)
        || ["client_secret", "client_assertion", "client_assertion_type"]
            .iter()
            .any(|name| params.has(name));
    Ok(params
        .find("client_id")
        .filter(|_| !other)
        .map(|id| Presented {
            client: id.into(),
            proof: Proof::Identity,
        }))
}
