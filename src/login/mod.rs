//! The door people come in by: signing in, choosing a password, signing out, the account page.
//!
//! Server-side steps and plain forms. A method proves who somebody is and nothing else; [`enter`]
//! alone starts sessions. Knows no protocol: an issuer or the gateway hands in an interaction that
//! says where to go on.

mod account;
mod asked;
mod device;
mod enter;
mod link;
mod logout;
mod method;
mod page;
mod record;
mod settings;
mod sign_in;
mod state;
#[cfg(test)]
mod tests;
mod words;

pub use settings::*;
pub use state::LoginState;

use axum::Router;
use axum::routing::{get, post};

use crate::web::see_other;

/// The door's pages.
pub fn router(state: LoginState) -> Router {
    Router::new()
        .route("/", get(async || see_other("/account")))
        .route("/login", get(sign_in::show).post(sign_in::submit))
        .route("/login/link", get(link::show).post(link::submit))
        .route("/logout", get(logout::confirm).post(logout::submit))
        .route("/account", get(account::show))
        .route("/account/sessions", post(account::end_session))
        .with_state(state)
}
