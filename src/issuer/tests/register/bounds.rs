//! How many apps register, and how long those stay that nobody uses.

use super::*;
use crate::issuer::RegistrationMode;

#[tokio::test]
async fn an_initial_access_token_admits_as_many_as_it_says_at_its_issuer() {
    let world = world().await;
    let token = world.initial_token(2).await;
    let beta = "/beta/oidc/connect/register";
    let post = async |path: &str, token: &str, body: &Value| {
        world.call(Method::POST, path, token, body).await.status
    };
    assert_eq!(post(beta, "", &app()).await, StatusCode::UNAUTHORIZED);
    let foreign = Opaque::<InitialToken>::mint(&Rng::system()).unwrap();
    let refused = post(beta, foreign.reveal(), &app()).await;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
    // What is refused for another reason uses nothing up.
    let bad = with(json!({ "redirect_uris": ["javascript:x"] }));
    let refused = post(beta, token.reveal(), &bad).await;
    assert_eq!(refused, StatusCode::BAD_REQUEST);
    for status in [
        StatusCode::CREATED,
        StatusCode::CREATED,
        StatusCode::UNAUTHORIZED,
    ] {
        assert_eq!(post(beta, token.reveal(), &app()).await, status);
    }
    let late = world.initial_token(1).await;
    world.clock.advance(Duration::from_hours(1));
    let refused = post(beta, late.reveal(), &app()).await;
    assert_eq!(refused, StatusCode::UNAUTHORIZED);
    let registered = world.store.list_clients().await.unwrap();
    let by: Vec<_> = registered
        .iter()
        .map(|client| client.registered.as_ref().unwrap().by.as_deref())
        .collect();
    assert_eq!(by, [Some("it-2"), Some("it-2")]);
}

#[tokio::test]
async fn nobody_registers_more_than_the_bound_or_faster_than_anybody_would() {
    let world = world().await;
    for _ in 0..20 {
        world.registered(&app()).await;
    }
    let full = world.register(&app()).await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
    let mut last = full;
    for _ in 0..80 {
        last = world.register(&app()).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.headers.contains_key("retry-after"));
    // Nobody used them: after a month there is room again.
    let month = Duration::from_hours(31 * 24);
    world.clock.advance(month);
    world.store.sweep(world.clock.now()).await.unwrap();
    world.registered(&app()).await;
}

#[tokio::test]
async fn how_many_one_network_registers_is_a_setting_of_each_issuer() {
    let world = world_adjusted(|issuer| {
        let registration = &mut issuer.registration;
        registration.mode = RegistrationMode::Open;
        registration.per_ip.count = if issuer.path == BETA { 3 } else { 1 };
    })
    .await;
    for (path, admitted) in [
        (REGISTER.to_owned(), 1),
        (format!("{BETA}/connect/register"), 3),
    ] {
        for _ in 0..admitted {
            let answer = world.call(Method::POST, &path, "", &app()).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        }
        let late = world.call(Method::POST, &path, "", &app()).await;
        assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

#[tokio::test]
async fn an_app_that_only_ever_used_itself_is_forgotten_like_an_unused_one() {
    let world = world().await;
    let job = json!({ "client_name": "Job", "grant_types": ["client_credentials"] });
    // Whoever is known to nobody would write rows by it without end.
    let refused = world.register(&job).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
    let token = world.initial_token(2).await;
    let known = async || {
        let path = format!("{BETA}/connect/register");
        let answer = world.call(Method::POST, &path, token.reveal(), &job).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()
    };
    let ids = [known().await, known().await];
    let own = async |client: &Value| {
        let request = Request::post(format!("{BETA}/connect/token"))
            .header(CONTENT_TYPE, FORM)
            .header(
                AUTHORIZATION,
                basic(text(client, "client_id"), text(client, "client_secret")),
            );
        let answer = world
            .send(request, encode(&[("grant_type", "client_credentials")]))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    };
    for client in &ids {
        own(client).await;
    }
    let left = async || {
        world.store.sweep(world.clock.now()).await.unwrap();
        world.store.list_clients().await.unwrap().len()
    };
    world.clock.advance(Duration::from_hours(20 * 24));
    own(&ids[0]).await;
    assert_eq!(left().await, 2);
    world.clock.advance(Duration::from_hours(20 * 24));
    assert_eq!(left().await, 1);
    world.clock.advance(Duration::from_hours(20 * 24));
    assert_eq!(left().await, 0);
}
