//! Apps are told of a logout, also when they are slow or away, and when the process is killed in
//! between.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::{Value, json};

use crate::support::oidc::{self, SHOP};
use crate::support::server::ADA;
use crate::support::{Browser, Doorward, Setup, ports, wait_for, wire};

/// The app's end of the back channel: gives what it is sent, and answers only when it may.
struct App {
    tokens: Receiver<String>,
    may_answer: Sender<()>,
}

impl App {
    fn start(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let (sent, tokens) = channel();
        let (may_answer, may) = channel::<()>();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = String::new();
                while !is_whole(&request) {
                    let mut piece = [0; 8192];
                    let read = stream.read(&mut piece).unwrap();
                    request.push_str(std::str::from_utf8(&piece[..read]).unwrap());
                }
                let (_, token) = request.split_once("logout_token=").unwrap();
                if sent.send(token.to_owned()).is_err() || may.recv().is_err() {
                    return;
                }
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { tokens, may_answer }
    }

    fn token(&self) -> String {
        wait_for("a logout token", || self.tokens.try_recv().ok())
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.unwrap().parse().unwrap()
}

fn listening_shop(port: u16) -> Doorward {
    let setup = Setup::plain()
        .with(&format!(
            "{SHOP}post_logout_redirect_uris = [\"http://127.0.0.1:9/bye\"]\n\
             backchannel_logout_uri = \"http://127.0.0.1:{port}/out\"\n"
        ))
        .with("[outbound]\nallow_private = [\"127.0.0.1\"]\ndanger_allow_http = true\n");
    setup.ada_and_bob().start()
}

/// Ada signs in at the shop and out again from there; gives the claims of her ID token.
async fn in_and_out(server: &Doorward) -> Value {
    let mut browser = Browser::new(server);
    let page = browser.open(oidc::authorize_url(server, &[])).await;
    page.must_have("login-page");
    let form = page.form_of("login-submit").fill("username", "ada");
    let page = browser
        .submit_once(&page, &form.fill("password", ADA))
        .await;
    let answer = oidc::arrive(&mut browser, page).await;
    let code = oidc::parameter(&answer, "code").unwrap();
    let client = browser.client().clone();
    let tokens = oidc::redeem(&client, &oidc::token_url(server), &code).await;
    let id_token = tokens.unwrap().text("id_token");
    let mut url = url::Url::parse(&server.url("/production/oidc/connect/logout")).unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", &id_token)
        .append_pair("post_logout_redirect_uri", "http://127.0.0.1:9/bye");
    let done = browser.open_once(url).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(done.headers["location"], "http://127.0.0.1:9/bye");
    verified(server, &id_token, "JWT").await
}

/// The claims of a token, as any library checks it: by the published keys.
async fn verified(server: &Doorward, jwt: &str, typ: &str) -> Value {
    let keys = Browser::new(server)
        .open(server.url("/production/oidc/jwks"))
        .await;
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&keys.body).unwrap();
    let header = jsonwebtoken::decode_header(jwt).unwrap();
    assert_eq!(header.typ.as_deref(), Some(typ));
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);
    let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(key).unwrap();
    let mut expected = jsonwebtoken::Validation::new(header.alg);
    expected.set_audience(&["shop"]);
    expected.set_issuer(&[server.url("/production/oidc")]);
    jsonwebtoken::decode::<Value>(jwt, &key, &expected)
        .unwrap()
        .claims
}

async fn assert_tells(server: &Doorward, token: &str, id_token: &Value) {
    let said = verified(server, token, "logout+jwt").await;
    for claim in ["iss", "aud", "sub", "sid"] {
        assert_eq!(said[claim], id_token[claim], "{claim}");
    }
    let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    assert_eq!(said["events"], events);
    assert!(said["jti"].is_string() && said.get("nonce").is_none());
}

fn counted(server: &Doorward, outcome: &str) -> Option<String> {
    let metrics = wire::try_get(server.ops_port(), "/metrics")?;
    let name = format!("doorward_backchannel_logouts_total{{outcome=\"{outcome}\"}} ");
    let body = String::from_utf8_lossy(&metrics.body).into_owned();
    body.lines()
        .find_map(|line| line.strip_prefix(&name).map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_out_does_not_wait_for_a_slow_app_and_the_app_hears_of_it() {
    let port = ports::free();
    let (app, server) = (App::start(port), listening_shop(port));
    // Answered, redirect and all, while the app has not answered anything.
    let id_token = in_and_out(&server).await;
    let token = app.token();
    app.may_answer.send(()).unwrap();
    assert_tells(&server, &token, &id_token).await;
    wait_for("it to be told", || counted(&server, "told"));
    assert_eq!(counted(&server, "failed"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_was_away_is_told_although_the_process_was_killed_meanwhile() {
    let port = ports::free();
    let mut server = listening_shop(port);
    let id_token = in_and_out(&server).await;
    wait_for("an attempt to fail", || counted(&server, "failed"));
    server.kill();
    server.start_again();
    let app = App::start(port);
    // A notice that was in the dead process's hands is free after half a minute.
    let token = app.tokens.recv_timeout(crate::support::PATIENCE * 3);
    app.may_answer.send(()).unwrap();
    assert_tells(&server, &token.unwrap(), &id_token).await;
    wait_for("it to be told", || counted(&server, "told"));
}
