//! Answers that a route keeps or compresses, over the wire.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{House, cookie};
use crate::support::{Recorder, Setup};

/// Every answer says how many the app has made, and may be kept for an hour.
fn house() -> (House, Arc<AtomicUsize>) {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let upstream = Recorder::scripted(move |request, stream| {
        let n = count.fetch_add(1, Ordering::SeqCst);
        let whom = request
            .headers
            .first("remote-user")
            .unwrap_or_else(|| "nobody".to_owned());
        let body = format!("{whom} {n} {}", "again ".repeat(200));
        let said = if request.target.starts_with("/cookie") {
            "Set-Cookie: a=b\r\n"
        } else {
            ""
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: max-age=3600\r\n{said}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).is_ok()
    });
    let route = |id: &str, allow: &str, more: &str| {
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"{id}.test\" }}\nallow = [\"{allow}\"]\n\
             upstream = [\"{}\"]\n{more}\n",
            upstream.url()
        )
    };
    let routes = [
        route("open", "anyone", "cache = true"),
        route("own", "authenticated", "cache = true"),
        route("off", "anyone", ""),
        route("small", "anyone", "compress = true\ncache = true"),
    ];
    let server = Setup::plain().with(&routes.concat()).ada_and_bob().start();
    (House { server, upstream }, made)
}

fn made(answer: &crate::support::wire::Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().split(" again").next().unwrap().to_owned()
}

#[tokio::test]
async fn cks_15_what_is_kept_for_one_is_shown_to_no_other() {
    let (house, _) = house();
    let ada = cookie(&house.signed_in("own.test", "ada").await);
    let bob = cookie(&house.signed_in("own.test", "bob").await);
    let of_ada = made(&house.get("own.test", "/page", &[&ada]));
    let of_bob = made(&house.get("own.test", "/page", &[&bob]));
    assert!(of_ada.starts_with("ada ") && of_bob.starts_with("bob "));
    for _ in 0..3 {
        let again = house.get("own.test", "/page", &[&ada]);
        assert_eq!(made(&again), of_ada);
        assert_eq!(
            again.headers.first("cache-status").as_deref(),
            Some("doorward; hit")
        );
        assert_eq!(made(&house.get("own.test", "/page", &[&bob])), of_bob);
    }
    // Whoever may not pass finds nothing, and another query is another page.
    assert_eq!(house.get("own.test", "/page", &[]).status, 401);
    assert_ne!(made(&house.get("own.test", "/page?x", &[&ada])), of_ada);
    let own_session = cookie(&house.signed_in("own.test", "ada").await);
    assert_ne!(
        made(&house.get("own.test", "/page", &[&own_session])),
        of_ada
    );
}

#[tokio::test]
async fn a_route_that_does_not_ask_keeps_nothing() {
    let (house, made_so_far) = house();
    for (host, more, fetched) in [
        ("open.test", "/", 1),
        ("off.test", "/", 3),
        ("open.test", "/cookie", 3),
    ] {
        let before = made_so_far.load(Ordering::SeqCst);
        for _ in 0..3 {
            made(&house.get(host, more, &[]));
        }
        assert_eq!(
            made_so_far.load(Ordering::SeqCst) - before,
            fetched,
            "{host}{more}"
        );
    }
    let fresh = house.get("open.test", "/", &["Cache-Control: no-cache"]);
    assert_eq!(fresh.headers.first("cache-status").as_deref(), None);
}

#[tokio::test]
async fn an_answer_is_compressed_for_those_who_take_it_and_kept_for_them_alone() {
    let (house, _) = house();
    let gzip = || house.get("small.test", "/", &["Accept-Encoding: gzip"]);
    let (first, kept, plain) = (gzip(), gzip(), house.get("small.test", "/", &[]));
    assert_eq!(
        first.headers.first("content-encoding").as_deref(),
        Some("gzip")
    );
    assert!(first.body.len() < 200, "{}", first.body.len());
    assert_eq!(
        kept.headers.first("cache-status").as_deref(),
        Some("doorward; hit")
    );
    assert_eq!(kept.body, first.body);
    assert_eq!(plain.headers.first("content-encoding").as_deref(), None);
    assert!(made(&plain).starts_with("nobody"));
    let off = house.get("off.test", "/", &["Accept-Encoding: gzip"]);
    assert_eq!(off.headers.first("content-encoding").as_deref(), None);
}
