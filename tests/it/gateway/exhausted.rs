//! More of everything than anybody means: bodies, parameters, requests that hang, sign-ins that are
//! begun and never ended.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::support::oidc::{SHOP, authorize_url};
use crate::support::wire::{self, Answer};
use crate::support::{Browser, Doorward, PATIENCE, Recorder, Setup, wait_for};

/// An issuer, and the wall's routes.
fn site(upstream: &str) -> Doorward {
    Setup::plain()
        .with(SHOP)
        .with(&super::routes(upstream))
        .ada_and_bob()
        .start()
}

fn send(server: &Doorward, method: &str, path: &str, lines: &str, body: &[u8]) -> Option<Answer> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\n{lines}Content-Length: {}\r\n\
         Connection: close\r\n\r\n",
        server.port(),
        body.len()
    );
    wire::exchange(server.port(), &[head.as_bytes(), body].concat())
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Every path that answers at the site: the issuer's by its own word, and ours.
fn doors(server: &Doorward) -> Vec<String> {
    let found = wire::get(
        server.port(),
        "/production/oidc/.well-known/openid-configuration",
    );
    let found: serde_json::Value = serde_json::from_slice(&found.body).unwrap();
    let base = server.url("");
    let mut doors: Vec<String> = found
        .as_object()
        .unwrap()
        .values()
        .filter_map(|value| value.as_str()?.strip_prefix(&base))
        .filter(|path| path.starts_with('/'))
        .map(str::to_owned)
        .collect();
    assert!(doors.len() >= 6, "{doors:?}");
    let ours = [
        "/",
        "/login",
        "/login/link",
        "/login/route",
        "/logout",
        "/account",
        "/account/sessions",
        "/production/oidc/device",
        "/_doorward/callback",
        "/_doorward/logout",
        "/_doorward/me",
        "/_doorward/jwks",
        "/.well-known/openid-configuration",
        "/nothing",
    ];
    doors.extend(ours.map(str::to_owned));
    doors
}

#[test]
fn dos_05_no_door_fails_over_a_body_or_query_that_says_nothing() {
    let server = site("http://127.0.0.1:9");
    let bodies: &[&[u8]] = &[
        b"",
        b"&",
        b"=",
        b"%",
        b"%zz",
        b"iss=",
        b"&&&&====&&",
        b"grant_type=",
        b"grant_type=&client_id=",
        b"client_id=shop&client_id=shop",
        b"grant_type=authorization_code&code=%00&client_id=shop",
        b"token=%ff%fe&client_id=shop",
        b"csrf=&username=&password=",
        b"csrf[]=x&username[a]=b",
        b"\xff\xfe\x00",
        b"{}",
        b"[",
        b"null",
        b"{\"client_id\":1}",
        b"a=%u0041",
        b";",
    ];
    let types = [
        "",
        FORM,
        "Content-Type: application/json\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
    ];
    for door in doors(&server) {
        for body in bodies {
            // What is not a form says little, and is refused before it is looked at.
            let kinds = if body.len() < 3 {
                &types[..]
            } else {
                &types[1..2]
            };
            for kind in kinds {
                let what = format!("POST {door} {kind:?} {:?}", String::from_utf8_lossy(body));
                let answer = send(&server, "POST", &door, kind, body).expect(&what);
                assert!(
                    (200..500).contains(&answer.status),
                    "{what}: {}",
                    answer.status
                );
            }
            if body.iter().all(u8::is_ascii_graphic) {
                let query = format!("{door}?{}", String::from_utf8_lossy(body));
                for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
                    let mut stream = wire::connect(server.port()).unwrap();
                    let head = format!(
                        "{method} {query} HTTP/1.1\r\nHost: localhost:{}\r\nAccept: text/html\r\n\
                         Connection: close\r\n\r\n",
                        server.port()
                    );
                    stream.write_all(head.as_bytes()).unwrap();
                    let mut answer = Vec::new();
                    let _ = stream.read_to_end(&mut answer);
                    let status = String::from_utf8_lossy(answer.get(9..12).unwrap_or_default())
                        .parse::<u16>()
                        .unwrap_or(0);
                    assert!((200..500).contains(&status), "{method} {query}: {status}");
                }
            }
        }
    }
    let logs = server.logs();
    assert!(
        !logs.contains("panicked") && !logs.contains("\"level\":\"error\""),
        "{logs}"
    );
}

#[test]
fn dos_04_bodies_that_are_too_much_are_refused_before_they_are_understood() {
    let server = site("http://127.0.0.1:9");
    let form = |pairs: String| (FORM, pairs);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let keys = (0..100_000).map(|n| format!("a{n}=&"));
    let keys = keys.collect::<Vec<_>>().concat();
    for (what, (kind, body)) in [
        (
            "a large form",
            form(format!("client_id=shop&code={}", "x".repeat(300 * 1024))),
        ),
        (
            "a form beyond the issuer's limit",
            form(format!("code={}", "x".repeat(70 * 1024))),
        ),
        ("a million separators", form("&".repeat(1_000_000))),
        ("a hundred thousand names", form(keys)),
        ("one name very often", form("a=b&".repeat(60_000))),
        (
            "a deep structure",
            ("Content-Type: application/json\r\n", deep.clone()),
        ),
        (
            "a deep structure in a field",
            form(format!("claims={deep}")),
        ),
    ] {
        for door in [
            "/production/oidc/connect/token",
            "/production/oidc/connect/authorize",
            "/login",
            "/logout",
        ] {
            let answer = send(&server, "POST", door, kind, body.as_bytes()).expect(what);
            assert!(
                (400..500).contains(&answer.status),
                "{what} {door}: {}",
                answer.status
            );
            let chunked = format!(
                "POST {door} HTTP/1.1\r\nHost: localhost:{}\r\n{kind}Transfer-Encoding: chunked\r\n\
                 Connection: close\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                server.port(),
                body.len()
            );
            let answer = wire::exchange(server.port(), chunked.as_bytes());
            // Whoever still sends may not hear why the connection was closed.
            let status = answer.map(|answer| answer.status);
            assert!(
                status.is_none_or(|status| (400..500).contains(&status)),
                "{what} {door} in chunks: {status:?}"
            );
        }
    }
    let logs = server.logs();
    assert!(!logs.contains("panicked"), "{logs}");
    assert_eq!(wire::get(server.port(), "/login").status, 200);
}

/// How many rows each table has.
async fn rows(server: &Doorward) -> BTreeMap<String, i64> {
    let url = format!("sqlite:{}", server.dir().join("doorward.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let names = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut database)
        .await
        .unwrap();
    let mut rows = BTreeMap::new();
    for name in names {
        let name: String = name.get(0);
        let sql = format!("SELECT COUNT(*) FROM \"{name}\"");
        let count = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_one(&mut database)
            .await;
        rows.insert(name, count.unwrap().get(0));
    }
    rows
}

#[tokio::test]
async fn dos_07_sign_ins_that_are_begun_and_never_ended_leave_no_row() {
    let server = site("http://127.0.0.1:9");
    let before = rows(&server).await;
    let begin = authorize_url(&server, &[]);
    let begin = format!("{}?{}", begin.path(), begin.query().unwrap());
    let port = server.port();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut stream = wire::connect(port).unwrap();
                for n in 0..500_usize {
                    let (host, target) = if n.is_multiple_of(2) {
                        (format!("localhost:{port}"), begin.clone())
                    } else {
                        ("app.test".to_owned(), format!("/n{n}"))
                    };
                    let head = format!(
                        "GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\
                         Sec-Fetch-Mode: navigate\r\n\r\n"
                    );
                    stream.write_all(head.as_bytes()).unwrap();
                    let answer = wire::read_answer(&mut stream).unwrap();
                    assert!(matches!(answer.status, 302 | 303), "{}", answer.status);
                }
            });
        }
    });
    assert_eq!(rows(&server).await, before);
}

/// An app that takes requests and never answers; how many of its connections are open.
fn hanging() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let open = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&open);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let counter = Arc::clone(&counter);
            std::thread::spawn(move || {
                stream.set_read_timeout(Some(PATIENCE * 4)).unwrap();
                let mut buffer = [0; 1024];
                let mut asked = false;
                while let Ok(1..) = stream.read(&mut buffer) {
                    if !asked {
                        asked = true;
                        counter.fetch_add(1, Ordering::SeqCst);
                    }
                }
                if asked {
                    counter.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
    });
    (port, open)
}

/// Requests that hang at once.
const HANGING: usize = 400;

#[test]
fn dos_09_requests_that_hang_at_one_app_hold_up_no_other_and_end_with_their_clients() {
    let (port, open) = hanging();
    let other = Recorder::start();
    let server = Setup::plain()
        .with(&super::routes(&other.url()))
        .with(&format!(
            "[[route]]\nid = \"hang\"\nmatch = {{ host = \"hang.test\" }}\nallow = [\"anyone\"]\n\
             upstream = [\"http://127.0.0.1:{port}\"]\nlimits = {{ timeout = \"5m\" }}\n"
        ))
        .start();
    let ask = |host: &str| format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
    for round in 0..2 {
        let mut clients = Vec::new();
        for _ in 0..HANGING {
            let mut client = wire::connect(server.port()).unwrap();
            client.write_all(ask("hang.test").as_bytes()).unwrap();
            clients.push(client);
        }
        wait_for("all of them to hang", || {
            (open.load(Ordering::SeqCst) == HANGING).then_some(())
        });
        let mut stream = wire::connect(server.port()).unwrap();
        for _ in 0..100 {
            stream.write_all(ask("open.test").as_bytes()).unwrap();
            assert_eq!(wire::read_answer(&mut stream).unwrap().status, 200);
        }
        // In the middle of their requests, all at once.
        drop(clients);
        wait_for("the work for nobody to end", || {
            (open.load(Ordering::SeqCst) == 0).then_some(())
        });
        stream.write_all(ask("open.test").as_bytes()).unwrap();
        assert_eq!(
            wire::read_answer(&mut stream).unwrap().status,
            200,
            "{round}"
        );
    }
}

#[tokio::test]
async fn dos_09_streams_that_are_given_up_end_their_work_too() {
    let (port, open) = hanging();
    let server = Setup::tls()
        .with(&super::routes(&format!("http://127.0.0.1:{port}")))
        .start();
    let browser = Browser::http2(&server);
    for _ in 0..5 {
        let asks: Vec<_> = (0..50)
            .map(|n| {
                let request = browser
                    .client()
                    .get(server.url_at("open.test", &format!("/{n}")));
                tokio::spawn(request.send())
            })
            .collect();
        let counter = Arc::clone(&open);
        let all_hang = tokio::task::spawn_blocking(move || {
            wait_for("all streams to hang", || {
                (counter.load(Ordering::SeqCst) == 50).then_some(())
            });
        });
        all_hang.await.unwrap();
        for ask in asks {
            ask.abort();
        }
        let counter = Arc::clone(&open);
        let all_end = tokio::task::spawn_blocking(move || {
            wait_for("the work for nobody to end", || {
                (counter.load(Ordering::SeqCst) == 0).then_some(())
            });
        });
        all_end.await.unwrap();
    }
}
