//! What tokens say, and for whom they are.

use super::*;

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
            None,
        )
        .unwrap();
    let claims = payload(&minted.id_token.unwrap());
    for personal in ["name", "email", "groups", "preferred_username"] {
        assert!(claims.get(personal).is_none(), "{personal}");
    }
    assert_eq!(claims["sub"], "u-alice");
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
