//! What the gateway knows about a request that it hands to the site. Inserted as an extension by
//! `gateway::embed`; handlers never look at peer addresses or `X-Forwarded-*` themselves.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::ErrorPage;
use crate::base::RequestId;
use crate::model::Device;

/// The longest part of a `User-Agent` that is kept, in bytes.
const USER_AGENT_MAX: usize = 256;

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Printed on error pages and in the logs.
    pub request_id: RequestId,
    /// The client's address, after trusted proxies.
    pub client: IpAddr,
    /// The normalised host, lower case, without port.
    pub host: Arc<str>,
    /// Whether the client's connection is TLS.
    pub https: bool,
    /// `User-Agent`, cut to 256 bytes; empty when absent.
    pub user_agent: Arc<str>,
}

impl Inbound {
    /// What a session remembers of the browser.
    pub fn device(&self) -> Device {
        let mut end = self.user_agent.len().min(USER_AGENT_MAX);
        while !self.user_agent.is_char_boundary(end) {
            end -= 1;
        }
        Device {
            user_agent: self.user_agent.get(..end).unwrap_or_default().to_owned(),
            address: Some(self.client),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Inbound {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorPage> {
        // Absent only when a router was mounted without the gateway: a fault of ours.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ErrorPage::internal("a request reached the site without its origin"))
    }
}
