//! Userinfo: what it says, and to whom.

use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use serde_json::json;

use super::world::*;

fn path() -> String {
    format!("{PROD}/connect/userinfo")
}

#[tokio::test]
async fn userinfo_says_what_the_scopes_promise_by_get_and_by_post() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let access = tokens["access_token"].as_str().unwrap();
    let by_get = world.userinfo(access).await;
    assert_eq!(by_get.status, StatusCode::OK);
    assert_eq!(by_get.headers["content-type"], "application/json");
    assert_eq!(by_get.headers["cache-control"], "no-store");
    assert_eq!(
        by_get.json(),
        json!({
            "sub": "u-alice",
            "email": "alice@corp.test",
            "email_verified": true,
            "name": "The person alice",
            "preferred_username": "alice",
            "updated_at": 1_700_000_000,
        })
    );
    let bearer = format!("bearer {access}");
    let by_header = Request::post(path()).header(AUTHORIZATION, &bearer);
    assert_eq!(
        world.send(by_header, String::new()).await.json(),
        by_get.json()
    );
    let by_form = Request::post(path()).header(CONTENT_TYPE, FORM);
    let answer = world
        .send(by_form, encode(&[("access_token", access)]))
        .await;
    assert_eq!(answer.json(), by_get.json());
}

#[tokio::test]
async fn tok_13_only_an_access_token_is_an_access_token() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let id_token = tokens["id_token"].as_str().unwrap();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for wrong in [id_token, refresh, "x", "e30.e30.e30"] {
        let answer = world.userinfo(wrong).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            answer.headers[WWW_AUTHENTICATE],
            "Bearer error=\"invalid_token\""
        );
    }
}

#[tokio::test]
async fn tok_17_a_token_is_presented_once_and_as_the_rfc_says() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let access = tokens["access_token"].as_str().unwrap();
    let bearer = format!("Bearer {access}");
    let status = async |request: http::request::Builder, body: String| {
        world.send(request, body).await.status
    };
    let twice = Request::get(path())
        .header(AUTHORIZATION, &bearer)
        .header(AUTHORIZATION, &bearer);
    assert_eq!(status(twice, String::new()).await, StatusCode::BAD_REQUEST);
    let both = Request::post(path())
        .header(AUTHORIZATION, &bearer)
        .header(CONTENT_TYPE, FORM);
    let form = encode(&[("access_token", access)]);
    assert_eq!(status(both, form).await, StatusCode::BAD_REQUEST);
    let query = Request::get(format!("{}?access_token={access}", path()));
    assert_eq!(status(query, String::new()).await, StatusCode::BAD_REQUEST);
    let query = Request::get(format!("{}?access_token=x", path())).header(AUTHORIZATION, &bearer);
    assert_eq!(status(query, String::new()).await, StatusCode::BAD_REQUEST);
    for line in [
        format!("Bearer\t{access}"),
        format!("Bearer  {access}"),
        format!("Bearer {access},x"),
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
    ] {
        let request = Request::get(path()).header(AUTHORIZATION, &line);
        assert_eq!(
            status(request, String::new()).await,
            StatusCode::BAD_REQUEST,
            "{line}"
        );
    }
    let nothing = world.send(Request::get(path()), String::new()).await;
    assert_eq!(nothing.status, StatusCode::UNAUTHORIZED);
    assert_eq!(nothing.headers[WWW_AUTHENTICATE], "Bearer");
}

#[tokio::test]
async fn an_access_token_ends_in_its_time() {
    let world = world().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let access = tokens["access_token"].as_str().unwrap();
    world.clock.advance(std::time::Duration::from_mins(31));
    assert_eq!(
        world.userinfo(access).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn web_12_other_origins_may_read_it_and_never_with_cookies() {
    let world = world().await;
    for path in [
        path(),
        format!("{PROD}/connect/token"),
        format!("{PROD}/jwks"),
        format!("{PROD}/.well-known/openid-configuration"),
    ] {
        let preflight = Request::options(&path)
            .header("origin", "https://evil.test")
            .header("access-control-request-method", "POST");
        let answer = world.send(preflight, String::new()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert!(
            !answer
                .headers
                .contains_key("access-control-allow-credentials")
        );
        // A page's own script proves its key (RFC 9449 4), and reads why that was refused.
        let allowed = &answer.headers["access-control-allow-headers"];
        assert_eq!(allowed, "authorization, content-type, dpop");
        let exposed = &answer.headers["access-control-expose-headers"];
        assert_eq!(exposed, "www-authenticate");
    }
    let page =
        Request::get(format!("{PROD}/connect/authorize")).header("origin", "https://evil.test");
    let answer = world.send(page, String::new()).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}
