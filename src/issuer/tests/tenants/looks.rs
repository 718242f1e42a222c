//! What pages of a tenant look like.

use super::*;

/// What stands at the head of a page, and the style sheet it adds.
fn look(answer: &Answer) -> (String, Option<String>) {
    let html = scraper::Html::parse_document(&answer.body);
    let all = |css: &str| {
        let selector = scraper::Selector::parse(css).unwrap();
        html.select(&selector)
            .map(|it| (it.text().collect(), it.attr("href").map(str::to_owned)))
            .collect::<Vec<(String, Option<String>)>>()
    };
    let sheet = all("link[rel=stylesheet]")
        .into_iter()
        .nth(1)
        .and_then(|(_, href)| href);
    (all("#brand-name").remove(0).0, sheet)
}

#[tokio::test]
async fn every_page_of_a_request_in_a_tenant_has_the_tenants_look() {
    let world = tenanted().await;
    let asked = [("center_uuid", ACME), ("prompt", "consent")];
    let consent = world.signed_in("alice").await.authorize("c1", &asked).await;
    let outsider = world.signed_in("bob").await.authorize("c1", &asked).await;
    let mut form_post = asked.to_vec();
    form_post[1] = ("response_mode", "form_post");
    let form_post = world
        .signed_in("alice")
        .await
        .authorize("c1", &form_post)
        .await;
    // In words, too: not every tenant has a look of its own.
    let named = r#"<strong id="consent-tenant">Acme Fitness</strong>"#;
    assert!(consent.body.contains(named), "{}", consent.body);
    let (name, sheet) = look(&consent);
    let sheet = sheet.expect("a style sheet of the tenant");
    assert_eq!(name, "Acme Fitness");
    for page in [&outsider, &form_post] {
        assert_eq!(look(page), (name.clone(), Some(sheet.clone())));
    }
    assert_eq!(outsider.status, StatusCode::FORBIDDEN);
    let served = world.browser().get(&sheet).await;
    assert_eq!(served.headers["content-type"], "text/css; charset=utf-8");
    assert!(served.body.contains("--accent:#0b6e4f"), "{}", served.body);
    let policy = consent.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("style-src 'self';") && !policy.contains("unsafe"));
    assert!(
        !consent.body.contains("style="),
        "nothing is styled in line"
    );

    // In another tenant, and in none, the page is as before.
    let plain = [("center_uuid", GYM), ("prompt", "consent")];
    belongs(&world, "alice", &["gym"]).await;
    let page = world.signed_in("alice").await.authorize("c1", &plain).await;
    assert_eq!(look(&page), ("Acme login".to_owned(), None));
}

#[tokio::test]
async fn errors_and_the_device_page_have_the_look_of_their_issuer() {
    let world = tenanted().await;
    let mut browser = world.signed_in("alice").await;
    for path in ["authorize?client_id=nobody", "device"] {
        let page = browser.get(&format!("{BETA}/connect/{path}")).await;
        assert_eq!(look(&page).0, "Beta", "{path}");
        let page = browser.get(&format!("{PROD}/connect/{path}")).await;
        assert_eq!(look(&page).0, "Acme login", "{path}");
    }
}
