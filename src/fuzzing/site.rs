//! Whole requests to the site, as the gateway hands them over, without sockets.

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Request, Response};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::first_line;
use super::issuer::SITE;
use crate::base::{Clock, RequestId, Rng, Timestamp};
use crate::config::load_text;
use crate::server::{Rooms, site};
use crate::web::Inbound;

const ISSUER: &str = "/production/oidc/connect/";
const FORM: &str = "application/x-www-form-urlencoded";
/// What answers may be in the hundreds of kilobytes at most.
const LONGEST: usize = 1 << 20;
/// Endpoints that a client calls by itself.
const ENDPOINTS: &[&str] = &[
    "token",
    "par",
    "introspect",
    "revoke",
    "device_authorization",
    "register",
];

static HOUSE: LazyLock<Option<(Runtime, Router)>> = LazyLock::new(|| {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().ok()?;
    let settings = load_text("site.toml", SITE).ok()?;
    // A time that stands still, so that an input gives the same answer again.
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let opened = runtime.block_on(Rooms::open(&settings, clock, Rng::system()));
    let (rooms, _) = opened.ok()?;
    let router = runtime.block_on(async {
        let (signin, logout) = (rooms.signin(&settings), rooms.logout(&settings));
        site(&settings, &rooms, &signin, &logout)
    });
    Some((runtime, router))
});

/// An authorization request in a form, and in the query where it can be one: nobody who is not signed
/// in gets a code, and nobody is sent anywhere but to a page of ours or to a registered URI.
pub(super) fn authorize(input: &[u8]) {
    let path = format!("{ISSUER}authorize");
    let form = Request::post(&path).header(CONTENT_TYPE, FORM);
    let query = std::str::from_utf8(input).ok();
    let query = query.map(|query| Request::get(format!("{path}?{query}")).body(Body::empty()));
    let form = form.body(Body::from(input.to_vec()));
    for request in [Some(form), query].into_iter().flatten().flatten() {
        let Some((head, body)) = answered(request) else {
            return;
        };
        let Some(location) = head.headers().get(LOCATION).map(HeaderValue::as_bytes) else {
            continue;
        };
        let own = location.starts_with(b"/") && !location.starts_with(b"//");
        let registered: [&[u8]; 3] = [
            b"http://127.0.0.1",
            b"https://shop.example.net/cb?",
            b"https://shop.example.net/cb#",
        ];
        let sent = registered.iter().any(|uri| location.starts_with(uri));
        assert!(own || sent, "{}", location.escape_ascii());
        let text = String::from_utf8_lossy(location);
        assert!(
            !text.contains("code=dw_") && !text.contains("token="),
            "{text}"
        );
        assert!(body.is_empty() || own, "a redirect with a page");
    }
}

/// An endpoint, an `Authorization`, a `DPoP` header and a body, one a line: no token is given to
/// anybody who has no secret.
pub(super) fn tokens(input: &[u8]) {
    let (endpoint, rest) = first_line(input);
    let (authorization, rest) = first_line(rest);
    let (proof, body) = first_line(rest);
    let known = ENDPOINTS.iter().find(|known| known.as_bytes() == endpoint);
    let kind = match known {
        Some(&"register") => "application/json",
        Some(_) => FORM,
        None => return,
    };
    let path = format!("{ISSUER}{}", String::from_utf8_lossy(endpoint));
    let mut request = Request::post(path).header(CONTENT_TYPE, kind);
    if !authorization.is_empty() {
        request = request.header(AUTHORIZATION, authorization);
    }
    if !proof.is_empty() {
        request = request.header("dpop", proof);
    }
    let Ok(request) = request.body(Body::from(body.to_vec())) else {
        return;
    };
    let Some((head, body)) = answered(request) else {
        return;
    };
    let text = String::from_utf8_lossy(&body);
    let given = ["\"access_token\"", "\"id_token\"", "\"active\":true"];
    assert!(!given.iter().any(|word| text.contains(word)), "{text}");
    assert!(head.status() != 201 || endpoint != b"register", "{text}");
}

/// What the site answered: never a fault of ours, and never markup that somebody sent.
fn answered(mut request: Request<Body>) -> Option<(Response<()>, Vec<u8>)> {
    assert!(HOUSE.is_some(), "the site cannot be built");
    let (runtime, router) = HOUSE.as_ref()?;
    request.extensions_mut().insert(Inbound {
        request_id: RequestId::new("fuzz"),
        client: [192, 0, 2, 1].into(),
        host: "localhost".into(),
        https: false,
        user_agent: "fuzz".into(),
    });
    let (head, body) = runtime.block_on(async {
        let Ok(answer) = router.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, LONGEST).await.map(|body| body.to_vec());
        (Response::from_parts(head, ()), body)
    });
    let body = body.ok()?;
    let text = String::from_utf8_lossy(&body);
    let status = head.status().as_u16();
    assert!(status < 500 || status == 503, "{status} {text}");
    assert!(!text.contains("<fuzz"), "markup came back: {text}");
    for value in head.headers().values() {
        assert!(!value.as_bytes().contains(&b'\n'));
    }
    Some((head, body))
}
