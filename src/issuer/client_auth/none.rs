//! `none`: a public client says who it is; PKCE is its only proof.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::{Method, Presented};
use crate::issuer::error::OAuthError;
use crate::model::ClientAuthMethod;
use crate::web::Params;

pub const METHOD: Method = Method {
    name: "none",
    proves: &[ClientAuthMethod::None],
    read,
};

#[expect(clippy::unnecessary_wraps, reason = "every method has this signature")]
fn read(headers: &HeaderMap, params: &Params) -> Result<Option<Presented>, OAuthError> {
    let other = headers.contains_key(AUTHORIZATION) || params.has("client_secret");
    Ok(params
        .find("client_id")
        .filter(|_| !other)
        .map(|id| Presented {
            client: id.into(),
            secret: None,
        }))
}
