//! The keys with which apps verify the signed assertion: `/_doorward/jwks` on the site and on every
//! protected host.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};

use crate::tokens::{KeyOwner, Keyrings};
use crate::web::ErrorPage;

/// Verifiers may keep the keys this long; a new key is published an hour before it signs.
const CACHE: &str = "public, max-age=900";

/// The keys' address.
pub fn router(keyrings: Keyrings) -> Router {
    Router::new()
        .route("/_doorward/jwks", get(jwks))
        .with_state(keyrings)
}

async fn jwks(State(keyrings): State<Keyrings>, headers: HeaderMap) -> Result<Response, ErrorPage> {
    let ring = keyrings
        .ring(KeyOwner::GATEWAY)
        .map_err(|_| ErrorPage::internal("there are no keys to publish"))?;
    let document = ring.jwks();
    let same = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|etag| etag == document.etag.as_str());
    let fixed = [
        (CACHE_CONTROL, CACHE),
        (CONTENT_TYPE, "application/jwk-set+json"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    let etag = [(ETAG, document.etag.clone())];
    Ok(if same {
        (StatusCode::NOT_MODIFIED, fixed, etag).into_response()
    } else {
        (fixed, etag, document.body.clone()).into_response()
    })
}
