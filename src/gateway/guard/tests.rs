use std::sync::Arc;

use http::StatusCode;
use parking_lot::Mutex;
use pingora::protocols::Stream;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::phase::Phase;
use super::*;

fn scan(head: &[u8]) -> Scanned {
    HeadScan::default().feed(head)
}

fn refused(status: u16) -> Scanned {
    Scanned::Refused(StatusCode::from_u16(status).unwrap())
}

#[test]
fn a_plain_head_is_complete_however_it_is_cut() {
    let head = b"GET /a?b=c HTTP/1.1\r\nHost: app.test\r\nX: \xff y\r\n\r\nbody\nbody";
    assert_eq!(scan(head), Scanned::Complete);
    let end = head.len() - b"body\nbody".len();
    for cut in 1..end {
        let mut scan = HeadScan::default();
        assert_eq!(scan.feed(&head[..cut]), Scanned::More, "{cut}");
        assert_eq!(scan.feed(&head[cut..]), Scanned::Complete, "{cut}");
    }
}

#[test]
fn pth_20_a_request_line_that_would_have_to_be_repaired_is_refused() {
    for line in [
        "GET /public HTTP/1.1 /admin HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET\t/a HTTP/1.1",
        "GET /a\tb HTTP/1.1",
        "GET /<x> HTTP/1.1",
        "GET /\" HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "GET /é HTTP/1.1",
        "GET /a\rb HTTP/1.1",
        "GET /a",
        "GET",
    ] {
        let head = format!("{line}\r\nHost: a\r\n\r\n");
        assert_eq!(scan(head.as_bytes()), refused(400), "{line:?}");
    }
}

#[test]
fn bare_line_feeds_are_refused() {
    assert_eq!(scan(b"GET / HTTP/1.1\nHost: a\r\n\r\n"), refused(400));
    assert_eq!(scan(b"GET / HTTP/1.1\r\nHost: a\n\r\n"), refused(400));
    assert_eq!(scan(b"GET / HTTP/1.1\r\nHost: a\r\n\n"), refused(400));
    assert_eq!(scan(b"\nGET / HTTP/1.1\r\n\r\n"), refused(400));
}

#[test]
fn one_empty_line_may_lead_a_request() {
    assert_eq!(scan(b"\r\nGET / HTTP/1.1\r\n\r\n"), Scanned::Complete);
    assert_eq!(scan(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"), refused(400));
}

#[test]
fn large_heads_are_refused_before_they_have_arrived() {
    let line = format!("GET /{}", "a".repeat(9000));
    assert_eq!(scan(line.as_bytes()), refused(414));
    let field = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(33_000));
    assert_eq!(scan(field.as_bytes()), refused(431));
    let fields = format!("GET / HTTP/1.1\r\n{}", "a:b\r\n".repeat(300));
    assert_eq!(scan(fields.as_bytes()), refused(431));
}

proptest! {
    #[test]
    fn cutting_a_head_does_not_change_what_it_is(
        head in prop::collection::vec(prop::sample::select(b"GET /\r\n:x \tH".to_vec()), 0..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = scan(&head);
        let at = cut.index(head.len() + 1);
        let mut parts = HeadScan::default();
        let mut result = parts.feed(&head[..at]);
        if result == Scanned::More {
            result = parts.feed(&head[at..]);
        }
        prop_assert_eq!(result, whole);
    }
}

fn guarded() -> (
    Guard,
    DuplexStream,
    Arc<Connection>,
    Arc<Mutex<Vec<&'static str>>>,
) {
    let (near, far) = duplex(64 * 1024);
    let stream: Stream = Box::new(near);
    let connection = Arc::new(Connection::default());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let refusals = Arc::clone(&seen);
    let guard = Guard::new(
        stream,
        Arc::clone(&connection),
        Arc::new(move |reason| refusals.lock().push(reason)),
    );
    (guard, far, connection, seen)
}

async fn answer(far: &mut DuplexStream) -> String {
    let mut answer = String::new();
    far.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(start_paused = true)]
async fn dos_01_a_head_that_trickles_is_cut_off_at_its_deadline() {
    let (mut guard, mut far, connection, seen) = guarded();
    let reader = tokio::spawn(CONNECTION.scope(connection, async move {
        begin();
        let started = tokio::time::Instant::now();
        let mut buffer = [0; 64];
        while let Ok(read) = guard.read(&mut buffer).await {
            assert_ne!(read, 0);
        }
        started.elapsed()
    }));
    let writer = tokio::spawn(async move {
        for byte in b"GET / HTTP/1.1\r\nHost: a" {
            if far.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        }
        answer(&mut far).await
    });
    assert_eq!(reader.await.unwrap(), HEAD_DEADLINE);
    assert!(writer.await.unwrap().starts_with("HTTP/1.1 408 "));
    assert_eq!(*seen.lock(), ["head_too_slow"]);
}

#[tokio::test(start_paused = true)]
async fn dos_02_a_connection_that_asks_nothing_is_closed_without_an_answer() {
    let (mut guard, mut far, connection, seen) = guarded();
    CONNECTION
        .scope(connection, async {
            begin();
            assert_eq!(guard.read(&mut [0; 8]).await.unwrap(), 0);
        })
        .await;
    drop(guard);
    assert_eq!(answer(&mut far).await, "");
    assert!(seen.lock().is_empty());
}

#[tokio::test]
async fn a_refused_head_is_answered_and_never_read_by_the_library() {
    let (mut guard, mut far, connection, seen) = guarded();
    far.write_all(b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    CONNECTION
        .scope(connection, async {
            begin();
            let mut buffer = Vec::new();
            assert!(guard.read_buf(&mut buffer).await.is_err());
            assert!(buffer.is_empty());
        })
        .await;
    drop(guard);
    assert!(answer(&mut far).await.starts_with("HTTP/1.1 400 "));
    assert_eq!(*seen.lock(), ["head_malformed"]);
}

#[tokio::test]
async fn the_librarys_own_error_page_is_replaced_by_a_plain_one() {
    let (mut guard, mut far, connection, _) = guarded();
    connection.set(Phase::Parsed);
    guard
        .write_all(b"HTTP/1.1 405 Method Not Allowed\r\nServer: Pingora\r\n\r\n")
        .await
        .unwrap();
    guard.flush().await.unwrap();
    drop(guard);
    let answer = answer(&mut far).await;
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    assert!(!answer.contains("Pingora"));
}

#[tokio::test]
async fn an_open_request_reads_and_writes_untouched() {
    let (mut guard, mut far, connection, _) = guarded();
    CONNECTION
        .scope(connection, async {
            begin();
            far.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nany\nbody")
                .await
                .unwrap();
            let mut buffer = [0; 128];
            let read = guard.read(&mut buffer).await.unwrap();
            assert!(buffer[..read].ends_with(b"any\nbody"));
            accepted();
            guard.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            guard.flush().await.unwrap();
        })
        .await;
    drop(guard);
    assert_eq!(answer(&mut far).await, "HTTP/1.1 200 OK\r\n\r\n");
}

/// Reads as the library does: the head, then whatever it takes for the body.
async fn read_all(guard: &mut Guard, length: usize) -> String {
    let mut read = vec![0; length];
    guard.read_exact(&mut read).await.unwrap();
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn smg_16_what_follows_a_request_is_the_next_one_and_is_scanned_as_such() {
    let (mut guard, mut far, connection, seen) = guarded();
    let first = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    let second = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    let third = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
        5\r\nworld\r\n0\r\n\r\n";
    let bad = "GET /d d HTTP/1.1\r\nHost: a\r\n\r\n";
    far.write_all(format!("{first}{second}{third}{bad}").as_bytes())
        .await
        .unwrap();
    CONNECTION
        .scope(connection, async {
            for request in [first, second, third] {
                begin();
                assert_eq!(read_all(&mut guard, request.len()).await, request);
                accepted();
                // The library looks for a client that goes away: there is nothing for it to see.
                let mut more = [0; 8];
                let more = guard.read(&mut more);
                let soon = std::time::Duration::from_millis(1);
                let more = tokio::time::timeout(soon, more).await;
                assert!(more.is_err(), "after {request}");
            }
            begin();
            assert!(guard.read(&mut [0; 64]).await.is_err());
        })
        .await;
    assert_eq!(*seen.lock(), ["head_malformed"]);
}

#[tokio::test]
async fn a_tunnel_has_no_next_request() {
    let (mut guard, mut far, connection, _) = guarded();
    let head = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
    far.write_all(format!("{head}~any bytes").as_bytes())
        .await
        .unwrap();
    CONNECTION
        .scope(connection, async {
            begin();
            let whole = read_all(&mut guard, head.len() + 10).await;
            assert!(whole.ends_with("any bytes"));
        })
        .await;
}

#[tokio::test]
async fn a_client_that_goes_away_is_noticed_although_it_asked_for_more() {
    let (mut guard, mut far, connection, _) = guarded();
    let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    far.write_all(head).await.unwrap();
    far.write_all(head).await.unwrap();
    drop(far);
    CONNECTION
        .scope(connection, async {
            begin();
            read_all(&mut guard, head.len()).await;
            accepted();
            assert_eq!(guard.read(&mut [0; 8]).await.unwrap(), 0);
        })
        .await;
}
