//! What `explain` says, for a small file.

use http::Method;
use serde_json::Value;

use super::answer::Answer;
use super::*;
use crate::base::UserId;
use crate::config::{Surroundings, examine_text};
use crate::model::{Login, User};

const FILE: &str = r#"public_url = "http://localhost:8080"
[[route]]
id = "wiki"
match = { host = "wiki.localhost" }
allow = ["group:staff"]
upstream = "http://127.0.0.1:3000"
[[route]]
id = "wiki-admin"
match = { host = "wiki.localhost", path = "/admin/" }
allow = ["group:wiki-admins"]
upstream = "http://127.0.0.1:3000"
identity = { headers = { X-Shared = { env = "SHARED" } } }
[[route]]
id = "wiki-status"
match = { host = "wiki.localhost", path = "/status", methods = ["GET"] }
allow = ["anyone"]
upstream = "http://127.0.0.1:3000"
"#;

fn answer(url: &str, groups: Option<&[&str]>) -> (String, Value, Exit) {
    answer_to(&Method::GET, url, groups)
}

fn answer_to(method: &Method, url: &str, groups: Option<&[&str]>) -> (String, Value, Exit) {
    let around = Surroundings::of("/nowhere", [("SHARED", "canary")]);
    let settings = examine_text("doorward.toml", FILE, &around)
        .settings
        .unwrap();
    let table = RouteTable::build(&settings.site, &settings.routes).unwrap();
    let user = groups.map(|groups| {
        invented(
            &groups
                .iter()
                .map(|group| (*group).to_owned())
                .collect::<Vec<_>>(),
        )
    });
    let question = Question::new(url, method.clone(), user);
    let answer = Answer::find(&table, &question, &ports(&settings));
    (answer.text(), answer.json(), answer.exit())
}

#[test]
fn a_method_that_is_not_taken_is_said_with_the_routes_that_are_here() {
    let url = "http://wiki.localhost/status/x";
    let (text, json, exit) = answer_to(&Method::POST, url, Some(&["staff"]));
    assert_eq!(exit, Exit::NoRoute);
    assert_eq!(
        text,
        "route     none: no route at this address takes POST\n\
         instead   wiki-status   host wiki.localhost, path /status, GET   doorward.toml:13\n\
         decision  REFUSED 405   Allow: GET, HEAD   (less specific routes are not asked)\n"
    );
    assert_eq!(json["decision"], "no_route");
    assert_eq!(json["routes_here"][0], "wiki-status");
    assert_eq!(json["methods_here"][1], "HEAD");
    assert_eq!(answer_to(&Method::HEAD, url, None).2, Exit::Done);
}

#[test]
fn a_denial_names_the_route_its_line_the_rule_and_the_headers() {
    let (text, json, exit) = answer("http://wiki.localhost/admin/users", Some(&["staff"]));
    assert_eq!(exit, Exit::Denied);
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "route     wiki-admin   host wiki.localhost, path /admin/   doorward.toml:7   \
             (also matched: wiki; less specific)"
    );
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("allow     group:wiki-admins"),
        "{text}"
    );
    assert_eq!(
        lines.next().unwrap(),
        "decision  DENY 403   reason=not_in_group"
    );
    assert_eq!(
        lines.next().unwrap(),
        "upstream  http://127.0.0.1:3000   sends: Remote-User, Remote-Groups, X-Shared, \
             Doorward-Assertion"
    );
    assert_eq!(json["headers"]["Remote-Groups"], "staff");
    assert!(!json.to_string().contains("canary"), "{json}");
}

#[test]
fn a_route_that_takes_tokens_says_which() {
    let file = format!(
        "{FILE}[[resource]]\nid = \"urn:api\"\nname = \"A\"\nscopes = {{ \"a:read\" = \"Read\" }}\n\
         [[route]]\nid = \"api\"\nmatch.host = \"api.localhost\"\nallow = [\"authenticated\"]\n\
         upstream = \"http://127.0.0.1:3000\"\n\
         bearer = {{ audience = \"urn:api\", scopes = [\"a:read\"], clients = true }}\n"
    );
    let around = Surroundings::of("/nowhere", [("SHARED", "canary")]);
    let examined = examine_text("doorward.toml", &file, &around);
    let settings = examined.settings.unwrap();
    let table = RouteTable::build(&settings.site, &settings.routes).unwrap();
    let url = "http://api.localhost/";
    let question = Question::new(url, Method::GET, None);
    let answer = Answer::find(&table, &question, &[]);
    assert!(
        answer.text().contains(
            "bearer    tokens of default for urn:api with a:read; clients alone pass by their \
             scopes\n"
        ),
        "{}",
        answer.text()
    );
    assert_eq!(answer.json()["bearer"]["scopes"][0], "a:read");
}

#[test]
fn a_denial_of_a_stored_person_says_what_would_let_them_in() {
    let around = Surroundings::of("/nowhere", [("SHARED", "canary")]);
    let settings = examine_text("doorward.toml", FILE, &around)
        .settings
        .unwrap();
    let table = RouteTable::build(&settings.site, &settings.routes).unwrap();
    let mut bob = invented(&["staff".to_owned()]);
    bob.id = UserId::new("u_1");
    bob.login = Login::parse("bob").unwrap();
    let url = "http://wiki.localhost/admin/";
    let says = |user: &User| {
        let question = Question::new(url, Method::GET, Some(user.clone()));
        Answer::find(&table, &question, &[]).text()
    };
    assert!(
        says(&bob).contains("would pass: doorward user group add bob wiki-admins\n"),
        "{}",
        says(&bob)
    );
    bob.disabled = true;
    assert!(says(&bob).contains("would pass: doorward user enable bob\n"));
}

#[test]
fn every_outcome_has_an_exit_code_of_its_own() {
    for (url, groups, exit) in [
        (
            "http://wiki.localhost/",
            Some(["staff"].as_slice()),
            Exit::Done,
        ),
        ("http://wiki.localhost/", Some(&["other"]), Exit::Denied),
        ("http://wiki.localhost/", None, Exit::LoginNeeded),
        ("http://other.localhost/", None, Exit::NoRoute),
        ("http://wiki.localhost:8080/", None, Exit::LoginNeeded),
        ("http://wiki.localhost:9999/", None, Exit::NoRoute),
        ("http://wiki.localhost/a%2f..%2fadmin/", None, Exit::NoRoute),
        ("not a url", None, Exit::NoRoute),
        ("http://localhost:8080/login", None, Exit::Done),
    ] {
        assert_eq!(answer(url, groups).2, exit, "{url}");
    }
}
