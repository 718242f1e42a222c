//! What the issuer's operations cost: the real binary with a database in a file, one relying party
//! that asks without pause. CPU time is the server's alone, read from `/proc`; commits are read from
//! its own metrics. `SECONDS` and `ROUNDS` set how long, `DOORWARD_BENCH_POSTGRES` names a database
//! to use instead of the file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a benchmark that cannot start must stop"
)]

mod crowd;
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use crowd::{Crowd, Operation, Party};
use support::oidc::CALLBACK;
use support::{Browser, Doorward, Setup, server::ADA, wire};

const WORKERS: usize = 16;
const SECRET: &str = "a-secret-of-the-bench-0123456789";

const ISSUER: &str = r#"
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
"#;

/// A client whose ID tokens are signed by `alg`.
fn client(id: &str, alg: &str) -> String {
    format!(
        r#"
[client.{id}]
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "email", "offline_access"]
flows = ["code", "client_credentials"]
consent = "skip"
id_token_alg = "{alg}"
secret = "{SECRET}"
"#
    )
}

const OPERATIONS: [(&str, &str, Operation); 9] = [
    ("code flow, ES256", "ec", Operation::CodeFlow),
    ("code flow, RS256 ID token", "rsa", Operation::CodeFlow),
    ("refresh, ES256", "ec", Operation::Refresh),
    ("refresh, RS256 ID token", "rsa", Operation::Refresh),
    ("client credentials", "ec", Operation::ClientCredentials),
    ("introspection", "ec", Operation::Introspection),
    ("userinfo", "ec", Operation::Userinfo),
    ("JWKS", "ec", Operation::Jwks),
    ("discovery", "ec", Operation::Discovery),
];

#[tokio::main]
async fn main() {
    let seconds = Duration::from_secs(number("SECONDS", 4));
    let rounds = number("ROUNDS", 5);
    let server = start();
    let mut browser = Browser::new(&server);
    let account = browser.sign_in(server.url("/account"), "ada", ADA).await;
    assert_eq!(account.status, 200);
    let party = |client| {
        let cookies = browser.cookies("localhost").unwrap();
        Arc::new(Party {
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .pool_max_idle_per_host(WORKERS)
                .build()
                .unwrap(),
            issuer: server.url("/production/oidc"),
            client,
            secret: SECRET,
            cookies,
        })
    };
    println!("{rounds} rounds of {seconds:?} each, {WORKERS} connections, keep-alive, no TLS\n");
    println!("| operation | CPU µs | per core-second | per second | commits | changes |");
    println!("|---|---|---|---|---|---|");
    for (name, client, operation) in OPERATIONS {
        let mut crowd = Crowd::gather(&party(client), WORKERS).await;
        crowd.run(operation, Duration::from_millis(500)).await;
        let mut found = Vec::new();
        for _ in 0..rounds {
            found.push(measure(&server, &mut crowd, operation, seconds).await);
        }
        found.sort_by(|a, b| a.cpu_us.total_cmp(&b.cpu_us));
        let middle = &found[found.len() / 2];
        let (least, most) = (&found[0], &found[found.len() - 1]);
        println!(
            "| {name} | {:.0} ({:.0}-{:.0}) | {:.0} | {:.0} | {:.2} | {:.2} |",
            middle.cpu_us,
            least.cpu_us,
            most.cpu_us,
            1e6 / middle.cpu_us,
            middle.per_second,
            middle.commits,
            middle.changes,
        );
    }
}

fn start() -> Doorward {
    let setup = Setup::plain().ada_and_bob().with(ISSUER);
    let setup = setup
        .with(&client("ec", "ES256"))
        .with(&client("rsa", "RS256"));
    let setup = match std::env::var("DOORWARD_BENCH_POSTGRES") {
        Ok(url) => setup.storage(&format!(
            "[storage]\nurl = \"{url}\"\nkey = {{ file = \"@DIR@/master.key\" }}\n"
        )),
        Err(_) => setup,
    };
    setup.start()
}

struct Round {
    cpu_us: f64,
    per_second: f64,
    commits: f64,
    changes: f64,
}

async fn measure(
    server: &Doorward,
    crowd: &mut Crowd,
    operation: Operation,
    time: Duration,
) -> Round {
    let (began, before) = (ticks(server), written(server));
    let done = crowd.run(operation, time).await;
    let (ticks, after) = (ticks(server) - began, written(server));
    let count = done.count as f64;
    Round {
        cpu_us: ticks as f64 * 10_000.0 / count,
        per_second: count / done.took.as_secs_f64(),
        commits: (after.0 - before.0) as f64 / count,
        changes: (after.1 - before.1) as f64 / count,
    }
}

/// CPU time so far, user and system, in clock ticks of a hundredth of a second.
fn ticks(server: &Doorward) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// Commits so far, and changes in them.
fn written(server: &Doorward) -> (u64, u64) {
    let answer = wire::try_get(server.ops_port(), "/metrics").unwrap();
    let text = answer.text();
    let find = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit_once(' ').unwrap().1.parse().unwrap()
    };
    (
        find("doorward_store_commits_total "),
        find("doorward_store_changes_total "),
    )
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}
