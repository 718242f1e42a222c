//! The plain listener beside a TLS one: sends everybody to https and does nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use http::header::{CONNECTION, CONTENT_LENGTH, LOCATION};
use http::{Method, StatusCode, Version};
use pingora::apps::{HttpServerApp, ReusedHttpStream};
use pingora::http::ResponseHeader;
use pingora::protocols::http::ServerSession;
use pingora::server::ShutdownWatch;

use super::guard;
use super::route::{Manner, Target};
use super::state::Gateway;
use super::target::{Address, Head, Refused};

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
        let answer = answer(&self.location(&session), &session.req_header().method)?;
        session.set_keepalive(None);
        session.write_response_header(Box::new(answer)).await.ok()?;
        session.finish_body().await.ok()?;
        None
    }
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
