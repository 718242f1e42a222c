//! Cookies that are no session although they look like one, too many of them, and what is told to
//! caches.

use std::collections::{BTreeMap, BTreeSet};

use super::shared::{Shared, Turn};
use super::{House, cookie};
use crate::support::browser::redirect_of;
use crate::support::oidc::{SHOP, arrive, authorize_url};
use crate::support::page::Page;
use crate::support::server::{ADA, BOB};
use crate::support::wire;
use crate::support::{Browser, Recorder, Setup};

static HOUSE: Shared = Shared::new();

fn house() -> Turn {
    HOUSE.enter(House::start)
}

#[tokio::test]
async fn cks_04_a_session_in_pieces_is_no_session_and_pieces_beside_one_change_nothing() {
    let house = house();
    let bob = house.session("app.test", "bob").await;
    let ada = house.session("app.test", "ada").await;
    let value = |cookies: &str| {
        let own = cookies
            .split("; ")
            .find_map(|crumb| crumb.strip_prefix("__Host-doorward="));
        own.expect("a session").to_owned()
    };
    let (bobs, adas) = (value(&bob), value(&ada));
    let (head, tail) = bobs.split_at(bobs.len() / 2);
    let (_, other) = adas.split_at(adas.len() / 2);
    let many: Vec<String> = (0..500).map(|n| format!("__Host-doorward_{n}=x")).collect();
    let planted = [
        format!("__Host-doorward_0={head}; __Host-doorward_1={tail}"),
        format!("__Host-doorward-0={head}; __Host-doorward-1={tail}"),
        format!("__Host-doorward.0={head}; __Host-doorward.1={tail}"),
        format!("__Host-doorward_0={head}; __Host-doorward_1={other}"),
        format!("__Host-doorward_0={head}; __Host-doorward_2={tail}"),
        "__Host-doorward_chunks=999999999".to_owned(),
        "__Host-doorward_chunks=-1; __Host-doorward_0=x".to_owned(),
        "__Host-doorward_chunks=; __Host-doorward-count=2".to_owned(),
        "__Host-doorward-chunks=chunks:2".to_owned(),
        many.join("; "),
    ];
    for cookies in &planted {
        let line = cookie(cookies);
        assert_eq!(
            house.kept_out("app.test", "/", &[&line]).status,
            401,
            "{cookies}"
        );
        // Beside a session, before or after it, they are nothing.
        for both in [
            format!("Cookie: {cookies}; {bob}"),
            format!("Cookie: {bob}; {cookies}"),
        ] {
            house.upstream.forget();
            assert_eq!(
                house.get("app.test", "/", &[&both]).status,
                200,
                "{cookies}"
            );
            let seen = house.upstream.only();
            assert_eq!(seen.headers.all("x-auth-user"), ["bob"], "{cookies}");
            assert!(seen.headers.all("cookie").is_empty(), "{seen:?}");
        }
    }
    // Half of a session is none, and neither are halves of two.
    for half in [head.to_owned(), tail.to_owned(), format!("{head}{other}")] {
        let line = format!("Cookie: __Host-doorward={half}");
        assert_eq!(house.kept_out("app.test", "/", &[&line]).status, 401);
    }
}

#[tokio::test]
async fn cks_05_however_many_sign_ins_are_begun_the_browser_keeps_a_few_small_cookies() {
    let house = house();
    let port = house.server.port();
    // One browser, many tabs at once: each sends what was there when it began.
    let answers: Vec<wire::Answer> = std::thread::scope(|scope| {
        let tabs: Vec<_> = (0..10)
            .map(|tab| {
                scope.spawn(move || {
                    let mut own = BTreeMap::<String, String>::new();
                    let mut answers = Vec::new();
                    for n in 0..50 {
                        let jar: Vec<_> = own.iter().map(|(k, v)| format!("{k}={v}")).collect();
                        let head = format!(
                            "GET /tab-{tab}/{n} HTTP/1.1\r\nHost: app.test\r\nAccept: text/html\r\n\
                             Sec-Fetch-Mode: navigate\r\nCookie: {}\r\nConnection: close\r\n\r\n",
                            jar.join("; ")
                        );
                        let answer = wire::exchange(port, head.as_bytes()).unwrap();
                        assert_eq!(answer.status, 302);
                        for set in answer.headers.all("set-cookie") {
                            let (name, value) =
                                set.split(';').next().unwrap().split_once('=').unwrap();
                            own.insert(name.to_owned(), value.to_owned());
                        }
                        answers.push(answer);
                    }
                    answers
                })
            })
            .collect();
        tabs.into_iter()
            .flat_map(|tab| tab.join().unwrap())
            .collect()
    });
    let mut names = BTreeMap::<String, usize>::new();
    for set in answers
        .iter()
        .flat_map(|answer| answer.headers.all("set-cookie"))
    {
        let pair = set.split(';').next().unwrap().to_owned();
        let name = pair.split('=').next().unwrap().to_owned();
        let size = names.entry(name).or_default();
        *size = pair.len().max(*size);
    }
    let all: usize = names.values().sum();
    assert!(all < 4096, "{names:?}");
    assert!(names.len() <= 2, "{names:?}");
    // A sign-in after all of them works in the same browser.
    let mut browser = Browser::new(&house.server);
    for n in 0..20 {
        browser
            .open_once(house.server.url_at("app.test", &format!("/n{n}")))
            .await;
    }
    let page = browser
        .sign_in(house.server.url_at("app.test", "/last"), "bob", BOB)
        .await;
    assert_eq!((page.status, page.url.path()), (200, "/last"));
    let long = format!("Cookie: a={}", "x".repeat(100 * 1024));
    house.upstream.forget();
    for host in ["app.test", "open.test", "localhost"] {
        assert_eq!(house.get(host, "/", &[&long]).status, 431, "{host}");
    }
    house.upstream.saw_nothing();
}

/// Every value that a page, its address and its cookies hold, by where it stands.
fn collect(page: &Page, into: &mut BTreeSet<String>) {
    into.extend(page.url.query_pairs().map(|(_, value)| value.into_owned()));
    if let Some(next) = redirect_of(page) {
        into.extend(next.query_pairs().map(|(_, value)| value.into_owned()));
    }
    for line in page.headers.get_all(http::header::SET_COOKIE) {
        let pair = line.to_str().unwrap().split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if name != "__Host-doorward" {
            into.insert(value.to_owned());
        }
    }
    for piece in page.body.split("value=\"").skip(1) {
        into.insert(piece.split('"').next().unwrap().to_owned());
    }
}

#[tokio::test]
async fn cks_08_nothing_else_that_a_sign_in_hands_out_is_a_session() {
    let upstream = Recorder::start();
    let server = Setup::plain()
        .with(SHOP)
        .with(&super::routes(&upstream.url()))
        .ada_and_bob()
        .start();
    let house = House { server, upstream };
    let mut values = BTreeSet::new();
    let mut browser = Browser::new(&house.server);
    let mut page = browser
        .open_once(house.server.url_at("app.test", "/x"))
        .await;
    collect(&page, &mut values);
    while let Some(next) = redirect_of(&page) {
        page = browser.open_once(next).await;
        collect(&page, &mut values);
    }
    let form = page
        .form_of("login-submit")
        .fill("username", "bob")
        .fill("password", BOB);
    page = browser.submit_once(&page, &form).await;
    let mut seen_targets = Vec::new();
    loop {
        collect(&page, &mut values);
        let Some(next) = redirect_of(&page) else {
            break;
        };
        seen_targets.push(next.to_string());
        page = browser.open_once(next).await;
    }
    assert_eq!(page.status, 200, "{}", page.body);
    let page = browser.open_once(authorize_url(&house.server, &[])).await;
    let back = arrive(&mut browser, page).await;
    values.extend(back.query_pairs().map(|(_, value)| value.into_owned()));
    values.retain(|value| value.len() >= 4);
    assert!(values.len() >= 6, "{values:?}");

    for value in &values {
        let line = format!("Cookie: __Host-doorward={value}");
        if !value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b';')
        {
            continue;
        }
        assert_eq!(
            house.kept_out("app.test", "/", &[&line]).status,
            401,
            "{value}"
        );
        let page = house.get("localhost", "/account", &[&line, "Accept: text/html"]);
        assert_ne!(page.status, 200, "{value}");
    }
    // Nor does the session itself travel in an address.
    for host in ["app.test", "localhost"] {
        let own = browser.cookies(host).unwrap();
        let own = own
            .split("; ")
            .find_map(|crumb| crumb.strip_prefix("__Host-doorward="))
            .unwrap();
        assert!(
            !seen_targets.iter().any(|target| target.contains(own)),
            "{host}"
        );
        assert!(!values.contains(own), "{host}");
    }
}

#[tokio::test]
async fn cks_14_a_refused_session_is_gone_once_somebody_else_signs_in_and_a_dead_one_is_cleared() {
    let house = house();
    let mut browser = Browser::new(&house.server);
    let start = house.server.url_at("secret.test", "/");
    let page = browser.sign_in(&start, "bob", BOB).await;
    assert_eq!(page.status, 403, "{}", page.body);
    page.must_have("denied-page");
    let refused = cookie(&browser.cookies("secret.test").unwrap());
    let switch = page.link("switch-account");
    let page = browser.open(switch).await;
    page.must_have("login-page");
    let page = browser.sign_in_at(&page, "ada", ADA).await;
    assert_eq!(
        (page.status, page.url.host_str()),
        (200, Some("secret.test")),
        "{}",
        page.body
    );
    assert_ne!(cookie(&browser.cookies("secret.test").unwrap()), refused);
    assert_eq!(house.kept_out("secret.test", "/", &[&refused]).status, 401);

    // A cookie that opens nothing is taken away when the sign-in begins.
    for dead in [
        "Cookie: __Host-doorward=dead",
        "Cookie: __Host-doorward=a; __Host-doorward=b",
    ] {
        let lines = [dead, "Accept: text/html", "Sec-Fetch-Mode: navigate"];
        let answer = house.kept_out("app.test", "/", &lines);
        assert_eq!(answer.status, 302);
        let cleared = answer.headers.all("set-cookie");
        let cleared = cleared
            .iter()
            .find(|set| set.starts_with("__Host-doorward=;"));
        assert!(
            cleared.is_some_and(|set| set.contains("Max-Age=0")),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn cks_15_what_is_answered_to_somebody_is_stored_by_no_cache_that_others_share() {
    let house = House::before(Recorder::scripted(|request, stream| {
        use std::io::Write as _;
        let who = request.headers.first("x-auth-user").unwrap_or_default();
        let extra = match request.target.as_str() {
            "/silent" => "",
            "/cdn" => "CDN-Cache-Control: max-age=600\r\nSurrogate-Control: max-age=600\r\n",
            _ => "Cache-Control: public, max-age=600, s-maxage=900\r\n",
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\n{extra}Content-Length: {}\r\n\r\n{who}",
            who.len()
        );
        stream.write_all(answer.as_bytes()).is_ok()
    }));
    let people = ["ada", "bob"];
    for target in [
        "/page",
        "/page?a=b",
        "/page?a=c",
        "/silent",
        "/cdn",
        "/admin/x",
    ] {
        for who in people {
            let session = cookie(&house.signed_in("app.test", who).await);
            let answer = house.get("app.test", target, &[&session]);
            if answer.status == 200 {
                assert_eq!(answer.text(), who, "{target}");
            }
            let said = answer.headers.all("cache-control").join(", ");
            assert!(
                said.contains("private") || said.contains("no-store"),
                "{target}: {said}"
            );
            assert!(
                !said.contains("public") && !said.contains("s-maxage"),
                "{target}: {said}"
            );
            for header in ["cdn-cache-control", "surrogate-control"] {
                assert!(answer.headers.all(header).is_empty(), "{target}");
            }
        }
    }
    // What is the same for everybody is the app's to say.
    let open = house.get("open.test", "/page", &[]);
    assert_eq!(
        open.headers.all("cache-control"),
        ["public, max-age=600, s-maxage=900"]
    );
    // Our own pages are nobody's to store.
    let page = ["Accept: text/html", "Sec-Fetch-Mode: navigate"];
    for (host, target) in [
        ("localhost", "/login"),
        ("localhost", "/nothing"),
        ("app.test", "/"),
        ("app.test", "/../x"),
        ("app.test", "/_doorward/me"),
        ("app.test", "/_doorward/signed-out"),
        ("nobody.test", "/"),
    ] {
        for lines in [&page[..], &[]] {
            let answer = house.get(host, target, lines);
            let said = answer.headers.all("cache-control").join(", ");
            assert!(said.contains("no-store"), "{host}{target}: {said}");
        }
    }
}
