//! Apps with passwords of their own: people save theirs once, and are signed in with it.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{House, cookie};
use crate::support::server::ADA;
use crate::support::upstream::ok;
use crate::support::wire::Answer;
use crate::support::{Browser, Recorder, Setup, wait_for};

const RIGHT: &str = "pa:ss \u{17e}<&";

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// An app that knows Ada as `ada-dav` by a password of its own, and nobody else.
fn app() -> Recorder {
    Recorder::scripted(|request, stream| {
        let right = request.headers.first("authorization") == Some(basic("ada-dav", RIGHT));
        if right {
            return stream.write_all(&ok("text/plain", "your files")).is_ok();
        }
        let no = b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"app\"\r\n\
            Content-Length: 2\r\n\r\nno";
        stream.write_all(no).is_ok()
    })
}

fn house() -> House {
    let upstream = app();
    let route = |id: &str, host: &str| {
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"{host}\" }}\n\
             allow = [\"authenticated\"]\nupstream = \"{}\"\nidentity = \"none\"\n\
             credentials = \"basic\"\n",
            upstream.url()
        )
    };
    let setup = Setup::plain()
        .with(&route("dav", "app.test"))
        .with(&route("other", "open.test"));
    House {
        server: setup.ada_and_bob().start(),
        upstream,
    }
}

fn api(house: &House, session: &str, more: &[&str]) -> Answer {
    house.upstream.forget();
    let lines = [&[session, "Accept: application/json"][..], more].concat();
    house.get("app.test", "/files", &lines)
}

fn save(house: &House, user: &str, name: &str, password: &str) {
    let args = [
        "credential",
        "set",
        "--user",
        user,
        "--route",
        "dav",
        "--name",
        name,
        "--password-stdin",
    ];
    house
        .server
        .cli(&args, &format!("{password}\n"))
        .succeeded();
}

#[tokio::test]
async fn a_person_saves_a_password_once_and_the_app_gets_it() {
    let house = house();
    let mut browser = Browser::new(&house.server);
    let app = house.server.url_at("app.test", "/files?x=1&y=2");
    let page = browser.sign_in(app.clone(), "ada", ADA).await;
    page.must_have("credentials-page");
    assert_eq!(page.url.path(), "/_doorward/credentials");
    house.upstream.saw_nothing();

    // Wrong first: the app says so, and the page comes again.
    let form = page.form_of("name-dav");
    let form = form.fill("name", "ada-dav").fill("password", "wrong");
    let page = browser.submit(&page, &form).await;
    page.must_have("credentials-refused");
    assert!(!page.body.contains("wrong"), "{}", page.body);

    let form = page.form_of("name-dav");
    let form = form.fill("name", "ada-dav").fill("password", RIGHT);
    house.upstream.forget();
    let page = browser.submit(&page, &form).await;
    assert_eq!(page.body, "your files");
    assert_eq!(page.url.as_str(), app.as_str());
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("authorization"), [basic("ada-dav", RIGHT)]);

    // The page says for whom, and never what.
    let address = house.server.url_at("app.test", "/_doorward/credentials");
    let page = browser.open(address).await;
    assert!(page.body.contains("ada-dav") && !page.body.contains("pa:ss"));
    assert!(!house.server.logs().contains("pa:ss"));
}

#[tokio::test]
async fn what_is_saved_is_its_persons_alone_at_this_app_alone() {
    let house = house();
    save(&house, "ada", "ada-dav", RIGHT);
    let ada = cookie(&house.signed_in("app.test", "ada").await);
    let bob = cookie(&house.signed_in("app.test", "bob").await);
    for sent in [
        &[][..],
        &["Authorization: Bearer x"],
        &["Authorization: Basic eDp5"],
    ] {
        assert_eq!(api(&house, &ada, sent).status, 200);
        let seen = house.upstream.only();
        assert_eq!(seen.headers.all("authorization"), [basic("ada-dav", RIGHT)]);
    }
    let answer = api(&house, &bob, &["Authorization: Basic eDp5"]);
    assert_eq!(answer.status, 403);
    assert!(
        answer.text().contains("app_credential_needed"),
        "{}",
        answer.text()
    );
    house.upstream.saw_nothing();
    let elsewhere = cookie(&house.signed_in("open.test", "ada").await);
    house.upstream.forget();
    let lines = [elsewhere.as_str(), "Accept: application/json"];
    assert_eq!(house.get("open.test", "/", &lines).status, 403);
    house.upstream.saw_nothing();

    // The app's own challenge stays here, or browsers would ask for a password.
    save(&house, "bob", "bob", "wrong");
    wait_for("the app's no", || {
        let answer = api(&house, &bob, &[]);
        (answer.status == 401 && answer.headers.first("www-authenticate").is_none()).then_some(())
    });
    let gone = ["credential", "remove", "--user", "ada", "--route", "dav"];
    house.server.cli(&gone, "").succeeded();
    wait_for("it to be forgotten", || {
        (api(&house, &ada, &[]).status == 403).then_some(())
    });
}

#[tokio::test]
async fn no_other_page_saves_a_password_and_nobody_does_who_is_not_signed_in() {
    let house = house();
    let session = cookie(&house.signed_in("app.test", "ada").await);
    let post = |lines: &[&str]| {
        let body = "route=dav&name=eve&password=x&csrf=x&back=/";
        let head = format!(
            "POST /_doorward/credentials HTTP/1.1\r\nHost: app.test\r\n{}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            lines.join("\r\n"),
            body.len()
        );
        house.send(head.as_bytes()).status
    };
    let own = format!("Origin: {}", house.server.url_at("app.test", ""));
    assert_eq!(post(&[&session, "Origin: http://evil.test"]), 403);
    assert_eq!(post(&[&session, &own]), 403);
    assert_eq!(post(&["Accept: */*"]), 403);
    let answer = house.get("app.test", "/_doorward/credentials", &[]);
    assert_eq!(answer.status, 401);
    let said = house
        .server
        .cli(&["credential", "list", "--user", "ada", "--json"], "");
    assert!(!said.succeeded().stdout.contains("dav"));
}
