//! Signing in where another proxy serves the host: by an address that its configuration can name,
//! and by those of oauth2-proxy.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::doors::{cookies, private, with_cookies};
use super::{SignIn, Start};
use crate::flow::OwnPath;
use crate::gateway::target::Address;
use crate::session::Presence;
use crate::web::{ErrorPage, Inbound, Query, see_other};

/// Where a sign-in begins on every protected host.
const SIGN_IN: &str = "/_doorward/sign-in";

/// `?rd=` says where to come back to: a path here, or the address of a protected host.
pub fn router(signin: SignIn) -> Router {
    Router::new()
        .route(SIGN_IN, get(sign_in))
        .with_state(signin)
}

/// The pages of oauth2-proxy.
pub fn oauth2_proxy(signin: SignIn) -> Router {
    Router::new()
        .route("/oauth2/sign_in", get(sign_in))
        .route("/oauth2/start", get(sign_in))
        .route("/oauth2/sign_out", get(sign_out))
        .route("/oauth2/userinfo", get(userinfo))
        .with_state(signin)
}

async fn sign_in(
    State(signin): State<SignIn>,
    inbound: Inbound,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, ErrorPage> {
    let rd = query.find("rd").unwrap_or("/");
    let (host, path) = signin.destination(&inbound.host, rd).ok_or_else(|| {
        ErrorPage::bad_request("The page to come back to is not one of a protected app.")
            .advice("Open the app again.")
    })?;
    if host != *inbound.host {
        // The nonce has to be a cookie of the host that is come back to.
        let rd: String = url::form_urlencoded::byte_serialize(path.as_str().as_bytes()).collect();
        let origin = signin.origin_of(&host);
        return Ok(see_other(&format!("{origin}{SIGN_IN}?rd={rd}")));
    }
    let present = signin.0.sessions.presence(cookies(&headers), &host).await?;
    if let Presence::Present(present) = present {
        return with_cookies(see_other(path.as_str()), present.renewed);
    }
    match signin.start(&host, path.as_str(), cookies(&headers))? {
        Start::Redirect {
            location,
            set_cookie,
        } => with_cookies(see_other(&location), set_cookie),
        Start::Loops => Err(ErrorPage::bad_request(
            "You signed in several times in a row, and this browser came back without the cookie \
             that says so.",
        )
        .advice("Allow cookies for this site, wait half a minute and try again.")),
    }
}

/// The site asks whether to sign out everywhere.
async fn sign_out(State(signin): State<SignIn>) -> Response {
    see_other(&format!("{}/logout", signin.0.site.public_url))
}

async fn userinfo(
    State(signin): State<SignIn>,
    inbound: Inbound,
    headers: HeaderMap,
) -> Result<Response, ErrorPage> {
    let present = signin.0.sessions.presence(cookies(&headers), &inbound.host);
    let user = match present.await? {
        Presence::Present(present) => signin.0.directory.person(&present.lease.user).await?,
        Presence::Anonymous => None,
    };
    let Some(user) = user.filter(|user| !user.disabled) else {
        return Ok((StatusCode::UNAUTHORIZED, private()).into_response());
    };
    let body = json!({
        "user": user.id,
        "email": user.email,
        "groups": user.groups,
        "preferredUsername": user.username,
    });
    Ok((private(), axum::Json(body)).into_response())
}

impl SignIn {
    /// The host and path that `rd` names, seen from `here`: a path, or the whole address of a host
    /// that is ours. Nowhere else is anybody sent.
    fn destination(&self, here: &str, rd: &str) -> Option<(String, OwnPath)> {
        if rd.starts_with('/') {
            return Some((here.to_owned(), OwnPath::parse(rd)?));
        }
        let site = &self.0.site;
        let scheme = if site.https { "https://" } else { "http://" };
        rd.starts_with(scheme).then_some(())?;
        let address = Address::from_url(rd).ok()?;
        let usual = if site.https { 443 } else { 80 };
        let host = address.host.as_ref();
        let ours = host == site.host || self.0.hosts.contains(host);
        (ours && address.port.unwrap_or(usual) == site.port).then_some(())?;
        let path = OwnPath::parse(&address.path_and_query())?;
        Some((host.to_owned(), path))
    }
}
