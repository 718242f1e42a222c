//! The consent page and its answers.

mod memory;

use std::time::Duration;

use http::StatusCode;

use super::browser::Answer;
use super::world::*;
use crate::model::{Client, ConsentPolicy};

async fn asking(policy: ConsentPolicy) -> World {
    world_with(move |clients| {
        clients[0].consent = policy;
        clients[0].name = "Shop <b>& \"Co\"".to_owned();
    })
    .await
}

const ALLOW: Option<(&str, &str)> = Some(("decision", "allow"));
const DENY: Option<(&str, &str)> = Some(("decision", "deny"));

#[track_caller]
fn assert_asks(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(
        answer.body.contains("id=\"consent-page\""),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn the_page_says_who_asks_whom_and_for_what_and_runs_nothing() {
    let world = asking(ConsentPolicy::Remember).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser
        .authorize("c1", &[("state", "\"><script>alert(1)</script>")])
        .await;
    assert_asks(&page);
    for id in [
        "consent-allow",
        "consent-deny",
        "consent-user",
        "switch-account",
    ] {
        assert!(page.body.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(page.body.contains("alice"));
    assert!(page.body.contains("See your e-mail address"));
    assert!(!page.body.contains("<b>") && !page.body.contains("<script>alert"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://c1.test;"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.headers["x-frame-options"], "DENY");
    assert_eq!(page.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_no_goes_back_to_the_client_and_gives_nothing() {
    let world = asking(ConsentPolicy::Remember).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("c1", &[]).await;
    let sent = browser.press(&page, DENY).await;
    let sent = sent.sent_to(C1_CB);
    assert_eq!(
        (&*sent["error"], &*sent["state"]),
        ("access_denied", "st-1")
    );
    assert!(world.audited("denied"));
    assert_asks(&browser.authorize("c1", &[]).await);
}

#[tokio::test]
async fn web_03_an_answer_counts_only_from_the_browser_and_session_that_was_asked() {
    let world = asking(ConsentPolicy::Remember).await;
    let mut alice = world.signed_in("alice").await;
    let page = alice.authorize("c1", &[]).await;

    // Another browser, with a session of its own, sends what it saw over somebody's shoulder.
    let mut mallory = world.signed_in("bob").await;
    mallory.authorize("c1", &[]).await;
    assert_eq!(
        mallory.press(&page, ALLOW).await.status,
        StatusCode::FORBIDDEN
    );

    // The same browser, but somebody else signed in meanwhile: they are asked themselves.
    alice.sign_in("bob").await;
    let answer = alice.press(&page, ALLOW).await;
    assert!(
        answer
            .location()
            .starts_with("/production/oidc/connect/authorize/resume?r=")
    );
    let resume = answer.location().to_owned();
    assert_asks(&alice.get(&resume).await);

    // No token, no answer, no GET.
    let path = format!("{PROD}/connect/authorize/consent");
    assert_eq!(
        alice.post(&path, &[("decision", "allow")]).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        alice.get(&path).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let page = alice.get(&resume).await;
    assert_eq!(
        alice.press(&page, None).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn an_answer_after_the_session_ended_starts_over() {
    let world = asking(ConsentPolicy::Remember).await;
    let mut browser = world.signed_in("alice").await;
    let page = browser.authorize("c1", &[]).await;
    world.sessions.end_all_of(&"u-alice".into()).await.unwrap();
    let answer = browser.press(&page, ALLOW).await;
    let resume = answer.location().to_owned();
    let answer = browser.get(&resume).await;
    assert!(answer.location().starts_with("/login?i="));
}

fn linked(page: &Answer, css: &str) -> String {
    let html = scraper::Html::parse_document(&page.body);
    let css = scraper::Selector::parse(css).unwrap();
    let link = html.select(&css).next().and_then(|link| link.attr("href"));
    link.unwrap_or_else(|| panic!("{}", page.body)).to_owned()
}

#[tokio::test]
async fn another_account_can_be_chosen_from_the_page() {
    let world = asking(ConsentPolicy::Remember).await;
    let mut browser = world.signed_in("alice").await;
    world.clock.advance(Duration::from_secs(1));
    let page = browser.authorize("c1", &[]).await;
    let link = linked(&page, "#switch-account");
    let answer = browser.get(&link).await;
    assert!(answer.location().starts_with("/login?i="));
    world.clock.advance(Duration::from_secs(1));
    browser.sign_in("bob").await;
    let page = browser.get(&link).await;
    assert_asks(&page);
    assert!(
        page.body
            .contains("<strong id=\"consent-user\">bob</strong>")
    );
    // However often they change, the request is as old as it is.
    world.clock.advance(Duration::from_mins(50));
    let page = browser.get(&link).await;
    assert_asks(&page);
    let link = linked(&page, "#switch-account");
    world.clock.advance(Duration::from_mins(11));
    browser.get(&link).await.assert_local();
}

#[tokio::test]
async fn each_scope_of_an_api_can_be_left_out_and_what_is_left_out_is_not_granted() {
    let world = world_with(|clients| {
        clients[0] = Client {
            consent: ConsentPolicy::Remember,
            ..with_apis(confidential("c1"))
        };
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    let asked = ("scope", "openid booking:read booking:write");
    let page = browser.authorize("c1", &[asked]).await;
    assert_asks(&page);
    let html = scraper::Html::parse_document(&page.body);
    let boxes = scraper::Selector::parse("#consent-apis input[type=checkbox][checked]").unwrap();
    let names: Vec<_> = html
        .select(&boxes)
        .filter_map(|input| input.attr("value"))
        .collect();
    assert_eq!(names, ["booking:read", "booking:write"]);
    assert!(page.body.contains("See your bookings") && !page.body.contains("<bookings>"));

    // Only reading stays ticked; what was never asked for cannot be added.
    let ticked = [
        ("decision", "allow"),
        ("scope", "booking:read"),
        ("scope", "files:read"),
    ];
    let sent = browser.press_all(&page, &ticked).await.sent_to(C1_CB);
    let answer = world.redeem("c1", &sent["code"]).await.json();
    assert_eq!(answer["scope"], "booking:read openid");

    // Remembered scope by scope: what was left out is asked about again, the rest is not.
    let known = ("scope", "openid booking:read");
    assert!(
        browser
            .authorize("c1", &[known])
            .await
            .sent_to(C1_CB)
            .contains_key("code")
    );
    assert_asks(&browser.authorize("c1", &[asked]).await);
    // Leaving out what was allowed before takes it back for the next time.
    let page = browser.authorize("c1", &[asked]).await;
    browser.press(&page, ALLOW).await;
    assert_asks(&browser.authorize("c1", &[known]).await);
    // Nothing left is a no.
    let page = browser.authorize("c1", &[("scope", "booking:read")]).await;
    let sent = browser.press(&page, ALLOW).await.sent_to(C1_CB);
    assert_eq!(sent["error"], "access_denied");
}
