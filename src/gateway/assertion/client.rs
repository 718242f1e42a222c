//! Where a request came from: the socket, unless a trusted proxy says otherwise.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

/// The client as decisions and apps see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// Whether it came by TLS.
    pub https: bool,
}

/// Judges by the socket's `peer`. Only when that is in `trusted` are `X-Forwarded-For` and
/// `X-Forwarded-Proto` believed: the right-most address that is not itself trusted is the client.
pub fn client_of(peer: IpAddr, https: bool, headers: &HeaderMap, trusted: &[IpNet]) -> Client {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    if trusted.is_empty() || !is_trusted(peer) {
        return Client {
            address: peer,
            https,
        };
    }
    Client {
        address: forwarded_for(headers, is_trusted).unwrap_or(peer),
        https: forwarded_proto(headers).unwrap_or(https),
    }
}

/// The right-most untrusted address. One that cannot be read ends the chain there: what stands
/// left of it was not written by anybody we trust.
fn forwarded_for(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    let mut nearest = None;
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Ok(address) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        let address = address.to_canonical();
        nearest = Some(address);
        if !is_trusted(address) {
            break;
        }
    }
    nearest
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
        let https = |peer: &str| client_of(peer.parse().unwrap(), false, &lines, &trusted).https;
        assert!(https("10.0.0.1"));
        assert!(!https("11.0.0.1"));
    }
}
