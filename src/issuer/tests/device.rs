//! Devices: two codes, one page, one answer.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::browser::Answer;
use super::world::*;
use crate::model::{Client, GrantKind};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ALLOW: (&str, &str) = ("decision", "allow");

/// `tv` and `radio` are devices; C1 is none.
async fn devices() -> World {
    world_with(|clients| {
        for id in ["tv", "radio"] {
            let mut client = with_apis(confidential(id));
            client.name = "TV <b>set</b>".to_owned();
            client.flows.grants = vec![GrantKind::DeviceCode, GrantKind::RefreshToken];
            clients.push(Client {
                redirect_uris: vec![],
                ..client
            });
        }
    })
    .await
}

impl World {
    pub async fn start(&self, client: &str, form: &[(&str, &str)]) -> Answer {
        let request = Request::post(format!("{PROD}/connect/device_authorization"))
            .header(AUTHORIZATION, basic(client, &secret(client)))
            .header(CONTENT_TYPE, FORM);
        self.send(request, encode(form)).await
    }

    async fn started(&self) -> Value {
        let scope = [("scope", "openid profile booking:read booking:write")];
        let answer = self.start("tv", &scope).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    pub async fn poll(&self, client: &str, started: &Value) -> Value {
        let code = started["device_code"].as_str().unwrap();
        let form = [("grant_type", GRANT), ("device_code", code)];
        self.token(PROD, client, &form).await.json()
    }
}

/// Where the person goes, below the site.
pub fn page_of(started: &Value) -> String {
    let uri = started["verification_uri_complete"].as_str().unwrap();
    uri.strip_prefix(SITE).unwrap().to_owned()
}

#[tokio::test]
async fn a_person_lets_a_device_in_and_its_tokens_are_theirs() {
    let world = devices().await;
    let started = world.started().await;
    assert_eq!(
        (&started["interval"], &started["expires_in"]),
        (&json!(5), &json!(600))
    );
    assert_eq!(
        world.poll("tv", &started).await["error"],
        "authorization_pending"
    );

    let mut browser = world.signed_in("alice").await;
    let page = browser.get(&page_of(&started)).await;
    assert_eq!(page.status, StatusCode::OK);
    for told in [
        "id=\"device-page\"",
        "id=\"device-warning\"",
        "alice",
        "See your bookings",
    ] {
        assert!(page.body.contains(told), "{told}");
    }
    // Looking is not allowing, however often.
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(
        world.poll("tv", &started).await["error"],
        "authorization_pending"
    );
    let done = browser
        .press_all(&page, &[ALLOW, ("scope", "booking:read")])
        .await;
    assert!(
        done.body.contains("Your device is connected"),
        "{}",
        done.body
    );

    // Nobody else's device gets it.
    assert_eq!(
        world.poll("radio", &started).await["error"],
        "invalid_grant"
    );
    let tokens = world.poll("tv", &started).await;
    assert_eq!(tokens["scope"], "booking:read openid profile");
    assert_eq!(payload(&tokens["id_token"])["sub"], "u-alice");
    assert_eq!(payload(&tokens["id_token"])["aud"], "tv");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let refreshed = world.refresh("tv", refresh).await;
    assert_eq!(refreshed.status, StatusCode::OK);
    // Her sign-out ends it.
    world.sessions.end_all_of(&"u-alice".into()).await.unwrap();
    let refresh = refreshed.json()["refresh_token"].clone();
    let refused = world.refresh("tv", refresh.as_str().unwrap()).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_device_code_is_redeemed_once_and_a_second_time_takes_everything_back() {
    let world = devices().await;
    let started = world.started().await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.get(&page_of(&started)).await;
    browser.press_all(&page, &[ALLOW]).await;
    let (one, two) = tokio::join!(world.poll("tv", &started), world.poll("tv", &started));
    let good = [&one, &two]
        .into_iter()
        .filter(|answer| answer["error"].is_null());
    assert_eq!(good.count(), 1, "{one} {two}");
    let tokens = if one["error"].is_null() { one } else { two };
    let refused = world
        .userinfo(tokens["access_token"].as_str().unwrap())
        .await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_no_a_late_answer_and_haste_are_told_apart() {
    let world = devices().await;
    let mut browser = world.signed_in("alice").await;
    let denied = world.started().await;
    let page = browser.get(&page_of(&denied)).await;
    let done = browser.press_all(&page, &[("decision", "deny")]).await;
    assert!(done.body.contains("was not let in"));
    assert_eq!(world.poll("tv", &denied).await["error"], "access_denied");
    // An answer counts once.
    let again = browser.press_all(&page, &[ALLOW]).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.poll("tv", &denied).await["error"], "access_denied");

    let hasty = world.started().await;
    let wait = |seconds| world.clock.advance(Duration::from_secs(seconds));
    assert_eq!(
        world.poll("tv", &hasty).await["error"],
        "authorization_pending"
    );
    wait(4);
    assert_eq!(world.poll("tv", &hasty).await["error"], "slow_down");
    // From now on it is ten seconds.
    wait(9);
    assert_eq!(world.poll("tv", &hasty).await["error"], "slow_down");
    wait(15);
    assert_eq!(
        world.poll("tv", &hasty).await["error"],
        "authorization_pending"
    );

    wait(600);
    assert_eq!(world.poll("tv", &hasty).await["error"], "expired_token");
    assert_eq!(
        browser.get(&page_of(&hasty)).await.status,
        StatusCode::BAD_REQUEST
    );
    assert!(
        world
            .store
            .sweep(world.clock.now().plus(Duration::from_hours(25)))
            .await
            .unwrap()
            > 0
    );
    assert_eq!(world.poll("tv", &hasty).await["error"], "invalid_grant");
}

#[tokio::test]
async fn only_devices_may_start_and_only_with_what_they_may_have() {
    let world = devices().await;
    let error = |answer: Answer| answer.json()["error"].clone();
    let openid = ("scope", "openid");
    assert_eq!(
        error(world.start("c1", &[openid]).await),
        "unauthorized_client"
    );
    assert_eq!(error(world.start("tv", &[]).await), "invalid_scope");
    assert_eq!(
        error(world.start("tv", &[("scope", "openid admin")]).await),
        "invalid_scope"
    );
    let target = [openid, ("resource", "https://x.test")];
    assert_eq!(error(world.start("tv", &target).await), "invalid_target");
    let answer = world.start("tv", &[openid, ("resource", FILES)]).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.get(&page_of(&answer.json())).await;
    browser.press_all(&page, &[ALLOW]).await;
    let tokens = world.poll("tv", &answer.json()).await;
    assert_eq!(payload(&tokens["access_token"])["aud"], FILES);
}

#[tokio::test]
async fn web_04_web_06_the_page_asks_for_a_login_shows_text_only_and_is_in_no_frame() {
    let world = devices().await;
    let started = world.started().await;
    let mut browser = world.browser();
    let answer = browser.get(&page_of(&started)).await;
    assert!(
        answer.location().starts_with("/login?i="),
        "{}",
        answer.location()
    );
    browser.sign_in("alice").await;
    let page = browser.get(&page_of(&started)).await;
    assert!(!page.body.contains("<b>set</b>"), "{}", page.body);
    assert_eq!(page.headers["x-frame-options"], "DENY");
    assert_eq!(page.headers["cache-control"], "no-store");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    // A form of another page, of nobody, or of whoever was here before.
    let path = format!("{PROD}/connect/device");
    let code = started["user_code"].as_str().unwrap();
    let forged = [("user_code", code), ALLOW];
    assert_eq!(
        browser.post(&path, &forged).await.status,
        StatusCode::FORBIDDEN
    );
    browser.sign_in("bob").await;
    let answer = browser.press_all(&page, &[ALLOW]).await;
    assert!(answer.location().starts_with("/login?i="));
    assert_eq!(
        world.poll("tv", &started).await["error"],
        "authorization_pending"
    );
}

#[tokio::test]
async fn a_code_is_typed_as_it_is_and_guessing_comes_to_an_end() {
    let world = devices().await;
    let started = world.started().await;
    let mut browser = world.signed_in("alice").await;
    let path = format!("{PROD}/connect/device");
    let page = browser.get(&path).await;
    assert!(page.body.contains("id=\"user_code\""));
    let typed = started["user_code"]
        .as_str()
        .unwrap()
        .replace('-', "")
        .to_lowercase();
    // A right code costs nothing.
    for _ in 0..20 {
        let page = browser.get(&format!("{path}?user_code={typed}")).await;
        assert!(page.body.contains("id=\"device-allow\""));
    }
    for _ in 0..10 {
        let page = browser.get(&format!("{path}?user_code=BCDF-GHJK")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.body.contains("id=\"device-error\""));
    }
    for guess in ["BCDF-GHJK", &*typed] {
        let page = browser.get(&format!("{path}?user_code={guess}")).await;
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{guess}");
    }
}
