//! Requests framed in more than one way: refused whole, and nothing of them is ever read as
//! another request.

use std::io::{Read as _, Write as _};

use super::shared::{Shared, Turn};
use super::{House, cookie};
use crate::support::wire;

static HOUSE: Shared = Shared::new();

fn house() -> Turn {
    HOUSE.enter(House::start)
}

/// What follows a framing that is read differently: whoever misreads it answers it too.
const SMUGGLED: &str = "GET /admin/x HTTP/1.1\r\nHost: app.test\r\n\r\n";

/// The request is refused, its connection ends without another answer, no byte of it went on, and
/// the next request is clean.
#[track_caller]
pub(super) fn refused(house: &House, bytes: &[u8]) -> Option<u16> {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    house.upstream.forget();
    let mut stream = wire::connect(house.server.port()).unwrap();
    let _ = stream.write_all(bytes);
    let answer = wire::read_answer(&mut stream);
    let status = answer.as_ref().map(|answer| answer.status);
    assert!(
        status.is_none_or(|status| (400..500).contains(&status)),
        "{shown:?}: {status:?}"
    );
    // A reset is an end too.
    let mut rest = Vec::new();
    let end = stream.read_to_end(&mut rest).map_err(|error| error.kind());
    assert!(rest.is_empty(), "{shown:?} was answered twice");
    assert_ne!(
        end,
        Err(std::io::ErrorKind::WouldBlock),
        "{shown:?}: still open"
    );
    house.upstream.saw_nothing();
    next_is_clean(house);
    status
}

#[track_caller]
pub(super) fn next_is_clean(house: &House) {
    house.upstream.forget();
    assert_eq!(house.get("open.test", "/next", &[]).status, 200);
    assert_eq!(house.upstream.only().target, "/next");
    house.upstream.forget();
}

fn post(framing: &str, body: &str) -> Vec<u8> {
    format!("POST /public/x HTTP/1.1\r\nHost: app.test\r\n{framing}\r\n\r\n{body}").into_bytes()
}

/// The same at a page of ours, which reads bodies by itself.
fn form(framing: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{framing}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[test]
fn smg_02_a_length_and_chunks_together_are_refused() {
    let house = house();
    let both = "Content-Length: 6\r\nTransfer-Encoding: chunked";
    let twin = "Transfer-Encoding: chunked\r\nContent-Length: 4";
    for send in [post, form] {
        assert_eq!(refused(&house, &send(both, "0\r\n\r\nG")), Some(400));
        let body = format!("2a\r\n{SMUGGLED}\r\n0\r\n\r\n");
        assert_eq!(refused(&house, &send(twin, &body)), Some(400));
        for framing in [
            "content-length: 6\r\nTRANSFER-ENCODING: CHUNKED",
            "Content-Length: 0\r\nTransfer-Encoding: chunked",
            "Content-Length: 6\r\nX: y\r\nTransfer-Encoding: chunked\r\nContent-Length: 6",
        ] {
            refused(&house, &send(framing, &format!("0\r\n\r\n{SMUGGLED}")));
        }
    }
}

#[test]
fn smg_03_the_old_version_has_no_chunks_and_states_its_lengths() {
    let house = house();
    let chunked = "Transfer-Encoding: chunked\r\nConnection: keep-alive";
    let alone = "Connection: keep-alive";
    for (framing, body) in [
        (chunked, format!("0\r\n\r\n{SMUGGLED}")),
        (chunked, format!("2a\r\n{SMUGGLED}\r\n0\r\n\r\n")),
        (alone, SMUGGLED.to_owned()),
        (alone, String::new()),
    ] {
        for send in [post, form] {
            let text = String::from_utf8(send(framing, &body)).unwrap();
            let old = text.replacen("HTTP/1.1", "HTTP/1.0", 1);
            assert_eq!(refused(&house, old.as_bytes()), Some(400), "{old:?}");
        }
    }
}

#[test]
fn smg_04_lengths_that_are_no_plain_numbers_are_refused() {
    let house = house();
    for length in [
        "+5",
        "-0",
        "-5",
        "0x5",
        "0o5",
        "1_0",
        " 5 5",
        "5 5",
        "",
        "five",
        "5.0",
        "5;",
        "99999999999999999999",
        "18446744073709551621",
        "9223372036854775808",
        "5, 6",
        "5,",
        ",5",
    ] {
        for send in [post, form] {
            let bytes = send(
                &format!("Content-Length: {length}"),
                &format!("hello{SMUGGLED}"),
            );
            assert_eq!(refused(&house, &bytes), Some(400), "{length:?}");
        }
    }
}

#[test]
fn smg_05_a_length_is_stated_once() {
    let house = house();
    for framing in [
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nX: y\r\ncontent-length: 5",
        "Content-Length: 5, 5",
        "Content-Length: 05",
        "Content-Length: 00",
        "Content-Length: 5\r\nContent-Length: 6",
    ] {
        for send in [post, form] {
            assert_eq!(
                refused(&house, &send(framing, "hello")),
                Some(400),
                "{framing}"
            );
        }
    }
    // What stays is passed on as it is.
    let answer = house.send(&post("Content-Length:\t5 \r\nConnection: close", "hello"));
    assert_eq!(answer.status, 200);
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("content-length"), ["5"]);
    assert!(seen.headers.all("transfer-encoding").is_empty());
    assert_eq!(seen.body, b"hello");
}

#[test]
fn smg_06_a_coding_is_chunked_and_nothing_else() {
    let house = house();
    for framing in [
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunk",
        "Transfer-Encoding: chunked foo",
        "Transfer-Encoding: ",
        "Transfer-Encoding:",
    ] {
        for send in [post, form] {
            for body in ["0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n"] {
                refused(&house, &send(framing, &format!("{body}{SMUGGLED}")));
            }
        }
    }
    for odd in [
        &b"\x0bchunked"[..],
        b"\x0cchunked",
        b"\xa0chunked",
        b"chunked\0",
        b"\xc2\xa0chunked",
    ] {
        let mut bytes =
            b"POST /public/x HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: ".to_vec();
        bytes.extend(odd);
        bytes.extend(b"\r\n\r\n0\r\n\r\n");
        bytes.extend(SMUGGLED.as_bytes());
        refused(&house, &bytes);
    }
}

#[test]
fn smg_07_names_that_others_would_fold_into_framing_are_refused_or_stay_here() {
    let house = house();
    for framing in [
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        "Content-Length : 5",
        "Transfer-Encoding: chun\r\n ked",
        "Transfer-Encoding:\r\n chunked",
        "Content-Length: 5\r\n 6",
        "X: y\r\n Content-Length: 5",
        "Content-Len\tgth: 5",
        "Transfer\0-Encoding: chunked",
        "Transfer-Encoding\r: chunked",
        "Transfer-Encoding chunked",
    ] {
        for send in [post, form] {
            refused(&house, &send(framing, &format!("0\r\n\r\n{SMUGGLED}")));
        }
    }
    let first = "POST /public/x HTTP/1.1\r\n Content-Length: 5\r\nHost: app.test\r\n\r\nhello";
    refused(&house, first.as_bytes());
    for framing in [
        "Transfer_Encoding: chunked",
        "Content_Length: 5",
        "Transfer.Encoding: chunked",
        "HTTP_CONTENT_LENGTH: 5",
    ] {
        let bytes = post(&format!("{framing}\r\nConnection: close"), "");
        assert_eq!(house.send(&bytes).status, 200, "{framing}");
        let seen = house.upstream.only();
        for name in ["encoding", "content_length", "5"] {
            let found = seen.headers.0.iter().find(|(key, value)| {
                key.to_lowercase().contains(name) || (name == "5" && value == b"5")
            });
            assert!(found.is_none(), "{framing}: {found:?}");
        }
        house.upstream.forget();
    }
}

#[track_caller]
fn chunks_refused(house: &House, bodies: &[String]) {
    for body in bodies {
        for send in [post, form] {
            let bytes = send("Transfer-Encoding: chunked", &format!("{body}{SMUGGLED}"));
            assert_eq!(refused(house, &bytes), Some(400));
        }
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn smg_09_an_empty_chunk_size_is_not_zero() {
    let bodies = [
        "\r\n",
        ";\r\n",
        "\r\n\r\n",
        ";\r\n\r\n",
        ";a=b\r\n\r\n",
        " \r\n\r\n",
    ];
    chunks_refused(&house(), &owned(&bodies));
    let after = bodies.map(|body| format!("5\r\nhello\r\n{body}"));
    chunks_refused(&house(), &after);
}

#[test]
fn smg_10_extensions_end_where_lines_end_and_are_short() {
    let house = house();
    let bodies = owned(&[
        "5;\nhello\r\n0\r\n\r\n",
        "5;\r\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "5;\0\r\nhello\r\n0\r\n\r\n",
        "5;a\0\r\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloxx\r\n0\r\n\r\n",
        "0\n\n",
        "0\r\n\n",
        "0\r\nX: y\n\r\n",
    ]);
    chunks_refused(&house, &bodies);
    // An extension as the grammar has it is nobody's harm, and goes no further.
    let fine = post(
        "Transfer-Encoding: chunked\r\nConnection: close",
        "5;name=value\r\nhello\r\n0\r\n\r\n",
    );
    assert_eq!(house.send(&fine).status, 200);
    let seen = house.upstream.only();
    assert_eq!(seen.body, b"hello");
    assert!(!seen.contains("name=value"), "{seen:?}");
}

#[test]
fn smg_10_an_extension_without_end_never_becomes_a_request() {
    let house = House::start();
    // It may have begun to go on before it is known to be long; it never becomes whole.
    let long = format!("5;{}\r\nhello\r\n0\r\n\r\n", "a".repeat(64 * 1024));
    let answer = house.send(&post("Transfer-Encoding: chunked", &long));
    assert_eq!(answer.status, 400);
    assert!(wire::find(&house.upstream.bytes().concat(), b"hello").is_none());
    assert_eq!(house.get("open.test", "/next", &[]).status, 200);
}

#[test]
fn smg_11_chunk_sizes_do_not_overflow() {
    let house = house();
    chunks_refused(
        &house,
        &owned(&[
            "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "fffffffffffffff0\r\nhello\r\n0\r\n\r\n",
            "10000000000000005\r\nhello\r\n0\r\n\r\n",
            "00000000000000005\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n",
            "-5\r\nhello\r\n0\r\n\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "1_0\r\nhello\r\n0\r\n\r\n",
            "g\r\nhello\r\n0\r\n\r\n",
        ]),
    );
    assert!(!house.server.logs().contains("panicked"));
}

/// The chunk that cannot be read comes long after the answer's connection was chosen.
#[test]
fn smg_10_a_malformed_chunk_in_the_middle_ends_the_connection_unanswered_by_the_app() {
    let house = House::start();
    let mut stream = wire::connect(house.server.port()).unwrap();
    let head = post("Transfer-Encoding: chunked", "5\r\nhello\r\n");
    stream.write_all(&head).unwrap();
    crate::support::wait_for("the first chunk", || {
        let bytes = house.upstream.bytes().concat();
        wire::find(&bytes, b"hello").map(|_| ())
    });
    let rest = format!("5;\nhello\r\n0\r\n\r\n{SMUGGLED}");
    let _ = stream.write_all(rest.as_bytes());
    let answer = wire::read_answer(&mut stream);
    assert_eq!(answer.map(|answer| answer.status), Some(400));
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.is_empty());
    // It never became a whole request, and what came after it none at all.
    let seen = house.upstream.bytes().concat();
    assert!(!seen.ends_with(b"0\r\n\r\n"));
    assert!(wire::find(&seen, b"admin").is_none());
    assert_eq!(house.get("open.test", "/next", &[]).status, 200);
}

/// Reads one answer and not a byte of the next, as several may come together.
fn one_answer(stream: &mut std::net::TcpStream) -> wire::Answer {
    wire::read_answer(&mut ByteByByte(stream)).expect("an answer")
}

struct ByteByByte<'a>(&'a mut std::net::TcpStream);

impl std::io::Read for ByteByByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(&mut buffer[..1])
    }
}

#[tokio::test]
async fn smg_16_requests_in_one_packet_are_never_taken_for_one_another() {
    let house = house();
    let ada = cookie(&house.session("app.test", "ada").await);
    let bob = cookie(&house.session("app.test", "bob").await);
    let line = |path: &str, lines: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: app.test\r\n{lines}\r\n\r\n")
    };
    let orders = [
        [
            ("ada", &ada, 200),
            ("none", &"X: y".to_owned(), 401),
            ("bob", &bob, 200),
        ],
        [
            ("none", &"X: y".to_owned(), 401),
            ("bob", &bob, 200),
            ("ada", &ada, 200),
        ],
        [
            ("bob", &bob, 200),
            ("ada", &ada, 200),
            ("none", &"X: y".to_owned(), 401),
        ],
    ];
    for order in orders {
        house.upstream.forget();
        let mut stream = wire::connect(house.server.port()).unwrap();
        let packet: String = order
            .iter()
            .map(|(who, session, _)| line(&format!("/{who}"), session))
            .collect();
        stream.write_all(packet.as_bytes()).unwrap();
        let mut answers = 0;
        for (who, _, status) in &order {
            let answer = one_answer(&mut stream);
            assert_eq!(answer.status, *status, "{who}");
            answers += 1;
        }
        assert_eq!(answers, 3);
        drop(stream);
        for request in house.upstream.requests() {
            let who = request.target[1..].to_owned();
            assert_eq!(request.headers.all("x-auth-user"), [who]);
        }
    }
}

#[tokio::test]
async fn smg_18_fields_of_one_connection_go_no_further() {
    let house = house();
    let answer = house.send(
        b"GET /public/ HTTP/1.1\r\nHost: app.test\r\nTE: trailers, chunked\r\n\
          Keep-Alive: timeout=5\r\nProxy-Authorization: Basic YTpi\r\nProxy-Connection: keep-alive\r\n\
          Proxy-Authenticate: x\r\nUpgrade: foo\r\nTrailer: X-Auth-User\r\nHTTP2-Settings: AAMAAABk\r\n\
          Connection: close, X-Mine, Cookie\r\nX-Mine: y\r\nCookie: theme=dark\r\n\r\n",
    );
    assert_eq!(answer.status, 200);
    let seen = house.upstream.only();
    for name in [
        "te",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "proxy-authenticate",
        "upgrade",
        "http2-settings",
        "x-mine",
    ] {
        assert!(seen.headers.all(name).is_empty(), "{name}: {seen:?}");
    }
    assert!(!seen.headers.all("connection").concat().contains("X-Mine"));
    assert_eq!(seen.headers.all("host"), ["app.test"]);
    // Nobody may take away what says where a request goes or how long it is.
    for named in ["Host", "host, close", "X-Forwarded-Host, Host"] {
        let head =
            format!("GET /public/ HTTP/1.1\r\nHost: app.test\r\nConnection: {named}\r\n\r\n");
        assert_eq!(refused(&house, head.as_bytes()), Some(400), "{named}");
    }
}
