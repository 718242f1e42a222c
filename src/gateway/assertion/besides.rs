//! What an app learns besides who comes: why the request gets through, who presents a token, where
//! it came from, and its id.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use pingora::http::RequestHeader;

use super::write::{Forward, set};
use crate::gateway::admit::Permit;
use crate::gateway::bearer::Token;
use crate::gateway::snapshot::CLIENT;

/// Why the app gets this request, for apps that show or log it. Names of ours: `Strip` removes
/// every `Doorward-` of a client's, on every route.
pub(super) fn write_decision(request: &mut RequestHeader, permit: &Permit, took: Duration) {
    let settings = &permit.route().settings;
    for (name, text) in [
        ("Doorward-Route", settings.id.to_string()),
        ("Doorward-Rule", rule_of(permit)),
        ("Doorward-Took", took.as_micros().to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(text)) {
            set(request, name, value);
        }
    }
}

fn rule_of(permit: &Permit) -> String {
    permit
        .entry()
        .map_or_else(|| CLIENT.to_owned(), ToString::to_string)
}

/// Who presents a token, and what it allows. Names of ours, as above.
pub(super) fn write_token(request: &mut RequestHeader, token: &Token) {
    let scopes = token.scopes().to_string();
    for (name, text) in [token.bearer(), ("Doorward-Scopes", &scopes)] {
        if let Ok(value) = HeaderValue::from_str(text) {
            set(request, name, value);
        }
    }
}

/// Where the request came from, by the socket or a trusted proxy, and its id.
pub(super) fn write_forwarded(request: &mut RequestHeader, forward: &Forward<'_>) {
    let mut address = BytesMut::with_capacity(40);
    let _ = write!(address, "{}", forward.client.address);
    if let Ok(address) = HeaderValue::from_maybe_shared(address.freeze()) {
        set(request, "X-Forwarded-For", address.clone());
        set(request, "X-Real-IP", address);
    }
    if let Ok(id) = HeaderValue::from_str(forward.request.as_str()) {
        set(request, "X-Request-Id", id);
    }
    set(request, "X-Forwarded-Host", forward.authority.clone());
    let proto = if forward.client.https {
        "https"
    } else {
        "http"
    };
    set(
        request,
        "X-Forwarded-Proto",
        HeaderValue::from_static(proto),
    );
}
