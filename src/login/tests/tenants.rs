//! Tenants that take some ways in only.

use std::time::Duration;

use http::StatusCode;

use super::{House, PASSWORD};
use crate::model::{Amr, PasswordCredential};

const HOUR: Duration = Duration::from_hours(1);
const NEW: &str = "quiet maple seventeen";

/// The sign-in page of an app that asks for access in `tenant`.
fn asked_in(house: &House, tenant: &str) -> String {
    house.begin(|asked| asked.tenant = Some(tenant.into()))
}

#[tokio::test]
async fn a_tenant_without_passwords_shows_no_password_form_and_takes_none() {
    let house = House::new().await;
    let mut browser = house.browser();
    let path = asked_in(&house, "links");
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.has("input[name=password]") && !page.has("#login-submit"));
    assert!(page.text("#login-link-only").contains("a one-time link"));

    // The form of another page, posted here.
    browser.get("/login").await;
    for password in [PASSWORD, "wrong"] {
        let answer = browser.type_in(&path, "ada", password).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.text("#login-error h2"), "That is not a way in here");
    }
    assert!(house.sessions_of(&house.ada).await.is_empty());
    let audit = house.audit.lock();
    let refused = audit.iter().filter(|r| r.reason == "method_not_allowed");
    assert_eq!(refused.count(), 2);
}

#[tokio::test]
async fn attempts_that_are_not_looked_at_count_against_nobody() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    let path = asked_in(&house, "links");
    for _ in 0..40 {
        browser.type_in(&path, "ada", "wrong").await;
    }
    let answer = browser.sign_in("/login", "ada", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_tenant_without_links_takes_none_and_uses_none_up() {
    let house = House::new().await;
    let link = house.link(&house.ada, HOUR).await;
    let sealed = asked_in(&house, "passwords").replace("/login?i=", "");
    let here = format!("{link}&i={sealed}");
    let mut browser = house.browser();
    let page = browser.get(&here).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(page.text("#error-code"), "method_not_allowed_here");

    browser.get(&link).await;
    let refused = browser.post(&here, &[("password", NEW)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let entered = browser.post(&link, &[("password", NEW)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "it was not used up");
}

#[tokio::test]
async fn a_session_says_whether_it_began_with_a_password_or_a_link() {
    let house = House::new().await;
    let link = house.link(&house.ada, HOUR).await;
    let mut browser = house.browser();
    browser.get(&link).await;
    browser.post(&link, &[("password", NEW)]).await;
    let sessions = house.sessions_of(&house.ada).await;
    assert_eq!(sessions[0].amr, [Amr::Otp]);

    // Who is signed in in another way is told, and signs in again.
    let path = house.begin(|asked| {
        asked.tenant = Some("passwords".into());
        asked.again = true;
    });
    let page = browser.get(&path).await;
    assert!(
        page.text("#login-demands")
            .contains("user name and password")
    );
    let entered = browser.type_in(&path, "ada", NEW).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let sessions = house.sessions_of(&house.ada).await;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].amr, [Amr::Pwd]);
    assert!(!browser.get(&path).await.has("#login-demands"));
}

#[tokio::test]
async fn a_password_that_must_be_changed_is_changed_where_no_links_are_taken() {
    let house = House::new().await;
    let store = &house.state.store;
    let stored = store.load_password(&house.ada.id).await.unwrap().unwrap();
    let expired = PasswordCredential {
        must_change: true,
        ..stored
    };
    store.put_password(&expired).await.unwrap();
    let mut browser = house.browser();
    let path = asked_in(&house, "passwords");
    let sent = browser.sign_in(&path, "ada", PASSWORD).await;
    let change = sent.header("location").to_owned();
    browser.get(&change).await;
    let entered = browser.post(&change, &[("password", NEW)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let sessions = house.sessions_of(&house.ada).await;
    assert_eq!(sessions[0].amr, [Amr::Pwd]);
}

#[tokio::test]
async fn a_tenant_that_takes_everything_changes_nothing() {
    let house = House::new().await;
    for tenant in ["both", "gone-from-the-file"] {
        let mut browser = house.browser();
        let path = asked_in(&house, tenant);
        let answer = browser.sign_in(&path, "ada", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{tenant}");
    }
}

#[tokio::test]
async fn a_page_takes_each_part_of_its_look_from_the_nearest_that_has_it() {
    let house = House::new().await;
    let look = async |issuer: Option<&str>, tenant: Option<&str>| {
        let path = house.begin(|asked| {
            asked.issuer = issuer.map(Into::into);
            asked.tenant = tenant.map(Into::into);
        });
        let page = house.browser().get(&path).await;
        let logo = page.attribute("#brand-logo", "src");
        (page.text("#brand-name"), logo)
    };
    let (name, logo) = look(Some("pictured"), None).await;
    assert_eq!(name, "Issuer");
    let logo = logo.unwrap();
    assert_eq!(
        look(Some("pictured"), Some("passwords")).await,
        ("Passwords".to_owned(), Some(logo.clone()))
    );
    assert_eq!(look(None, None).await, ("Acme login".to_owned(), None));
    let unknown = look(Some("gone"), Some("gone")).await;
    assert_eq!(unknown.0, "Acme login");

    let picture = house.browser().get(&logo).await;
    assert_eq!(
        (picture.header("content-type"), &*picture.body),
        ("image/svg+xml", "<svg/>")
    );
    assert_eq!(picture.header("content-disposition"), "attachment");
    assert!(
        picture
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
}

#[tokio::test]
async fn what_goes_wrong_in_a_sign_in_has_the_look_of_who_asked() {
    let house = House::new().await;
    let link = house.link(&house.ada, HOUR).await;
    let path = house.begin(|asked| {
        asked.issuer = Some("pictured".into());
        asked.tenant = Some("passwords".into());
    });
    let sealed = path.replace("/login?i=", "");
    let refused = house.browser().get(&format!("{link}&i={sealed}")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.text("#brand-name"), "Passwords");
    assert!(refused.has("#brand-logo"));
}
