//! Calls to servers on this machine, by the allow list.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

fn settings(allowed: &[&str]) -> OutboundSettings {
    OutboundSettings {
        reach: Reach::with(allowed.iter().map(|net| net.parse().unwrap()).collect()),
        danger_allow_http: true,
        ..OutboundSettings::default()
    }
}

fn local() -> Outbound {
    Outbound::new(&settings(&["127.0.0.1/32"])).unwrap()
}

/// Answers every connection with `answer`, and gives back what it was sent first.
async fn serve(answer: String) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, asked) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let _ = told.send(request);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, asked)
}

fn answer(head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_document_is_given_back_with_its_type_and_how_long_it_keeps() {
    let head = "200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\nCache-Control: public, max-age=60";
    let (at, mut asked) = serve(answer(head, "{}")).await;
    let url = format!("http://{at}/keys?x=1#part");
    let got = local()
        .get(&url, "application/json", Limits::body(2))
        .await
        .unwrap();
    assert_eq!(got.status, 200);
    assert_eq!(got.content_type.as_deref(), Some("application/json"));
    assert_eq!(got.max_age, Some(Duration::from_mins(1)));
    assert_eq!(&got.body[..], b"{}");
    let request = asked.recv().await.unwrap().to_ascii_lowercase();
    assert!(request.starts_with("get /keys?x=1 http/1.1\r\n"));
    assert!(request.contains("accept: application/json\r\n"));
    for absent in ["cookie:", "authorization:", "referer:"] {
        assert!(!request.contains(absent), "{absent}");
    }
}

#[tokio::test]
async fn a_form_is_posted() {
    let (at, mut asked) = serve(answer("204 No Content", "")).await;
    let url = format!("http://{at}/out");
    let form = [("logout_token", "a b&c")];
    let got = local()
        .post_form(&url, &form, Limits::body(0))
        .await
        .unwrap();
    assert_eq!(got.status, 204);
    assert!(got.clone().ok().is_err());
    assert!(
        asked
            .recv()
            .await
            .unwrap()
            .ends_with("logout_token=a+b%26c")
    );
}

#[tokio::test]
async fn srf_03_a_redirect_is_not_followed() {
    let (inner, mut reached) = serve(answer("200 OK", "secret")).await;
    for status in [301, 302, 303, 307, 308] {
        for to in [
            format!("http://{inner}/"),
            format!("//{inner}/"),
            format!("http://localhost:{}/", inner.port()),
            "file:///etc/passwd".to_owned(),
            "gopher://127.0.0.1:70/_x".to_owned(),
        ] {
            let head = format!("{status} Elsewhere\r\nLocation: {to}");
            let (at, _) = serve(answer(&head, "")).await;
            let url = format!("http://{at}/");
            let got = local().get(&url, "*/*", Limits::body(100)).await.unwrap();
            assert_eq!(got.status, status, "{to}");
            let form = [("logout_token", "secret")];
            let posted = local().post_form(&url, &form, Limits::body(100)).await;
            assert_eq!(posted.unwrap().status, status, "{to}");
        }
    }
    assert!(reached.try_recv().is_err());
}

#[tokio::test]
async fn srf_04_a_body_is_read_no_further_than_its_bound_whatever_its_length_says() {
    let (at, _) = serve(answer("200 OK", "12345")).await;
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n";
    let (endless, _) = serve(chunked.to_owned()).await;
    for at in [at, endless] {
        let url = format!("http://{at}/");
        let get = async |most| local().get(&url, "*/*", Limits::body(most)).await;
        assert_eq!(get(4).await.unwrap_err(), OutboundError::TooLarge);
        assert_eq!(get(5).await.unwrap().body.len(), 5);
    }
}

#[tokio::test]
async fn srf_04_a_host_that_never_answers_is_left_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let limits = Limits::body(1).within(Duration::from_millis(20));
    assert_eq!(
        local().get(&url, "*/*", limits).await.unwrap_err(),
        OutboundError::TimedOut
    );
}

/// Slowly without end, many fields, and what unpacks to much more.
#[tokio::test]
async fn srf_04_answers_that_take_for_ever_or_unfold_are_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n";
            let _ = stream.write_all(head).await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
    let limits = Limits::body(1 << 20).within(Duration::from_millis(100));
    let left = local().get(&slow, "*/*", limits).await.unwrap_err();
    // Broken off in the middle of a body it may count as either.
    assert!(
        matches!(left, OutboundError::TimedOut | OutboundError::Unreachable),
        "{left:?}"
    );

    let (at, _) = serve(answer(
        &format!("200 OK{}", "\r\nX: y".repeat(10_000)),
        "{}",
    ))
    .await;
    let url = format!("http://{at}/");
    assert!(local().get(&url, "*/*", Limits::body(100)).await.is_err());

    // Nothing is unpacked here: the bytes are those that came, counted as they came.
    let packed = "200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json";
    let (at, mut asked) = serve(answer(packed, "not gzip")).await;
    let url = format!("http://{at}/");
    let got = local().get(&url, "*/*", Limits::body(100)).await.unwrap();
    assert_eq!(&got.body[..], b"not gzip");
    let request = asked.recv().await.unwrap().to_ascii_lowercase();
    assert!(!request.contains("accept-encoding"), "{request}");
}

#[tokio::test]
async fn srf_01_an_address_inside_is_not_reached_by_number_or_by_name() {
    let (at, mut reached) = serve(answer("200 OK", "secret")).await;
    let outside = Outbound::new(&settings(&[])).unwrap();
    let port = at.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
        "１２７.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fd00::1]",
        "[fe80::1]",
        "[::]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "LOCALHOST.",
        "metadata.localhost",
    ] {
        let url = format!("http://{host}:{port}/");
        assert_eq!(
            outside.get(&url, "*/*", Limits::body(9)).await.unwrap_err(),
            OutboundError::NotAllowed,
            "{host}"
        );
    }
    assert!(reached.try_recv().is_err());
}

#[tokio::test]
async fn a_name_is_connected_to_by_its_allowed_addresses_only() {
    let (at, mut asked) = serve(answer("200 OK", "here")).await;
    let url = format!("http://localhost:{}/", at.port());
    let got = local().get(&url, "*/*", Limits::body(9)).await.unwrap();
    assert_eq!(&got.body[..], b"here");
    assert!(asked.recv().await.is_some());
}

#[test]
fn only_https_addresses_of_web_servers_are_taken() {
    let strict = Outbound::new(&OutboundSettings::default()).unwrap();
    assert!(strict.admits("https://rp.example.com/keys#x").is_ok());
    for (url, why) in [
        ("http://rp.example.com/", OutboundError::NotHttps),
        ("ftp://rp.example.com/", OutboundError::Url),
        ("file:///etc/passwd", OutboundError::Url),
        ("data:text/plain,x", OutboundError::Url),
        ("https://u:p@rp.example.com/", OutboundError::Url),
        ("https://u@rp.example.com/", OutboundError::Url),
        ("/keys", OutboundError::Url),
        ("", OutboundError::Url),
        ("https://10.0.0.1/", OutboundError::NotAllowed),
    ] {
        assert_eq!(strict.admits(url).unwrap_err(), why, "{url}");
    }
    let long = format!("https://rp.example.com/{}", "a".repeat(MAX_URL));
    assert_eq!(strict.admits(&long).unwrap_err(), OutboundError::Url);
}

#[test]
fn a_file_of_roots_that_is_none_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    let settings = OutboundSettings {
        trust: vec![file.clone()],
        ..OutboundSettings::default()
    };
    for text in [None, Some("no certificate")] {
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let said = Outbound::new(&settings).unwrap_err().to_string();
        assert!(said.contains("ca.pem"), "{said}");
    }
}
