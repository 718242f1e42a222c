//! Tokens at the gateway: none that was made for something else opens a route, and none of ours
//! goes on to an app.

use super::{House, cookie};
use crate::support::oidc::{self, SHOP};
use crate::support::{Browser, Recorder, Setup, server::BOB};

struct Tokens {
    house: House,
    /// Each with what it is, for messages.
    all: Vec<(&'static str, String)>,
}

/// Bob's tokens for the shop, and the assertion that an app got about him.
async fn tokens() -> Tokens {
    let upstream = Recorder::start();
    let server = Setup::plain()
        .with(SHOP)
        .with(&super::routes(&upstream.url()))
        .ada_and_bob()
        .start();
    let house = House { server, upstream };
    let mut browser = Browser::new(&house.server);
    let page = browser
        .sign_in(house.server.url_at("app.test", "/"), "bob", BOB)
        .await;
    assert_eq!(page.status, 200);
    let assertion = house.upstream.last().headers.first("doorward-assertion");
    let scopes = [("scope", "openid offline_access")];
    let code = oidc::code(&mut browser, &house.server, &scopes).await;
    let spare = oidc::code(&mut browser, &house.server, &scopes).await;
    let told = oidc::redeem(browser.client(), &oidc::token_url(&house.server), &code)
        .await
        .unwrap();
    assert_eq!(told.status, 200, "{}", told.json);
    let all = vec![
        ("an access token", told.text("access_token")),
        ("an id token", told.text("id_token")),
        ("a refresh token", told.text("refresh_token")),
        ("an assertion", assertion.unwrap()),
        ("a code", spare),
    ];
    house.upstream.forget();
    Tokens { house, all }
}

#[tokio::test]
async fn tok_12_tok_13_no_token_made_for_something_else_opens_a_route() {
    let Tokens { house, all } = tokens().await;
    for (what, token) in &all {
        for line in [
            format!("Authorization: Bearer {token}"),
            format!("Authorization: bearer  {token}"),
            format!("Authorization: Basic {token}"),
            format!("Cookie: __Host-doorward={token}"),
            format!("Doorward-Assertion: {token}"),
            format!("X-Access-Token: {token}"),
        ] {
            let answer = house.kept_out("app.test", "/", &[&line]);
            assert_eq!(answer.status, 401, "{what} as {line}");
            let answer = house.kept_out("secret.test", &format!("/?access_token={token}"), &[]);
            assert_eq!(answer.status, 401, "{what} in the query");
        }
    }
}

#[tokio::test]
async fn hdr_20_no_token_of_ours_goes_on_to_an_app() {
    let Tokens { house, all } = tokens().await;
    let session = cookie(&house.signed_in("app.test", "bob").await);
    let credentials = |token: &str| {
        [
            format!("Bearer {token}"),
            format!("DPoP {token}"),
            format!("Token token=\"{token}\""),
            token.to_owned(),
        ]
    };
    for (what, token) in all.iter().filter(|(what, _)| *what != "a code") {
        for said in credentials(token) {
            for (host, more) in [("open.test", None), ("app.test", Some(&session))] {
                house.upstream.forget();
                let authorization = format!("Authorization: {said}");
                let mine = format!("Doorward-Assertion: {token}");
                let mut lines = vec![authorization.as_str(), mine.as_str()];
                lines.extend(more.map(String::as_str));
                assert_eq!(house.get(host, "/", &lines).status, 200);
                let seen = house.upstream.only();
                assert!(!seen.contains(token), "{what} reached {host}: {seen:?}");
            }
        }
    }
}

#[tokio::test]
async fn tok_13_userinfo_takes_access_tokens_only() {
    let Tokens { house, all } = tokens().await;
    let browser = Browser::new(&house.server);
    for (what, token) in &all {
        let told = oidc::userinfo(&browser, &house.server, token).await;
        let expected = if *what == "an access token" { 200 } else { 401 };
        assert_eq!(told.status, expected, "{what}: {}", told.json);
    }
}
