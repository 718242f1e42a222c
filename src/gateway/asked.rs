//! A request to a route as it is judged: read off this socket, or described by a neighbour.

use http::{HeaderMap, HeaderValue, Method, header};
use pingora::proxy::Session;

use super::client_certs::Handshake;
use crate::web::PeerCertificate;

/// What a decision looks at besides the route that takes it.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    /// The method.
    pub(super) method: &'a Method,
    /// Path and query, in canonical form.
    pub(super) target: &'a str,
    /// All header fields.
    pub(super) headers: &'a HeaderMap,
    /// The certificate that its client has; whoever stands in between shows none for it.
    pub(super) certificate: Option<&'a PeerCertificate>,
}

impl<'a> Asked<'a> {
    /// The request on this socket, which was rewritten to its canonical form.
    pub(super) fn of(session: &'a Session) -> Self {
        let request = session.req_header();
        let target = request.uri.path_and_query();
        Self {
            method: &request.method,
            target: target.map_or("/", |target| target.as_str()),
            headers: &request.headers,
            certificate: peer_certificate(session),
        }
    }

    /// The target without its query.
    pub(super) fn path(&self) -> &'a str {
        self.target.split('?').next().unwrap_or(self.target)
    }

    /// The lines of `Cookie`.
    pub(super) fn cookies(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let lines = self.headers.get_all(header::COOKIE).iter();
        lines.map(HeaderValue::as_bytes)
    }
}

/// The certificate of the other end, where one was asked for.
pub(super) fn peer_certificate(session: &Session) -> Option<&PeerCertificate> {
    Handshake::of(session)?.certificate()
}
