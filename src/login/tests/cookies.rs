//! CKS rows of the wall.

use std::time::Duration;

use axum::extract::FromRequestParts;
use http::{Method, StatusCode};

use super::{House, PASSWORD};
use crate::identity::throttle::{Account, KNOWN};
use crate::login::device::{Device, NAME as DEVICE};
use crate::model::Login;
use crate::session::cookie::NAME;
use crate::web::csrf::BROWSER_COOKIE;

#[tokio::test]
async fn cks_01_every_cookie_is_bound_to_the_host_and_hidden_from_scripts() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let entered = browser.type_in("/login", "ada", PASSWORD).await;
    browser.get("/logout").await;
    let left = browser.post("/logout", &[]).await;
    let mut seen = 0;
    for answer in [&page, &entered, &left] {
        assert!(!answer.cookies().is_empty());
        for cookie in answer.cookies() {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            let attributes: Vec<_> = attributes.split("; ").collect();
            assert!(pair.starts_with("__Host-"), "{cookie}");
            for wanted in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                assert!(attributes.contains(&wanted), "{cookie}");
            }
            assert!(!cookie.to_ascii_lowercase().contains("domain"), "{cookie}");
            seen += 1;
        }
    }
    assert_eq!(
        seen, 5,
        "the browser; the session, a new browser and the device; the end"
    );
}

#[tokio::test]
async fn cks_02_two_session_cookies_are_nobodys_in_either_order() {
    let house = House::new().await;
    house.add("mallory", Some(PASSWORD)).await;
    let ada = house.signed_in("ada").await.jar[NAME].clone();
    let mallory = house.signed_in("mallory").await.jar[NAME].clone();
    for pair in [[&ada, &mallory], [&mallory, &ada]] {
        let mut browser = house.browser();
        browser.jar.insert(NAME.into(), pair[0].clone());
        assert!(browser.is_in().await);
        let planted = format!("{NAME}={}", pair[1]).into_bytes();
        browser.extra.push(("cookie", planted.clone()));
        assert!(!browser.is_in().await);
        browser.jar.clear();
        browser.extra = vec![("cookie", [pair[0].as_bytes(), b"; ", &planted].concat())];
        browser.extra[0]
            .1
            .splice(0..0, format!("{NAME}=").into_bytes());
        assert!(!browser.is_in().await);
    }
}

#[tokio::test]
async fn cks_03_a_cookie_whose_name_only_looks_right_is_not_the_session() {
    let house = House::new().await;
    let value = house.signed_in("ada").await.jar[NAME].clone();
    let line = |name: &[u8]| [name, b"=", value.as_bytes()].concat();
    let mut browser = house.browser();
    browser.extra = vec![("cookie", line(NAME.as_bytes()))];
    assert!(browser.is_in().await, "the exact name is");
    for name in [
        &b"\xe2\x80\x80__Host-doorward"[..],
        b"\xc2\xa0__Host-doorward",
        b"__Host-doorward ",
        b"$Version=1, __Host-doorward",
        b"=__Host-doorward",
        b"__host-doorward",
        b"__Host-Doorward",
    ] {
        browser.extra = vec![("cookie", line(name))];
        assert!(!browser.is_in().await, "{}", name.escape_ascii());
    }
}

#[tokio::test]
async fn cks_06_signing_in_gives_a_new_session_and_a_new_browser_and_ends_what_was_planted() {
    let house = House::new().await;
    house.add("mallory", Some(PASSWORD)).await;
    let mut attacker = house.signed_in("mallory").await;
    attacker.get("/account").await;
    let (planted, planted_token) = (attacker.jar.clone(), attacker.csrf.clone());

    let mut victim = house.browser();
    victim.jar.clone_from(&planted);
    victim.get("/login?switch").await;
    let entered = victim.type_in("/login", "ada", PASSWORD).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_ne!(victim.jar[NAME], planted[NAME]);
    assert_ne!(victim.jar[BROWSER_COOKIE], planted[BROWSER_COOKIE]);
    assert!(victim.get("/account").await.body.contains("ada"));

    assert!(!attacker.is_in().await, "what was planted is dead");
    victim.csrf = planted_token;
    let forged = victim.post("/logout", &[]).await;
    assert_eq!(
        forged.status,
        StatusCode::FORBIDDEN,
        "and its forms are, too"
    );
    assert_eq!(house.sessions_of(&house.ada).await.len(), 1);
}

#[tokio::test]
async fn cks_06_signing_in_twice_in_one_browser_leaves_one_session() {
    let house = House::new().await;
    let mut browser = house.signed_in("ada").await;
    let first = house.sessions_of(&house.ada).await[0].id.clone();
    browser.sign_in("/login?switch", "ada", PASSWORD).await;
    let left = house.sessions_of(&house.ada).await;
    assert_eq!(left.len(), 1);
    assert_ne!(left[0].id, first);
}

#[tokio::test]
async fn cks_10_a_session_cookie_changed_by_a_character_opens_nothing() {
    let house = House::new().await;
    let good = house.signed_in("ada").await.jar[NAME].clone();
    let encoded = good.replace('-', "%2D").replace('_', "%5F") + "%20";
    let swapped = |text: &str| -> String {
        text.chars()
            .map(|c| {
                if c.is_ascii_lowercase() {
                    c.to_ascii_uppercase()
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect()
    };
    let mut browser = house.browser();
    browser.jar.insert(NAME.into(), good.clone());
    assert!(browser.is_in().await);
    for broken in [
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        format!("{good}="),
        swapped(&good),
        encoded,
        format!("\"{good}\""),
        house.sessions_of(&house.ada).await[0].id.to_string(),
    ] {
        browser.jar.insert(NAME.into(), broken.clone());
        assert!(!browser.is_in().await, "{broken}");
    }
}

#[tokio::test]
async fn cks_13_a_cookie_kept_past_idle_or_the_longest_life_opens_nothing() {
    let house = House::new().await;
    let settings = house.state.sessions.settings().clone();
    let mut idle = house.signed_in("ada").await;
    house.clock.advance(settings.idle);
    assert!(!idle.is_in().await, "idle too long");

    let mut busy = house.signed_in("ada").await;
    let first = busy.jar.clone();
    let step = Duration::from_hours(1);
    for hour in 1..settings.max.as_secs() / 3600 {
        house.clock.advance(step);
        assert!(busy.is_in().await, "hour {hour}");
    }
    house.clock.advance(step);
    assert!(!busy.is_in().await, "as old as a session may get");
    busy.jar = first;
    assert!(!busy.is_in().await);
    let head = busy.send(Method::HEAD, "/account", String::new()).await;
    assert_eq!(head.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_browser_that_was_in_before_gets_in_whatever_others_on_its_network_do() {
    let house = House::new().await;
    let mut own = house.signed_in("ada").await;
    own.get("/logout").await;
    own.post("/logout", &[]).await;
    let mut stranger = house.browser();
    stranger.get("/login").await;
    let throttled = async |browser: &mut super::Browser<'_>| {
        let answer = browser.type_in("/login", "ada", "wrong").await;
        answer.status == StatusCode::TOO_MANY_REQUESTS
    };
    while !throttled(&mut stranger).await {}

    let device = own.jar[DEVICE].clone();
    let mut changed = device.clone();
    changed.replace_range(20..21, if &device[20..21] == "A" { "B" } else { "A" });
    stranger.jar.insert(DEVICE.to_owned(), changed);
    assert!(
        throttled(&mut stranger).await,
        "a cookie that does not open"
    );
    own.get("/login").await;
    let entered = own.type_in("/login", "ada", PASSWORD).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);

    // It is no way to guess more often.
    let mut stolen = house.browser();
    stolen.jar.insert(DEVICE.to_owned(), device.clone());
    stolen.get("/login").await;
    let mut tries = 0;
    while !throttled(&mut stolen).await {
        tries += 1;
    }
    assert_eq!(tries, 5);
    // And says nothing of anybody else.
    let mut other = house.browser();
    other.jar.insert(DEVICE.to_owned(), device);
    other.get("/login").await;
    let answer = other.type_in("/login", "bob", "wrong").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_browser_is_known_for_the_last_accounts_and_for_a_while() {
    let house = House::new().await;
    let mut browser = house.browser();
    for name in ["u1", "u2", "u3", "u4", "u5"] {
        house.add(name, Some(PASSWORD)).await;
        let entered = browser.sign_in("/login?switch", name, PASSWORD).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{name}");
    }
    assert!(browser.jar[DEVICE].len() < 250);
    let device = async |browser: &super::Browser<'_>| {
        let mut parts = http::Request::new(()).into_parts().0;
        let line = format!("{DEVICE}={}", browser.jar[DEVICE]);
        parts.headers.insert("cookie", line.parse().unwrap());
        Device::from_request_parts(&mut parts, &house.state)
            .await
            .unwrap()
    };
    let known = async |name: &str| {
        let login = Login::parse(name).unwrap();
        let user = house.state.store.find_user(&login).await.unwrap();
        let account = Account::of(&login, user.as_ref());
        let epoch = user.map_or(0, |user| user.epoch);
        device(&browser).await.known_for(&account, epoch).is_some()
    };
    assert!(!known("u1").await);
    assert!(known("u2").await && known("u5").await);
    let login = Login::parse("u3").unwrap();
    let user = house.state.store.find_user(&login).await.unwrap().unwrap();
    let stored = house.state.store.load_password(&user.id).await.unwrap();
    let replaced = house.state.store.put_password(&stored.unwrap()).await;
    replaced.unwrap();
    assert!(!known("u3").await, "its credentials were replaced");
    house.clock.advance(KNOWN);
    assert!(!known("u5").await);
}
