//! Codes, refresh tokens and keys against a real store, with a clock in the test's hand.

mod believed;
mod codes;
pub(crate) mod ground;
mod keys;
mod minted;
mod refreshing;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use self::ground::Ground;
use super::*;
use crate::base::encoding::{base64url, from_base64url, sha256};
use crate::base::{Clock, Rng, ScopeSet, Timestamp};
use crate::keys::{MasterKey, Sealer};
use crate::model::{
    Algorithm, Amr, Client, ClientAuthMethod, ConsentPolicy, Device, IdTokenClaims, Login, Pkce,
    Session, User,
};
use crate::session::{Revocations, SessionSettings, Sessions};
use crate::store::Store;

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-in-all";
const GRACE: Duration = Duration::from_secs(10);

struct World {
    tokens: Tokens,
    store: Store,
    clock: Clock,
    sealer: Sealer,
}

async fn world() -> World {
    let ground = Ground::new().await;
    let noted = ground.revocations.clone();
    ground.store.on_event(move |event| noted.note(event));
    let world = World {
        tokens: ground.tokens(owners()).await,
        store: ground.store,
        clock: ground.clock,
        sealer: ground.sealer,
    };
    world.store.insert_user(&alice(), None).await.unwrap();
    let session = session(&world.clock);
    let started = world.store.insert_session(&session, 0);
    assert!(started.await.unwrap());
    world
}

/// Alice's, in which everything is approved.
fn session(clock: &Clock) -> Session {
    Session {
        id: "s-1".into(),
        user: "u-alice".into(),
        tenant: None,
        auth_time: clock.now(),
        amr: Vec::new(),
        device: Device::default(),
        created: clock.now(),
        last_seen: clock.now(),
        ended: None,
    }
}

async fn open_keyrings(store: &Store, sealer: &Sealer, clock: &Clock) -> Keyrings {
    Keyrings::open(
        store.clone(),
        sealer.clone(),
        clock.clone(),
        Rng::system(),
        owners(),
    )
    .await
    .unwrap()
}

fn owners() -> [KeyOwner; 3] {
    [owner("production"), owner("beta"), KeyOwner::gateway()]
}

fn owner(issuer: &str) -> KeyOwner {
    KeyOwner {
        name: KeyOwner::issuer_name(&issuer.into()),
        algs: vec![Algorithm::ES256, Algorithm::EdDSA],
        ..KeyOwner::gateway()
    }
}

pub(crate) fn terms(issuer: &str) -> Terms {
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
        catalogue: crate::tokens::claims::Catalogue::default(),
        resources: crate::model::Resources::default(),
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
        scopes: ScopeSet::parse("openid profile email groups offline_access tenant").unwrap(),
        consent: ConsentPolicy::Remember,
        pkce: Pkce::Required,
        id_token_claims: None,
        id_token_alg: None,
        ..Client::new(id, "production")
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
        epoch: 0,
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
        extent: crate::model::Extent::default(),
        tenant: None,
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
        let entitled = code.entitled(&terms, &client("c1")).unwrap();
        let redeemed = self.tokens.redeem(&terms, (&code, entitled), None);
        redeemed.await.unwrap()
    }

    async fn authorized(&self, scopes: &str) -> Authorization {
        match self.redeemed(&self.code(scopes)).await {
            Redemption::First(authorization) => *authorization,
            Redemption::Again(_) | Redemption::Over => panic!("a fresh code is no good"),
        }
    }

    fn minted(&self, authorization: &Authorization) -> Minted {
        self.tokens
            .mint(
                &terms("production"),
                &client("c1"),
                &alice(),
                authorization,
                &Narrowed::default(),
            )
            .unwrap()
    }

    async fn rotate(&self, client_id: &str, token: &str) -> Rotation {
        self.rotate_at("production", client_id, token).await
    }

    async fn rotate_at(&self, issuer: &str, client_id: &str, token: &str) -> Rotation {
        self.rotate_for(issuer, &client(client_id), token).await
    }

    async fn rotate_for(&self, issuer: &str, client: &Client, token: &str) -> Rotation {
        let terms = terms(issuer);
        let refreshable = self.tokens.refreshable(&terms, client, token);
        let Some(refreshable) = refreshable.await.unwrap() else {
            return Rotation::Refused;
        };
        let entitled = Entitled::of_grant(&terms, client, refreshable.grant()).unwrap();
        let rotated = self.tokens.rotate(&terms, &refreshable, entitled);
        rotated.await.unwrap()
    }

    async fn rotated(&self, token: &str) -> Minted {
        match self.rotate("c1", token).await {
            Rotation::Authorized(authorization) => self.minted(&authorization),
            Rotation::Reused(_) | Rotation::Refused => panic!("not rotated"),
        }
    }

    /// The same, on a machine whose generator has failed.
    async fn without_randomness(&self) -> Tokens {
        let (store, sealer) = (self.store.clone(), self.sealer.clone());
        let sessions = Sessions::new(
            store.clone(),
            sealer.clone(),
            self.clock.clone(),
            Rng::failing(),
            SessionSettings::default(),
            Revocations::new(Duration::from_hours(1)),
        );
        let keyrings = open_keyrings(&store, &sealer, &self.clock).await;
        let clock = self.clock.clone();
        Tokens::new(store, sealer, keyrings, sessions, clock, Rng::failing())
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
