//! Front-channel logout: what the browser loads before it goes on.

use http::StatusCode;

use super::browser::{Answer, Browser};
use super::world::*;

const LOGOUT: &str = "/production/oidc/connect/logout";
const BYE: &str = "https://c1.test/bye";

/// C1 and C2 want to be told in frames, P1 does not.
async fn told_in_frames() -> World {
    world_with(|clients| {
        for client in clients {
            if client.id.as_str().starts_with('c') {
                let uri = format!("https://{}.test/out", client.id);
                client.logout.frontchannel = Some(uri);
            }
        }
    })
    .await
}

/// A browser in which alice uses these clients, and the first one's ID token.
async fn in_use<'w>(world: &'w World, clients: &[&str]) -> (Browser<'w>, String) {
    let mut browser = world.signed_in("alice").await;
    let mut hint = None;
    for client in clients {
        let code = browser.code(client).await;
        let tokens = world.redeem(client, &code).await.json();
        let token = tokens["id_token"].as_str().unwrap().to_owned();
        hint = hint.or(Some(token));
    }
    (browser, hint.unwrap())
}

async fn logout(browser: &mut Browser<'_>, parameters: &[(&str, &str)]) -> Answer {
    let query = encode(parameters);
    browser.get(&format!("{LOGOUT}?{query}")).await
}

fn attributes(page: &Answer, css: &str, name: &str) -> Vec<String> {
    let html = scraper::Html::parse_document(&page.body);
    let selector = scraper::Selector::parse(css).unwrap();
    let found = html.select(&selector);
    found
        .map(|element| element.attr(name).unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn the_page_loads_a_frame_of_each_such_client_and_then_goes_on() {
    let world = told_in_frames().await;
    let (mut browser, hint) = in_use(&world, &["c1", "c2", "p1"]).await;
    let sid = payload(&hint.clone().into())["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let parameters = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s&t=1"),
    ];
    let page = logout(&mut browser, &parameters).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(attributes(&page, "main", "id"), ["logged-out"]);
    let frame = |client: &str| {
        let iss = "https%3A%2F%2Fgw.test%2Fproduction%2Foidc";
        format!("https://{client}.test/out?iss={iss}&sid={sid}")
    };
    assert_eq!(
        attributes(&page, "iframe", "src"),
        [frame("c1"), frame("c2")]
    );
    let onward = "https://c1.test/bye?state=s%26t%3D1";
    assert_eq!(attributes(&page, "a[data-continues]", "href"), [onward]);
    let refresh = format!("5;url={onward}");
    assert_eq!(
        attributes(&page, "meta[http-equiv=refresh]", "content"),
        [refresh]
    );
    let header = |name| page.headers[name].to_str().unwrap();
    let policy = header("content-security-policy");
    assert!(
        policy.contains("; frame-src https://c1.test https://c2.test; "),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(header("referrer-policy"), "no-referrer");
    let gone = browser.authorize("c1", &[("prompt", "none")]).await;
    assert_eq!(gone.error(), "login_required");

    // Loaded again, there is nobody to tell any more.
    let again = logout(&mut browser, &parameters).await;
    assert_eq!(again.location(), onward);
}

#[tokio::test]
async fn without_such_clients_the_browser_goes_on_at_once() {
    let world = told_in_frames().await;
    let (mut browser, hint) = in_use(&world, &["p1"]).await;
    let parameters = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", "https://p1.test/bye"),
    ];
    let answer = logout(&mut browser, &parameters).await;
    assert_eq!(answer.location(), "https://p1.test/bye");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn without_an_address_the_page_stays_where_it_is() {
    let world = told_in_frames().await;
    let (mut browser, hint) = in_use(&world, &["c1"]).await;
    let page = logout(&mut browser, &[("id_token_hint", &hint)]).await;
    assert_eq!(attributes(&page, "iframe", "src").len(), 1);
    assert!(!page.body.contains("http-equiv"), "{}", page.body);
    assert!(attributes(&page, "a[data-continues]", "href").is_empty());
}

#[tokio::test]
async fn out_06_naming_a_session_ends_nothing() {
    let world = told_in_frames().await;
    let (mut browser, hint) = in_use(&world, &["c1"]).await;
    let claims = payload(&hint.into());
    let (iss, sid) = (
        claims["iss"].as_str().unwrap(),
        claims["sid"].as_str().unwrap(),
    );
    for parameters in [
        vec![("iss", iss), ("sid", sid)],
        vec![("sid", sid)],
        vec![("logout_hint", sid)],
        vec![("logout_hint", sid), ("client_id", "c1")],
    ] {
        let mut stranger = world.browser();
        let answer = logout(&mut stranger, &parameters).await;
        assert!(
            attributes(&answer, "iframe", "src").is_empty(),
            "{parameters:?}"
        );
        let answer = logout(&mut browser, &parameters).await;
        assert!(answer.location().contains("/confirm?r="), "{parameters:?}");
        let here = browser.authorize("c1", &[("prompt", "none")]).await;
        assert!(here.sent_to(C1_CB).contains_key("code"));
    }
    assert_eq!(world.store.count_logouts().await.unwrap(), 0);
}
