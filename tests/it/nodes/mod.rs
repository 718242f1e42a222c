//! Two nodes of one site on one PostgreSQL: what may happen once happens once, at whichever node it
//! is asked for. Every single-use artefact is presented to both nodes at the same moment, round
//! after round. Runs when `DOORWARD_TEST_POSTGRES` holds the URL of a server (`tests/postgres start`).

mod codes;
mod ending;
mod keys;
mod limits;
mod people;
mod proofs;
mod registering;

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Barrier;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::server::{ADA, Doorward, Setup};
use crate::support::wire::{self, Answer};
use crate::support::{Browser, oidc};

/// How often each thing is tried.
const ROUNDS: usize = 12;
/// Requests that reach each of the nodes at once.
const EACH: usize = 3;
/// What the client `tv` proves itself with.
const SECRET: &str = "a-secret-of-more-than-32-characters-for-tests";

/// Two running nodes and their database.
struct Nodes {
    first: Doorward,
    second: Doorward,
    admin: String,
    database: String,
}

impl Nodes {
    /// `None`, said aloud, where there is no PostgreSQL to test with.
    async fn start(more: &str) -> Option<Self> {
        Self::selling(oidc::SHOP, more).await
    }

    /// The same with another shop.
    async fn selling(shop: &str, more: &str) -> Option<Self> {
        let Ok(admin) = std::env::var("DOORWARD_TEST_POSTGRES") else {
            println!("NOT CHECKED: DOORWARD_TEST_POSTGRES is not set");
            return None;
        };
        let port = crate::support::ports::free();
        let database = format!("nodes_{}_{port}", std::process::id());
        run(&admin, format!("CREATE DATABASE {database}")).await;
        let own = format!("{}/{database}", admin.rsplit_once('/').unwrap().0);
        let setup = Setup::plain()
            .storage(&format!(
                "[storage]\nurl = \"{own}\"\nkey = {{ file = \"@DIR@/master.key\" }}\n"
            ))
            .with(shop)
            .with(&clients())
            .with(more)
            .ada_and_bob();
        let other = setup.beside();
        let (mut first, mut second) = (setup.prepare(), other.prepare());
        for node in [&mut first, &mut second] {
            node.launch(&mut |_| {});
        }
        first.wait_until_ready();
        second.wait_until_ready();
        Some(Self {
            first,
            second,
            admin,
            database,
        })
    }

    /// The port of every request of a round, by turns.
    fn ports(&self) -> impl Iterator<Item = u16> {
        let both = [self.first.port(), self.second.port()];
        both.into_iter().cycle().take(2 * EACH)
    }

    /// Sends the same bytes to both nodes, [`EACH`] times each, at once.
    fn rush(&self, request: &[u8]) -> Vec<Answer> {
        at_once(self.ports().map(|port| (port, request.to_vec())).collect())
    }

    /// A browser in which Ada is signed in, through both nodes.
    async fn ada(&self) -> Browser {
        let mut browser = self.browser();
        let page = browser.open(self.first.url("/login")).await;
        let page = browser.sign_in_at(&page, "ada", ADA).await;
        page.must_have("account-page");
        browser
    }

    /// A fresh browser whose requests reach both nodes by turns.
    fn browser(&self) -> Browser {
        Browser::new(&self.first).balanced(&[&self.first, &self.second])
    }

    /// What the site is called in requests.
    fn host(&self) -> String {
        self.host_of("localhost")
    }

    fn host_of(&self, host: &str) -> String {
        format!("{host}:{}", self.first.port())
    }

    /// A form for an endpoint of the issuer, with more header lines.
    fn form(&self, endpoint: &str, lines: &[String], form: &[(&str, &str)]) -> Vec<u8> {
        let path = format!("/production/oidc/connect/{endpoint}");
        post(&self.host(), &path, lines, form)
    }

    /// One row of one number.
    async fn count(&self, sql: &'static str) -> i64 {
        let url = format!(
            "{}/{}",
            self.admin.rsplit_once('/').unwrap().0,
            self.database
        );
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    async fn end(mut self) {
        self.first.kill();
        self.second.kill();
        run(
            &self.admin,
            format!("DROP DATABASE {} WITH (FORCE)", self.database),
        )
        .await;
    }
}

async fn run(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

/// `tv`, a device with a secret; `signer`, which signs its assertions.
fn clients() -> String {
    format!(
        "[client.tv]\nname = \"TV\"\nsecret = \"{SECRET}\"\nflows = [\"device\"]\n\
         scopes = [\"openid\", \"offline_access\"]\n\
         [client.signer]\nname = \"Signer\"\nauth = \"private_key_jwt\"\n\
         redirect_uris = [\"http://127.0.0.1:9/cb\"]\njwks = {{ keys = [{}] }}\n",
        proofs::key_in_toml()
    )
}

/// A request with a form. The connection ends with the answer.
fn post(host: &str, path: &str, lines: &[String], form: &[(&str, &str)]) -> Vec<u8> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let mut lines = lines.to_vec();
    lines.push("Content-Type: application/x-www-form-urlencoded".to_owned());
    request("POST", host, path, &lines, &body)
}

/// A request as it goes over the wire.
fn request(method: &str, host: &str, target: &str, lines: &[String], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for line in lines {
        writeln!(text, "{line}\r").unwrap();
    }
    if method != "GET" {
        writeln!(text, "Content-Length: {}\r", body.len()).unwrap();
    }
    format!("{text}\r\n{body}").into_bytes()
}

/// What a browser sends with a form of the site's own.
fn own_form(origin: &str, cookies: &str) -> Vec<String> {
    vec![
        format!("Cookie: {cookies}"),
        format!("Origin: {origin}"),
        "Sec-Fetch-Site: same-origin".to_owned(),
        "Sec-Fetch-Mode: navigate".to_owned(),
        "Sec-Fetch-Dest: document".to_owned(),
    ]
}

/// Sends every request to its port at the same moment, each on a connection that is open already.
fn at_once(requests: Vec<(u16, Vec<u8>)>) -> Vec<Answer> {
    let start = Barrier::new(requests.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = requests
            .into_iter()
            .map(|(port, bytes)| {
                let start = &start;
                scope.spawn(move || {
                    let mut stream = wire::connect(port).expect("a connection");
                    start.wait();
                    stream.write_all(&bytes).expect("a request");
                    wire::read_answer(&mut stream).expect("an answer")
                })
            })
            .collect();
        let answers = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        answers.map(|answer| answer.expect("a thread")).collect()
    })
}

/// How many answers have this status; the others must have one of `others`.
#[track_caller]
fn with_status(answers: &[Answer], status: u16, others: &[u16]) -> usize {
    for answer in answers {
        let known = answer.status == status || others.contains(&answer.status);
        assert!(known, "{} {}", answer.status, answer.text());
    }
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// The one answer that has this status.
#[track_caller]
fn only(answers: &[Answer], status: u16, others: &[u16]) -> Answer {
    let count = with_status(answers, status, others);
    assert_eq!(
        count,
        1,
        "{count} of {} were answered {status}",
        answers.len()
    );
    let mut found = answers.iter().filter(|answer| answer.status == status);
    found.next().unwrap().clone()
}
