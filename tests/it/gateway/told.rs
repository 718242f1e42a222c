//! How apps are told of people: Basic, other bytes, fewer groups, not too much; and how they let go.

use std::time::{Duration, Instant};

use super::{House, cookie};
use crate::support::{Browser, Recorder, Setup, wire};

/// `basic.test`, `percent.test`, `latin1.test` and `rfc8187.test`, by what they are told in;
/// `few.test` hears of some groups, `small.test` of next to nothing.
fn routes(upstream: &str) -> String {
    let name = "headers = { X-Name = \"{user.name}\" }, assertion = false";
    let mut routes: Vec<(&str, String)> = ["percent", "latin1", "rfc8187"]
        .map(|encoding| {
            let told = format!("preset = \"none\", encoding = \"{encoding}\", {name}");
            (encoding, told)
        })
        .into();
    routes.extend([
        (
            "basic",
            "preset = \"basic\", password = { file = \"app.password\" }".to_owned(),
        ),
        ("few", "groups = [\"wiki-*\"]".to_owned()),
        ("small", "limit = \"64B\"".to_owned()),
    ]);
    let route = |(id, told): (&str, String)| {
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"{id}.test\" }}\n\
             allow = [\"authenticated\"]\nupstream = [\"{upstream}\"]\n\
             sign_out = [\"/app/logout\"]\nidentity = {{ {told} }}\n"
        )
    };
    routes.into_iter().map(route).collect()
}

fn house() -> House {
    let upstream = Recorder::start();
    let setup = Setup::plain().with(&routes(&upstream.url())).ada_and_bob();
    std::fs::write(setup.dir().join("app.password"), "known-to-the-app\n").unwrap();
    let house = House {
        server: setup.start(),
        upstream,
    };
    let carol = ["user", "add", "carol", "--name", "Jiří Müller", "--groups"];
    let carol = [
        &carol[..],
        &["wiki-admins,payroll,staff", "--password-stdin"],
    ]
    .concat();
    house.server.cli(&carol, CAROL).succeeded();
    house
}

const CAROL: &str = "violet-anchor-73";

/// What the app behind `host` saw of a request of hers.
async fn seen(house: &House, host: &str) -> crate::support::upstream::Request {
    let session = cookie(&house.signed_in_as(host, "carol", CAROL).await);
    let answer = house.get(host, "/", &[&session, "Authorization: Basic YWRhOng="]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    house.upstream.only()
}

#[tokio::test]
async fn an_app_that_reads_basic_gets_the_person_and_never_what_the_client_sent() {
    let house = house();
    let request = seen(&house, "basic.test").await;
    // carol:known-to-the-app
    let expected = "Basic Y2Fyb2w6a25vd24tdG8tdGhlLWFwcA==";
    assert_eq!(request.headers.all("authorization"), [expected]);
    assert!(!request.contains("YWRhOng="));
}

#[tokio::test]
async fn hdr_16_a_name_is_told_in_the_bytes_that_the_app_reads() {
    let house = house();
    for (host, told) in [
        ("percent.test", &b"Ji%C5%99%C3%AD M%C3%BCller"[..]),
        ("latin1.test", b"Ji%C5%99\xed M\xfcller"),
        ("rfc8187.test", b"UTF-8''Ji%C5%99%C3%AD%20M%C3%BCller"),
    ] {
        let request = seen(&house, host).await;
        let line = [b"X-Name: ", told, b"\r\n"].concat();
        assert!(
            wire::find(&request.raw, &line).is_some(),
            "{host}: {request:?}"
        );
    }
}

#[tokio::test]
async fn an_app_hears_of_the_groups_that_concern_it_and_of_nobody_when_it_is_too_much() {
    let house = house();
    let request = seen(&house, "few.test").await;
    assert_eq!(request.headers.all("remote-groups"), ["wiki-admins"]);

    let session = cookie(&house.signed_in_as("small.test", "carol", CAROL).await);
    let answer = house.get("small.test", "/", &[&session]);
    assert_eq!(answer.status, 431);
    assert!(
        answer.text().contains("identity_too_long"),
        "{}",
        answer.text()
    );
    house.upstream.saw_nothing();
    assert!(house.server.logs().contains("identity.limit"));
}

#[tokio::test]
async fn an_apps_own_sign_out_reaches_the_app_and_ends_the_session_everywhere() {
    let house = house();
    let mut browser = Browser::new(&house.server);
    let url = |host| house.server.url_at(host, "/");
    let page = browser.sign_in(url("few.test"), "carol", CAROL).await;
    assert_eq!(page.status, 200);
    assert_eq!(browser.open(url("basic.test")).await.status, 200);
    let session = cookie(&browser.cookies("few.test").unwrap());
    house.upstream.forget();

    // Below the path, and from a page of somebody else's, it is a request like any other.
    for (target, lines) in [
        ("/app/logout/help", vec![session.as_str()]),
        ("/app/logout", vec![&session, "Sec-Fetch-Site: cross-site"]),
    ] {
        assert_eq!(house.get("few.test", target, &lines).status, 200);
    }
    assert_eq!(house.get("few.test", "/", &[&session]).status, 200);
    house.upstream.forget();

    let answer = house.get("few.test", "/app/logout?x=1", &[&session]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cleared = answer.headers.all("set-cookie").join("\n");
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
    let request = house.upstream.only();
    assert_eq!(request.headers.all("remote-user"), ["carol"]);

    let since = Instant::now();
    while house.get("few.test", "/", &[&session]).status == 200 {
        assert!(since.elapsed() < Duration::from_secs(1));
    }
    browser
        .open(url("basic.test"))
        .await
        .must_have("login-page");
}
