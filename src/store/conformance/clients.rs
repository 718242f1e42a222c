//! Registered apps, what people agreed to, and the audit trail.

use std::time::Duration;

use super::{World, on_every_engine};
use crate::base::opaque::ClientSecret;
use crate::base::{Opaque, OpaqueHash, Rng, ScopeSet, TenantId, Timestamp};
use crate::model::client::ClientSecretHash;
use crate::model::{
    Algorithm, AuditKind, AuditRecord, Client, ClientAuthMethod, Consent, ConsentPolicy, EventKey,
    Grant, IdTokenClaims, Pkce,
};
use crate::store::engine::execute;
use crate::store::{Redeemed, StoreError};

on_every_engine! {
    a_client_is_read_as_written_with_its_secrets,
    a_change_of_a_client_is_one_step_and_announced,
    a_consent_is_replaced_and_withdrawn_with_what_was_given_under_it,
    a_withdrawal_that_fails_halfway_takes_nothing_back,
    audit_records_are_listed_from_a_moment_on_in_order_until_they_are_old,
}

fn client(id: &str, secrets: &[&Opaque<ClientSecret>]) -> Client {
    Client {
        id: id.into(),
        issuer: "main".into(),
        name: "Shop & \"Söns\"".to_owned(),
        secrets: secrets
            .iter()
            .map(|s| ClientSecretHash::Generated(s.hash()))
            .collect(),
        auth: ClientAuthMethod::ClientSecret,
        redirect_uris: vec!["https://shop.example.net/cb?x=1".to_owned()],
        post_logout_redirect_uris: vec!["https://shop.example.net/bye".to_owned()],
        scopes: ScopeSet::parse("openid email").unwrap(),
        consent: ConsentPolicy::Always,
        pkce: Pkce::Optional,
        id_token_claims: Some(IdTokenClaims::Minimal),
        id_token_alg: Some(Algorithm::EdDSA),
        ..Client::new(id, "main")
    }
}

fn hashes(client: &Client) -> Vec<[u8; 32]> {
    let hashes = client.secrets.iter().map(|secret| match secret {
        ClientSecretHash::Generated(hash) => *hash.as_bytes(),
        ClientSecretHash::Configured(hash) | ClientSecretHash::Kept(hash, _) => *hash,
    });
    hashes.collect()
}

/// Everything about a client but its secrets.
fn rest(client: &Client) -> String {
    let rest = Client {
        secrets: Vec::new(),
        ..client.clone()
    };
    format!("{rest:?}")
}

async fn a_client_is_read_as_written_with_its_secrets(world: &World) {
    let [a, b] = [(); 2].map(|()| Opaque::<ClientSecret>::mint(&Rng::system()).unwrap());
    let (shop, mut app) = (client("shop", &[&a, &b]), client("app", &[]));
    app.auth = ClientAuthMethod::None;
    app.id_token_claims = None;
    app.id_token_alg = None;
    world.store.insert_client(&shop).await.unwrap();
    world.store.insert_client(&app).await.unwrap();
    let refused = world.store.insert_client(&client("shop", &[])).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));

    let read = world.store.load_client(&shop.id).await.unwrap().unwrap();
    assert_eq!(rest(&read), rest(&shop));
    assert_eq!(hashes(&read), [*a.hash().as_bytes(), *b.hash().as_bytes()]);
    let list = world.store.list_clients().await.unwrap();
    let list: Vec<_> = list.iter().map(rest).collect();
    assert_eq!(list, [rest(&app), rest(&shop)]);
    assert!(
        world
            .store
            .load_client(&"nothing".into())
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_change_of_a_client_is_one_step_and_announced(world: &World) {
    let shop = client("shop", &[]);
    world.store.insert_client(&shop).await.unwrap();
    let handles = [world.store.clone(), world.other().await];
    let changes = (0..16).map(|n: usize| {
        let (store, id) = (handles[n % 2].clone(), shop.id.clone());
        tokio::spawn(async move {
            let hash = OpaqueHash::from_bytes(&[u8::try_from(n).unwrap(); 32]).unwrap();
            let add = move |client: &mut Client| {
                client
                    .secrets
                    .push(ClientSecretHash::Generated(hash.clone()));
            };
            store.change_client(&id, add).await.unwrap().unwrap();
        })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap();
    }
    let read = world.store.load_client(&shop.id).await.unwrap().unwrap();
    assert_eq!(read.secrets.len(), 16, "a change undid another");
    let events = world
        .store
        .events_since(&[].into(), world.now())
        .await
        .unwrap();
    let about = |key: &EventKey| *key == EventKey::Client(shop.id.clone());
    assert_eq!(events.iter().filter(|event| about(&event.key)).count(), 17);
    let nothing = world.store.change_client(&"nothing".into(), |_| {}).await;
    assert!(nothing.unwrap().is_none());
}

async fn a_consent_is_replaced_and_withdrawn_with_what_was_given_under_it(world: &World) {
    let (store, ada) = (&world.store, world.user("ada").await);
    let mut consent = Consent {
        user: ada.id.clone(),
        issuer: "main".into(),
        client: "shop".into(),
        tenant: None,
        scopes: ScopeSet::parse("openid").unwrap(),
        given: world.now(),
    };
    let (main, shop) = ("main".into(), "shop".into());
    let (acme, gym) = ("acme".into(), "gym".into());
    let load_in = async |tenant| {
        let loaded = store.load_consent(&ada.id, (&main, &shop), tenant);
        loaded.await.unwrap()
    };
    let load = async || load_in(None).await;
    assert_eq!(load().await, None);
    store.put_consent(&consent).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    consent.scopes = ScopeSet::parse("openid email").unwrap();
    consent.given = world.now();
    store.put_consent(&consent).await.unwrap();
    assert_eq!(load().await.as_ref(), Some(&consent));
    assert_eq!(load_in(Some(&acme)).await, None);
    let in_acme = Consent {
        tenant: Some(acme.clone()),
        ..consent.clone()
    };
    store.put_consent(&in_acme).await.unwrap();

    let in_tenant = |id, tenant: &TenantId| Grant {
        tenant: Some(tenant.clone()),
        ..world.grant(id, &ada, None)
    };
    let grants = [
        world.grant("g1", &ada, None),
        in_tenant("g2", &acme),
        in_tenant("g3", &gym),
    ];
    for grant in &grants {
        assert_eq!(world.redeem(grant).await, Redeemed::First);
    }
    let revoked = async || {
        let mut revoked = Vec::new();
        for grant in &grants {
            let grant = store.load_grant(&grant.id).await.unwrap().unwrap();
            revoked.push(grant.revoked.is_some());
        }
        revoked
    };
    let withdraw = async |consent: &Consent| {
        let withdrawn = store.withdraw_consent(consent, world.now());
        withdrawn.await.unwrap();
    };
    withdraw(&consent).await;
    assert_eq!(load().await, None);
    assert_eq!(revoked().await, [true, false, false]);
    assert_eq!(load_in(Some(&acme)).await.as_ref(), Some(&in_acme));
    withdraw(&in_acme).await;
    assert_eq!(load_in(Some(&acme)).await, None);
    assert_eq!(revoked().await, [true, true, false]);
}

async fn a_withdrawal_that_fails_halfway_takes_nothing_back(world: &World) {
    let (store, ada) = (&world.store, world.user("ada").await);
    let consent = Consent {
        user: ada.id.clone(),
        issuer: "main".into(),
        client: "shop".into(),
        tenant: None,
        scopes: ScopeSet::parse("openid").unwrap(),
        given: world.now(),
    };
    store.put_consent(&consent).await.unwrap();
    let (main, shop) = ("main".into(), "shop".into());
    let rename = async |sql: &'static str| {
        let renamed =
            store.write(move |batch| Box::pin(async move { execute!(&mut batch.tx, sql) }));
        renamed.await.unwrap();
    };
    let withdraw = async || {
        let withdrawn = store.withdraw_consent(&consent, world.now());
        withdrawn.await.is_ok()
    };
    let load = async || {
        let loaded = store.load_consent(&ada.id, (&main, &shop), None);
        loaded.await.unwrap()
    };
    // The second half finds nothing to write to.
    rename("ALTER TABLE grants RENAME TO elsewhere").await;
    assert!(!withdraw().await);
    assert_eq!(load().await.as_ref(), Some(&consent));
    rename("ALTER TABLE elsewhere RENAME TO grants").await;
    assert!(withdraw().await);
    assert_eq!(load().await, None);
}

async fn audit_records_are_listed_from_a_moment_on_in_order_until_they_are_old(world: &World) {
    let (store, ada) = (&world.store, world.user("ada").await);
    for reason in ["first", "second", "third"] {
        world.clock.advance(Duration::from_secs(1));
        let record = AuditRecord {
            at: world.now(),
            kind: AuditKind::Login,
            ok: reason != "second",
            reason,
            user: (reason != "first").then(|| ada.id.clone()),
            session: None,
            issuer: Some("main".into()),
            client: None,
            route: Some("wiki".into()),
            address: Some([192, 0, 2, 1].into()),
            request: None,
        };
        store.insert_audit(&record).await.unwrap();
    }
    let since = world.now().minus(Duration::from_secs(1));
    let lines = store.list_audit(since, 10).await.unwrap();
    let ada = Some(ada.id.to_string());
    let line = |at, ok, reason: &str| (at, "login".to_owned(), ok, reason.to_owned(), ada.clone());
    let (then, now) = (since.millis(), world.now().millis());
    assert_eq!(lines, [line(then, 0, "second"), line(now, 1, "third")]);
    assert_eq!(store.list_audit(since, 1).await.unwrap().len(), 1);

    // Refusals go after a month, the rest after a year.
    let all = async || {
        store.sweep(world.now()).await.unwrap();
        let lines = store
            .list_audit(Timestamp::from_millis(0), 10)
            .await
            .unwrap();
        let reasons: Vec<_> = lines.into_iter().map(|line| line.3).collect();
        reasons
    };
    let day = Duration::from_hours(24);
    world.clock.advance(day * 29);
    assert_eq!(all().await, ["first", "second", "third"]);
    world.clock.advance(day * 2);
    assert_eq!(all().await, ["first", "third"]);
    world.clock.advance(day * 300);
    assert_eq!(all().await, ["first", "third"]);
    world.clock.advance(day * 40);
    assert!(all().await.is_empty());
}
