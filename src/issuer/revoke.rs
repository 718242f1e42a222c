//! Revocation (RFC 7009). A token of either kind ends its whole grant. Unknown tokens and other
//! clients' tokens get the same 200 and change nothing.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;

use super::audit::Entry;
use super::client_auth::{self, Caller};
use super::error::OAuthError;
use super::state::At;
use super::token::form;
use crate::model::AuditKind;
use crate::web::Inbound;

/// Revokes what is presented.
pub async fn revoke(
    State(at): State<At>,
    inbound: Inbound,
    request: Request,
) -> Result<Response, OAuthError> {
    let caller = Caller::from(&request);
    let params = form(request).await?;
    let client = client_auth::authenticate(&at, &caller, &params).await?;
    let token = params
        .find("token")
        .ok_or_else(|| OAuthError::invalid_request("token is missing."))?;
    let revoked = at
        .state
        .tokens
        .revoke(at.issuer.terms(), &client, token)
        .await?;
    if revoked {
        Entry::ok(AuditKind::Revoke, "by_client")
            .client(&client.id)
            .from(&inbound)
            .record(&at);
    }
    Ok((StatusCode::OK, [(CACHE_CONTROL, "no-store")]).into_response())
}
