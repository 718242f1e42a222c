//! Several upstreams: turns, checks, another try where it harms nothing; and upstreams that speak
//! HTTP/2, with gRPC through them.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::BodyExt as _;

use crate::support::upstream::ok;
use crate::support::wire::{self, Answer};
use crate::support::{Browser, Doorward, Recorder, Setup, wait_for};

fn send(server: &Doorward, method: &str) -> Answer {
    let request = format!(
        "{method} / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    wire::exchange(server.port(), request.as_bytes()).unwrap()
}

/// Whether the metrics say that requests go to `upstream`.
fn is_up(server: &Doorward, upstream: &Recorder) -> bool {
    let metrics = wire::get(server.ops_port(), "/metrics").text();
    let label = format!("upstream=\"127.0.0.1:{}\"", upstream.port());
    let mut lines = metrics.lines();
    let line =
        lines.find(|line| line.starts_with("doorward_upstream_up{") && line.contains(&label));
    line.expect("a gauge").ends_with(" 1")
}

fn routes(upstreams: &str, more: &str) -> String {
    format!(
        "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\nallow = [\"anyone\"]\nupstream = \
         [{upstreams}]\n{more}\n"
    )
}

#[test]
fn weights_share_out_the_requests() {
    let (heavy, light) = (Recorder::start(), Recorder::start());
    let upstreams = format!(
        "{{ url = \"{}\", weight = 3 }}, \"{}\"",
        heavy.url(),
        light.url()
    );
    let server = Setup::plain().with(&routes(&upstreams, "")).start();
    for _ in 0..8 {
        assert_eq!(send(&server, "GET").status, 200);
    }
    assert_eq!((heavy.requests().len(), light.requests().len()), (6, 2));
}

#[test]
fn only_what_changes_nothing_is_tried_again_and_an_upstream_that_breaks_off_rests() {
    let (broken, whole) = (Recorder::scripted(|_, _| false), Recorder::start());
    let upstreams = format!("\"{}\", \"{}\"", broken.url(), whole.url());
    let server = Setup::plain().with(&routes(&upstreams, "")).start();
    // By turns the first request is for the broken one.
    let answer = send(&server, "POST");
    assert_eq!(answer.status, 502);
    assert!(whole.requests().is_empty());
    assert_eq!(broken.requests().len(), 1);
    assert!(is_up(&server, &broken));
    for _ in 0..4 {
        assert_eq!(send(&server, "GET").status, 200);
    }
    let so_far = broken.requests().len();
    assert_eq!(so_far, 3, "it was tried again, and then no more");
    assert!(!is_up(&server, &broken) && is_up(&server, &whole));
    assert_eq!(send(&server, "POST").status, 200);
    assert_eq!(broken.requests().len(), so_far);
}

#[test]
fn an_upstream_that_says_it_is_ill_gets_nothing_until_it_is_well() {
    let well = Arc::new(AtomicBool::new(true));
    let says = Arc::clone(&well);
    let moody = Recorder::scripted(move |request, stream| {
        let answer = if request.target == "/healthz" && !says.load(Ordering::SeqCst) {
            b"HTTP/1.1 500 Ill\r\nContent-Length: 0\r\n\r\n".to_vec()
        } else {
            ok("text/plain", "moody")
        };
        stream.write_all(&answer).is_ok()
    });
    let steady = Recorder::start();
    let upstreams = format!("\"{}\", \"{}\"", moody.url(), steady.url());
    let check = "health = { path = \"/healthz\", every = \"250ms\" }";
    let server = Setup::plain().with(&routes(&upstreams, check)).start();
    let asked = moody.wait_for("a question", |request| request.target == "/healthz");
    let host = format!("127.0.0.1:{}", moody.port());
    assert_eq!(asked.headers.first("host").unwrap(), host);
    for upstream_is_well in [false, true] {
        well.store(upstream_is_well, Ordering::SeqCst);
        wait_for("the gauge", || {
            (is_up(&server, &moody) == upstream_is_well).then_some(())
        });
        let answers: Vec<_> = (0..4).map(|_| send(&server, "GET").text()).collect();
        let went = answers.iter().any(|body| body == "moody");
        assert_eq!(went, upstream_is_well, "{answers:?}");
    }
}

type Seen = Arc<Mutex<Vec<(Parts, Vec<u8>)>>>;

/// An upstream that speaks HTTP/2 at once and answers every call with what it sent, and trailers.
async fn echo_calls() -> (u16, Seen) {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let listener = listener.await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Seen::default();
    let theirs = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = Arc::clone(&theirs);
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, respond))) = connection.accept().await {
                    tokio::spawn(echo(request, respond, Arc::clone(&seen)));
                }
            });
        }
    });
    (port, seen)
}

async fn echo(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    seen: Seen,
) {
    let (parts, mut body) = request.into_parts();
    let mut sent = Vec::new();
    while let Some(Ok(chunk)) = body.data().await {
        sent.extend_from_slice(&chunk);
        let _ = body.flow_control().release_capacity(chunk.len());
    }
    seen.lock().unwrap().push((parts, sent.clone()));
    let answer = Response::builder().header("content-type", "application/grpc");
    let mut stream = respond
        .send_response(answer.body(()).unwrap(), false)
        .unwrap();
    stream.send_data(Bytes::from(sent), false).unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    trailers.insert("x-trailer", HeaderValue::from_static("last"));
    stream.send_trailers(trailers).unwrap();
}

async fn call(server: &Doorward, path: &str) -> (HeaderMap, Bytes, Option<HeaderMap>) {
    let browser = Browser::http2(server);
    let request = browser.client().post(server.url_at("app.test", path));
    let request = request.header("content-type", "application/grpc");
    let request = request.header("x-auth-user", "root").body("message");
    let answer: Response<reqwest::Body> = request.send().await.unwrap().into();
    assert_eq!(answer.status(), 200);
    let (parts, body) = answer.into_parts();
    let whole = body.collect().await.unwrap();
    let trailers = whole.trailers().cloned();
    (parts.headers, whole.to_bytes(), trailers)
}

#[tokio::test]
async fn calls_go_through_to_an_http2_upstream_with_their_trailers() {
    let (port, seen) = echo_calls().await;
    let route = |id: &str, path: &str, allow: &str| {
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"app.test\", path = \"{path}\" }}\nallow = \
             [\"{allow}\"]\nupstream = \"http://127.0.0.1:{port}\"\nprotocol = \"h2c\"\n"
        )
    };
    let routes = [
        route("open", "/", "anyone"),
        route("closed", "/closed.Service", "group:admin"),
    ];
    let server = Setup::tls().with(&routes.concat()).start();
    let (_, body, trailers) = call(&server, "/open.Service/Call").await;
    assert_eq!(body, "message");
    let trailers = trailers.expect("trailers");
    assert_eq!(
        (&trailers["grpc-status"], &trailers["x-trailer"]),
        (&"0".parse().unwrap(), &"last".parse().unwrap())
    );
    {
        let seen = seen.lock().unwrap();
        let (parts, sent) = seen.last().unwrap();
        assert_eq!(sent, b"message");
        assert_eq!(
            (parts.method.as_str(), parts.uri.path()),
            ("POST", "/open.Service/Call")
        );
        let authority = format!("app.test:{}", server.port());
        assert_eq!(parts.uri.authority().unwrap().as_str(), authority);
        assert_eq!(parts.headers["te"], "trailers");
        assert!(!parts.headers.contains_key("x-auth-user"));
    }

    // Who may not pass is told so in the way that calls are told anything.
    let (headers, body, _) = call(&server, "/closed.Service/Call").await;
    assert_eq!(headers["grpc-status"], "16");
    assert_eq!(headers["content-type"], "application/grpc");
    assert!(body.is_empty());
    assert_eq!(seen.lock().unwrap().len(), 1);
}
