//! Standing tokens, and what they cost.

use super::text::END;
use super::*;
use crate::base::{RouteId, ScopeSet};
use crate::model::{Holder, StandingKind};
use crate::tokens::tests::ground::Ground;

const YEAR: Duration = Duration::from_hours(24 * 366);

struct World {
    ground: Ground,
    tokens: StandingTokens,
}

fn tokens(ground: &Ground, settings: StandingSettings) -> StandingTokens {
    let tokens = StandingTokens::new(
        ground.store.clone(),
        ground.sealer.clone(),
        ground.clock.clone(),
        settings,
        Duration::from_hours(1),
    );
    let noted = tokens.clone();
    ground.store.on_event(move |event| noted.note(event));
    tokens
}

async fn world() -> World {
    let ground = Ground::new().await;
    let tokens = tokens(&ground, StandingSettings::default());
    World { ground, tokens }
}

impl World {
    async fn make(&self, kind: StandingKind) -> NewStanding {
        let Ground { sealer, rng, .. } = &self.ground;
        let new = mint(sealer, rng, kind).unwrap();
        let now = self.ground.clock.now();
        let token = StandingToken {
            id: new.id.clone(),
            holder: Holder::Service,
            name: "backup".to_owned(),
            scopes: ScopeSet::parse("files:read").unwrap(),
            routes: vec![RouteId::new("dav")],
            created: now,
            expires: now.plus(YEAR),
            used: None,
        };
        let known = self.ground.store.insert_standing_token(&token, new.hash);
        assert!(known.await.unwrap());
        new
    }

    async fn verdict(&self, text: &str) -> &'static str {
        match self.tokens.verify(text).await {
            Ok(_) => "good",
            Err(NotStanding::Forged) => "forged",
            Err(NotStanding::Revoked) => "revoked",
            Err(NotStanding::Expired(_)) => "expired",
            Err(NotStanding::Store(_)) => "store",
        }
    }
}

#[tokio::test]
async fn a_token_is_looked_up_once_and_a_made_up_one_never() {
    let world = world().await;
    let (good, other) = (
        world.make(StandingKind::Service).await,
        world.make(StandingKind::Service).await,
    );
    let (good, other) = (good.text.expose_secret(), other.text.expose_secret());
    let first = world.tokens.verify(good).await.unwrap();
    // Nothing can be read from here on: what is answered is answered from memory.
    world.ground.store.close().await;
    let again = world.tokens.verify(good).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(world.verdict(other).await, "store");

    let stranger = Ground::new().await;
    let forged = mint(&stranger.sealer, &stranger.rng, StandingKind::Service).unwrap();
    let (token, tail) = good.split_at(good.len() - END);
    let flipped = if tail.starts_with('A') { "B" } else { "A" };
    let as_personal = good.replace("dw_svc_", "dw_pat_");
    for text in [
        forged.text.expose_secret().as_str(),
        token,
        &format!("{token}{flipped}{}", &tail[1..]),
        &format!("{good}A"),
        &as_personal,
        "dw_svc_",
        "dw_svc_\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        "",
    ] {
        assert_eq!(world.verdict(text).await, "forged", "{text}");
    }
}

#[tokio::test]
async fn a_revoked_token_is_no_good_at_once_and_is_looked_up_once_more() {
    let world = world().await;
    let new = world.make(StandingKind::Service).await;
    let text = new.text.expose_secret();
    assert_eq!(world.verdict(text).await, "good");
    let store = &world.ground.store;
    store.revoke_standing_token(&new.id).await.unwrap();
    assert_eq!(world.verdict(text).await, "revoked");
    store.close().await;
    assert_eq!(world.verdict(text).await, "revoked");
}

#[tokio::test]
async fn a_token_ends_when_it_says_or_sooner_where_settings_allow_less() {
    let world = world().await;
    let new = world.make(StandingKind::Service).await;
    let text = new.text.expose_secret();
    let short = StandingSettings {
        service: Duration::from_hours(24),
        ..StandingSettings::default()
    };
    let strict = World {
        tokens: tokens(&world.ground, short),
        ground: Ground::new().await,
    };
    assert_eq!(world.verdict(text).await, "good");
    assert_eq!(strict.verdict(text).await, "good");
    world.ground.clock.advance(Duration::from_hours(24));
    assert_eq!(world.verdict(text).await, "good");
    assert_eq!(strict.verdict(text).await, "expired");
    world
        .ground
        .clock
        .advance(YEAR.saturating_sub(Duration::from_hours(24)));
    assert_eq!(world.verdict(text).await, "expired");
}

#[tokio::test]
async fn the_last_use_is_written_behind_and_once_a_minute() {
    let world = world().await;
    let new = world.make(StandingKind::Service).await;
    let text = new.text.expose_secret();
    let (store, clock) = (&world.ground.store, &world.ground.clock);
    let used = async || {
        world.tokens.write_uses().await.unwrap();
        store
            .load_standing_token(new.hash)
            .await
            .unwrap()
            .unwrap()
            .used
    };
    let first = clock.now();
    world.tokens.verify(text).await.unwrap();
    assert_eq!(used().await, Some(first));
    clock.advance(Duration::from_secs(59));
    world.tokens.verify(text).await.unwrap();
    assert_eq!(used().await, Some(first));
    clock.advance(Duration::from_secs(1));
    world.tokens.verify(text).await.unwrap();
    assert_eq!(used().await, Some(clock.now()));
}

#[tokio::test]
async fn a_persons_token_proves_nothing_but_that_it_was_made() {
    let Ground {
        store,
        clock,
        sealer,
        rng,
        ..
    } = Ground::new().await;
    let made = clock.now();
    let tokens = StandingTokens::new(
        store,
        sealer.clone(),
        clock.clone(),
        StandingSettings::default(),
        Duration::from_hours(1),
    );
    clock.advance(Duration::from_mins(5));
    let new = mint(&sealer, &rng, StandingKind::Personal).unwrap();
    let standing = tokens.standing(StandingToken {
        id: new.id,
        holder: Holder::Person("u-ada".into()),
        name: String::new(),
        scopes: ScopeSet::default(),
        routes: Vec::new(),
        created: made,
        expires: made.plus(YEAR),
        used: None,
    });
    let lease = standing.lease.as_ref().unwrap();
    assert_eq!((lease.auth_time, lease.amr.as_slice()), (made, &[][..]));
    // A session as old as the token.
    assert_eq!(lease.ends.minus(Duration::from_hours(1)), made);
    assert_eq!(standing.origin().issued, clock.now());
}
