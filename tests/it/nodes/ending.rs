//! The end of a session at one node is its end at the other, and its apps are told once.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

use super::{Nodes, ROUNDS, own_form, post, request};
use crate::support::wire::{self, Answer};
use crate::support::{Recorder, oidc, ports, wait_for};

fn route(upstream: &Recorder) -> String {
    format!(
        "[[route]]\nid = \"app\"\nmatch = {{ host = \"app.test\" }}\n\
         allow = [\"authenticated\"]\nupstream = [\"{}\"]\n",
        upstream.url()
    )
}

#[tokio::test]
async fn a_session_that_one_node_ends_is_over_at_the_other() {
    let upstream = Recorder::start();
    let Some(nodes) = Nodes::start(&route(&upstream)).await else {
        return;
    };
    for _ in 0..ROUNDS / 3 {
        let mut ada = nodes.ada().await;
        let code = oidc::code(&mut ada, &nodes.first, &[("scope", "openid")]).await;
        let client = ada.client().clone();
        let url = oidc::token_url(&nodes.second);
        let told = oidc::redeem(&client, &url, &code).await.unwrap();
        let page = ada.open(nodes.first.url_at("app.test", "/")).await;
        assert_eq!((page.status, page.body.as_str()), (200, "seen"));
        let lines = [format!("Cookie: {}", ada.cookies("app.test").unwrap())];
        let app = request("GET", &nodes.host_of("app.test"), "/", &lines, "");
        // The other node has seen the session and believes it without asking.
        let answer = wire::exchange(nodes.second.port(), &app).unwrap();
        assert_eq!(answer.status, 200);
        let bearer = [format!(
            "Authorization: Bearer {}",
            told.text("access_token")
        )];
        let target = "/production/oidc/connect/userinfo";
        let userinfo = request("GET", &nodes.host(), target, &bearer, "");
        let answer = wire::exchange(nodes.second.port(), &userinfo).unwrap();
        assert_eq!(answer.status, 200);

        let page = ada.open(nodes.first.url("/logout")).await;
        let form = page.form_of("logout-confirm");
        let lines = own_form(&nodes.first.url(""), &ada.cookies("localhost").unwrap());
        let fields: Vec<_> = form.fields.iter().collect();
        let fields: Vec<_> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let logout = post(&nodes.host(), "/logout", &lines, &fields);
        let answer = wire::exchange(nodes.first.port(), &logout).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());

        // What asks the database hears of it now; what remembers, by the feed.
        let refreshed = match told.json["refresh_token"].as_str() {
            Some(token) => oidc::refresh(&client, &url, token).await.unwrap().status,
            None => 400,
        };
        assert_eq!(refreshed, 400);
        for (what, request, status) in [
            ("the app to be closed", &app, 401),
            ("the token to be refused", &userinfo, 401),
        ] {
            wait_for(what, || {
                let answer = wire::exchange(nodes.second.port(), request)?;
                (answer.status == status).then_some(())
            });
        }
    }
    nodes.end().await;
}

/// An app that takes every logout token it is sent.
fn listen(port: u16) -> Receiver<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let (sent, tokens) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let told = wire::read_message(&mut stream, false, |_| {});
            let body = told.unwrap().unwrap().body;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            let body = String::from_utf8(body).unwrap();
            if sent.send(body).is_err() {
                return;
            }
        }
    });
    tokens
}

#[tokio::test]
async fn a_session_that_both_nodes_end_at_once_is_told_of_once() {
    let port = ports::free();
    let tokens = listen(port);
    let shop = format!(
        "{}post_logout_redirect_uris = [\"http://127.0.0.1:9/bye\"]\n\
         backchannel_logout_uri = \"http://127.0.0.1:{port}/out\"\n",
        oidc::SHOP
    );
    let may = "[outbound]\nallow_private = [\"127.0.0.1\"]\ndanger_allow_http = true\n";
    let Some(nodes) = Nodes::selling(&shop, may).await else {
        return;
    };
    let rounds = ROUNDS / 3;
    for _ in 0..rounds {
        let mut ada = nodes.ada().await;
        let code = oidc::code(&mut ada, &nodes.first, &[]).await;
        let client = ada.client().clone();
        let told = oidc::redeem(&client, &oidc::token_url(&nodes.second), &code).await;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", &told.unwrap().text("id_token"))
            .append_pair("post_logout_redirect_uri", "http://127.0.0.1:9/bye")
            .finish();
        let target = format!("/production/oidc/connect/logout?{query}");
        let lines = [format!("Cookie: {}", ada.cookies("localhost").unwrap())];
        let answers = nodes.rush(&request("GET", &nodes.host(), &target, &lines, ""));
        let back = |answer: &&Answer| {
            answer.headers.first("location").as_deref() == Some("http://127.0.0.1:9/bye")
        };
        assert_eq!(answers.iter().filter(back).count(), answers.len());
        let token = tokens.recv_timeout(crate::support::PATIENCE).unwrap();
        assert!(token.starts_with("logout_token="), "{token}");
    }
    // Nothing waits to be told any more, and nothing was told twice.
    let mut waiting = 1;
    while waiting > 0 {
        waiting = nodes.count("SELECT COUNT(*) FROM logouts").await;
    }
    assert!(
        tokens.try_recv().is_err(),
        "an app was told of one end twice"
    );
    nodes.end().await;
}
