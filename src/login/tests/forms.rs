//! WEB rows of the wall.

use http::{Method, StatusCode};

use super::{Answer, House, PASSWORD};
use crate::flow::OwnPath;

#[tokio::test]
async fn web_01_a_sign_in_form_from_elsewhere_is_refused_and_starts_nothing() {
    let house = House::new().await;
    for headers in [
        vec![("origin", "https://evil.test")],
        vec![("origin", "null")],
        vec![("referer", "http://auth.test/login")],
        vec![
            ("origin", "https://evil.test"),
            ("sec-fetch-site", "cross-site"),
        ],
        vec![("sec-fetch-site", "same-site")],
    ] {
        let mut browser = house.browser();
        browser.get("/login").await;
        browser.extra = headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes().to_vec()))
            .collect();
        refused(&browser.type_in("/login", "ada", PASSWORD).await);
    }
    // Sent by another site's page: no cookie, or no token.
    let mut browser = house.browser();
    refused(&browser.type_in("/login", "ada", PASSWORD).await);
    browser.get("/login").await;
    browser.csrf = String::new();
    refused(&browser.type_in("/login", "ada", PASSWORD).await);
    assert!(house.sessions_of(&house.ada).await.is_empty());
    assert!(house.audit.lock().is_empty(), "no attempt was made");
}

fn refused(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.has("#error-page"));
    assert!(answer.cookies().is_empty());
    assert_eq!(answer.attribute("#error-page a", "href").unwrap(), "/login");
}

#[tokio::test]
async fn web_04_no_page_of_the_door_can_be_framed_or_kept() {
    let house = House::new().await;
    let link = house
        .link(&house.ada, std::time::Duration::from_hours(1))
        .await;
    let mut browser = house.signed_in("ada").await;
    let asked = house.begin(|asked| asked.app = Some("Shop".into()));
    for path in [
        "/login?switch",
        &*asked,
        "/login?i=garbage",
        &*link,
        "/login/link?token=garbage",
        "/logout",
        "/account",
        "/nowhere",
    ] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(
            answer.has("main") && !answer.has("[style]") && !answer.has("style"),
            "{path}"
        );
        assert!(
            !answer.has("[onclick], [onload], [onerror], script:not([src])"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn web_05_markup_in_anything_shown_is_text() {
    let house = House::new().await;
    let evil = "\"><script>alert(1)</script>'";
    let mut browser = house.browser();
    let asked = house.begin(|asked| {
        asked.app = Some(evil.into());
        asked.login_hint = Some(evil.into());
        asked.redirect_origin = Some(format!("https://shop.test/{evil}"));
        asked.cancel = OwnPath::parse("/x?error=%22%3E%3Cscript%3E");
    });
    let page = browser.get(&asked).await;
    harmless(&page);
    assert_eq!(page.text("#login-app"), evil);
    assert_eq!(page.attribute("#username", "value").unwrap(), evil);
    let again = browser.type_in(&asked, evil, evil).await;
    harmless(&again);
    assert_eq!(again.attribute("#username", "value").unwrap(), evil);
    let encoded: String = form_urlencoded::byte_serialize(evil.as_bytes()).collect();
    for path in [
        "/login?i=",
        "/login/link?token=",
        "/login?rd=",
        "/login?ui_locales=",
        "/",
    ] {
        harmless(&browser.get(&format!("{path}{encoded}")).await);
    }
    let twice = format!("csrf=x&{encoded}=1&{encoded}=2");
    harmless(&browser.send(Method::POST, "/login", twice).await);
}

fn harmless(answer: &Answer) {
    assert!(!answer.body.contains("<script>"), "{}", answer.body);
    assert!(
        !answer.body.contains("alert(1)</script>"),
        "{}",
        answer.body
    );
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"));
}

#[tokio::test]
async fn web_08_no_parameter_decides_where_a_sign_in_ends() {
    let house = House::without_limits(2).await;
    for name in [
        "rd",
        "return_to",
        "next",
        "redirect",
        "url",
        "target_link_uri",
        "resume",
    ] {
        for target in [
            "https://evil.test/",
            "//evil.test",
            "/\\evil.test",
            "/%09/evil.test",
        ] {
            let path = format!("/login?{name}={target}");
            let mut browser = house.browser();
            let entered = browser.sign_in(&path, "ada", PASSWORD).await;
            assert_eq!(entered.header("location"), "/account", "{path}");
            browser
                .sign_in(&format!("{path}&switch"), "ada", PASSWORD)
                .await;
            assert!(browser.is_in().await);
        }
    }
}

#[tokio::test]
async fn web_15_a_password_is_answered_with_303_to_the_very_place_that_was_asked_for() {
    let house = House::new().await;
    let asked = house.begin(|_| {});
    let mut browser = house.browser();
    let entered = browser.sign_in(&asked, "ada", PASSWORD).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let place = "/connect/authorize?client_id=shop&state=s%20t";
    assert_eq!(entered.header("location"), place);
    assert!(entered.body.is_empty());
}

#[tokio::test]
async fn looking_changes_nothing_and_other_methods_are_refused() {
    let house = House::new().await;
    let mut browser = house.signed_in("ada").await;
    browser.get("/logout").await;
    browser.send(Method::HEAD, "/logout", String::new()).await;
    browser.get("/logout?confirm=1&_method=POST").await;
    assert!(browser.is_in().await);
    for (method, path) in [
        (Method::PUT, "/login"),
        (Method::DELETE, "/account"),
        (Method::GET, "/account/sessions"),
    ] {
        let answer = browser.send(method, path, String::new()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert!(answer.has("#error-page"));
    }
}
