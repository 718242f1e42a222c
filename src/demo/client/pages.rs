//! The third-party app's pages.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, StatusCode};

use super::Client;
use super::visits::{Here, Visit};
use crate::demo::app::{ASSETS, page};

#[derive(Template)]
#[template(path = "client_start.html", config = "src/demo/askama.toml")]
struct Start<'a> {
    assets: &'static str,
    issuer: &'a str,
    client: &'a str,
}

#[derive(Template)]
#[template(path = "client_done.html", config = "src/demo/askama.toml")]
struct Done {
    assets: &'static str,
    name: String,
    id_token: String,
    userinfo: String,
    can_refresh: bool,
    refreshed: Option<String>,
}

#[derive(Template)]
#[template(path = "client_failed.html", config = "src/demo/askama.toml")]
struct Failed {
    assets: &'static str,
    reason: String,
}

/// `GET /_demo/client`.
pub(super) async fn start(State(client): State<Arc<Client>>) -> Response {
    page(&Start {
        assets: ASSETS,
        issuer: client.issuer(),
        client: client.registered_name(),
    })
}

/// `GET /_demo/client/start`: to the issuer.
pub(super) async fn send_away(State(client): State<Arc<Client>>) -> Response {
    match client.leave().await {
        Ok((url, leaving)) => to(&client, &url, Visit::Leaving(leaving)),
        Err(reason) => failed(reason),
    }
}

/// `GET /_demo/client/callback`: back from the issuer.
pub(super) async fn callback(
    State(client): State<Arc<Client>>,
    Query(answer): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let Some(Visit::Leaving(left)) = client.visits.take(&headers) else {
        return failed("This browser did not begin here.".to_owned());
    };
    if answer.get("state") != Some(&left.state) {
        return failed("The answer belongs to another sign-in.".to_owned());
    }
    if let Some(error) = answer.get("error") {
        let why = answer.get("error_description").map_or("", String::as_str);
        return failed(format!("The issuer said {error}. {why}"));
    }
    let code = answer.get("code").cloned().unwrap_or_default();
    match client.arrive(code, left).await {
        Ok(here) => to(&client, SIGNED_IN, Visit::Here(Box::new(here))),
        Err(reason) => failed(reason),
    }
}

/// `GET /_demo/client/signed-in`.
pub(super) async fn signed_in(State(client): State<Arc<Client>>, headers: HeaderMap) -> Response {
    match client.visits.here(&headers) {
        Some(here) => done(here),
        None => failed("Nobody is signed in here.".to_owned()),
    }
}

/// `POST /_demo/client/refresh`.
pub(super) async fn refresh(State(client): State<Arc<Client>>, headers: HeaderMap) -> Response {
    let Some(Visit::Here(here)) = client.visits.take(&headers) else {
        return failed("Nobody is signed in here.".to_owned());
    };
    match client.refresh(*here).await {
        Ok(here) => to(&client, SIGNED_IN, Visit::Here(Box::new(here))),
        Err(reason) => failed(reason),
    }
}

/// `GET /_demo/client/sign-out`: here, and everywhere.
pub(super) async fn sign_out(State(client): State<Arc<Client>>, headers: HeaderMap) -> Response {
    let here = match client.visits.take(&headers) {
        Some(Visit::Here(here)) => Some(here),
        Some(Visit::Leaving(_)) | None => None,
    };
    match client.leave_for_good(here.as_deref()).await {
        Ok(url) => (StatusCode::SEE_OTHER, [(LOCATION, url)]).into_response(),
        Err(reason) => failed(reason),
    }
}

const SIGNED_IN: &str = "/_demo/client/signed-in";

fn done(here: Here) -> Response {
    let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
    page(&Done {
        assets: ASSETS,
        id_token: pretty(&here.claims),
        userinfo: pretty(&here.userinfo),
        can_refresh: here.refresh_token.is_some(),
        name: here.name,
        refreshed: here.refreshed,
    })
}

fn failed(reason: String) -> Response {
    page(&Failed {
        assets: ASSETS,
        reason,
    })
}

/// Sends the browser to `url` and remembers `visit` about it.
fn to(client: &Client, url: &str, visit: Visit) -> Response {
    match client.visits.remember(visit) {
        Ok(cookie) => (
            StatusCode::SEE_OTHER,
            [(LOCATION, url.to_owned()), (SET_COOKIE, cookie)],
        )
            .into_response(),
        Err(error) => failed(error.to_string()),
    }
}
