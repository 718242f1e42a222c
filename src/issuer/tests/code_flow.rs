//! Redeeming codes: by whom, with what, once.

use std::time::Duration;

use http::StatusCode;

use super::browser::Answer;
use super::world::*;
use crate::model::Pkce;

#[track_caller]
fn assert_invalid_grant(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_eq!(answer.json()["error"], "invalid_grant");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_code_is_redeemed_for_tokens_that_say_who_and_when() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    world.clock.advance(Duration::from_secs(30));
    let code = browser.code("c1").await;
    let answer = world.redeem("c1", &code).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 1800);
    assert_eq!(tokens["scope"], "email openid profile");
    let id = payload(&tokens["id_token"]);
    let now = world.clock.now().seconds();
    assert_eq!(
        (&id["sub"], &id["aud"], &id["nonce"]),
        (&"u-alice".into(), &"c1".into(), &"n-1".into())
    );
    assert_eq!(
        (&id["auth_time"], &id["iat"]),
        (&(now - 30).into(), &now.into())
    );
    assert_eq!(id["email"], "alice@corp.test");
    let access = payload(&tokens["access_token"]);
    assert_eq!(access["iss"], "https://gw.test/production/oidc");
    assert_eq!(access["client_id"], "c1");
    assert!(
        tokens["refresh_token"]
            .as_str()
            .unwrap()
            .starts_with("dw_rt_")
    );
    assert!(world.audited("authorization_code"));
}

#[tokio::test]
async fn auz_18_a_code_redeemed_twice_takes_back_what_it_gave() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    let tokens = world.redeem("c1", &code).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);
    assert_invalid_grant(&world.redeem("c1", &code).await);
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_invalid_grant(&world.refresh("c1", refresh).await);
    assert!(world.audited("code_used_again"));
}

#[tokio::test]
async fn auz_20_another_clients_code_is_refused_and_not_burned() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", C1_CB),
        ("code_verifier", VERIFIER),
    ];
    for thief in ["c2", "p1"] {
        assert_invalid_grant(&world.token(PROD, thief, &form).await);
    }
    assert_invalid_grant(&world.token(BETA, "b1", &form).await);
    let other = if code.ends_with('A') { 'B' } else { 'A' };
    let changed = format!("{}{other}", &code[..code.len() - 1]);
    for code in [
        changed,
        code.replace("dw_code_", ""),
        code.to_uppercase(),
        format!("{code} "),
    ] {
        assert_invalid_grant(&world.redeem("c1", &code).await);
    }
    assert_eq!(world.redeem("c1", &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn auz_15_the_verifier_of_the_challenge_is_asked_for_and_no_other_taken() {
    let world = world_with(|clients| clients[0].pkce = Pkce::Optional).await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    let redeem = |code: String, verifier: Option<&'static str>| {
        let world = &world;
        async move {
            let mut form = vec![
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", C1_CB),
            ];
            form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
            world.token(PROD, "c1", &form).await
        }
    };
    let other = "b-verifier-of-at-least-forty-three-characters-in-all";
    for wrong in [
        None,
        Some(""),
        Some(other),
        Some("short"),
        Some("a+verifier of at least forty-three characters"),
    ] {
        assert_invalid_grant(&redeem(code.clone(), wrong).await);
    }
    // Sent although nothing was asked for: somebody took the challenge out of the request.
    let answer = browser
        .authorize(
            "c1",
            &[("code_challenge", ""), ("code_challenge_method", "")],
        )
        .await;
    let bare = answer.sent_to(C1_CB)["code"].clone();
    assert_invalid_grant(&redeem(bare.clone(), Some(VERIFIER)).await);
    assert_eq!(redeem(bare, None).await.status, StatusCode::OK);
    assert_eq!(redeem(code, Some(VERIFIER)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn auz_21_the_address_must_be_repeated_and_the_time_is_kept() {
    let world = world_with(|clients| {
        clients[0]
            .redirect_uris
            .push("https://c1.test/two".to_owned());
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    for uri in ["https://c1.test/two", "https://c1.test/cb/", ""] {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", uri),
            ("code_verifier", VERIFIER),
        ];
        assert_invalid_grant(&world.token(PROD, "c1", &form).await);
    }
    world.clock.advance(Duration::from_secs(299));
    assert_eq!(world.redeem("c1", &code).await.status, StatusCode::OK);
    let code = browser.code("c1").await;
    world.clock.advance(Duration::from_mins(5));
    assert_invalid_grant(&world.redeem("c1", &code).await);
}

#[tokio::test]
async fn a_code_dies_with_the_session_it_was_given_in() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    world.sessions.end_all_of(&"u-alice".into()).await.unwrap();
    assert_invalid_grant(&world.redeem("c1", &code).await);
}

#[tokio::test]
async fn without_openid_there_is_no_id_token_and_no_userinfo() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser.authorize("c1", &[("scope", "profile")]).await;
    let tokens = world
        .redeem("c1", &answer.sent_to(C1_CB)["code"])
        .await
        .json();
    assert!(tokens.get("id_token").is_none());
    let answer = world
        .userinfo(tokens["access_token"].as_str().unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer.headers["www-authenticate"],
        "Bearer error=\"insufficient_scope\""
    );
}

#[tokio::test]
async fn a_session_remembers_which_clients_it_opened() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let sid = payload(&tokens["id_token"])["sid"].as_str().unwrap().into();
    let opened = world.store.list_opened(&sid).await.unwrap();
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].name, "c1");
}

#[tokio::test]
async fn two_issuers_share_people_and_nothing_else() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let access = tokens["access_token"].as_str().unwrap();
    let at_beta = http::Request::get(format!("{BETA}/connect/userinfo"))
        .header("authorization", format!("Bearer {access}"));
    assert_eq!(
        world.send(at_beta, String::new()).await.status,
        StatusCode::UNAUTHORIZED
    );

    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    assert_invalid_grant(&world.token(BETA, "b1", &form).await);
    let unknown = world.token(BETA, "c1", &form).await;
    assert_eq!(unknown.json()["error"], "invalid_client");

    let mut browser = world.signed_in("alice").await;
    let query = request("b1", &[]);
    let answer = browser
        .get(&format!("{BETA}/connect/authorize?{query}"))
        .await;
    let sent = answer.sent_to("https://b1.test/cb");
    assert_eq!(sent["iss"], "https://gw.test/beta/oidc");
    assert!(sent.contains_key("code"));
}
