//! `client_secret_post` (RFC 6749 2.3.1): id and secret in the form.

use super::{Caller, Method, Presented, Proof};
use crate::base::Secret;
use crate::issuer::error::OAuthError;
use crate::model::ClientAuthMethod;
use crate::web::Params;

pub const METHOD: Method = Method {
    proves: &[
        ClientAuthMethod::ClientSecret,
        ClientAuthMethod::ClientSecretPost,
    ],
    read,
};

fn read(_: &Caller, params: &Params) -> Result<Option<Presented>, OAuthError> {
    if !params.has("client_secret") {
        return Ok(None);
    }
    // An empty secret is an attempt that fails, not a client without one.
    let id = params.find("client_id");
    let secret = params.find("client_secret");
    let (id, secret) = id
        .zip(secret)
        .ok_or_else(|| OAuthError::invalid_client(false))?;
    Ok(Some(Presented {
        client: id.into(),
        proof: Proof::Secret(Secret::new(secret.to_owned())),
    }))
}
