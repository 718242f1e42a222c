//! Codes, refresh tokens and keys against a real store, with a clock in the test's hand.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::base::encoding::{base64url, from_base64url, sha256};
use crate::base::{Clock, Rng, ScopeSet, Secret, Timestamp};
use crate::keys::{MasterKey, Sealer};
use crate::model::{
    Algorithm, Amr, Client, ClientAuthMethod, ConsentPolicy, IdTokenClaims, Login, Pkce, User,
};
use crate::session::Revocations;
use crate::store::{Database, MasterKeySource, Store, StoreSettings};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-in-all";
const GRACE: Duration = Duration::from_secs(10);

struct World {
    tokens: Tokens,
    store: Store,
    clock: Clock,
    sealer: Sealer,
}

async fn world() -> World {
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let rng = Rng::system();
    let settings = StoreSettings {
        database: Database::Memory,
        key: MasterKeySource::Given(Secret::new(vec![0; 32])),
    };
    let store = Store::open(&settings, clock.clone(), rng.clone())
        .await
        .unwrap();
    let revocations = Revocations::new(Duration::from_hours(1));
    let noted = revocations.clone();
    store.on_event(move |event| noted.note(event));
    let master = MasterKey::ephemeral(&rng).unwrap();
    let sealer = Sealer::new(&master, clock.clone(), rng.clone());
    let keyrings = open_keyrings(&store, &sealer, &clock).await;
    World {
        tokens: Tokens::new(
            store.clone(),
            sealer.clone(),
            keyrings,
            revocations,
            clock.clone(),
            rng,
        ),
        store,
        clock,
        sealer,
    }
}

async fn open_keyrings(store: &Store, sealer: &Sealer, clock: &Clock) -> Keyrings {
    Keyrings::open(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        Rng::system(),
        [owner("production"), owner("beta"), KeyOwner::gateway()],
    )
    .await
    .unwrap()
}

fn owner(issuer: &str) -> KeyOwner {
    KeyOwner {
        name: KeyOwner::issuer_name(&issuer.into()),
        algs: vec![Algorithm::ES256, Algorithm::EdDSA],
        ..KeyOwner::gateway()
    }
}

fn terms(issuer: &str) -> Terms {
    Terms {
        issuer: issuer.into(),
        url: format!("https://gw.test/{issuer}"),
        algs: vec![Algorithm::ES256],
        code: Duration::from_mins(5),
        access_token: Duration::from_mins(30),
        id_token: Duration::from_hours(1),
        refresh_token: Duration::from_hours(24),
        refresh_reuse_grace: GRACE,
        id_token_claims: IdTokenClaims::ByScope,
        scope_claims: BTreeMap::new(),
    }
}

fn client(id: &str) -> Client {
    Client {
        id: id.into(),
        issuer: "production".into(),
        name: id.to_owned(),
        secrets: Vec::new(),
        auth: ClientAuthMethod::None,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        scopes: ScopeSet::default(),
        consent: ConsentPolicy::Remember,
        pkce: Pkce::Required,
        id_token_claims: None,
        id_token_alg: None,
        disabled: false,
        origin: "a test".to_owned(),
    }
}

fn alice() -> User {
    User {
        id: "u-alice".into(),
        login: Login::parse("alice").unwrap(),
        username: "alice".into(),
        name: "Alice".into(),
        email: Some("alice@corp.test".into()),
        email_verified: false,
        groups: vec!["staff".into()],
        tenants: Vec::new(),
        attributes: BTreeMap::new(),
        disabled: false,
        created: Timestamp::from_seconds(0),
        updated: Timestamp::from_seconds(0),
    }
}

fn approval(world: &World, scopes: &str) -> Approval {
    Approval {
        issuer: "production".into(),
        client: "c1".into(),
        redirect_uri: "https://c1.test/cb".into(),
        challenge: CodeChallenge::parse(&base64url(sha256(VERIFIER))),
        nonce: Some("n-1".into()),
        scopes: ScopeSet::parse(scopes).unwrap(),
        user: "u-alice".into(),
        session: "s-1".into(),
        auth_time: world.clock.now().minus(Duration::from_mins(10)),
        amr: vec![Amr::Pwd],
    }
}

impl World {
    fn code(&self, scopes: &str) -> String {
        let approval = approval(self, scopes);
        self.tokens
            .mint_code(&terms("production"), &approval)
            .unwrap()
    }

    async fn redeemed(&self, code: &str) -> Redemption {
        let terms = terms("production");
        let code = self.tokens.open_code(&terms, code).unwrap();
        self.tokens.redeem(&terms, &code).await.unwrap()
    }

    async fn authorized(&self, scopes: &str) -> Authorization {
        match self.redeemed(&self.code(scopes)).await {
            Redemption::First(authorization) => *authorization,
            Redemption::Again(_) => panic!("a fresh code was used before"),
        }
    }

    fn minted(&self, authorization: &Authorization) -> Minted {
        self.tokens
            .mint(
                &terms("production"),
                &client("c1"),
                &alice(),
                authorization,
                None,
            )
            .unwrap()
    }

    async fn rotate(&self, client_id: &str, token: &str) -> Rotation {
        self.tokens
            .rotate(&terms("production"), &client(client_id), token)
            .await
            .unwrap()
    }

    async fn rotated(&self, token: &str) -> Minted {
        match self.rotate("c1", token).await {
            Rotation::Authorized(authorization) => self.minted(&authorization),
            Rotation::Reused(_) | Rotation::Refused => panic!("not rotated"),
        }
    }

    fn believes(&self, access_token: &str) -> bool {
        let terms = terms("production");
        self.tokens
            .verify_access(&terms, access_token, &terms.url)
            .is_ok()
    }
}

fn payload(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn auz_18_a_code_used_twice_is_refused_and_what_it_gave_is_revoked() {
    let world = world().await;
    let code = world.code("openid");
    let Redemption::First(authorization) = world.redeemed(&code).await else {
        panic!("a fresh code was used before");
    };
    let minted = world.minted(&authorization);
    assert!(world.believes(&minted.access_token));
    assert!(matches!(world.redeemed(&code).await, Redemption::Again(_)));
    assert!(!world.believes(&minted.access_token));
    let refresh = minted.refresh_token.unwrap();
    assert!(matches!(
        world.rotate("c1", &refresh).await,
        Rotation::Refused
    ));
}

#[tokio::test]
async fn a_code_redeemed_many_times_at_once_is_redeemed_once() {
    let world = world().await;
    let code = world.code("openid");
    let attempts = (0..20).map(|_| world.redeemed(&code));
    let outcomes = futures::future::join_all(attempts).await;
    let first = |outcome: &&Redemption| matches!(outcome, Redemption::First(_));
    assert_eq!(outcomes.iter().filter(first).count(), 1);
}

#[tokio::test]
async fn auz_21_a_code_lives_to_the_second_and_opens_at_its_own_issuer() {
    let world = world().await;
    let code = world.code("openid");
    assert!(world.tokens.open_code(&terms("beta"), &code).is_none());
    world.clock.advance(Duration::from_secs(299));
    assert!(
        world
            .tokens
            .open_code(&terms("production"), &code)
            .is_some()
    );
    world.clock.advance(Duration::from_secs(1));
    assert!(
        world
            .tokens
            .open_code(&terms("production"), &code)
            .is_none()
    );
}

#[tokio::test]
async fn a_code_knows_its_client_address_and_verifier() {
    let world = world().await;
    let code = world.code("openid");
    let code = world.tokens.open_code(&terms("production"), &code).unwrap();
    assert_eq!(code.client().as_str(), "c1");
    assert!(code.was_sent_to("https://c1.test/cb"));
    assert!(!code.was_sent_to("https://c1.test/cb/"));
    assert!(code.is_proven_by(Some(VERIFIER)));
    assert!(!code.is_proven_by(Some("another-verifier-of-at-least-forty-three-characters")));
    assert!(!code.is_proven_by(None));
}

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

#[tokio::test]
async fn tok_07_a_refresh_token_used_again_after_the_grace_revokes_the_grant() {
    let world = world().await;
    let first = world.minted(&world.authorized("openid").await);
    let old = first.refresh_token.unwrap();
    let next = world.rotated(&old).await;
    world.clock.advance(GRACE + Duration::from_millis(1));
    assert!(matches!(
        world.rotate("c1", &old).await,
        Rotation::Reused(_)
    ));
    assert!(!world.believes(&first.access_token));
    assert!(!world.believes(&next.access_token));
    let newest = next.refresh_token.unwrap();
    assert!(matches!(
        world.rotate("c1", &newest).await,
        Rotation::Refused
    ));
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_get_the_same_refresh_token() {
    let world = world().await;
    let old = world
        .minted(&world.authorized("openid").await)
        .refresh_token
        .unwrap();
    let (a, b) = tokio::join!(world.rotated(&old), world.rotated(&old));
    assert_eq!(a.refresh_token, b.refresh_token);
    assert_ne!(a.refresh_token.as_deref(), Some(old.as_str()));
    world.clock.advance(GRACE);
    assert_eq!(world.rotated(&old).await.refresh_token, a.refresh_token);
    world.rotated(&a.refresh_token.unwrap()).await;
}

#[tokio::test]
async fn tok_10_a_refresh_token_is_its_own_clients_and_survives_strangers() {
    let world = world().await;
    let token = world
        .minted(&world.authorized("openid").await)
        .refresh_token
        .unwrap();
    assert!(matches!(
        world.rotate("c2", &token).await,
        Rotation::Refused
    ));
    let beta = terms("beta");
    let at_beta = world
        .tokens
        .rotate(&beta, &client("c1"), &token)
        .await
        .unwrap();
    assert!(matches!(at_beta, Rotation::Refused));
    world.rotated(&token).await;
}

#[tokio::test]
async fn a_refresh_token_ends_when_it_was_not_used_for_its_life() {
    let world = world().await;
    let token = world
        .minted(&world.authorized("openid").await)
        .refresh_token
        .unwrap();
    world.clock.advance(Duration::from_hours(23));
    let token = world.rotated(&token).await.refresh_token.unwrap();
    world.clock.advance(Duration::from_hours(24));
    assert!(matches!(
        world.rotate("c1", &token).await,
        Rotation::Refused
    ));
}

#[tokio::test]
async fn the_end_of_a_session_ends_its_grants_but_not_offline_access() {
    let world = world().await;
    let bound = world.minted(&world.authorized("openid").await);
    let offline = world.minted(&world.authorized("openid offline_access").await);
    assert_eq!(payload(&offline.id_token.clone().unwrap())["sid"], "s-1");
    let session = crate::model::Session {
        id: "s-1".into(),
        user: "u-alice".into(),
        tenant: None,
        auth_time: world.clock.now(),
        amr: Vec::new(),
        device: crate::model::Device::default(),
        created: world.clock.now(),
        last_seen: world.clock.now(),
        ended: None,
    };
    world.store.insert_user(&alice(), None).await.unwrap();
    world.store.insert_session(&session).await.unwrap();
    assert!(
        world
            .store
            .end_session(&session.id, world.clock.now())
            .await
            .unwrap()
    );
    assert!(!world.believes(&bound.access_token));
    assert!(world.believes(&offline.access_token));
    let refresh = bound.refresh_token.unwrap();
    assert!(matches!(
        world.rotate("c1", &refresh).await,
        Rotation::Refused
    ));
    world.rotated(&offline.refresh_token.unwrap()).await;
}

#[tokio::test]
async fn a_client_revokes_its_own_tokens_and_no_others() {
    let world = world().await;
    let terms = terms("production");
    let minted = world.minted(&world.authorized("openid").await);
    let refresh = minted.refresh_token.unwrap();
    for token in [&refresh, &minted.access_token, "junk"] {
        let revoked = world
            .tokens
            .revoke(&terms, &client("c2"), token)
            .await
            .unwrap();
        assert_eq!(revoked, None);
    }
    assert!(world.believes(&minted.access_token));
    let revoked = world
        .tokens
        .revoke(&terms, &client("c1"), &refresh)
        .await
        .unwrap();
    assert!(revoked.is_some());
    assert!(!world.believes(&minted.access_token));
}

#[tokio::test]
async fn keys_are_kept_over_restarts_and_are_useless_under_another_master_key() {
    let world = world().await;
    let jwks = |keyrings: &Keyrings| {
        keyrings
            .ring("issuer:production")
            .unwrap()
            .jwks()
            .etag
            .clone()
    };
    let again = open_keyrings(&world.store, &world.sealer, &world.clock).await;
    assert_eq!(jwks(world.tokens.keyrings()), jwks(&again));

    let rng = Rng::system();
    let other = Sealer::new(
        &MasterKey::ephemeral(&rng).unwrap(),
        world.clock.clone(),
        rng.clone(),
    );
    let opened = Keyrings::open(
        world.store.clone(),
        other,
        world.clock.clone(),
        rng,
        [owner("production")],
    )
    .await;
    assert!(matches!(opened, Err(TokenError::Unsealable)));
}

#[tokio::test]
async fn a_rotation_by_schedule_publishes_first_and_leaves_no_gap() {
    let world = world().await;
    let keyrings = world.tokens.keyrings();
    let signer = || {
        let ring = keyrings.ring("gateway").unwrap();
        ring.signer(Algorithm::ES256, world.clock.now())
            .unwrap()
            .id()
            .clone()
    };
    let count = || keyrings.ring("gateway").unwrap().keys().len();
    let first = signer();
    let owner = KeyOwner::gateway();
    world.clock.advance(
        owner
            .rotate_every
            .checked_sub(owner.publish_before)
            .unwrap(),
    );
    keyrings.maintain().await.unwrap();
    keyrings.maintain().await.unwrap();
    assert_eq!((count(), signer()), (2, first.clone()));
    world.clock.advance(owner.publish_before);
    assert_ne!(signer(), first);
    world.clock.advance(owner.keep_after);
    keyrings.maintain().await.unwrap();
    assert_eq!(count(), 1);
}

#[tokio::test]
async fn two_nodes_that_rotate_at_once_make_one_key() {
    let world = world().await;
    let other = open_keyrings(&world.store, &world.sealer, &world.clock).await;
    let owner = KeyOwner::gateway();
    world.clock.advance(owner.rotate_every);
    let (a, b) = tokio::join!(world.tokens.keyrings().maintain(), other.maintain());
    a.unwrap();
    b.unwrap();
    assert_eq!(world.store.list_keys("gateway").await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_compromised_key_is_believed_no_more_at_once() {
    let world = world().await;
    let token = world.minted(&world.authorized("openid").await).access_token;
    assert!(world.believes(&token));
    world.clock.advance(Duration::from_secs(1));
    let keyrings = world.tokens.keyrings();
    keyrings
        .rotate("issuer:production", None, Haste::SignAtOnce)
        .await
        .unwrap();
    assert!(world.believes(&token));
    let made = keyrings
        .rotate(
            "issuer:production",
            Some(Algorithm::ES256),
            Haste::Compromised,
        )
        .await
        .unwrap();
    assert_eq!(made.len(), 1);
    assert!(!world.believes(&token));
    let token = world.minted(&world.authorized("openid").await).access_token;
    assert!(world.believes(&token));
}
