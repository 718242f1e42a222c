//! HTTP/2 as a weapon: more frames, resets and header fields than anybody means. The connection
//! ends or goes nowhere; the process stays small, and others are served meanwhile.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use super::House;
use super::shared::{Shared, Turn};
use crate::support::http2::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PRIORITY, RST_STREAM,
    Request, SETTINGS, WINDOW_UPDATE, frame, number_at,
};
use crate::support::wire::Tls;

static HOUSE: Shared = Shared::new();

fn house() -> Turn {
    HOUSE.enter(House::start_tls)
}

/// What a flood may make the process grow by, in KiB.
const ROOM: u64 = 64 * 1024;
/// "Enhance your calm" (RFC 9113 7), and the error of a frame that cannot be.
const CALM: u32 = 11;
const PROTOCOL: u32 = 1;
/// How long the other side is listened to when it does not end the connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the process holds, in KiB.
fn resident(house: &House) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{}/statm", house.server.pid())).unwrap();
    let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4
}

fn field(name: &str, value: &str) -> Vec<u8> {
    http2::field(name.as_bytes(), value.as_bytes())
}

/// The fields of a request to the app that is open to anybody.
fn block(method: &str) -> Vec<u8> {
    [
        field(":method", method),
        field(":scheme", "https"),
        field(":authority", "open.test"),
        field(":path", "/flood"),
    ]
    .concat()
}

fn open(house: &House) -> Tls {
    let authority = house.server.authority().unwrap();
    let stream = http2::open(house.server.port(), &authority, "app.test");
    stream.sock.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.sock.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Whether the other side ended the connection, and with which error. Read below the stream, which
/// would try to send what is left first and fail at that.
fn end(stream: &mut Tls) -> (bool, Option<u32>) {
    let mut bytes = Vec::new();
    let ended = loop {
        match stream.conn.read_tls(&mut stream.sock) {
            Ok(1..) => {
                stream.conn.process_new_packets().unwrap();
                let mut piece = [0; 16 * 1024];
                while let Ok(count @ 1..) = stream.conn.reader().read(&mut piece) {
                    bytes.extend_from_slice(&piece[..count]);
                }
            }
            Ok(0) => break true,
            Err(why) => {
                break !matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            }
        }
    };
    let mut error = None;
    let mut rest = &bytes[..];
    while let Some((head, after)) = rest.split_at_checked(9) {
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let Some((payload, after)) = after.split_at_checked(length) else {
            break;
        };
        if head[3] == GOAWAY {
            error = Some(number_at(payload, 4));
        }
        rest = after;
    }
    (ended, error)
}

/// Somebody else is served, and the process is no larger than it may be.
#[track_caller]
fn others_are_served(house: &House, before: u64, what: &str) {
    let authority = house.server.authority().unwrap();
    let fields: [(&str, &[u8]); 4] = [
        (":method", b"GET"),
        (":scheme", b"https"),
        (":authority", b"open.test"),
        (":path", b"/next"),
    ];
    let request = Request {
        fields: &fields,
        body: None,
    };
    let heard = http2::exchange(house.server.port(), &authority, "app.test", &request);
    assert_eq!(heard.status, Some(200), "after {what}");
    let grown = resident(house).saturating_sub(before);
    assert!(grown < ROOM, "{what}: grew by {grown} KiB");
    assert!(!house.server.logs().contains("panicked"), "{what}");
}

/// Sends `first`, then what `more` gives for 0, 1, 2.. until the other side has had enough.
#[track_caller]
fn flood(
    house: &House,
    what: &str,
    first: &[u8],
    more: impl Fn(u32) -> Vec<u8>,
) -> (bool, Option<u32>) {
    const FRAMES: u32 = 20_000;
    let before = resident(house);
    let mut stream = open(house);
    let mut sent = stream.write_all(first).is_ok();
    for packet in 0..FRAMES / 200 {
        let bytes: Vec<u8> = (packet * 200..(packet + 1) * 200).flat_map(&more).collect();
        sent = sent && stream.write_all(&bytes).is_ok();
        if !sent {
            break;
        }
    }
    others_are_served(house, before, what);
    let end = end(&mut stream);
    drop(stream);
    others_are_served(house, before, what);
    end
}

const fn stream_of(n: u32) -> u32 {
    2 * n + 1
}

#[test]
fn h2x_07_streams_that_are_begun_and_reset_end_the_connection() {
    let house = house();
    let get = block("GET");
    let post = block("POST");
    let whole = END_HEADERS | END_STREAM;
    let cancel = 8_u32.to_be_bytes();
    let ended = flood(&house, "rapid reset", &[], |n| {
        let begun = frame(HEADERS, whole, stream_of(n), &get);
        [begun, frame(RST_STREAM, 0, stream_of(n), &cancel)].concat()
    });
    assert_eq!(ended, (true, Some(CALM)));
    // The server is made to do the resetting.
    let (ended, error) = flood(&house, "windows of nothing", &[], |n| {
        let begun = frame(HEADERS, END_HEADERS, stream_of(n), &post);
        [begun, frame(WINDOW_UPDATE, 0, stream_of(n), &[0; 4])].concat()
    });
    assert!(ended && matches!(error, Some(CALM | PROTOCOL)), "{error:?}");
    let (ended, error) = flood(&house, "data after the end", &[], |n| {
        let begun = frame(HEADERS, whole, stream_of(n), &get);
        [begun, frame(DATA, 0, stream_of(n), b"x")].concat()
    });
    assert!(ended && error.is_none_or(|error| error != 0), "{error:?}");
}

#[test]
fn h2x_07_heads_and_bodies_without_end_end_the_connection() {
    let house = house();
    let begun = frame(HEADERS, 0, 1, &block("GET"));
    let line = field("x", &"y".repeat(900));
    for (what, piece) in [("continuations", &line[..]), ("empty continuations", &[])] {
        let ended = flood(&house, what, &begun, |_| frame(CONTINUATION, 0, 1, piece));
        assert_eq!(ended, (true, Some(CALM)), "{what}");
    }
    let begun = frame(HEADERS, END_HEADERS, 1, &block("POST"));
    let ended = flood(&house, "empty data", &begun, |_| frame(DATA, 0, 1, &[]));
    assert_eq!(ended, (true, Some(CALM)));
}

#[test]
fn h2x_07_frames_about_the_connection_harm_nobody() {
    let house = house();
    flood(&house, "settings", &[], |_| frame(SETTINGS, 0, 0, &[]));
    flood(&house, "pings", &[], |_| frame(PING, 0, 0, b"12345678"));
    flood(&house, "priorities", &[], |n| {
        frame(PRIORITY, 0, stream_of(n), &[0, 0, 0, 0, 16])
    });
    let goodbye = frame(GOAWAY, 0, 0, &[0; 8]);
    flood(&house, "settings after goodbye", &goodbye, |_| {
        frame(SETTINGS, 0, 0, &[])
    });
    flood(&house, "unknown frames", &[], |_| frame(0xbe, 0, 0, b"x"));
}

/// A field put into the table once, and then named by one byte each time (RFC 7541 6.1).
fn named_by_one_byte(stream: u32, value: &str, times: usize) -> Vec<u8> {
    let mut head = block("GET");
    if stream == 1 {
        let mut line = field("cookie", value);
        line[0] = 0x40;
        head.extend(line);
    }
    head.extend(std::iter::repeat_n(0xbe, times));
    let mut pieces = head.chunks(16_000).peekable();
    let mut kind = HEADERS;
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next() {
        let last = if pieces.peek().is_none() {
            END_HEADERS
        } else {
            0
        };
        let end = if kind == HEADERS { END_STREAM } else { 0 };
        bytes.extend(frame(kind, last | end, stream, piece));
        kind = CONTINUATION;
    }
    bytes
}

#[test]
fn h2x_08_a_head_that_unfolds_takes_no_more_room_than_one_that_is_written_out() {
    let house = house();
    // No room for answers: whatever is held for a stream is held as long as it lives.
    let no_window = [&4_u16.to_be_bytes()[..], &0_u32.to_be_bytes()].concat();
    for (value, times) in [(4000, 60), (4000, 4000), (1, 16_000), (100, 200), (3900, 7)] {
        let what = format!("{times} times {value} bytes");
        let before = resident(&house);
        let mut stream = open(&house);
        stream
            .write_all(&frame(SETTINGS, 0, 0, &no_window))
            .unwrap();
        let value = "a".repeat(value);
        let mut sent = true;
        for n in 0..100 {
            let head = named_by_one_byte(stream_of(n), &value, times);
            sent = sent && stream.write_all(&head).is_ok();
            let grown = resident(&house).saturating_sub(before);
            assert!(grown < ROOM, "{what}: grew by {grown} KiB");
        }
        others_are_served(&house, before, &what);
        let (ended, error) = end(&mut stream);
        // Too much of it, and the connection is over.
        if times * value.len().max(32) > 1024 * 1024 || times > 10_000 {
            assert!(ended && error == Some(CALM), "{what}: {error:?}");
        }
        drop(stream);
        others_are_served(&house, before, &what);
    }
}
