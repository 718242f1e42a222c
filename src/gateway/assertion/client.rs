//! Where a request came from: the socket, unless a trusted proxy says otherwise.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

/// The client as decisions and apps see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// Whether it came by TLS.
    pub https: bool,
}

/// What the proxies in front say, and whether all of it could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who that makes the client.
    pub client: Client,
    /// A trusted proxy wrote an `X-Forwarded-For` entry that is no address: the chain ends there.
    pub unreadable: bool,
}

/// Judges by the socket's `peer`. Only when that is in `trusted` are `X-Forwarded-For` and
/// `X-Forwarded-Proto` believed: the right-most address that is not itself trusted is the client.
pub fn client_of(peer: IpAddr, https: bool, headers: &HeaderMap, trusted: &[IpNet]) -> Said {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    if trusted.is_empty() || !is_trusted(peer) {
        return Said {
            client: Client {
                address: peer,
                https,
            },
            unreadable: false,
        };
    }
    let (nearest, unreadable) = forwarded_for(headers, is_trusted);
    Said {
        client: Client {
            address: nearest.unwrap_or(peer),
            https: forwarded_proto(headers).unwrap_or(https),
        },
        unreadable,
    }
}

/// The right-most untrusted address. One that cannot be read ends the chain there, and is told of:
/// what stands left of it was not written by anybody we trust.
fn forwarded_for(
    headers: &HeaderMap,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> (Option<IpAddr>, bool) {
    let lines: Vec<&[u8]> = headers
        .get_all("x-forwarded-for")
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    let mut nearest = None;
    let hops = lines.iter().rev();
    for hop in hops.flat_map(|line| line.rsplit(|byte| *byte == b',')) {
        let Some(address) = std::str::from_utf8(hop).ok().and_then(address) else {
            return (nearest, true);
        };
        let address = address.to_canonical();
        nearest = Some(address);
        if !is_trusted(address) {
            break;
        }
    }
    (nearest, false)
}

/// An entry as proxies write it: bare, with a port, in brackets, in quotes (RFC 7239 6).
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let quoted = hop.strip_prefix('"').and_then(|hop| hop.strip_suffix('"'));
    let hop = quoted.unwrap_or(hop);
    if let Ok(address) = hop.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = hop.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let inside = hop.strip_prefix('[')?.strip_suffix(']')?;
    inside.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

fn forwarded_proto(headers: &HeaderMap) -> Option<bool> {
    let line = headers.get_all("x-forwarded-proto").iter().next_back()?;
    match line.to_str().ok()?.rsplit(',').next()?.trim() {
        "https" => Some(true),
        "http" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    fn address(peer: &str, trusted: &[&str], lines: &[(&'static str, &'static str)]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_of(peer.parse().unwrap(), false, &headers(lines), &trusted)
            .client
            .address
            .to_string()
    }

    const XFF: &str = "x-forwarded-for";

    #[test]
    fn fwd_02_nobody_is_trusted_by_default() {
        assert_eq!(address("10.0.0.1", &[], &[(XFF, "1.2.3.4")]), "10.0.0.1");
    }

    #[test]
    fn fwd_03_the_client_is_the_right_most_untrusted_address() {
        let trusted = &["10.0.0.0/8"];
        for (lines, client) in [
            (&[(XFF, "127.0.0.1, 9.9.9.9")][..], "9.9.9.9"),
            (&[(XFF, "127.0.0.1, 9.9.9.9, 10.2.2.2")], "9.9.9.9"),
            (&[(XFF, "127.0.0.1"), (XFF, "9.9.9.9")], "9.9.9.9"),
            (&[(XFF, "1.1.1.1, junk, 10.0.0.9")], "10.0.0.9"),
            (&[(XFF, "junk")], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(address("10.0.0.1", trusted, lines), client, "{lines:?}");
        }
        assert_eq!(
            address("11.0.0.1", trusted, &[(XFF, "9.9.9.9")]),
            "11.0.0.1"
        );
    }

    #[test]
    fn an_address_counts_however_the_proxy_writes_it() {
        for (entry, client) in [
            ("198.51.100.1:4444", "198.51.100.1"),
            ("\"198.51.100.1:4444\"", "198.51.100.1"),
            ("[2001:db8::1]:4444", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("\"[2001:db8::1]\"", "2001:db8::1"),
            ("[::ffff:9.9.9.9]:1", "9.9.9.9"),
            ("1.1.1.1, 10.2.2.2:80", "1.1.1.1"),
            ("1.1.1.1:1, 9.9.9.9:1", "9.9.9.9"),
        ] {
            assert_eq!(
                address("10.0.0.1", &["10.0.0.0/8"], &[(XFF, entry)]),
                client,
                "{entry}"
            );
        }
    }

    #[test]
    fn what_a_trusted_proxy_wrote_unreadably_is_told_of_and_lies_of_others_are_not() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let unreadable = |peer: &str, line: &'static str| {
            let lines = headers(&[(XFF, line)]);
            client_of(peer.parse().unwrap(), false, &lines, &trusted).unreadable
        };
        for line in [
            "junk",
            "9.9.9.9:",
            "9.9.9.9:99999",
            "unknown",
            "[9.9.9.9]",
            "",
            "1.1.1.1,",
        ] {
            assert!(unreadable("10.0.0.1", line), "{line:?}");
        }
        assert!(!unreadable("10.0.0.1", "junk, 9.9.9.9"));
        assert!(!unreadable("11.0.0.1", "junk"));
    }

    #[test]
    fn fwd_05_mapped_addresses_are_compared_in_one_form() {
        let lines = &[(XFF, "9.9.9.9")];
        assert_eq!(
            address("::ffff:10.0.0.1", &["10.0.0.0/8"], lines),
            "9.9.9.9"
        );
        assert_eq!(address("::10.0.0.1", &["10.0.0.0/8"], lines), "::a00:1");
    }

    #[test]
    fn only_a_trusted_proxy_says_that_a_request_came_by_https() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let lines = headers(&[("x-forwarded-proto", "https")]);
        let said = |peer: &str| client_of(peer.parse().unwrap(), false, &lines, &trusted);
        let https = |peer: &str| said(peer).client.https;
        assert!(https("10.0.0.1"));
        assert!(!https("11.0.0.1"));
    }
}
