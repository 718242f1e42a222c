//! The built-in third-party app: knows an issuer's address and a client id, and signs people in by
//! a common OpenID Connect library. It lives at `/_demo/client`, open to anybody.

mod pages;
mod protocol;
mod visits;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::fetch::Fetch;
use crate::base::{Rng, Secret};
use visits::Visits;

/// What the third-party app was told when it was started.
#[derive(Debug)]
pub struct Client {
    issuer: String,
    name: String,
    secret: Secret<String>,
    own_url: String,
    fetch: Fetch,
    visits: Visits,
}

/// What an issuer's operator tells an app's.
#[derive(Debug)]
pub struct Registration {
    /// The issuer's address.
    pub issuer: String,
    /// The app's name there.
    pub client_id: String,
    /// Its secret there.
    pub secret: Secret<String>,
}

impl Client {
    /// The app at `{public_url}/_demo/client`, registered at `registered.issuer`.
    pub fn new(public_url: &str, registered: Registration, fetch: Fetch, rng: Rng) -> Self {
        Self {
            issuer: registered.issuer,
            name: registered.client_id,
            secret: registered.secret,
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
