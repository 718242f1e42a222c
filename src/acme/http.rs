//! How the authority is called: through the one HTTP client, with bounds of its own.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::AcmeSettings;
use crate::outbound::{Limits, Outbound, OutboundError, OutboundSettings, Reach};

/// The largest answer; a chain of certificates is a tenth of it.
const MAX_ANSWER: usize = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

/// Calls the directory that the configuration names, wherever it is.
#[derive(Clone)]
pub(super) struct Caller(Outbound);

impl Caller {
    pub(super) fn new(settings: &AcmeSettings) -> Result<Self, OutboundError> {
        // Who runs this server names the directory; nobody who sends requests can.
        let anywhere = vec![IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())];
        Ok(Self(Outbound::new(&OutboundSettings {
            reach: Reach::with(anywhere),
            trust: settings.ca.iter().cloned().collect(),
            timeout: PATIENCE,
            danger_allow_http: false,
        })?))
    }
}

impl HttpClient for Caller {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let outbound = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await;
            let body = body.map_err(|error| Error::Other(error.to_string().into()))?;
            let request = Request::from_parts(parts, body.to_bytes());
            let answer = outbound.exchange(request, Limits::body(MAX_ANSWER)).await;
            let answer = answer.map_err(|error| Error::Other(Box::new(error)))?;
            Ok(BytesResponse::from(answer.map(Full::new)))
        })
    }
}
