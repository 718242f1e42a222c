//! Who is meant: bytes that no reader understands, proofs made for another app, and two people on
//! the same connections.

use serde_json::Value;

use super::shared::{Shared, Turn};
use super::{House, cookie};
use crate::support::http2::{self, Request};
use crate::support::upstream::Request as Seen;
use crate::support::{Browser, wire};

static HOUSE: Shared = Shared::new();
static SEALED: Shared = Shared::new();

fn house() -> Turn {
    HOUSE.enter(House::start)
}

fn sealed() -> Turn {
    SEALED.enter(House::start_tls)
}

/// `GET target` at `host` with header lines that may hold any byte.
fn ask(house: &House, host: &str, target: &str, lines: &[&[u8]]) -> wire::Answer {
    let mut head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n").into_bytes();
    for line in lines {
        head.extend_from_slice(line);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"Connection: close\r\n\r\n");
    house.send(&head)
}

fn ask_http2(house: &House, host: &str, target: &str, lines: &[(&str, &[u8])]) -> http2::Heard {
    let mut fields: Vec<(&str, &[u8])> = vec![
        (":method", b"GET"),
        (":scheme", b"https"),
        (":authority", host.as_bytes()),
        (":path", target.as_bytes()),
    ];
    fields.extend(lines);
    let authority = house.server.authority().unwrap();
    let request = Request {
        fields: &fields,
        body: None,
    };
    http2::exchange(house.server.port(), &authority, "app.test", &request)
}

/// Lines with bytes that are no text, by what is wrong with them.
const ODD: &[(&str, &[u8])] = &[
    ("x-auth-user", b"\xff"),
    ("x-auth-user", b"ada\xff"),
    ("x-auth-groups", b"admin\xc2"),
    ("authorization", b"Bearer \xff"),
    ("authorization", b"Bearer dw_at_\xff\xff"),
    ("authorization", b"Basic \xff"),
    ("authorization", b"\xff"),
    ("cookie", b"__Host-doorward=\xff"),
    ("cookie", b"__Host-doorward\xff=x"),
    ("cookie", b"\xff"),
    ("cookie", b"a=\xff\xfe; b=\xc2\xa0"),
    ("origin", b"https://\xff"),
    ("accept", b"\xff"),
    ("x-forwarded-for", b"\xff"),
    ("forwarded", b"for=\xff"),
    ("user-agent", b"\xff"),
];

/// The wall's invariant for these: whoever may not pass does not, whoever may is nobody else.
#[track_caller]
fn is_bobs_or_absent(status: Option<u16>, seen: &[Seen], what: &str) {
    match status {
        Some(200) => {
            assert_eq!(seen.len(), 1, "{what}");
            assert_eq!(seen[0].headers.all("x-auth-user"), ["bob"], "{what}");
            assert_eq!(seen[0].headers.all("x-auth-groups"), ["staff"], "{what}");
            assert!(!seen[0].contains("dw_at_"), "{what}");
            assert!(!seen[0].contains("__Host-doorward"), "{what}");
        }
        Some(400..=499) | None => assert!(seen.is_empty(), "{what}: {seen:?}"),
        other => panic!("{what}: {other:?}"),
    }
}

#[tokio::test]
async fn hdr_15_bytes_that_are_no_text_skip_no_rule() {
    let house = house();
    let bob = cookie(&house.session("app.test", "bob").await);
    for (name, value) in ODD {
        let what = format!("{name}: {}", String::from_utf8_lossy(value));
        let line = [name.as_bytes(), b": ", value].concat();
        for (host, target) in [
            ("app.test", "/"),
            ("app.test", "/admin/x"),
            ("secret.test", "/"),
        ] {
            house.upstream.forget();
            let status = ask(&house, host, target, &[&line]).status;
            assert!(matches!(status, 302 | 400..=499), "{what}: {status}");
            house.upstream.saw_nothing();
        }
        for (target, may) in [("/", true), ("/admin/x", false)] {
            house.upstream.forget();
            let status = ask(&house, "app.test", target, &[bob.as_bytes(), &line]).status;
            is_bobs_or_absent(Some(status), &house.upstream.requests(), &what);
            assert!(may || status >= 400, "{what}: {status}");
        }
        house.upstream.forget();
        assert_eq!(
            ask(&house, "open.test", "/", &[&line]).status,
            200,
            "{what}"
        );
        let seen = house.upstream.only();
        for written in ["x-auth-user", "x-auth-groups", "forwarded"] {
            assert!(seen.headers.all(written).is_empty(), "{what}: {seen:?}");
        }
        assert_eq!(seen.headers.all("x-forwarded-for"), ["127.0.0.1"], "{what}");
    }
}

#[tokio::test]
async fn hdr_15_bytes_that_are_no_text_skip_no_rule_over_http_2_either() {
    let house = sealed();
    let bob = house.session("app.test", "bob").await;
    for (name, value) in ODD {
        let what = format!("{name}: {}", String::from_utf8_lossy(value));
        house.upstream.forget();
        let heard = ask_http2(&house, "app.test", "/admin/x", &[(name, value)]);
        assert!(
            heard.refused() || heard.status == Some(302),
            "{what}: {heard:?}"
        );
        house.upstream.saw_nothing();
        for target in ["/", "/admin/x"] {
            house.upstream.forget();
            let lines = [("cookie", bob.as_bytes()), (*name, *value)];
            let heard = ask_http2(&house, "app.test", target, &lines);
            is_bobs_or_absent(heard.status, &house.upstream.requests(), &what);
            assert!(target == "/" || heard.status != Some(200), "{what}");
        }
    }
}

/// What an app does with an assertion: its own name, the published keys, no leniency.
fn verify(jwks: &Value, token: &str, audience: &str) -> Option<Value> {
    let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwks["keys"][0].clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    rules.set_audience(&[audience]);
    rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    rules.leeway = 0;
    let decoded = jsonwebtoken::decode::<Value>(token, &key, &rules);
    decoded.ok().map(|token| token.claims)
}

#[tokio::test]
async fn hdr_18_an_assertion_is_for_one_app_for_a_minute_and_never_the_clients() {
    let house = house();
    let jwks = house.get("app.test", "/_doorward/jwks", &[]);
    let jwks: Value = serde_json::from_slice(&jwks.body).unwrap();
    let ada = cookie(&house.session("secret.test", "ada").await);
    let adas_own = cookie(&house.session("app.test", "ada").await);
    let bob = cookie(&house.session("app.test", "bob").await);
    let told = |host: &str, lines: &[&str]| {
        house.upstream.forget();
        assert_eq!(house.get(host, "/", lines).status, 200);
        let mut told = house.upstream.only().headers.all("doorward-assertion");
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0)
    };
    let at_app = told("app.test", &[&adas_own]);
    let at_secret = told("secret.test", &[&ada]);
    let claims = verify(&jwks, &at_secret, "secret").unwrap();
    assert_eq!(claims["preferred_username"], "ada");
    // Another app's is nobody's here.
    assert_eq!(claims["aud"], "secret");
    assert!(verify(&jwks, &at_app, "app").is_some());
    assert!(verify(&jwks, &at_app, "secret").is_none());
    assert!(verify(&jwks, &at_secret, "app").is_none());
    let (exp, iat) = (
        claims["exp"].as_i64().unwrap(),
        claims["iat"].as_i64().unwrap(),
    );
    assert!(exp - iat <= 60, "{claims}");

    // Sent by a client it is no sign-in and no identity.
    for name in [
        "Doorward-Assertion",
        "doorward_assertion",
        "DOORWARD-ASSERTION",
    ] {
        let forged = format!("{name}: {at_app}");
        let bearer = format!("Authorization: Bearer {at_secret}");
        for line in [&forged, &bearer] {
            assert_eq!(house.kept_out("secret.test", "/", &[line]).status, 401);
            house.kept_out("app.test", "/admin/x", &[&bob, line]);
        }
        let replaced = told("app.test", &[&bob, &forged]);
        let claims = verify(&jwks, &replaced, "app").unwrap();
        assert_eq!(claims["preferred_username"], "bob");
        house.upstream.forget();
        house.get("open.test", "/", &[&forged, &bearer]);
        let seen = house.upstream.only();
        assert!(
            !seen.contains(&at_app) && !seen.contains(&at_secret),
            "{seen:?}"
        );
    }
}

/// Who is asked for by a target of `/WHO/N`, and is told of.
#[track_caller]
fn nobody_crossed(seen: &[Seen], expected: usize) {
    assert_eq!(seen.len(), expected);
    for request in seen {
        let who = request.target.split('/').nth(1).unwrap();
        assert_eq!(request.headers.all("x-auth-user"), [who], "{request:?}");
        let groups = if who == "ada" { "admin|staff" } else { "staff" };
        assert_eq!(
            request.headers.all("x-auth-groups"),
            [groups],
            "{request:?}"
        );
    }
    let mut connections: Vec<_> = seen.iter().map(|request| request.connection).collect();
    connections.sort_unstable();
    connections.dedup();
    assert!(connections.len() < expected, "the pool was not shared");
}

/// Requests by each of the two, in four threads.
const EACH: usize = 800;

#[tokio::test]
async fn hdr_23_two_people_on_one_pool_of_connections_never_cross() {
    let house = house();
    let ada = cookie(&house.session("app.test", "ada").await);
    let bob = cookie(&house.session("app.test", "bob").await);
    house.upstream.forget();
    let port = house.server.port();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (ada, bob) = (&ada, &bob);
            scope.spawn(move || {
                // On one connection, one after the other: what is remembered of the last shows.
                let mut stream = wire::connect(port).unwrap();
                for n in 0..EACH / 2 {
                    let (who, session) = if n.is_multiple_of(2) {
                        ("ada", ada)
                    } else {
                        ("bob", bob)
                    };
                    let head =
                        format!("GET /{who}/{n} HTTP/1.1\r\nHost: app.test\r\n{session}\r\n\r\n");
                    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
                    assert_eq!(wire::read_answer(&mut stream).unwrap().status, 200);
                }
            });
        }
    });
    nobody_crossed(&house.upstream.requests(), 2 * EACH);
}

#[tokio::test]
async fn hdr_23_two_people_in_the_streams_of_one_connection_never_cross() {
    let house = sealed();
    let ada = house.session("app.test", "ada").await;
    let bob = house.session("app.test", "bob").await;
    house.upstream.forget();
    let browser = Browser::http2(&house.server);
    let url = house.server.url_at("app.test", "");
    for round in 0..EACH / 50 {
        let asks = (0..100_usize).map(|n| {
            let (who, session) = if n.is_multiple_of(2) {
                ("ada", &ada)
            } else {
                ("bob", &bob)
            };
            let ask = browser.client().get(format!("{url}/{who}/{round}-{n}"));
            ask.header("cookie", session).send()
        });
        for answer in futures::future::join_all(asks).await {
            let answer = answer.unwrap();
            assert_eq!(
                (answer.version(), answer.status().as_u16()),
                (http::Version::HTTP_2, 200)
            );
        }
    }
    nobody_crossed(&house.upstream.requests(), 2 * EACH);
}
