//! What apps publish elsewhere: sectors, logos, descriptions of themselves.

use std::time::Duration;

use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::browser::Answer;
use super::elsewhere::Elsewhere;
use super::world::*;

const REGISTER: &str = "/production/oidc/connect/register";

async fn register(world: &World, body: Value) -> Answer {
    world.call(Method::POST, REGISTER, "", &body).await
}

#[tokio::test]
async fn a_sector_names_every_redirect_uri_of_who_joins_it() {
    let elsewhere = Elsewhere::start();
    let world = world_calling(&elsewhere).await;
    let listed = json!(["https://a.test/cb", "https://b.test/cb"]);
    elsewhere.publish("/sector", "application/json", listed.to_string());
    elsewhere.publish("/none", "application/json", "{}");
    let join = |uris: Value, sector: &str| {
        let body = json!({
            "redirect_uris": uris,
            "subject_type": "pairwise",
            "sector_identifier_uri": elsewhere.url(sector),
        });
        register(&world, body)
    };
    let joined = join(listed.clone(), "/sector").await;
    assert_eq!(joined.status, StatusCode::CREATED, "{}", joined.body);
    let uri = elsewhere.url("/sector");
    assert_eq!(joined.json()["sector_identifier_uri"], uri);
    for (uris, sector, reason) in [
        (
            json!(["https://a.test/cb", "https://evil.test/cb"]),
            "/sector",
            "redirect_uris[1]",
        ),
        (json!(["https://a.test/cb?"]), "/sector", "redirect_uris[0]"),
        (listed.clone(), "/none", "array"),
        (listed.clone(), "/absent", "could not be fetched"),
    ] {
        let refused = join(uris, sector).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{sector}");
        let error = refused.json();
        assert_eq!(error["error"], "invalid_client_metadata");
        let said = error["error_description"].as_str().unwrap();
        assert!(said.contains(reason), "{said}");
    }
}

#[tokio::test]
async fn an_app_is_shown_with_its_logo_from_our_own_host_its_policy_and_its_terms() {
    let elsewhere = Elsewhere::start();
    let world = world_calling(&elsewhere).await;
    elsewhere.publish("/logo", "text/plain", "GIF89a....");
    let registered = register(
        &world,
        json!({
            "client_name": "<b>{{7*7}}</b>",
            "redirect_uris": ["https://shop.test/cb"],
            "logo_uri": elsewhere.url("/logo"),
            "policy_uri": "https://shop.test/policy?a=1&b=2",
            "tos_uri": "https://shop.test/tos",
        }),
    )
    .await
    .json();
    let id = registered["client_id"].as_str().unwrap();
    let mut alice = world.signed_in("alice").await;
    let page = alice
        .authorize(id, &[("redirect_uri", "https://shop.test/cb")])
        .await;
    let html = scraper::Html::parse_document(&page.body);
    let attr = |css: &str, name: &str| {
        let selector = scraper::Selector::parse(css).unwrap();
        let found = html.select(&selector).next().unwrap();
        found.attr(name).unwrap().to_owned()
    };
    assert_eq!(
        attr("#client-policy", "href"),
        "https://shop.test/policy?a=1&b=2"
    );
    assert_eq!(attr("#client-tos", "href"), "https://shop.test/tos");
    // web_06: text is text.
    assert!(page.body.contains("{{7*7}}") && !page.body.contains("<b>"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("img-src 'self' data:;"), "{policy}");
    let source = attr("#client-logo", "src");
    assert!(source.starts_with('/'), "{source}");
    for _ in 0..3 {
        let logo = world.send(Request::get(&source), String::new()).await;
        assert_eq!(logo.status, StatusCode::OK);
        assert_eq!(logo.headers["content-type"], "image/gif");
        assert_eq!(logo.headers["content-disposition"], "attachment");
        assert_eq!(logo.headers["x-content-type-options"], "nosniff");
    }
    assert_eq!(elsewhere.asked("/logo"), 1);
}

#[tokio::test]
async fn what_is_no_image_is_no_logo() {
    let elsewhere = Elsewhere::start();
    let world = world_calling(&elsewhere).await;
    elsewhere.publish("/html", "image/png", "<script>alert(1)</script>");
    elsewhere.publish("/large", "image/png", vec![0x89; 300 * 1024]);
    for path in ["/html", "/large", "/absent"] {
        let registered = register(
            &world,
            json!({
                "redirect_uris": ["https://shop.test/cb"],
                "logo_uri": elsewhere.url(path),
            }),
        )
        .await
        .json();
        let id = registered["client_id"].as_str().unwrap();
        let source = format!("{PROD}/connect/authorize/logo?client_id={id}");
        let logo = world.send(Request::get(source), String::new()).await;
        assert_eq!(logo.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// What the app at `id` says of itself.
fn description(id: &str) -> Value {
    json!({
        "client_id": id,
        "client_name": "Document App",
        "redirect_uris": ["https://doc.test/cb"],
        "token_endpoint_auth_method": "none",
    })
}

#[tokio::test]
async fn an_app_whose_id_is_the_address_of_its_description_signs_people_in() {
    let elsewhere = Elsewhere::start();
    let world = world_calling(&elsewhere).await;
    let id = elsewhere.url("/client.json");
    let mut document = description(&id);
    elsewhere.publish("/client.json", "application/json", document.to_string());
    let mut alice = world.signed_in("alice").await;
    let callback = ("redirect_uri", "https://doc.test/cb");
    let page = alice.authorize(&id, &[callback, ("scope", "openid")]).await;
    assert!(page.body.contains("Document App"), "{}", page.body);
    let answer = alice.press(&page, Some(("decision", "allow"))).await;
    let code = answer.sent_to("https://doc.test/cb")["code"].clone();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        callback,
        ("code_verifier", VERIFIER),
        ("client_id", &id),
    ];
    let request = Request::post(format!("{PROD}/connect/token")).header("content-type", FORM);
    let tokens = world.send(request, encode(&form)).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    assert_eq!(elsewhere.asked("/client.json"), 1);
    // What it says now counts when what it said is old.
    document["redirect_uris"] = json!(["https://doc.test/other"]);
    elsewhere.publish("/client.json", "application/json", document.to_string());
    world.clock.advance(Duration::from_mins(10));
    alice.authorize(&id, &[callback]).await.assert_local();
    assert_eq!(elsewhere.asked("/client.json"), 2);
}

#[tokio::test]
async fn an_app_is_known_on_while_the_server_of_its_description_is_away() {
    let elsewhere = Elsewhere::start();
    let world = world_calling(&elsewhere).await;
    let id = elsewhere.url("/client.json");
    let document = description(&id);
    elsewhere.publish("/client.json", "application/json", document.to_string());
    let mut alice = world.signed_in("alice").await;
    let callback = ("redirect_uri", "https://doc.test/cb");
    let mut knows = async || {
        let page = alice.authorize(&id, &[callback, ("scope", "openid")]).await;
        page.body.contains("Document App")
    };
    assert!(knows().await);
    elsewhere.publish("/client.json", "application/json", vec![b' '; 100_000]);
    world.clock.advance(Duration::from_mins(10));
    assert!(knows().await && knows().await);
    assert_eq!(elsewhere.asked("/client.json"), 2);
    world.clock.advance(Duration::from_secs(10));
    assert!(knows().await);
    assert_eq!(elsewhere.asked("/client.json"), 3);
    // What it says itself counts at once.
    elsewhere.publish("/client.json", "application/json", "{}");
    world.clock.advance(Duration::from_secs(10));
    assert!(!knows().await);
}

#[tokio::test]
async fn a_description_that_is_wrong_or_elsewhere_is_an_unknown_app() {
    let elsewhere = Elsewhere::start();
    let world = world_calling(&elsewhere).await;
    let browser = || world.browser();
    let good = json!({ "redirect_uris": ["https://doc.test/cb"] });
    for (path, more) in [
        (
            "/other",
            json!({ "client_id": elsewhere.url("/client.json") }),
        ),
        ("/nobody", json!({})),
        (
            "/secret",
            json!({ "client_id": elsewhere.url("/secret"), "client_secret": "x" }),
        ),
        (
            "/basic",
            json!({
                "client_id": elsewhere.url("/basic"),
                "token_endpoint_auth_method": "client_secret_basic",
            }),
        ),
        (
            "/unsafe",
            json!({ "client_id": elsewhere.url("/unsafe"), "redirect_uris": ["javascript:x"] }),
        ),
        (
            "/keyless",
            json!({
                "client_id": elsewhere.url("/keyless"),
                "token_endpoint_auth_method": "private_key_jwt",
            }),
        ),
    ] {
        let mut all = good.clone();
        let Value::Object(more) = more else { panic!() };
        all.as_object_mut().unwrap().extend(more);
        elsewhere.publish(path, "application/json", all.to_string());
        let id = elsewhere.url(path);
        let callback = ("redirect_uri", "https://doc.test/cb");
        browser().authorize(&id, &[callback]).await.assert_local();
    }
    for id in [
        elsewhere.url("/absent"),
        format!("https://127.0.0.1:{}/client.json", 1),
        elsewhere.url("/other").replace("https", "http"),
    ] {
        let callback = ("redirect_uri", "https://doc.test/cb");
        browser().authorize(&id, &[callback]).await.assert_local();
    }
}
