//! Revocation (RFC 7009). A token of either kind ends its whole grant. Unknown tokens and other
//! clients' tokens get the same 200 and change nothing.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;

use super::audit::Entry;
use super::client_auth::Called;
use super::error::OAuthError;
use super::state::At;
use crate::model::AuditKind;
use crate::web::Inbound;

/// Revokes what is presented.
pub async fn revoke(
    State(at): State<At>,
    inbound: Inbound,
    request: Request,
) -> Result<Response, OAuthError> {
    let Called { params, client, .. } = Called::read(&at, &inbound, request).await?;
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
