//! Logout tokens on their way to clients on this machine, with a clock in the test's hand.

mod described;
mod listener;
mod world;

use std::time::Duration;

use serde_json::{Value, json};

use self::listener::Listener;
use self::world::*;
use super::patience::LONGEST;
use crate::base::encoding::from_base64url;
use crate::keys::{Audience, Expected, Expiry, JwtType};
use crate::model::{Client, client::SubjectType};
use crate::tokens::KeyOwner;

fn part(jwt: &str, at: usize) -> Value {
    let part = jwt.split('.').nth(at).unwrap();
    serde_json::from_slice(&from_base64url(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_logout_token_says_who_where_and_which_session_and_nothing_else() {
    let shop = Listener::start(200).await;
    let mut world = world(vec![client("shop", "production", shop.uri())]).await;
    let session = world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    let token = shop.token();
    let header = part(&token, 0);
    assert_eq!(
        (&header["typ"], &header["alg"]),
        (&json!("logout+jwt"), &json!("EdDSA"))
    );
    let mut claims = part(&token, 1);
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert!(jti.as_str().unwrap().len() >= 22);
    assert_eq!(
        claims,
        json!({
            "iss": "https://gw.test/production",
            "aud": "shop",
            "sub": "u-alice",
            "sid": session,
            "iat": 1_800_000_000,
            "exp": 1_800_000_120,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    );
    let keyrings = world.tokens.keyrings();
    let ring = keyrings.ring(&KeyOwner::issuer_name(&"production".into()));
    let expected = Expected {
        typ: JwtType::Logout,
        issuer: "https://gw.test/production",
        audience: Audience::Is("shop"),
        expiry: Expiry::Enforced,
    };
    let verified = ring.unwrap().verify(&token, &expected, world.clock.now());
    assert!(verified.is_ok());
    assert_eq!(world.waiting().await, 0);
    assert_eq!(world.audited(), [("backchannel_told", true)]);
    let metrics = world.metrics.render().unwrap();
    assert!(metrics.contains("doorward_backchannel_logouts_total{outcome=\"told\"} 1"));
}

#[tokio::test]
async fn every_client_of_every_issuer_is_told_by_its_own_issuer_and_no_other() {
    let (shop, wiki) = (Listener::start(200).await, Listener::start(204).await);
    let pairwise = Client {
        subject_type: SubjectType::Pairwise { sector_uri: None },
        ..client("wiki", "beta", wiki.uri())
    };
    let clients = vec![
        client("shop", "production", shop.uri()),
        pairwise,
        client("silent", "beta", None),
        client("moved", "beta", shop.uri()),
    ];
    let mut world = world(clients).await;
    let session = world
        .signed_out(&[
            ("production", "shop"),
            ("beta", "wiki"),
            ("beta", "silent"),
            ("production", "moved"),
            ("gone", "shop"),
            ("beta", "unknown"),
        ])
        .await;
    world.deliver().await;
    assert_eq!(
        (shop.count(), wiki.count(), world.waiting().await),
        (1, 1, 0)
    );
    let said = part(&wiki.token(), 1);
    assert_eq!(said["iss"], "https://gw.test/beta");
    for (claim, plain) in [("sub", "u-alice"), ("sid", session.as_str())] {
        assert!(said[claim].is_string() && said[claim] != plain, "{claim}");
    }
}

#[tokio::test]
async fn a_client_that_was_away_is_told_when_it_is_back_by_a_fresh_token() {
    let shop = Listener::start(503).await;
    let mut world = world(vec![client("shop", "production", shop.uri())]).await;
    world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    let first = shop.token();
    world.deliver().await;
    assert_eq!(shop.count(), 1, "not again at once");
    world.clock.advance(Duration::from_secs(2));
    world.deliver().await;
    let second = shop.token();
    assert_eq!((shop.count(), world.waiting().await), (2, 1));
    let (first, second) = (part(&first, 1), part(&second, 1));
    assert_eq!(first["sid"], second["sid"]);
    assert!(first["jti"] != second["jti"] && first["iat"] != second["iat"]);
    shop.says(200);
    world.clock.advance(Duration::from_secs(4));
    world.deliver().await;
    assert_eq!((shop.count(), world.waiting().await), (3, 0));
    assert_eq!(world.audited(), [("backchannel_told", true)]);
}

#[tokio::test]
async fn a_client_that_refuses_is_not_asked_again() {
    let shop = Listener::start(400).await;
    let mut world = world(vec![client("shop", "production", shop.uri())]).await;
    world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    assert_eq!((shop.count(), world.waiting().await), (1, 0));
    assert_eq!(world.audited(), [("backchannel_refused", false)]);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_is_no_yes() {
    let shop = Listener::start(302).await;
    let mut world = world(vec![client("shop", "production", shop.uri())]).await;
    world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    assert_eq!((shop.count(), world.waiting().await), (1, 1));
}

#[tokio::test]
async fn after_a_day_a_client_is_given_up_and_that_is_written_down() {
    let mut world = world(vec![client(
        "shop",
        "production",
        "http://127.0.0.1:1/".to_owned(),
    )])
    .await;
    world.signed_out(&[("production", "shop")]).await;
    world.deliver().await;
    assert_eq!(world.waiting().await, 1);
    world.clock.advance(LONGEST);
    world.deliver().await;
    assert_eq!(world.waiting().await, 1, "a day is not over yet");
    world.clock.advance(LONGEST);
    world.deliver().await;
    assert_eq!(world.waiting().await, 0);
    assert_eq!(world.audited(), [("backchannel_given_up", false)]);
}

#[tokio::test]
async fn a_dead_client_rests_and_holds_back_nobody_else() {
    let (dead, shop) = (Listener::start(500).await, Listener::start(200).await);
    let clients = vec![
        client("dead", "production", dead.uri()),
        client("shop", "production", shop.uri()),
    ];
    let mut world = world(clients).await;
    for _ in 0..20 {
        let both = [("production", "dead"), ("production", "shop")];
        world.signed_out(&both).await;
    }
    world.deliver().await;
    assert_eq!((shop.count(), world.waiting().await), (20, 20));
    assert!(
        dead.count() < 12,
        "{} attempts before it rested",
        dead.count()
    );
    let before = dead.count();
    world.clock.advance(Duration::from_secs(5));
    world.deliver().await;
    assert_eq!(dead.count(), before, "it rests");
    world.clock.advance(Duration::from_mins(1));
    assert!(world.courier.take_on().await.unwrap());
    world.courier.finish().await;
    assert_eq!(dead.count(), before + 1, "one at a time after a rest");
    dead.says(200);
    world.clock.advance(Duration::from_mins(10));
    world.deliver().await;
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn frames_name_issuer_and_session_of_clients_that_want_them() {
    let front = |id: &str, issuer, uri: &str| {
        let mut client = client(id, issuer, None);
        client.logout.frontchannel = Some(uri.to_owned());
        client
    };
    let pairwise = Client {
        subject_type: SubjectType::Pairwise { sector_uri: None },
        ..front("wiki", "beta", "https://wiki.test/out?x=1")
    };
    let clients = vec![
        front("shop", "production", "https://shop.test/out"),
        pairwise,
        client("silent", "production", None),
    ];
    let world = world(clients).await;
    let opened = [
        ("production", "shop"),
        ("beta", "wiki"),
        ("production", "silent"),
    ];
    let session = world.signed_out(&opened).await;
    let frames = world.logout.frames(&session).await;
    let wiki = world.tokens.sid(
        &terms("beta"),
        &Client {
            subject_type: SubjectType::Pairwise { sector_uri: None },
            ..Client::new("wiki", "beta")
        },
        &session,
    );
    assert_eq!(
        frames,
        [
            format!("https://shop.test/out?iss=https%3A%2F%2Fgw.test%2Fproduction&sid={session}"),
            format!("https://wiki.test/out?x=1&iss=https%3A%2F%2Fgw.test%2Fbeta&sid={wiki}"),
        ]
    );
}
