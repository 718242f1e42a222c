//! The answer to a neighbour: 2xx with what the app is to learn, or what the browser is to get.

use http::header::{CACHE_CONTROL, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use pingora::http::RequestHeader;

use super::kind::Kind;
use crate::gateway::answer::Answer;
use crate::gateway::app_login;
use crate::gateway::assertion::{Forward, identity_headers};
use crate::gateway::context::Context;
use crate::gateway::identity::{IdentityHeader, IdentityHeaders, IdentityValue};
use crate::gateway::settings::RouteSettings;
use crate::model::User;

/// Names of ours besides those that a route writes.
const OURS: &[&str] = &[
    "doorward-client",
    "doorward-scopes",
    "doorward-token",
    "doorward-service",
    "doorward-route",
    "doorward-rule",
    "doorward-took",
];
/// Asks Envoy to drop what a client sent under a name that we did not write.
const REMOVE: HeaderName = HeaderName::from_static("x-envoy-auth-headers-to-remove");

/// Leave to forward, with the identity headers that the app would get of us. `None` when they
/// cannot be written.
pub(super) fn allowed(kind: Kind, asked: &HeaderMap, ctx: &mut Context) -> Option<Answer> {
    let permit = ctx.permit.as_ref()?;
    let authority = asked.get(HOST)?;
    let forward = Forward {
        client: ctx.client,
        authority,
        request: &ctx.request,
        took: ctx.started.elapsed(),
    };
    let mut written = RequestHeader::build("GET", b"/", None).ok()?;
    let assertions = &ctx.snapshot.assertions;
    assertions.apply(&mut written, permit, &forward).ok()?;
    app_login::write(&mut written, permit, ctx).ok()?;
    let mut headers = HeaderMap::new();
    for (name, value) in &written.headers {
        // Where a request came from is for the neighbour to say.
        if !name.as_str().starts_with("x-forwarded-") && name != "x-real-ip" {
            headers.append(name.clone(), value.clone());
        }
    }
    let settings = &permit.route().settings;
    if kind == Kind::ExtAuthz
        && let Some(remove) = unwritten(settings, &headers)
    {
        headers.insert(REMOVE, remove);
    }
    if kind == Kind::Oauth2Proxy
        && let Some(person) = permit.person()
    {
        x_auth_request(&mut headers, &settings.identity, &person.user);
    }
    if let Some(cookie) = ctx.renewed.take() {
        headers.append(SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let status = match kind {
        Kind::Oauth2Proxy => StatusCode::ACCEPTED,
        Kind::ForwardAuth | Kind::AuthRequest | Kind::ExtAuthz => StatusCode::OK,
    };
    Some(Answer {
        status,
        headers,
        body: bytes::Bytes::new(),
    })
}

/// What the neighbour passes on to the browser, in words that it understands.
pub(super) fn refused(kind: Kind, mut answer: Answer) -> Answer {
    if !kind.knows_two() {
        return answer;
    }
    // nginx takes 401 and 403, and makes 500 of all others. It reads the address to go to.
    answer.status = match answer.status {
        StatusCode::FOUND | StatusCode::UNAUTHORIZED => StatusCode::UNAUTHORIZED,
        status if status.is_server_error() => status,
        _ => StatusCode::FORBIDDEN,
    };
    // And copies one cookie: the first, without which a sign-in has no end.
    let first = answer.headers.get(SET_COOKIE).cloned();
    if answer.headers.contains_key(LOCATION)
        && let Some(first) = first
    {
        answer.headers.insert(SET_COOKIE, first);
    }
    answer
}

/// The names under which this route may tell something and did not.
fn unwritten(settings: &RouteSettings, written: &HeaderMap) -> Option<HeaderValue> {
    let identity = &settings.identity;
    let configured = identity.headers.iter().map(|header| header.name.as_str());
    let names: Vec<String> = configured
        .chain(identity.assertion.as_deref())
        .chain(identity.bearer.as_ref().map(|_| "authorization"))
        .chain(OURS.iter().copied())
        .map(str::to_ascii_lowercase)
        .filter(|name| !written.contains_key(name.as_str()))
        .collect();
    HeaderValue::from_str(&names.join(",")).ok()
}

/// What nginx copies by a configuration that was written for oauth2-proxy.
fn x_auth_request(headers: &mut HeaderMap, route: &IdentityHeaders, user: &User) {
    let says = [
        ("X-Auth-Request-User", IdentityValue::Subject),
        ("X-Auth-Request-Preferred-Username", IdentityValue::Username),
        ("X-Auth-Request-Email", IdentityValue::Email),
        ("X-Auth-Request-Groups", IdentityValue::Groups),
    ];
    let names = says.map(|(name, value)| IdentityHeader {
        name: name.to_owned(),
        value,
    });
    let identity = IdentityHeaders {
        headers: names.into(),
        separator: ',',
        // Which groups, and in which bytes, is the route's to say.
        ..route.clone()
    };
    for (name, value) in identity_headers(&identity, user) {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            headers.insert(name, value);
        }
    }
}
