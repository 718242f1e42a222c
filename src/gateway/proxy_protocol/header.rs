//! The header itself: bytes in, what they say out. Both versions of the PROXY protocol, as
//! `HAProxy` publishes it (`proxy-protocol.txt`, sections 2.1 and 2.2).
//!
//! A pure function that never asks for a byte behind the header: those are the client's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Line feed included; the longest line there can be is 107 bytes (2.1).
const V1_LONGEST: usize = 107;
const V1_SHORTEST: usize = b"PROXY UNKNOWN\r\n".len();
pub(super) const V1_START: &[u8] = b"PROXY ";
pub(super) const V2_START: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and transport, length.
pub(super) const V2_FIXED: usize = 16;
/// Addresses and everything a sender may add (its TLS, certificates, names of clouds). 64 KiB could
/// be announced; what senders do say is a tenth of this.
pub(super) const V2_LONGEST: usize = V2_FIXED + 4096;

/// Of whom a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Of this client, to whom the sender lends its connection.
    Client(SocketAddr),
    /// Of the sender itself (a health check), or of somebody whom it cannot name.
    Sender,
}

/// What the bytes so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A beginning: at least this many more bytes belong to it, and none of them to the client.
    More(usize),
    /// The header, and not a byte behind it.
    Whole(Said),
    /// Something else.
    Refused(Flaw),
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is no PROXY header.
    Missing,
    /// It begins as one and goes on as none, or is too long.
    Malformed,
}

/// Whether these bytes, the first of a connection, begin a header of either version.
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(V1_START) || bytes.starts_with(V2_START)
}

/// Reads the header at the beginning of a connection. Feed it what has arrived and at most as much
/// again as it asks for.
pub fn parse(bytes: &[u8]) -> Parsed {
    if agree(bytes, V2_START) {
        return version_2(bytes);
    }
    if agree(bytes, V1_START) {
        return version_1(bytes);
    }
    Parsed::Refused(Flaw::Missing)
}

/// One is the beginning of the other. No bytes at all could become either version.
fn agree(bytes: &[u8], start: &[u8]) -> bool {
    bytes.iter().zip(start).all(|(a, b)| a == b)
}

fn version_1(bytes: &[u8]) -> Parsed {
    let malformed = Parsed::Refused(Flaw::Malformed);
    if let Some(end) = memchr::memchr(b'\n', bytes) {
        let whole = end + 1 == bytes.len() && bytes.len() <= V1_LONGEST;
        let line = bytes.strip_suffix(b"\r\n").filter(|_| whole);
        let said = line.and_then(|line| line_1(std::str::from_utf8(line).ok()?));
        return said.map_or(malformed, Parsed::Whole);
    }
    let more = match bytes.last() {
        Some(b'\r') => 1,
        _ => V1_SHORTEST.saturating_sub(bytes.len()).max(2),
    };
    if bytes.len() + more > V1_LONGEST {
        return malformed;
    }
    Parsed::More(more)
}

/// `PROXY TCP4 203.0.113.9 192.0.2.1 50000 443`, one space between each (2.1).
fn line_1(line: &str) -> Option<Said> {
    let mut words = line.split(' ');
    if words.next() != Some("PROXY") {
        return None;
    }
    let family = words.next()?;
    if family == "UNKNOWN" {
        // "The receiver must ignore anything presented before the CRLF" (2.1).
        return Some(Said::Sender);
    }
    let (from, to) = (words.next()?, words.next()?);
    let (from, _) = match family {
        "TCP4" => (v4(from)?, v4(to)?),
        "TCP6" => (v6(from)?, v6(to)?),
        _ => return None,
    };
    let (from_port, _) = (port(words.next()?)?, port(words.next()?)?);
    if words.next().is_some() {
        return None;
    }
    Some(Said::Client(SocketAddr::new(from, from_port)))
}

fn v4(text: &str) -> Option<IpAddr> {
    text.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

fn v6(text: &str) -> Option<IpAddr> {
    text.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// Digits, and no zero before others (2.1).
fn port(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    text.parse().ok().filter(|_| plain && !padded)
}

fn version_2(bytes: &[u8]) -> Parsed {
    let malformed = Parsed::Refused(Flaw::Malformed);
    let Some((fixed, rest)) = bytes.split_at_checked(V2_FIXED) else {
        // The shorter version may still be meant by no bytes at all, or by one.
        let shortest = if bytes.is_empty() {
            V1_SHORTEST
        } else {
            V2_FIXED
        };
        return Parsed::More(shortest - bytes.len());
    };
    let &[command, family, high, low] = fixed.get(V2_START.len()..).unwrap_or_default() else {
        return malformed;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if V2_FIXED + length > V2_LONGEST || rest.len() > length {
        return malformed;
    }
    // Judged before the rest is waited for.
    let Some(needed) = addresses(command, family).filter(|needed| *needed <= length) else {
        return malformed;
    };
    if rest.len() < length {
        return Parsed::More(length - rest.len());
    }
    match said_2(command, family, rest.get(..needed).unwrap_or_default()) {
        Some(said) => Parsed::Whole(said),
        None => malformed,
    }
}

pub(super) const LOCAL: u8 = 0x20;
pub(super) const PROXY: u8 = 0x21;
pub(super) const UNSPECIFIED: u8 = 0x00;
pub(super) const TCP4: u8 = 0x11;
pub(super) const TCP6: u8 = 0x21;
pub(super) const UNIX: u8 = 0x31;

/// How many bytes of addresses there are; `None` where the two bytes mean nothing here: datagrams
/// do not come by a stream, and other values are not assigned (2.2).
fn addresses(command: u8, family: u8) -> Option<usize> {
    match (command, family) {
        // "The receiver must accept this connection and discard the protocol block" (2.2).
        (LOCAL, _) | (PROXY, UNSPECIFIED) => Some(0),
        (PROXY, TCP4) => Some(12),
        (PROXY, TCP6) => Some(36),
        (PROXY, UNIX) => Some(216),
        _ => None,
    }
}

/// Source address, destination address, source port, destination port.
fn said_2(command: u8, family: u8, addresses: &[u8]) -> Option<Said> {
    if command == LOCAL {
        return Some(Said::Sender);
    }
    match family {
        TCP4 => {
            let from: [u8; 4] = addresses.get(..4)?.try_into().ok()?;
            client(from.into(), addresses.get(8..10)?)
        }
        TCP6 => {
            let from: [u8; 16] = addresses.get(..16)?.try_into().ok()?;
            client(from.into(), addresses.get(32..34)?)
        }
        // A path on the sender's machine is nobody's address.
        _ => Some(Said::Sender),
    }
}

fn client(address: IpAddr, port: &[u8]) -> Option<Said> {
    let port = u16::from_be_bytes(port.try_into().ok()?);
    Some(Said::Client(SocketAddr::new(address, port)))
}
