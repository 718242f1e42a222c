//! Tokens of people and services at routes: made by command, shown as tokens or passwords, and
//! ended from one moment to the next.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::bearer::refused;
use super::streams::{open_socket, talkative, time_to_close};
use super::{House, cookie};
use crate::support::wire::Answer;
use crate::support::{Recorder, Setup, wait_for};

/// Routes of `app.test`: for people and their programs, for writers, for admins, for services, for
/// people who have just signed in, and one that takes no tokens.
fn routes(upstream: &str) -> String {
    let route = |id: &str, path: &str, allow: &str, more: &str| {
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"app.test\", path = \"{path}\" }}\n\
             allow = [\"{allow}\"]\nupstream = \"{upstream}\"\n{more}\n\
             identity = {{ preset = \"remote-user\", decision = true }}\n"
        )
    };
    let read = "bearer = { personal = true, scopes = [\"git:read\"] }";
    [
        route("git", "/", "group:staff", read),
        route(
            "push",
            "/push",
            "authenticated",
            "bearer = { personal = true, scopes = [\"git:read\", \"git:write\"] }",
        ),
        route("admin", "/admin", "group:admin", read),
        route(
            "jobs",
            "/jobs",
            "user:nobody",
            "bearer = { service = true, scopes = [\"git:read\"] }",
        ),
        route(
            "fresh",
            "/fresh",
            "authenticated",
            &format!("{read}\nrequire = {{ second_factor = true }}"),
        ),
        route("plain", "/plain", "authenticated", ""),
    ]
    .concat()
}

fn house(upstream: Recorder) -> House {
    let setup = Setup::plain().with(&routes(&upstream.url())).ada_and_bob();
    House {
        server: setup.start(),
        upstream,
    }
}

struct Made {
    id: String,
    text: String,
}

fn make(house: &House, args: &str) -> Made {
    let mut all = vec!["token", "add", "--json"];
    all.extend(args.split_whitespace());
    let said = house.server.cli(&all, "").succeeded();
    let json: Value = serde_json::from_str(&said.stdout).unwrap();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    Made {
        id: text("id"),
        text: text("token"),
    }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

fn basic(user: &str, password: &str) -> String {
    let both = STANDARD.encode(format!("{user}:{password}"));
    format!("Authorization: Basic {both}")
}

fn get(house: &House, path: &str, line: &str) -> Answer {
    house.upstream.forget();
    house.get("app.test", path, &[line])
}

#[test]
fn a_persons_token_is_the_person_as_a_token_or_as_a_password() {
    let house = house(Recorder::start());
    let made = make(&house, "--user ada --name laptop --scope git:read");
    assert!(made.text.starts_with("dw_pat_"));
    for line in [
        bearer(&made.text),
        basic("ada", &made.text),
        basic("", &made.text),
        basic("whoever", &made.text),
    ] {
        let forged = [
            "Remote-User: bob",
            "Doorward-Token: x",
            "Doorward-Scopes: y",
        ];
        house.upstream.forget();
        let answer = house.get("app.test", "/x", &[&forged[..], &[&line]].concat());
        assert_eq!(answer.status, 200, "{line}");
        let seen = house.upstream.only();
        assert_eq!(seen.headers.all("remote-user"), ["ada"]);
        assert_eq!(seen.headers.all("doorward-token"), [made.id.as_str()]);
        assert_eq!(seen.headers.all("doorward-scopes"), ["git:read"]);
        assert_eq!(seen.headers.all("doorward-rule"), ["group:staff"]);
        assert!(seen.headers.first("authorization").is_none(), "{seen:?}");
        assert!(!seen.contains(&made.text), "{seen:?}");
    }
    assert!(!house.server.logs().contains(&made.text));
}

#[test]
fn a_token_opens_what_its_scopes_its_routes_and_its_person_may() {
    let house = house(Recorder::start());
    let reads = make(&house, "--user bob --scope git:read");
    let here = make(&house, "--user ada --scope git:read --route git");
    for (path, made, status) in [
        ("/x", &reads, 200),
        ("/push", &reads, 403),
        ("/admin", &reads, 403),
        ("/x", &here, 200),
        ("/admin", &here, 403),
        // No sign-in was ever this token's.
        ("/fresh", &reads, 401),
        // Nobody's token here: a session is needed.
        ("/plain", &reads, 401),
        ("/jobs", &reads, 401),
    ] {
        let answer = get(&house, path, &bearer(&made.text));
        assert_eq!(answer.status, status, "{path}");
        if status != 200 {
            house.upstream.saw_nothing();
        }
    }
    let (status, error, challenge) = refused(&get(&house, "/push", &bearer(&reads.text)));
    assert_eq!((status, &*error), (403, "insufficient_scope"));
    assert!(challenge.contains("git:write"), "{challenge}");
    assert!(!challenge.contains("resource_metadata"), "{challenge}");
    let answer = get(&house, "/fresh", &bearer(&reads.text));
    assert_eq!(refused(&answer).1, "insufficient_user_authentication");
}

#[test]
fn a_service_is_nobody_and_passes_where_services_may() {
    let house = house(Recorder::start());
    let made = make(&house, "--service backup --scope git:read");
    let weak = make(&house, "--service other");
    for line in [bearer(&made.text), basic("backup", &made.text)] {
        assert_eq!(get(&house, "/jobs", &line).status, 200);
        let seen = house.upstream.only();
        assert_eq!(seen.headers.all("doorward-service"), ["backup"]);
        assert!(seen.headers.first("remote-user").is_none());
        assert!(!seen.contains(&made.text), "{seen:?}");
        assert_eq!(get(&house, "/x", &line).status, 401);
        house.upstream.saw_nothing();
    }
    assert_eq!(get(&house, "/jobs", &bearer(&weak.text)).status, 403);
}

#[test]
fn tok_12_no_made_up_token_passes_and_a_password_of_the_apps_is_the_apps() {
    let house = house(Recorder::start());
    let made = make(&house, "--user ada --scope git:read");
    let last = if made.text.ends_with('A') { "B" } else { "A" };
    let other = format!("{}{last}", &made.text[..made.text.len() - 1]);
    let service = made.text.replace("dw_pat_", "dw_svc_");
    for token in [&other, &service, "dw_pat_", "dw_pat_x"] {
        for line in [bearer(token), basic("ada", token)] {
            let (status, error, _) = refused(&get(&house, "/x", &line));
            assert_eq!((status, &*error), (401, "invalid_token"), "{line}");
            house.upstream.saw_nothing();
        }
    }
    for line in [
        format!("Authorization: DPoP {}", made.text),
        format!("{}\r\n{}", bearer(&made.text), basic("ada", "pw")),
        format!("{}\r\n{}", basic("ada", "pw"), basic("ada", &made.text)),
    ] {
        let answer = get(&house, "/x", &line);
        assert!(matches!(answer.status, 400 | 401), "{line}");
        house.upstream.saw_nothing();
    }
}

#[tokio::test]
async fn hdr_20_no_standing_token_goes_on_to_an_app_that_takes_none() {
    let house = house(Recorder::start());
    let made = make(&house, "--user ada --scope git:read");
    let session = cookie(&house.signed_in("app.test", "ada").await);
    for line in [bearer(&made.text), basic("ada", &made.text)] {
        house.upstream.forget();
        let answer = house.get("app.test", "/plain", &[&session, &line]);
        assert_eq!(answer.status, 200);
        let seen = house.upstream.only();
        assert!(seen.headers.first("authorization").is_none(), "{seen:?}");
    }
    // With a session, a password that is none of ours is the app's own.
    house.upstream.forget();
    let own = basic("ada", "apps-own");
    let answer = house.get("app.test", "/x", &[&session, &own]);
    assert_eq!(answer.status, 200);
    assert_eq!(
        house.upstream.only().headers.first("authorization"),
        own.strip_prefix("Authorization: ").map(str::to_owned)
    );
}

#[test]
fn programs_are_asked_for_a_password_and_pages_of_browsers_are_not() {
    let house = house(Recorder::start());
    let challenges = |path: &str, lines: &[&str]| {
        let answer = house.kept_out("app.test", path, lines);
        assert_eq!(answer.status, 401);
        answer.headers.all("www-authenticate").join(" | ")
    };
    let program = ["Accept: */*", "User-Agent: git/2.47"];
    let asked = challenges("/info/refs", &program);
    assert!(asked.contains("Basic realm=\"git\""), "{asked}");
    assert!(asked.contains("Bearer realm=\"git\""), "{asked}");
    let wrong = basic("ada", "dw_pat_x");
    assert!(challenges("/x", &[&wrong]).contains("Basic realm"));
    for script in ["Sec-Fetch-Mode: cors", "X-Requested-With: XMLHttpRequest"] {
        assert!(!challenges("/x", &[script]).contains("Basic"), "{script}");
        assert!(!challenges("/x", &[script, &wrong]).contains("Basic"));
    }
    assert!(!challenges("/plain", &program).contains("Basic"));
}

#[test]
fn a_revoked_token_and_one_of_somebody_disabled_end_at_once_with_what_they_opened() {
    let house = house(talkative());
    let ada = make(&house, "--user ada --scope git:read");
    let bob = make(&house, "--user bob --scope git:read");
    let (adas, bobs) = (bearer(&ada.text), bearer(&bob.text));
    let mut sockets = [open_socket(&house, &adas), open_socket(&house, &bobs)];
    let revoke = ["token", "revoke", &ada.id];
    house.server.cli(&revoke, "").succeeded();
    time_to_close(&mut sockets[0]);
    let (status, error, _) = refused(&get(&house, "/x", &adas));
    assert_eq!((status, &*error), (401, "invalid_token"));
    sockets[1].write_all(b"still here").unwrap();
    assert_eq!(get(&house, "/x", &bobs).status, 200);

    house
        .server
        .cli(&["user", "disable", "bob"], "")
        .succeeded();
    time_to_close(&mut sockets[1]);
    assert_eq!(get(&house, "/x", &bobs).status, 401);
    // Being let in again brings no token back.
    house.server.cli(&["user", "enable", "bob"], "").succeeded();
    let anew = make(&house, "--user bob --scope git:read");
    wait_for("the new token", || {
        (get(&house, "/x", &bearer(&anew.text)).status == 200).then_some(())
    });
    assert_eq!(get(&house, "/x", &bobs).status, 401);
    let again = house.server.cli(&["token", "revoke", &ada.id], "");
    assert_ne!(again.code, Some(0));
}

#[test]
fn the_last_use_is_known_soon_and_refusals_are_audited_by_the_tokens_id() {
    let upstream = Recorder::start();
    let setup = Setup::plain()
        .with(&routes(&upstream.url()))
        .with("[telemetry]\naudit = { file = \"@DIR@/audit.jsonl\" }\n")
        .ada_and_bob();
    let house = House {
        server: setup.start(),
        upstream,
    };
    let made = make(&house, "--user ada --scope git:read --route git");
    assert_eq!(get(&house, "/x", &bearer(&made.text)).status, 200);
    wait_for("the last use", || {
        let said = house
            .server
            .cli(&["token", "list", "--json"], "")
            .succeeded();
        let json: Value = serde_json::from_str(&said.stdout).unwrap();
        json["tokens"][0]["last_used"].is_string().then_some(())
    });
    assert_eq!(get(&house, "/admin", &bearer(&made.text)).status, 403);
    let file = house.server.dir().join("audit.jsonl");
    let line = wait_for("the audit record", || {
        let text = std::fs::read_to_string(&file).ok()?;
        let mut lines = text.lines();
        lines
            .find(|line| line.contains("token_elsewhere"))
            .map(str::to_owned)
    });
    let record: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(record["client"], made.id.as_str(), "{line}");
    assert_eq!(record["route"], "admin");
    assert!(!line.contains(&made.text));
}
