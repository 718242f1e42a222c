//! What a route changes on the way to its app and back.
//!
//! Requests are decided on the address they came with, and that never changes. What the app gets is
//! computed from it here, by the route's rule and by nothing else: segments are taken from the
//! beginning of a path that has no second spelling, and others put there.

mod answer;
mod headers;

use http::header::HOST;
use http::{HeaderValue, Uri};
use pingora::http::RequestHeader;
use pingora::{Error, ErrorType, Result};

pub(super) use answer::{Back, rewrite_answer};
pub(super) use headers::change_answer;

use super::settings::{Forwarding, Rewrite, UpstreamHost};

/// The path that is forwarded for `path`, which is in canonical form and begins with the segments
/// of `strip`.
pub fn forwarded_path(rewrite: &Rewrite, path: &str) -> String {
    let mut rest = path;
    for _ in rewrite.strip.split('/').skip(1) {
        let after = rest.strip_prefix('/').unwrap_or(rest);
        rest = after
            .find('/')
            .and_then(|at| after.get(at..))
            .unwrap_or_default();
    }
    match (rewrite.prefix.as_str(), rest) {
        ("", "") => "/".to_owned(),
        (prefix, rest) => format!("{prefix}{rest}"),
    }
}

/// Changes a request that goes to an upstream whose own authority is `upstream`. Identity is
/// written afterwards, so nothing of it can be changed here.
pub(super) fn rewrite_request(
    request: &mut RequestHeader,
    forwarding: &Forwarding,
    upstream: Option<&str>,
) -> Result<()> {
    headers::change_request(request, &forwarding.request_headers);
    if !forwarding.rewrite.is_empty() {
        let path = forwarded_path(&forwarding.rewrite, request.uri.path());
        readdress(request, Some(&path), None)?;
    }
    let host = match &forwarding.host {
        UpstreamHost::Keep => None,
        UpstreamHost::Upstream => upstream,
        UpstreamHost::Name(name) => Some(name.as_str()),
    };
    match host {
        Some(host) => readdress(request, None, Some(host)),
        None => Ok(()),
    }
}

/// Gives the request another path, or another host. The host stands in two places in HTTP/2.
fn readdress(request: &mut RequestHeader, path: Option<&str>, host: Option<&str>) -> Result<()> {
    let failed = |_| Error::explain(ErrorType::InternalError, "an address cannot be rewritten");
    if let Some(host) = host {
        let value = HeaderValue::from_str(host)
            .map_err(|_| Error::explain(ErrorType::InternalError, "a host is no header value"))?;
        request.insert_header(HOST, value)?;
    }
    let path = path.unwrap_or(request.uri.path());
    let target = match request.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let authority = host.or(request.uri.authority().map(http::uri::Authority::as_str));
    let uri = match (request.uri.authority(), authority) {
        (Some(_), Some(authority)) => {
            let scheme = request.uri.scheme_str().unwrap_or("https");
            format!("{scheme}://{authority}{target}")
        }
        _ => target,
    };
    let uri: Uri = uri.parse().map_err(failed)?;
    request.set_uri(uri);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gateway::target::canonical_path;

    fn rule(strip: &str, prefix: &str) -> Rewrite {
        Rewrite {
            strip: strip.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    #[test]
    fn a_path_loses_its_first_segments_and_gets_others() {
        for (strip, prefix, path, forwarded) in [
            ("/app", "", "/app", "/"),
            ("/app", "", "/app/", "/"),
            ("/app", "", "/app/app/x", "/app/x"),
            ("/app", "/inner", "/app", "/inner"),
            ("/app", "/inner", "/app/x", "/inner/x"),
            ("/a/b", "/c/d", "/a/b/", "/c/d/"),
            ("", "/inner", "/", "/inner/"),
            ("", "", "/x", "/x"),
            // Another spelling of a segment is the same segment.
            ("/@me", "", "/%40me/x", "/x"),
        ] {
            assert_eq!(
                forwarded_path(&rule(strip, prefix), path),
                forwarded,
                "{path}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_forwarded_is_the_rest_of_what_was_decided_on(
            strip in "(/[a-z]{1,3}){0,2}",
            prefix in "(/[a-z]{1,3}){0,2}",
            rest in "(/[a-zA-Z0-9._~@%-]{1,6}){0,4}/?",
        ) {
            let path = format!("{strip}{rest}");
            let Ok(path) = canonical_path(&path) else { return Ok(()) };
            let sent = forwarded_path(&rule(&strip, &prefix), &path);
            let kept = path.strip_prefix(&strip).unwrap();
            let expected = format!("{prefix}{kept}");
            let expected = if expected.is_empty() { "/".to_owned() } else { expected };
            prop_assert_eq!(&sent, &expected);
            // Nothing that two servers read differently can come of it.
            prop_assert_eq!(canonical_path(&sent).unwrap(), sent.as_str());
        }

        #[test]
        fn a_request_keeps_everything_but_its_path(query in "[a-z=&]{0,10}") {
            let target = format!("/app/x?{query}");
            let mut request = RequestHeader::build("GET", target.as_bytes(), None).unwrap();
            let forwarding = Forwarding { rewrite: rule("/app", "/in"), ..Forwarding::default() };
            rewrite_request(&mut request, &forwarding, None).unwrap();
            let sent = format!("/in/x?{query}");
            prop_assert_eq!(request.raw_path(), sent.as_bytes());
        }
    }

    #[test]
    fn the_host_is_the_clients_the_upstreams_or_a_name() {
        let sent = |host: UpstreamHost| {
            let mut request = RequestHeader::build("GET", b"/x", None).unwrap();
            request.insert_header(HOST, "app.test").unwrap();
            let forwarding = Forwarding {
                host,
                ..Forwarding::default()
            };
            rewrite_request(&mut request, &forwarding, Some("10.0.0.7:3000")).unwrap();
            request.headers[HOST].to_str().unwrap().to_owned()
        };
        assert_eq!(sent(UpstreamHost::Keep), "app.test");
        assert_eq!(sent(UpstreamHost::Upstream), "10.0.0.7:3000");
        assert_eq!(sent(UpstreamHost::Name("inner".to_owned())), "inner");
    }

    #[test]
    fn an_http2_request_gets_the_host_in_both_places() {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        request.set_uri("https://app.test/app/x?y".parse().unwrap());
        request.insert_header(HOST, "app.test").unwrap();
        let forwarding = Forwarding {
            rewrite: rule("/app", ""),
            host: UpstreamHost::Name("inner".to_owned()),
            ..Forwarding::default()
        };
        rewrite_request(&mut request, &forwarding, None).unwrap();
        assert_eq!(request.uri.to_string(), "https://inner/x?y");
        assert_eq!(request.headers[HOST], "inner");
    }
}
