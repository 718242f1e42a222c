//! Where a request is addressed, where it came from, and the cookies it brings.

use std::net::{IpAddr, Ipv4Addr};

use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use ipnet::IpNet;

use super::first_line;
use crate::flow::OwnPath;
use crate::gateway::assertion::client_of;
use crate::gateway::proxy_protocol::{Parsed, begins, parse};
use crate::gateway::target::{Address, Head};
use crate::session::cookie::{self, Found, NAME};

/// `METHOD TARGET` and a host: what is decided on is what is forwarded, so its canonical form is read
/// as itself, and hides no other path.
pub(super) fn addresses(input: &[u8]) {
    let (start, host) = first_line(input);
    let mut start = start.splitn(2, |byte| *byte == b' ');
    let method = Method::from_bytes(start.next().unwrap_or_default());
    let (Ok(method), Ok(host)) = (method, HeaderValue::from_bytes(host)) else {
        return;
    };
    let target = start.next().unwrap_or_default();
    let read = |target: &[u8], host: &HeaderValue| {
        let headers = HeaderMap::from_iter([(HOST, host.clone())]);
        let head = Head {
            method: &method,
            version: Version::HTTP_11,
            target,
            scheme: None,
            tls: None,
            authority: None,
            headers: &headers,
        };
        let address = Address::read(&head).ok()?;
        Some((
            address.authority(),
            address.path_and_query(),
            address.path.into_owned(),
            address.rewritten,
        ))
    };
    let Some((authority, forwarded, path, rewritten)) = read(target, &host) else {
        return;
    };
    assert!(rewritten || forwarded.as_bytes() == target, "{forwarded}");
    let again = HeaderValue::from_str(&authority).ok();
    let again = again.and_then(|host| read(forwarded.as_bytes(), &host));
    let same = (authority, forwarded.clone(), path.clone(), false);
    assert_eq!(again, Some(same));
    let hides = |segment: &str| {
        let lower = segment.to_ascii_lowercase();
        let dots = lower.replace("%2e", ".");
        let kept = ["%2f", "%5c", "%00"]
            .iter()
            .any(|hidden| lower.contains(hidden));
        kept || dots == "." || dots == ".." || segment.contains('\\')
    };
    assert!(path.starts_with('/') && !path.contains("//"), "{path}");
    assert!(!path.split('/').any(hides), "{path}");
    // The way back to a path of ours leads nowhere else.
    if let Some(own) = OwnPath::parse(&forwarded)
        && let Ok(base) = url::Url::parse("https://auth.test/login")
    {
        let there = base.join(own.as_str());
        assert!(
            there.is_ok_and(|url| url.host_str() == Some("auth.test")),
            "{own}"
        );
    }
}

/// Lines of `Name: value`: nobody but a trusted proxy says where a request came from.
pub(super) fn forwarded(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let name = HeaderName::from_bytes(halves.next().unwrap_or_default());
        let value = HeaderValue::from_bytes(halves.next().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let peer = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let proxy = IpNet::from(peer);
    for https in [false, true] {
        let said = client_of(peer, https, &headers, &[]);
        assert_eq!((said.client.address, said.client.https), (peer, https));
        assert!(!said.unreadable, "nobody asked");
        let believed = client_of(peer, https, &headers, &[proxy]).client;
        if believed.address != peer {
            assert!(headers.contains_key("x-forwarded-for"), "{believed:?}");
            assert_eq!(believed.address, believed.address.to_canonical());
        }
        let proto = headers.contains_key("x-forwarded-proto");
        assert!(proto || believed.https == https, "{believed:?}");
    }
}

/// The beginning of a connection: what is no header is never waited for, and what is one ends where
/// it says and reads the same however it is cut.
pub(super) fn proxy_protocol(input: &[u8]) {
    let mut fed = 0;
    let read = loop {
        let bytes = input.get(..fed).unwrap_or_default();
        match parse(bytes) {
            Parsed::More(more) => {
                assert!(more > 0 && fed + more <= 4112, "{more} more than {fed}");
                if fed + more > input.len() {
                    return;
                }
                fed += more;
            }
            done @ (Parsed::Whole(_) | Parsed::Refused(_)) => break done,
        }
    };
    let header = input.get(..fed).unwrap_or_default();
    if let Parsed::Whole(said) = read {
        assert!(begins(header), "{}", header.escape_ascii());
        for cut in 0..fed {
            let more = parse(header.get(..cut).unwrap_or_default());
            let within = matches!(more, Parsed::More(more) if cut + more <= fed);
            assert!(within, "{cut}: {more:?}, {said:?}");
        }
    }
}

/// Lines of `Cookie`: none of ours goes on to an app, and all that is an app's does.
pub(super) fn cookies(input: &[u8]) {
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    if let Found::One(value) = cookie::find(lines.iter().copied(), NAME) {
        let pair = [NAME.as_bytes(), b"=", value].concat();
        let sent = |line: &&[u8]| line.windows(pair.len()).any(|part| part == pair);
        assert!(lines.iter().any(sent), "{}", pair.escape_ascii());
    }
    for line in &lines {
        let Some(kept) = cookie::without_ours(line) else {
            continue;
        };
        assert_eq!(cookie::find([kept.as_slice()], NAME), Found::None);
        assert_eq!(cookie::without_ours(&kept).as_ref(), Some(&kept));
        for crumb in kept.split(|byte| *byte == b';') {
            assert!(!cookie::is_ours(crumb), "{}", crumb.escape_ascii());
            let crumb = crumb.trim_ascii();
            let sent = line.split(|byte| *byte == b';');
            let mut sent = sent.map(<[u8]>::trim_ascii);
            assert!(sent.any(|sent| sent == crumb), "{}", crumb.escape_ascii());
        }
    }
}
