//! HTTP/2 by hand over TLS: frames and header blocks as bytes, for what a library would refuse to
//! send. One request per connection; of the answer it reads the status and the body.

use std::io::{self, Read, Write};

use super::wire;

/// What came back.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What the other side called wrong with the stream or the connection (RFC 9113 7).
    pub error: Option<u32>,
    /// The body.
    pub body: Vec<u8>,
}

impl Heard {
    /// Whether the request was refused: by a status of 4xx, or by ending stream or connection.
    pub fn refused(&self) -> bool {
        match self.status {
            Some(status) => (400..500).contains(&status),
            None => true,
        }
    }
}

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PRIORITY: u8 = 2;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const ACK: u8 = 1;
/// The stream of the request.
const STREAM: u32 = 1;

/// A connection on which the preface and empty settings are sent, and nothing is read yet.
pub fn open(port: u16, pem: &[u8], server_name: &str) -> wire::Tls {
    let mut stream =
        wire::connect_tls_speaking(port, pem, server_name, &[b"h2"]).expect("a connection");
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[]));
    stream.write_all(&bytes).expect("a preface");
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    stream
}

/// A request as its fields stand in the header block, pseudo fields included.
pub struct Request<'a> {
    pub fields: &'a [(&'a str, &'a [u8])],
    /// Sent as one DATA frame; `None` ends the stream with the fields.
    pub body: Option<&'a [u8]>,
}

/// Sends `request` on a new connection for `server_name` and reads until its end.
pub fn exchange(port: u16, pem: &[u8], server_name: &str, request: &Request<'_>) -> Heard {
    let mut stream =
        wire::connect_tls_speaking(port, pem, server_name, &[b"h2"]).expect("a connection");
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[]));
    let block: Vec<u8> = request
        .fields
        .iter()
        .flat_map(|(name, value)| field(name.as_bytes(), value))
        .collect();
    let end = if request.body.is_none() {
        END_STREAM
    } else {
        0
    };
    bytes.extend(frame(HEADERS, END_HEADERS | end, STREAM, &block));
    if let Some(body) = request.body {
        bytes.extend(frame(DATA, END_STREAM, STREAM, body));
    }
    // It may have been refused before the last byte went out.
    let _ = stream.write_all(&bytes);
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    let mut heard = Heard::default();
    while let Ok((kind, flags, number, payload)) = read_frame(&mut stream) {
        match (kind, number) {
            (HEADERS, STREAM) => heard.status = heard.status.or(Some(status(&payload))),
            (DATA, STREAM) => heard.body.extend(payload),
            (RST_STREAM, STREAM) => heard.error = Some(number_at(&payload, 0)),
            // With no error it says only that no further streams are wanted.
            (GOAWAY, _) if number_at(&payload, 4) != 0 => {
                heard.error = Some(number_at(&payload, 4));
            }
            (SETTINGS, _) if flags & ACK == 0 => {
                let _ = stream.write_all(&frame(SETTINGS, ACK, 0, &[]));
            }
            _ => {}
        }
        let ended = matches!(kind, HEADERS | DATA) && flags & END_STREAM != 0;
        if ended || heard.error.is_some() {
            break;
        }
    }
    heard
}

/// The number in the four bytes from `at` on.
pub fn number_at(payload: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(payload[at..at + 4].try_into().expect("four bytes"))
}

/// One frame (RFC 9113 4.1).
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .expect("a short frame")
        .to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

fn read_frame(stream: &mut wire::Tls) -> io::Result<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    let [a, b, c, kind, flags, number @ ..] = head;
    let length = u32::from_be_bytes([0, a, b, c]) as usize;
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload)?;
    Ok((kind, flags, u32::from_be_bytes(number), payload))
}

/// A field as a literal that is not indexed, name and value spelled out (RFC 7541 6.2.2).
pub fn field(name: &[u8], value: &[u8]) -> Vec<u8> {
    let mut field = vec![0];
    for text in [name, value] {
        field.extend(length(text.len()));
        field.extend(text);
    }
    field
}

/// A length with a prefix of seven bits (RFC 7541 5.1).
fn length(mut length: usize) -> Vec<u8> {
    if length < 127 {
        return vec![u8::try_from(length).expect("seven bits")];
    }
    let mut bytes = vec![127];
    length -= 127;
    while length >= 128 {
        bytes.push(u8::try_from(length % 128).expect("seven bits") | 128);
        length /= 128;
    }
    bytes.push(u8::try_from(length).expect("seven bits"));
    bytes
}

/// The status that a header block begins with (RFC 7541 appendix A and B).
fn status(block: &[u8]) -> u16 {
    match block[0] {
        0x88 => return 200,
        0x89 => return 204,
        0x8a => return 206,
        0x8b => return 304,
        0x8c => return 400,
        0x8d => return 404,
        0x8e => return 500,
        // A literal whose name is that of entry 8 to 14, indexed or not.
        first => assert!(matches!(first & 0x3f, 8..=14), "{block:x?}"),
    }
    let size = usize::from(block[1] & 0x7f);
    let value = &block[2..2 + size];
    if block[1] & 0x80 == 0 {
        return std::str::from_utf8(value)
            .expect("digits")
            .parse()
            .expect("a status");
    }
    let mut bits = value
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| u16::from(byte >> bit & 1)));
    let mut take = |count| (0..count).fold(0, |sum, _| sum << 1 | bits.next().expect("a bit"));
    (0..3).fold(0, |status, _| {
        // 0, 1 and 2 have codes of five bits, the other digits codes of six, beginning with 011.
        let digit = match take(5) {
            short @ 0..=2 => short,
            long => (long << 1 | take(1)) - 0b01_1001 + 3,
        };
        status * 10 + digit
    })
}

#[test]
fn statuses_are_read_in_every_form() {
    assert_eq!(status(&[0x88]), 200);
    assert_eq!(status(&[0x08, 3, b'4', b'0', b'1']), 401);
    // "421", "302" and "403" by the code of RFC 7541 appendix B.
    assert_eq!(status(&[0x48, 0x82, 0b0110_1000, 0b0100_0001]), 421);
    assert_eq!(status(&[0x48, 0x82, 0b0110_0100, 0b0000_0010]), 302);
    assert_eq!(
        status(&[0x48, 0x83, 0b0110_1000, 0b0000_1100, 0b1111_1111]),
        403
    );
}
