//! The token and revocation endpoints: who is calling, and how.

use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Request, StatusCode};

use super::world::*;

fn post() -> http::request::Builder {
    Request::post(format!("{PROD}/connect/token")).header(CONTENT_TYPE, FORM)
}

#[tokio::test]
async fn tok_01_a_client_that_cannot_prove_itself_is_told_nothing_more() {
    let world = world().await;
    let good = secret("c1");
    let padded = format!(" {good}");
    let mut told = Vec::new();
    for (client, secret) in [
        ("c1", ""),
        ("c1", "null"),
        ("c1", " "),
        ("c1", "wrong"),
        ("c1", &padded),
        ("nobody", &good),
        ("c2", &good),
        ("b1", "the+secret of b1%"),
        // A public client has no secret to send.
        ("p1", "anything"),
    ] {
        let request = post().header(AUTHORIZATION, basic(client, secret));
        let answer = world
            .send(request, encode(&[("grant_type", "refresh_token")]))
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{client} {secret}");
        assert!(answer.headers.contains_key(WWW_AUTHENTICATE));
        told.push(answer.body);

        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("client_secret", secret),
        ];
        let answer = world.send(post(), encode(&form)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{client} {secret}");
        told.push(answer.body);
    }
    // A confidential client that sends no secret, and nobody at all.
    for form in [vec![("client_id", "c1")], vec![]] {
        let answer = world.send(post(), encode(&form)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        told.push(answer.body);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("\"invalid_client\""));
}

#[tokio::test]
async fn tok_02_one_method_of_authentication_and_that_whole() {
    let world = world().await;
    let good = basic("c1", &secret("c1"));
    let post_secret = secret("c1");
    let send = async |headers: &[&str], form: &[(&str, &str)]| {
        let request = headers
            .iter()
            .fold(post(), |request, line| request.header(AUTHORIZATION, *line));
        world.send(request, encode(form)).await
    };
    let grant = ("grant_type", "authorization_code");
    let both = [
        grant,
        ("client_id", "c1"),
        ("client_secret", post_secret.as_str()),
    ];
    assert_eq!(send(&[&good], &both).await.status, StatusCode::BAD_REQUEST);
    let other = [grant, ("client_id", "c2")];
    assert_eq!(send(&[&good], &other).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        send(&[&good, &good], &[grant]).await.status,
        StatusCode::UNAUTHORIZED
    );
    for junk in [
        "Basic",
        "Basic !!!",
        "Basic YzE=",
        "Bearer YzE6eA==",
        "Basic YzE6JQ==",
    ] {
        let answer = send(&[junk], &[grant]).await;
        assert_eq!(answer.json()["error"], "invalid_client", "{junk}");
    }
    // Both good ways get as far as the missing code.
    for answer in [send(&[&good], &[grant]).await, send(&[], &both).await] {
        assert_eq!(answer.json()["error"], "invalid_request", "{}", answer.body);
    }
}

#[tokio::test]
async fn tok_06_only_a_form_with_a_grant_we_know_each_parameter_once() {
    let world = world().await;
    let path = format!("{PROD}/connect/token");
    let get = world
        .send(Request::get(format!("{path}?grant_type=x")), String::new())
        .await;
    assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);

    let json = Request::post(&path)
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, basic("c1", &secret("c1")));
    let answer = world
        .send(json, r#"{"grant_type":"refresh_token"}"#.to_owned())
        .await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let in_query = Request::post(format!("{path}?grant_type=refresh_token&client_id=p1"))
        .header(CONTENT_TYPE, FORM);
    let answer = world.send(in_query, String::new()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);

    for unknown in ["password", "AUTHORIZATION_CODE", "null"] {
        let answer = world.token(PROD, "c1", &[("grant_type", unknown)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            answer.json()["error"],
            "unsupported_grant_type",
            "{unknown}"
        );
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    let twice = [
        ("grant_type", "refresh_token"),
        ("grant_type", "refresh_token"),
    ];
    let answer = world.token(PROD, "c1", &twice).await;
    assert_eq!(answer.json()["error"], "invalid_request");
    let answer = world.token(PROD, "c1", &[]).await;
    assert_eq!(answer.json()["error"], "invalid_request");
}

#[tokio::test]
async fn tok_14_a_client_revokes_its_own_tokens_and_learns_nothing_of_others() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let access = tokens["access_token"].as_str().unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for (client, token) in [
        ("c2", refresh),
        ("c2", access),
        ("c1", "junk"),
        ("c1", "dw_rt_AAAA"),
    ] {
        let answer = world.revoke(client, token).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    }
    assert_eq!(world.userinfo(access).await.status, StatusCode::OK);

    assert_eq!(world.revoke("c1", refresh).await.status, StatusCode::OK);
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.refresh("c1", refresh).await.json()["error"],
        "invalid_grant"
    );
    assert_eq!(world.revoke("c1", refresh).await.status, StatusCode::OK);
    assert!(world.audited("by_client"));
}

#[tokio::test]
async fn a_stranger_revokes_nothing() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "p1").await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let request = || Request::post(format!("{PROD}/connect/revoke")).header(CONTENT_TYPE, FORM);
    let answer = world.send(request(), encode(&[("token", token)])).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let form = [("token", token), ("client_id", "p1")];
    assert_eq!(
        world.send(request(), encode(&form)).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.refresh("p1", token).await.json()["error"],
        "invalid_grant"
    );
}
