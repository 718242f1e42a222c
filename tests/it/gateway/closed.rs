//! When in doubt, nobody passes: requests that claim to be harmless, rules that nobody fits, and
//! decisions that cannot be made.

use std::io::Write as _;

use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::{House, cookie};
use crate::support::{Recorder, Setup, wait_for};

#[test]
fn pth_24_a_health_checker_is_a_client_like_any_other() {
    let house = House::start();
    for agent in [
        "GoogleHC/1.0",
        "kube-probe/1.30",
        "ELB-HealthChecker/2.0",
        "Amazon-Route53-Health-Check-Service",
        "HAProxy/2.9",
        "Blackbox Exporter/0.25",
    ] {
        let agent = format!("User-Agent: {agent}");
        for target in [
            "/admin/x",
            "/admin/healthz",
            "/",
            "/healthz",
            "/ping",
            "/ready",
        ] {
            for method in ["GET", "HEAD", "OPTIONS"] {
                house.upstream.forget();
                let head = format!(
                    "{method} {target} HTTP/1.1\r\nHost: app.test\r\n{agent}\r\nConnection: close\r\n\r\n"
                );
                let mut stream = crate::support::wire::connect(house.server.port()).unwrap();
                stream.write_all(head.as_bytes()).unwrap();
                let mut answer = Vec::new();
                let _ = std::io::Read::read_to_end(&mut stream, &mut answer);
                let answer = String::from_utf8_lossy(&answer);
                assert!(
                    answer.starts_with("HTTP/1.1 401"),
                    "{method} {target}: {answer}"
                );
                house.upstream.saw_nothing();
            }
        }
    }
}

fn route(id: &str, matches: &str, allow: &str, upstream: &Recorder) -> String {
    format!(
        "[[route]]\nid = \"{id}\"\nmatch = {{ {matches} }}\nallow = [\"{allow}\"]\n\
         upstream = [\"{}\"]\n",
        upstream.url()
    )
}

/// Overlapping routes in this order, and one that nobody fits.
fn overlapping(turned: bool) -> House {
    let upstream = Recorder::start();
    let mut routes = [
        ("all", "path = \"/docs/\"", "anyone"),
        ("below", "path = \"/docs/secret/\"", "group:admin"),
        ("again", "path = \"/docs/secret/open/\"", "anyone"),
        ("unknown", "path = \"/nobody/\"", "group:no-such-group"),
    ];
    if turned {
        routes.reverse();
    }
    let mut toml = String::new();
    for (id, path, allow) in routes {
        let matches = format!("host = \"app.test\", {path}");
        toml.push_str(&route(id, &matches, allow, &upstream));
    }
    let door = "host = \"door.test\"";
    toml.push_str(&route("door", door, "authenticated", &upstream));
    let server = Setup::plain().with(&toml).ada_and_bob().start();
    House { server, upstream }
}

#[tokio::test]
async fn pth_28_the_most_specific_rule_holds_in_any_order_and_without_one_nobody_passes() {
    for turned in [false, true] {
        let house = overlapping(turned);
        let sessions = [
            cookie(&house.signed_in("door.test", "bob").await),
            cookie(&house.signed_in("door.test", "ada").await),
        ];
        assert_eq!(house.get("app.test", "/docs/x", &[]).status, 200);
        assert_eq!(
            house.get("app.test", "/docs/secret/open/x", &[]).status,
            200
        );
        assert_eq!(
            house.kept_out("app.test", "/docs/secret/x", &[]).status,
            401
        );
        for target in ["/", "/doc", "/docsx", "/nobod", "/.well-known/x"] {
            assert_eq!(
                house.kept_out("app.test", target, &[]).status,
                404,
                "{target}"
            );
        }
        house.kept_out("app.test", "/nobody/x", &[]);
        // A session of one host says nothing at another.
        for session in &sessions {
            house.kept_out("app.test", "/docs/secret/x", &[session]);
            house.kept_out("app.test", "/nobody/x", &[session]);
        }
        let url = |path: &str| house.server.url_at("app.test", path);
        for (path, who, id, code) in [
            ("/docs/x", &["--anonymous"][..], "all", 0),
            ("/docs/secret/x", &["--user", "ada"], "below", 0),
            ("/docs/secret/x", &["--user", "bob"], "below", 2),
            ("/docs/secret/open/x", &["--anonymous"], "again", 0),
            ("/nobody/x", &["--user", "ada"], "unknown", 2),
        ] {
            let url = url(path);
            let said = house
                .server
                .cli(&[&["explain", url.as_str(), "--json"], who].concat(), "");
            let json: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
            assert_eq!(json["route"], id, "{said:?}");
            assert_eq!(said.code == Some(0), code == 0, "{said:?}");
        }
        let lost = url("/elsewhere");
        let said = house.server.cli(&["explain", &lost], "");
        assert_ne!(said.code, Some(0), "{said:?}");
    }
}

async fn database(house: &House) -> SqliteConnection {
    let url = format!(
        "sqlite:{}",
        house.server.dir().join("doorward.db").display()
    );
    SqliteConnection::connect(&url).await.unwrap()
}

/// The store fails under the decision, whichever part of it is asked.
#[tokio::test]
async fn pth_29_when_nobody_can_say_who_it_is_nobody_passes_but_where_it_does_not_matter() {
    let house = House::start();
    let bob = cookie(&house.signed_in("app.test", "bob").await);
    assert_eq!(house.get("app.test", "/", &[&bob]).status, 200);
    // From now on he has to be looked up anew.
    let said = house
        .server
        .cli(&["user", "group", "add", "bob", "admin"], "");
    said.succeeded();
    let mut database = database(&house).await;
    for table in ["users", "sessions"] {
        let sql = format!("ALTER TABLE {table} RENAME TO {table}_away");
        database.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
    let refused = wait_for("a decision that cannot be made", || {
        let answer = house.get("app.test", "/admin/x", &[&bob]);
        (answer.status == 503).then_some(answer)
    });
    assert!(refused.headers.first("retry-after").is_some());
    assert!(
        !refused.text().contains("no such table"),
        "{}",
        refused.text()
    );
    house.upstream.forget();
    for (host, target) in [
        ("app.test", "/"),
        ("app.test", "/admin/x"),
        ("app.test", "/x"),
    ] {
        for lines in [&["Accept: text/html", "Sec-Fetch-Mode: navigate"][..], &[]] {
            let answer = house.get(host, target, &[&[bob.as_str()], lines].concat());
            assert_eq!(answer.status, 503, "{host}{target}");
        }
    }
    // Nor does a stranger pass, or who is somebody elsewhere.
    assert_eq!(house.get("app.test", "/", &[]).status, 401);
    house.upstream.saw_nothing();
    assert_eq!(house.get("app.test", "/public/x", &[&bob]).status, 200);
    let seen = house.upstream.only();
    assert!(seen.headers.all("x-auth-user").is_empty(), "{seen:?}");

    for table in ["users", "sessions"] {
        let sql = format!("ALTER TABLE {table}_away RENAME TO {table}");
        database.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
    wait_for("his way in", || {
        (house.get("app.test", "/admin/x", &[&bob]).status == 200).then_some(())
    });
}
