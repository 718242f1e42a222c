//! The plain listener beside a TLS one: sends everybody to https, but for an authority that looks
//! whether a host is ours (RFC 8555 8.3), which it asks without.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{Method, StatusCode, Version};
use pingora::apps::{HttpServerApp, ReusedHttpStream};
use pingora::http::ResponseHeader;
use pingora::protocols::http::ServerSession;
use pingora::server::ShutdownWatch;

use super::guard;
use super::route::{Manner, Target};
use super::state::Gateway;
use super::target::{Address, Head, Refused};

/// Where an authority looks for its answer (RFC 8555 8.3).
const CHALLENGES: &[u8] = b"/.well-known/acme-challenge/";

/// Answers every request with a redirect.
pub(super) struct Redirect {
    gateway: Arc<Gateway>,
    /// As it is reached from outside.
    port: u16,
}

impl Redirect {
    pub(super) fn new(gateway: Arc<Gateway>, port: u16) -> Self {
        Self { gateway, port }
    }

    /// What the authority is looking for; `None` for every other request. A token that is not ours
    /// may be another's behind us, so it is led on as everything is.
    async fn proof(&self, session: &ServerSession) -> Option<Bytes> {
        let request = session.req_header();
        let token = request.raw_path().strip_prefix(CHALLENGES)?;
        let answers = self.gateway.answers.as_ref()?;
        if request.method != Method::GET {
            return None;
        }
        let token = std::str::from_utf8(token).ok()?;
        match answers.find(token).await {
            Ok(answer) => answer.map(Bytes::from),
            Err(error) => {
                tracing::warn!(%error, "an authority's challenge could not be looked up");
                None
            }
        }
    }

    /// Where to. Only to hosts that are served: a redirect to any other would be an open one.
    fn location(&self, session: &ServerSession) -> Result<String, Refused> {
        let request = session.req_header();
        let head = Head {
            method: &request.method,
            version: request.version,
            target: request.raw_path(),
            scheme: None,
            tls: None,
            authority: None,
            headers: &request.headers,
        };
        let address = Address::read(&head)?;
        let manner = Manner {
            method: &request.method,
            headers: &request.headers,
        };
        match self.gateway.snapshot().table.find(&address, manner) {
            // Which methods and fields are taken is said where the request is meant to go.
            Target::Site | Target::Route(_) | Target::OtherMethods | Target::OtherHeaders => {}
            Target::Unknown(refused) => return Err(refused),
        }
        let port = match self.port {
            443 => String::new(),
            port => format!(":{port}"),
        };
        Ok(format!(
            "https://{}{port}{}",
            address.host,
            address.path_and_query()
        ))
    }
}

#[async_trait]
impl HttpServerApp for Redirect {
    async fn process_new_http(
        self: &Arc<Self>,
        mut session: ServerSession,
        _shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        guard::begin();
        if !session.read_request().await.ok()? {
            return None;
        }
        guard::accepted();
        if let Some(proof) = self.proof(&session).await {
            let answer = proven(&proof)?;
            return send(&mut session, answer, proof).await;
        }
        let answer = answer(&self.location(&session), &session.req_header().method)?;
        send(&mut session, answer, Bytes::new()).await
    }
}

/// Writes the whole answer; nothing is asked twice here, so the connection ends.
async fn send(
    session: &mut ServerSession,
    answer: ResponseHeader,
    body: Bytes,
) -> Option<ReusedHttpStream> {
    session.set_keepalive(None);
    session.write_response_header(Box::new(answer)).await.ok()?;
    if !body.is_empty() {
        session.write_response_body(body, true).await.ok()?;
    }
    session.finish_body().await.ok()?;
    None
}

fn proven(proof: &[u8]) -> Option<ResponseHeader> {
    let mut answer = ResponseHeader::build(StatusCode::OK, Some(4)).ok()?;
    answer.set_version(Version::HTTP_11);
    answer
        .insert_header(CONTENT_TYPE, "application/octet-stream")
        .ok()?;
    answer
        .insert_header(CONTENT_LENGTH, proof.len().to_string())
        .ok()?;
    answer.insert_header(CONNECTION, "close").ok()?;
    Some(answer)
}

fn answer(location: &Result<String, Refused>, method: &Method) -> Option<ResponseHeader> {
    let status = match location {
        // 308 keeps method and body; for a page, 301 is what every client knows.
        Ok(_) if matches!(*method, Method::GET | Method::HEAD) => StatusCode::MOVED_PERMANENTLY,
        Ok(_) => StatusCode::PERMANENT_REDIRECT,
        Err(refused) => refused.status(),
    };
    let mut answer = ResponseHeader::build(status, Some(4)).ok()?;
    answer.set_version(Version::HTTP_11);
    if let Ok(location) = location {
        answer.insert_header(LOCATION, location).ok()?;
    }
    answer.insert_header(CONTENT_LENGTH, "0").ok()?;
    answer.insert_header(CONNECTION, "close").ok()?;
    Some(answer)
}
