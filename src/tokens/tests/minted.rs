//! What tokens say, and for whom they are.

use super::*;
use crate::model::client::{GrantKind, Profile, SubjectType};

#[tokio::test]
async fn an_id_token_says_what_was_proven_and_what_the_scopes_promise() {
    let world = world().await;
    let authorization = world.authorized("openid profile email groups").await;
    let minted = world.minted(&authorization);
    let claims = payload(&minted.id_token.unwrap());
    let now = world.clock.now().seconds();
    assert_eq!(claims["iss"], "https://gw.test/production");
    assert_eq!(claims["sub"], "u-alice");
    assert_eq!(claims["aud"], "c1");
    assert_eq!(claims["azp"], "c1");
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["sid"], "s-1");
    assert_eq!(claims["auth_time"], now - 600);
    assert_eq!(
        (&claims["iat"], &claims["exp"]),
        (&now.into(), &(now + 3600).into())
    );
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    assert_eq!(claims["email"], "alice@corp.test");
    assert_eq!(claims["email_verified"], false);
    assert_eq!(claims["groups"], serde_json::json!(["staff"]));
    let half = &sha256(&minted.access_token)[..16];
    assert_eq!(claims["at_hash"], base64url(half));
}

#[tokio::test]
async fn a_minimal_id_token_holds_protocol_claims_only() {
    let world = world().await;
    let authorization = world.authorized("openid profile email groups").await;
    let minimal = Client {
        id_token_claims: Some(IdTokenClaims::Minimal),
        ..client("c1")
    };
    let minted = world
        .tokens
        .mint(
            &terms("production"),
            &minimal,
            &alice(),
            &authorization,
            &Narrowed::default(),
        )
        .unwrap();
    let claims = payload(&minted.id_token.unwrap());
    for personal in ["name", "email", "groups", "preferred_username"] {
        assert!(claims.get(personal).is_none(), "{personal}");
    }
    assert_eq!(claims["sub"], "u-alice");
}

#[tokio::test]
async fn a_client_gets_no_refresh_token_that_it_may_not_use_and_no_session_it_has_no_use_for() {
    let world = world().await;
    let authorization = world.authorized("openid").await;
    let minted = |client: &Client| {
        let (terms, narrowed) = (terms("production"), Narrowed::default());
        let tokens = &world.tokens;
        tokens.mint(&terms, client, &alice(), &authorization, &narrowed)
    };
    let mut fapi = client("c1");
    fapi.security.profile = Profile::Fapi2;
    fapi.flows.grants = vec![GrantKind::AuthorizationCode];
    let bare = minted(&fapi).unwrap();
    assert!(bare.refresh_token.is_none());
    assert!(payload(&bare.id_token.unwrap()).get("sid").is_none());
    fapi.flows.grants.push(GrantKind::RefreshToken);
    fapi.logout.backchannel = Some("https://c1.test/out".to_owned());
    let told = minted(&fapi).unwrap();
    assert!(told.refresh_token.is_some());
    assert_eq!(payload(&told.id_token.unwrap())["sid"], "s-1");
}

#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let world = world().await;
    let minted = world.minted(&world.authorized("profile").await);
    assert!(minted.id_token.is_none());
}

#[tokio::test]
async fn tok_13_a_token_of_one_kind_is_not_taken_for_another() {
    let world = world().await;
    let minted = world.minted(&world.authorized("openid").await);
    let id_token = minted.id_token.unwrap();
    assert!(!world.believes(&id_token));
    assert!(
        world
            .tokens
            .read_hint(&terms("production"), &id_token)
            .is_some()
    );
    assert!(
        world
            .tokens
            .read_hint(&terms("production"), &minted.access_token)
            .is_none()
    );
    assert!(world.tokens.read_hint(&terms("beta"), &id_token).is_none());
    let assertion = world
        .tokens
        .keyrings()
        .assertion(&assertion::About {
            issuer: "https://gw.test/production",
            route: &"wiki".into(),
            user: &alice(),
            session: &"s-1".into(),
            auth_time: world.clock.now(),
            amr: &[Amr::Pwd],
            issued: world.clock.now(),
            life: std::time::Duration::from_mins(1),
        })
        .unwrap();
    assert!(!world.believes(&assertion));
}

#[tokio::test]
async fn tok_12_an_access_token_is_for_its_own_issuer_and_audience() {
    let world = world().await;
    let token = world.minted(&world.authorized("openid").await).access_token;
    let (production, beta) = (terms("production"), terms("beta"));
    let verify = |terms: &Terms, audience| world.tokens.verify_access(terms, &token, audience);
    assert!(verify(&production, &production.url).is_ok());
    assert!(verify(&production, "https://api.test").is_err());
    assert!(verify(&production, "").is_err());
    assert!(verify(&beta, &production.url).is_err());
}

fn pairwise(id: &str, host: &str) -> Client {
    Client {
        redirect_uris: vec![format!("https://{host}/cb")],
        subject_type: SubjectType::Pairwise { sector_uri: None },
        ..client(id)
    }
}

#[tokio::test]
async fn a_pairwise_client_sees_names_that_only_its_sector_knows() {
    let world = world().await;
    let (production, session) = (terms("production"), "s-1".into());
    let sub = |terms: &Terms, client: &Client| {
        let (tokens, alice) = (&world.tokens, "u-alice".into());
        let names = [
            tokens.subject(terms, client, &alice),
            tokens.sid(terms, client, &session),
        ];
        assert_ne!(names[0], names[1]);
        names
    };
    let own = sub(&production, &pairwise("c1", "a.test"));
    assert_eq!(own, sub(&production, &pairwise("c2", "a.test")));
    assert_eq!(own[0].len(), 43);
    for other in [
        sub(&production, &pairwise("c1", "b.test")),
        sub(&terms("beta"), &pairwise("c1", "a.test")),
        sub(&production, &client("c1")),
    ] {
        assert!(own.iter().all(|name| !other.contains(name)));
    }
    assert_eq!(sub(&production, &client("c1")), ["u-alice", "s-1"]);
}

#[tokio::test]
async fn tokens_of_a_pairwise_client_say_nothing_openly_and_are_understood_when_they_return() {
    let world = world().await;
    let (terms, client) = (terms("production"), pairwise("c1", "a.test"));
    let authorization = world.authorized("openid").await;
    let mint = |client: &Client| {
        let minted = world.tokens.mint(
            &terms,
            client,
            &alice(),
            &authorization,
            &Narrowed::default(),
        );
        minted.unwrap()
    };
    let minted = mint(&client);
    let id_token = minted.id_token.unwrap();
    let sub = world.tokens.subject(&terms, &client, &"u-alice".into());
    for token in [&id_token, &minted.access_token] {
        let claims = payload(token);
        assert_eq!(claims["sub"], sub.as_str());
        let text = claims.to_string();
        assert!(
            !text.contains("u-alice") && !text.contains("\"s-1\""),
            "{text}"
        );
    }
    let hint = world.tokens.read_hint(&terms, &id_token).unwrap();
    assert_eq!(hint.user, "u-alice".into());
    assert_eq!(hint.session, Some("s-1".into()));
    let access = world
        .tokens
        .verify_access(&terms, &minted.access_token, &terms.url)
        .unwrap();
    assert_eq!(access.user(), Some(&"u-alice".into()));
    assert_eq!(access.session, Some("s-1".into()));
}

#[tokio::test]
async fn jwt_17_without_randomness_nothing_is_minted() {
    let world = world().await;
    let authorization = world.authorized("openid").await;
    let tokens = world.without_randomness().await;
    let (terms, client) = (terms("production"), client("c1"));
    let minted = tokens.mint(
        &terms,
        &client,
        &alice(),
        &authorization,
        &Narrowed::default(),
    );
    assert!(matches!(minted.err(), Some(TokenError::Rng(_))));
    let code = tokens.mint_code(&terms, &approval(&world, "openid"));
    assert!(matches!(code.err(), Some(TokenError::Rng(_))));
}

#[tokio::test]
async fn a_change_of_the_client_ends_what_was_made_before_it_and_nothing_of_the_same_second() {
    let world = world().await;
    let authorization = world.authorized("openid").await;
    let before = world.minted(&authorization).access_token;
    world.store.insert_client(&client("c1")).await.unwrap();
    world.clock.advance(Duration::from_millis(1));
    let after = world.minted(&authorization).access_token;
    assert_eq!(payload(&before)["iat"], payload(&after)["iat"]);
    assert!(!world.believes(&before));
    assert!(world.believes(&after));
}
