//! What the sign-in page says to whom.

use std::time::Duration;

use http::StatusCode;

use super::{House, PASSWORD};
use crate::flow::OwnPath;

#[tokio::test]
async fn the_page_names_the_app_its_host_and_the_way_back() {
    let house = House::new().await;
    let asked = house.begin(|asked| {
        asked.app = Some("Partner Shop".into());
        asked.redirect_origin = Some("https://shop.test/cb".into());
        asked.beyond = vec!["https://app.shop.test".into(), "https://shop.test".into()];
        asked.login_hint = Some("ada@corp.test".into());
        asked.cancel = OwnPath::parse("/connect/cancel?r=1");
    });
    let page = house.browser().get(&asked).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.text("#login-app"), "Partner Shop");
    assert_eq!(page.text("#login-app-host"), "shop.test");
    assert!(page.text("footer").contains("auth.test"));
    assert_eq!(
        page.attribute("#username", "value").unwrap(),
        "ada@corp.test"
    );
    assert_eq!(
        page.attribute("#username", "autocomplete").unwrap(),
        "username"
    );
    assert_eq!(
        page.attribute("#password", "autocomplete").unwrap(),
        "current-password"
    );
    assert!(
        page.has("#password[autofocus]"),
        "the name is known already"
    );
    assert_eq!(
        page.attribute("#login-cancel", "href").unwrap(),
        "/connect/cancel?r=1"
    );
    assert!(page.has("button#login-submit[type=submit]"));
    assert_eq!(page.attribute("form", "action").unwrap(), asked);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' https://shop.test https://app.shop.test;"),
        "{policy}"
    );
    assert!(page.body.len() < 20_000);
}

#[tokio::test]
async fn somebody_signed_in_may_go_on_or_be_somebody_else_unless_it_must_be_proven_again() {
    let house = House::new().await;
    let mut browser = house.signed_in("ada").await;
    let asked = house.begin(|asked| asked.app = Some("Shop".into()));
    let page = browser.get(&asked).await;
    assert!(
        page.attribute("#login-continue", "href")
            .unwrap()
            .starts_with("/connect/authorize")
    );
    assert!(page.has("#username"));
    let switched = browser.get(&format!("{asked}&switch")).await;
    assert!(!switched.has("#login-continue") && switched.has("#username"));

    let again = house.begin(|asked| asked.again = true);
    let page = browser.get(&again).await;
    assert!(!page.has("#login-continue"));
    assert_eq!(page.attribute("#username", "value").unwrap(), "ada");

    let home = browser.get("/login").await;
    assert_eq!(home.header("location"), "/account");
}

#[tokio::test]
async fn a_login_that_was_begun_too_long_ago_leads_nowhere() {
    let house = House::new().await;
    let asked = house.begin(|_| {});
    let mut browser = house.browser();
    browser.get(&asked).await;
    house.clock.advance(Duration::from_secs(3601));
    let late = browser.type_in(&asked, "ada", PASSWORD).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert_eq!(late.text("#error-code"), "login_expired");
    assert!(house.sessions_of(&house.ada).await.is_empty());
    for broken in ["/login?i=", "/login?i=x", &format!("{asked}&i=x")] {
        assert_eq!(
            browser.get(broken).await.status,
            StatusCode::BAD_REQUEST,
            "{broken}"
        );
    }
}
