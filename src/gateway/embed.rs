//! The bridge between a request on the wire and the site's router, called in process. Knows
//! nothing about what the router answers.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{HeaderValue, Method, Response, StatusCode, Version};
use http_body_util::BodyExt as _;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use tower::ServiceExt as _;

use super::answer::{Answer, failed_page};
use super::asked::peer_certificate;
use crate::web::{Inbound, Kit};

/// The largest body that the site takes; its forms are smaller still.
const MAX_BODY: usize = 256 * 1024;
/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(15);

/// The site as the gateway sees it: something that answers.
pub type Site = Router;

/// Answers the request by `router`. Errors are those of the connection.
pub async fn serve(
    session: &mut Session,
    router: &Site,
    kit: &Kit,
    inbound: Inbound,
) -> pingora::Result<()> {
    let request_id = inbound.request_id.clone();
    let body = match read_body(session, MAX_BODY).await? {
        Ok(body) => body,
        Err(code) => {
            let asked = &session.req_header().headers;
            let answer = Answer::error(kit, &failed_page(code), &request_id, asked);
            return answer.send(session).await;
        }
    };
    let mut parts = session.req_header().as_owned_parts();
    parts.extensions.insert(inbound);
    if let Some(certificate) = peer_certificate(session).cloned() {
        parts.extensions.insert(certificate);
    }
    let request = http::Request::from_parts(parts, Body::from(body));
    let call = AssertUnwindSafe(router.clone().oneshot(request)).catch_unwind();
    let response = match call.await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_panic) => {
            tracing::error!("the site's router panicked");
            let asked = &session.req_header().headers;
            let answer = Answer::error(kit, &failed_page(500), &request_id, asked);
            return answer.send(session).await;
        }
    };
    write(session, response).await
}

/// The whole body of up to `most` bytes, or the status that says why there is none.
pub(super) async fn read_body(
    session: &mut Session,
    most: usize,
) -> pingora::Result<Result<Bytes, u16>> {
    let read = tokio::time::timeout(BODY_DEADLINE, receive_body(session, most)).await;
    // The library does not say whose an error is where it reads on our behalf.
    read.unwrap_or(Ok(Err(408)))
        .map_err(pingora::Error::into_down)
}

async fn receive_body(session: &mut Session, most: usize) -> pingora::Result<Result<Bytes, u16>> {
    if session.is_body_empty() {
        return Ok(Ok(Bytes::new()));
    }
    if stated_length(session).is_some_and(|length| length > most) {
        return Ok(Err(413));
    }
    let expects = session.req_header().headers.get(EXPECT);
    if expects.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        session.write_continue_response().await?;
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = session.read_request_body().await? {
        if body.len() + chunk.len() > most {
            return Ok(Err(413));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Ok(body.freeze()))
}

fn stated_length(session: &Session) -> Option<usize> {
    let length = session.req_header().headers.get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

async fn write(session: &mut Session, response: Response<Body>) -> pingora::Result<()> {
    let (mut parts, mut body) = response.into_parts();
    parts.version = Version::HTTP_11;
    let bodiless = session.req_header().method == Method::HEAD
        || matches!(
            parts.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
    frame(
        session,
        &mut parts,
        axum::body::HttpBody::size_hint(&body).exact(),
    );
    let header = Box::new(ResponseHeader::from(parts));
    session.write_response_header(header, bodiless).await?;
    if bodiless {
        return Ok(());
    }
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            // The head is out, so the only way left to say that this is not whole is to break off.
            return Err(pingora::Error::explain(
                pingora::ErrorType::InternalError,
                "the site's answer broke off",
            ));
        };
        if let Ok(data) = frame.into_data() {
            session.write_response_body(Some(data), false).await?;
        }
    }
    session.write_response_body(None, true).await
}

/// Says how long the body is: by number, in chunks, or (HTTP/1.0) by closing.
fn frame(session: &mut Session, parts: &mut http::response::Parts, length: Option<u64>) {
    let headers = &mut parts.headers;
    headers.remove(TRANSFER_ENCODING);
    headers.remove(CONNECTION);
    if parts.status == StatusCode::NO_CONTENT {
        headers.remove(CONTENT_LENGTH);
        return;
    }
    if let Some(length) = length {
        // What an answer to HEAD says about the length is the handler's to know.
        headers
            .entry(CONTENT_LENGTH)
            .or_insert_with(|| HeaderValue::from(length));
        return;
    }
    match session.req_header().version {
        Version::HTTP_11 => {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        Version::HTTP_2 => {}
        _ => session.set_keepalive(None),
    }
}
