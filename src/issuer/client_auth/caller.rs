//! What a request says about its sender besides its parameters.

use axum::extract::Request;
use http::{HeaderMap, Method};

use crate::web::PeerCertificate;

/// Who is calling, as far as head and connection say.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The header fields.
    pub headers: HeaderMap,
    /// The method.
    pub method: Method,
    /// The TLS certificate, when one was presented.
    pub certificate: Option<PeerCertificate>,
}

impl From<&Request> for Caller {
    fn from(request: &Request) -> Self {
        Self {
            headers: request.headers().clone(),
            method: request.method().clone(),
            certificate: request.extensions().get().cloned(),
        }
    }
}
