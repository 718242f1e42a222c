//! The built-in third-party app: knows an issuer's address and a client id, and signs people in by
//! a common OpenID Connect library. It lives at `/_demo/client`, open to anybody.

mod pages;
mod protocol;
mod visits;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::fetch::Fetch;
use crate::base::Rng;
use visits::Visits;

/// What the third-party app was told when it was started.
#[derive(Debug)]
pub struct Client {
    issuer: String,
    name: String,
    own_url: String,
    fetch: Fetch,
    visits: Visits,
}

impl Client {
    /// The app at `{public_url}/_demo/client`, registered as `client_id` at `issuer`.
    pub fn new(public_url: &str, issuer: &str, client_id: &str, fetch: Fetch, rng: Rng) -> Self {
        Self {
            issuer: issuer.to_owned(),
            name: client_id.to_owned(),
            own_url: format!("{public_url}/_demo/client"),
            fetch,
            visits: Visits::new(rng),
        }
    }
}

/// The app's pages.
pub fn router(client: Arc<Client>) -> Router {
    Router::new()
        .route("/_demo/client", get(pages::start))
        .route("/_demo/client/start", get(pages::send_away))
        .route("/_demo/client/callback", get(pages::callback))
        .route("/_demo/client/signed-in", get(pages::signed_in))
        .route("/_demo/client/refresh", post(pages::refresh))
        .route("/_demo/client/sign-out", get(pages::sign_out))
        .with_state(client)
}
