//! Headers as they are sent, cut and forged.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::header::*;

fn v2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = V2_START.to_vec();
    bytes.extend([command, family]);
    bytes.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

fn is_client(bytes: &[u8], address: &str) {
    let expected = Parsed::Whole(Said::Client(address.parse().unwrap()));
    assert_eq!(parse(bytes), expected, "{}", bytes.escape_ascii());
}

fn is_malformed(bytes: &[u8]) {
    let malformed = Parsed::Refused(Flaw::Malformed);
    assert_eq!(parse(bytes), malformed, "{}", bytes.escape_ascii());
}

const V4_BODY: &[u8] = &[203, 0, 113, 9, 192, 0, 2, 1, 0xc3, 0x50, 1, 187];

#[test]
fn a_line_names_the_client() {
    is_client(
        b"PROXY TCP4 203.0.113.9 192.0.2.1 50000 443\r\n",
        "203.0.113.9:50000",
    );
    is_client(
        b"PROXY TCP6 2001:db8::9 2001:db8::1 0 65535\r\n",
        "[2001:db8::9]:0",
    );
    let longest = format!(
        "PROXY TCP6 {0} {0} 65535 65535\r\n",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    );
    is_client(
        longest.as_bytes(),
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
    );
}

#[test]
fn an_unknown_client_is_the_senders() {
    for line in [
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
        "PROXY UNKNOWN what ever\r\n",
    ] {
        assert_eq!(
            parse(line.as_bytes()),
            Parsed::Whole(Said::Sender),
            "{line}"
        );
    }
}

#[test]
fn a_line_that_would_have_to_be_repaired_is_malformed() {
    for line in [
        "PROXY TCP4 203.0.113.9 192.0.2.1 50000\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 50000 443 1\r\n",
        "PROXY TCP4  203.0.113.9 192.0.2.1 50000 443\r\n",
        "PROXY TCP4 203.0.113.09 192.0.2.1 50000 443\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 50000 +443\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 050000 443\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 65536 443\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 50000 443\n",
        "PROXY TCP4 2001:db8::9 2001:db8::1 50000 443\r\n",
        "PROXY TCP6 203.0.113.9 192.0.2.1 50000 443\r\n",
        "PROXY TCP6 fe80::1%eth0 ::1 50000 443\r\n",
        "PROXY TCP6 [::1] [::1] 50000 443\r\n",
        "PROXY UDP4 203.0.113.9 192.0.2.1 50000 443\r\n",
        "PROXY tcp4 203.0.113.9 192.0.2.1 50000 443\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY \r\n       \r\n",
    ] {
        is_malformed(line.as_bytes());
    }
    is_malformed(&[b"PROXY ".as_slice(), &[b'a'; 101]].concat());
}

#[test]
fn the_binary_form_names_the_client_whatever_else_it_says() {
    is_client(&v2(PROXY, TCP4, V4_BODY), "203.0.113.9:50000");
    let mut v6 = [0_u8; 36];
    v6[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
    v6[15] = 9;
    v6[32..].copy_from_slice(&[0xc3, 0x50, 1, 187]);
    is_client(&v2(PROXY, TCP6, &v6), "[2001:db8::9]:50000");
    // A cloud's own field (PP2_TYPE 0xea), then padding (0x04), then one cut off.
    let fields = [V4_BODY, &[0xea, 0, 3, 1, 2, 3, 4, 0, 1, 0, 1, 255, 255, 0]].concat();
    is_client(&v2(PROXY, TCP4, &fields), "203.0.113.9:50000");
}

#[test]
fn health_checks_and_unnamed_clients_are_the_senders() {
    for bytes in [
        v2(LOCAL, 0, &[]),
        v2(LOCAL, TCP4, V4_BODY),
        v2(LOCAL, 0xff, &[1, 2, 3]),
        v2(PROXY, UNSPECIFIED, &[]),
        v2(PROXY, UNSPECIFIED, &[4, 0, 0]),
        v2(PROXY, UNIX, &[b'/'; 216]),
    ] {
        assert_eq!(parse(&bytes), Parsed::Whole(Said::Sender), "{bytes:?}");
    }
}

#[test]
fn what_the_binary_form_does_not_define_is_malformed() {
    is_malformed(&v2(0x11, TCP4, V4_BODY));
    is_malformed(&v2(0x22, TCP4, V4_BODY));
    for family in [0x12, 0x22, 0x32, 0x10, 0x01, 0x41, 0xff] {
        is_malformed(&v2(PROXY, family, &[0; 216]));
    }
    is_malformed(&v2(PROXY, TCP4, &V4_BODY[..11]));
    is_malformed(&v2(PROXY, TCP6, V4_BODY));
    is_malformed(&v2(PROXY, UNIX, &[0; 215]));
    // Too long is said at once, and not after all of it has arrived.
    is_malformed(&v2(PROXY, TCP4, &[0; 4097])[..V2_FIXED]);
}

#[test]
fn anything_else_is_no_header() {
    for bytes in [
        "GET / HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\n",
        "PROXYTCP4",
        "\x16\x03\x01",
        "\r\n\r\nGET",
    ] {
        let missing = Parsed::Refused(Flaw::Missing);
        assert_eq!(parse(bytes.as_bytes()), missing, "{bytes}");
    }
}

#[test]
fn however_it_is_cut_nothing_behind_it_is_asked_for() {
    for header in [
        b"PROXY UNKNOWN\r\n".to_vec(),
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n".to_vec(),
        b"PROXY TCP6 ::1 ::2 65535 443\r\n".to_vec(),
        v2(LOCAL, 0, &[]),
        v2(PROXY, TCP4, V4_BODY),
        v2(PROXY, UNIX, &[0; 300]),
    ] {
        for cut in 0..header.len() {
            let Parsed::More(more) = parse(&header[..cut]) else {
                panic!("{cut} bytes of {}", header.escape_ascii());
            };
            assert!((1..=header.len() - cut).contains(&more), "{cut}: {more}");
        }
        assert!(matches!(parse(&header), Parsed::Whole(_)));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_bounded(
        start in prop::sample::select(vec![&b""[..], V1_START, V2_START, b"PROXY TCP4 "]),
        tail in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let bytes = [start, &tail].concat();
        if let Parsed::More(more) = parse(&bytes) {
            prop_assert!(more > 0 && bytes.len() + more <= V2_LONGEST);
        }
    }

    #[test]
    fn every_client_comes_out_as_it_went_in(address: SocketAddr) {
        let family = if address.is_ipv4() { "TCP4" } else { "TCP6" };
        let ip = address.ip();
        let line = format!("PROXY {family} {ip} {ip} {} 1\r\n", address.port());
        let expected = Parsed::Whole(Said::Client(SocketAddr::new(ip, address.port())));
        prop_assert_eq!(parse(line.as_bytes()), expected);
    }
}
