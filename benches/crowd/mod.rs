//! A relying party with many people in it: each of its workers asks as soon as it was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;
use url::Url;

use super::support::oidc::{CALLBACK, VERIFIER, parameter};

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// An authorization on a live session, and its code redeemed.
    CodeFlow,
    /// A refresh token traded, with a new ID token.
    Refresh,
    /// An access token for the client itself.
    ClientCredentials,
    /// An access token looked at by the client it is for.
    Introspection,
    /// What is known of the person.
    Userinfo,
    /// The public keys.
    Jwks,
    /// The discovery document.
    Discovery,
}

/// One client at one issuer, and a signed-in browser's cookies.
#[derive(Debug)]
pub struct Party {
    pub http: reqwest::Client,
    pub issuer: String,
    pub client: &'static str,
    pub secret: &'static str,
    pub cookies: String,
}

/// How many of an operation were done, in how long.
pub struct Done {
    pub count: u64,
    pub took: Duration,
}

/// What one worker holds.
struct Worker {
    party: Arc<Party>,
    access: String,
    refresh: String,
}

/// The workers.
pub struct Crowd(Vec<Worker>);

impl Crowd {
    /// So many, each with tokens of its own.
    pub async fn gather(party: &Arc<Party>, workers: usize) -> Self {
        let mut all = Vec::new();
        for _ in 0..workers {
            all.push(Worker::start(Arc::clone(party)).await);
        }
        Self(all)
    }

    /// All do `operation` for `time`.
    pub async fn run(&mut self, operation: Operation, time: Duration) -> Done {
        let (enough, count) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let started = Instant::now();
        let mut working = JoinSet::new();
        for mut worker in self.0.drain(..) {
            let (enough, count) = (Arc::clone(&enough), Arc::clone(&count));
            working.spawn(async move {
                while !enough.load(Ordering::Relaxed) {
                    worker.once(operation).await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                worker
            });
        }
        tokio::time::sleep(time).await;
        enough.store(true, Ordering::Relaxed);
        while let Some(worker) = working.join_next().await {
            self.0.push(worker.unwrap());
        }
        let (count, took) = (count.load(Ordering::Relaxed), started.elapsed());
        Done { count, took }
    }
}

impl Worker {
    async fn start(party: Arc<Party>) -> Self {
        let mut worker = Self {
            party,
            access: String::new(),
            refresh: String::new(),
        };
        worker.once(Operation::CodeFlow).await;
        worker
    }

    async fn once(&mut self, operation: Operation) {
        match operation {
            Operation::CodeFlow => {
                let code = self.party.code().await;
                let tokens = [
                    ("grant_type", "authorization_code"),
                    ("code", &code),
                    ("redirect_uri", CALLBACK),
                    ("code_verifier", VERIFIER),
                ];
                self.take(&self.party.post("token", &tokens).await);
            }
            Operation::Refresh => {
                let form = [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", &self.refresh),
                ];
                self.take(&self.party.post("token", &form).await);
            }
            Operation::ClientCredentials => {
                let form = [("grant_type", "client_credentials")];
                assert!(self.party.post("token", &form).await["access_token"].is_string());
            }
            Operation::Introspection => {
                let form = [("token", self.access.as_str())];
                assert_eq!(self.party.post("introspect", &form).await["active"], true);
            }
            Operation::Userinfo => {
                let url = format!("{}/connect/userinfo", self.party.issuer);
                let request = self.party.http.get(url).bearer_auth(&self.access);
                assert_eq!(json(request).await["preferred_username"], "ada");
            }
            Operation::Jwks => self.party.document("jwks").await,
            Operation::Discovery => {
                self.party
                    .document(".well-known/openid-configuration")
                    .await;
            }
        }
    }

    /// Tokens are those of the last answer.
    fn take(&mut self, answer: &Value) {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        assert!(answer["id_token"].is_string());
        (self.access, self.refresh) = (text("access_token"), text("refresh_token"));
    }
}

impl Party {
    async fn code(&self) -> String {
        let url = format!("{}/connect/authorize", self.issuer);
        let parameters = [
            ("client_id", self.client),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile email offline_access"),
            ("state", "st4te"),
            ("nonce", "n0nce"),
            (
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            ),
            ("code_challenge_method", "S256"),
        ];
        let request = self
            .http
            .get(Url::parse_with_params(&url, parameters).unwrap());
        let answer = request
            .header("cookie", &self.cookies)
            .send()
            .await
            .unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        let location = Url::parse(location).unwrap();
        parameter(&location, "code").unwrap_or_else(|| panic!("no code: {location}"))
    }

    async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Value {
        let url = format!("{}/connect/{endpoint}", self.issuer);
        let request = self.http.post(url).form(form);
        json(request.basic_auth(self.client, Some(self.secret))).await
    }

    async fn document(&self, path: &str) {
        let url = format!("{}/{path}", self.issuer);
        let answer = self.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(!answer.bytes().await.unwrap().is_empty());
    }
}

async fn json(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let (status, body) = (answer.status(), answer.bytes().await.unwrap());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}
