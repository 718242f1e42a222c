//! The built-in app: a program without a login of its own, on a loopback port of its own. It
//! believes the headers it gets, as the apps behind Doorward do.

mod assertion;
mod echo;
mod forge;
mod home;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use super::fetch::Fetch;

/// What the app was told when it was started.
#[derive(Debug)]
pub struct App {
    /// Where people reach Doorward, such as `http://localhost:8080`.
    pub public_url: String,
    /// Doorward's own listener, for the request that carries forged headers.
    pub gateway: SocketAddr,
    /// The key set that verifies assertions.
    pub jwks: String,
    /// Its outbound client.
    pub fetch: Fetch,
}

/// The app's pages; `/_demo/` ones are served to anybody.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(home::home))
        .route("/admin/", get(home::admin))
        .route("/echo", get(echo::echo).post(echo::echo))
        .route("/forge", post(forge::forge))
        .route("/_demo/echo", get(echo::echo))
        .route("/_demo/assets/demo.css", get(css))
        .route("/_demo/assets/demo.js", get(js))
        .with_state(app)
}

/// Where style and script are; a public part of the app, so that pages of both apps may use them.
pub const ASSETS: &str = "/_demo/assets";

async fn css() -> impl IntoResponse {
    let text = include_str!("../assets/demo.css");
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], text)
}

async fn js() -> impl IntoResponse {
    let text = include_str!("../assets/demo.js");
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], text)
}

/// A rendered template as an answer of the demo's apps.
pub fn page(template: &impl askama::Template) -> Response {
    match template.render() {
        Ok(html) => (
            [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CACHE_CONTROL, "no-store"),
                (
                    CONTENT_SECURITY_POLICY,
                    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; \
                     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                ),
            ],
            html,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the demo could not be rendered");
            http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
