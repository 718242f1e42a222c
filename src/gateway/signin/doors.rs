//! The pages of handing over: one at the site, a few on every protected host.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::start::{Nonce, SWITCH};
use super::{SignIn, late_form};
use crate::flow::{Interaction, OwnPath};
use crate::session::Presence;
use crate::web::{ErrorPage, Inbound, LoggedOutPage, Query, Visitor, see_other};

/// What the site answers.
pub fn router(signin: SignIn) -> Router {
    Router::new()
        .route("/login/route", get(site_door))
        .with_state(signin)
}

/// What every protected host answers for Doorward itself, and nothing else.
pub fn route_host(signin: SignIn) -> Router {
    Router::new()
        .route("/_doorward/callback", get(callback))
        .route(late_form::PATH, get(late_form::show))
        .route("/_doorward/logout", get(logout))
        .route("/_doorward/me", get(me))
        .route("/_doorward/signed-out", get(signed_out))
        .with_state(signin)
}

/// Sends somebody who is signed in back to the protected host, and anybody else to sign in first.
async fn site_door(
    State(signin): State<SignIn>,
    Query(query): Query,
    Visitor(lease): Visitor,
) -> Result<Response, ErrorPage> {
    let sealed = query.find("start").unwrap_or_default();
    let start = signin.open_start(sealed).ok_or_else(|| {
        ErrorPage::bad_request("This sign-in took too long, or its address is not complete.")
            .advice("Open the app again.")
    })?;
    let switch = query.has(SWITCH);
    let stale = lease
        .as_ref()
        .is_some_and(|lease| start.is_stale(lease.auth_time));
    if let Some(lease) = lease.filter(|_| !switch && !stale) {
        return Ok(see_other(&signin.hand_off(&lease.session, &start)?));
    }
    let resume = format!("/login/route?start={sealed}");
    let resume = OwnPath::parse(&resume)
        .ok_or_else(|| ErrorPage::bad_request("The address you came from is too long."))?;
    let mut interaction = Interaction::new(resume, signin.0.clock.now());
    interaction.redirect_origin = Some(signin.origin_of(&start.host));
    interaction.beyond = signin.origins();
    interaction.app = Some(start.host);
    interaction.again = stale;
    interaction.within = start.within.filter(|_| stale);
    let mut location = signin.0.flow.begin(&interaction)?;
    if switch {
        location.push('&');
        location.push_str(SWITCH);
    }
    Ok(see_other(&location))
}

/// Takes the sign-in over.
async fn callback(
    State(signin): State<SignIn>,
    inbound: Inbound,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, ErrorPage> {
    let code = query.find("code").unwrap_or_default();
    let handoff = signin.open_handoff(&inbound.host, code).ok_or_else(|| {
        ErrorPage::bad_request("This sign-in is not complete.").link("Open the app again", "/")
    })?;
    let path = OwnPath::parse(&handoff.path).unwrap_or_else(OwnPath::root);
    let nonce = Nonce::find(cookies(&headers));
    let browser = nonce.as_ref().map(Nonce::browser);
    let redeemed = signin
        .redeem(&inbound.host, code, &handoff, browser.as_deref())
        .await?;
    if let (Some(handed), Some(nonce)) = (redeemed, nonce) {
        let host = inbound.host.as_ref();
        signin.0.sessions.note_route(&handed.session, host).await?;
        let nonce = nonce.handed_over(signin.0.clock.now()).cookie();
        return with_cookies(see_other(path.as_str()), [handed.cookie, nonce]);
    }
    // Another tab was faster, or the page was loaded again: nothing is missing.
    let here = signin
        .0
        .sessions
        .presence(cookies(&headers), &inbound.host)
        .await?;
    if matches!(here, Presence::Present(_)) {
        return Ok(see_other(path.as_str()));
    }
    Err(ErrorPage::new(
        StatusCode::BAD_REQUEST,
        "sign_in_not_finished",
        "The sign-in could not be finished",
        "It was begun in another browser, or this one did not send back the cookie that it was \
         given at the beginning. What led here can be used once and is used up now.",
    )
    .advice("Allow cookies for this site, then open the app again: the sign-in starts anew.")
    // A path of this host that we sealed ourselves; the code stays behind.
    .link("Open the app again", path.as_str()))
}

/// The site asks whether to sign out everywhere.
async fn logout(State(signin): State<SignIn>) -> Response {
    see_other(&format!("{}/logout", signin.0.site.public_url))
}

/// Who is signed in, for front ends.
async fn me(
    State(signin): State<SignIn>,
    inbound: Inbound,
    headers: HeaderMap,
) -> Result<Response, ErrorPage> {
    let Presence::Present(present) = signin
        .0
        .sessions
        .presence(cookies(&headers), &inbound.host)
        .await?
    else {
        let nobody = json!({ "signed_in": false });
        return Ok((StatusCode::UNAUTHORIZED, private(), axum::Json(nobody)).into_response());
    };
    let lease = &present.lease;
    let user = signin.0.directory.person(&lease.user).await?;
    let body = json!({
        "signed_in": true,
        "sub": lease.user,
        "preferred_username": user.as_ref().map(|user| &user.username),
        "name": user.as_ref().map(|user| &user.name),
        "email": user.as_ref().and_then(|user| user.email.as_ref()),
        "groups": user.as_ref().map(|user| &user.groups),
        "auth_time": lease.auth_time.seconds(),
        "logout": "/_doorward/logout",
    });
    let answer = (private(), axum::Json(body)).into_response();
    with_cookies(answer, present.renewed)
}

async fn signed_out(State(signin): State<SignIn>) -> Result<Response, ErrorPage> {
    let page = LoggedOutPage::plain(signin.0.kit.shell_elsewhere());
    Ok(page.page()?.into_response())
}

pub(super) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes)
}

pub(super) fn private() -> [(http::HeaderName, &'static str); 1] {
    [(CACHE_CONTROL, "no-store")]
}

pub(super) fn with_cookies(
    mut response: Response,
    cookies: impl IntoIterator<Item = String>,
) -> Result<Response, ErrorPage> {
    for cookie in cookies {
        let cookie = HeaderValue::from_str(&cookie)
            .map_err(|_| ErrorPage::internal("a cookie of ours holds bytes no header may"))?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
