//! Session management: what apps are given to watch, and the frame they watch by.

use http::header::SET_COOKIE;

use super::browser::Answer;
use super::world::*;
use crate::base::encoding::{hex, sha256};

const FRAME: &str = "/production/oidc/connect/check_session";
const COOKIE: &str = "__Host-doorward-state";

fn set_cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all(SET_COOKIE).iter();
    all.map(|value| value.to_str().unwrap().to_owned())
        .filter(|cookie| cookie.starts_with(COOKIE))
        .collect()
}

fn value(cookie: &str) -> &str {
    let (_, rest) = cookie.split_once('=').unwrap();
    rest.split(';').next().unwrap()
}

/// As the frame does it.
fn fits(session_state: &str, client: &str, origin: &str, shown: &str) -> bool {
    let (hash, salt) = session_state.split_once('.').unwrap();
    hex(sha256(format!("{client} {origin} {shown} {salt}"))) == hash
}

#[tokio::test]
async fn an_answer_fits_the_cookie_of_its_session_and_nothing_else() {
    let world = watched_world().await;
    let mut browser = world.signed_in("alice").await;
    let first = browser.authorize("c1", &[]).await;
    let cookies = set_cookies(&first);
    let [cookie] = cookies.as_slice() else {
        panic!("{cookies:?}")
    };
    assert!(cookie.contains("; Secure") && cookie.contains("; SameSite=None"));
    assert!(!cookie.contains("HttpOnly") && !cookie.contains("Domain"));
    let shown = value(cookie).to_owned();
    assert!(shown.len() >= 43, "it cannot be guessed");
    let state = first.sent_to(C1_CB)["session_state"].clone();
    assert!(!state.contains(' '));
    assert!(fits(&state, "c1", "https://c1.test", &shown));
    for (client, origin, shown) in [
        ("c2", "https://c1.test", shown.as_str()),
        ("c1", "https://c2.test", &shown),
        ("c1", "https://c1.test", ""),
    ] {
        assert!(!fits(&state, client, origin, shown), "{client} {origin}");
    }
    let again = browser.authorize("c1", &[]).await;
    assert!(set_cookies(&again).is_empty(), "the browser has it");
    let second = again.sent_to(C1_CB)["session_state"].clone();
    assert!(second != state && fits(&second, "c1", "https://c1.test", &shown));

    // Another sign-in of the same person is another state.
    browser.sign_in("alice").await;
    let other = browser.authorize("c1", &[]).await;
    assert!(!fits(
        &state,
        "c1",
        "https://c1.test",
        value(&set_cookies(&other)[0])
    ));
}

#[tokio::test]
async fn signing_out_takes_the_cookie_away() {
    let world = watched_world().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    let tokens = world.redeem("c1", &code).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let query = encode(&[("id_token_hint", hint)]);
    let done = browser.get(&format!("{PROD}/connect/logout?{query}")).await;
    let cookies = set_cookies(&done);
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(value(&cookies[0]).is_empty() && cookies[0].contains("Max-Age=0"));
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_loses_the_cookie_at_the_next_page() {
    let world = watched_world().await;
    let mut browser = world.signed_in("alice").await;
    let code = browser.code("c1").await;
    let tokens = world.redeem("c1", &code).await.json();
    let sid = payload(&tokens["id_token"])["sid"].as_str().unwrap().into();
    assert!(world.sessions.end(&sid).await.unwrap());
    let silent = browser.authorize("c1", &[("prompt", "none")]).await;
    assert_eq!(silent.error(), "login_required");
    assert!(set_cookies(&silent)[0].contains("Max-Age=0"));
}

#[tokio::test]
async fn web_04_the_frame_alone_may_be_framed_and_runs_one_script() {
    let world = watched_world().await;
    let frame = world.browser().get(FRAME).await;
    assert_eq!(frame.status, 200);
    for absent in ["x-frame-options", "set-cookie"] {
        assert!(!frame.headers.contains_key(absent), "{absent}");
    }
    let policy = frame.headers["content-security-policy"].to_str().unwrap();
    let (script, _) = frame.body.split_once("</script>").unwrap();
    let (_, script) = script.split_once("<script>").unwrap();
    let hash = crate::base::encoding::base64url(sha256(script));
    let written = policy.replace('+', "-").replace('/', "_");
    assert!(written.starts_with("default-src 'none'; script-src 'sha256-"));
    assert!(written.contains(&format!("'sha256-{hash}='")), "{policy}");
    assert!(!policy.contains("frame-ancestors") && !policy.contains("unsafe"));
    assert!(script.contains(COOKIE));
    let discovery = format!("{PROD}/.well-known/openid-configuration");
    let told = world.browser().get(&discovery).await.json();
    assert_eq!(told["check_session_iframe"], format!("{SITE}{FRAME}"));
    for path in [
        "/production/oidc/connect/authorize",
        "/production/oidc/connect/logout",
    ] {
        let page = world.browser().get(path).await;
        assert_eq!(page.headers["x-frame-options"], "DENY", "{path}");
    }
}

#[tokio::test]
async fn where_apps_may_not_watch_there_is_nothing_to_watch() {
    let world = world().await;
    let mut browser = world.signed_in("alice").await;
    let answer = browser.authorize("c1", &[]).await;
    assert!(set_cookies(&answer).is_empty());
    assert!(!answer.sent_to(C1_CB).contains_key("session_state"));
    assert_eq!(browser.get(FRAME).await.status, 404);
    let discovery = format!("{PROD}/.well-known/openid-configuration");
    let told = browser.get(&discovery).await.json();
    assert!(told.get("check_session_iframe").is_none());
}
