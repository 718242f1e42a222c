//! Forms that wait for a sign-in.

use super::{World, on_every_engine};
use crate::base::opaque::LateForm;
use crate::base::{OpaqueHash, SessionId};
use crate::store::late_forms::OF_SESSION;

on_every_engine! {
    a_late_form_is_kept_until_it_expires,
    a_session_has_only_its_last_forms,
}

fn hash(byte: u8) -> OpaqueHash<LateForm> {
    OpaqueHash::from_bytes(&[byte; 32]).unwrap()
}

async fn keep(world: &World, form: u8, session: &str, seconds: u64) {
    let (session, expires) = (SessionId::from(session), world.after(seconds));
    let sealed = format!("sealed {form}");
    let form = hash(form);
    let kept = world.store.keep_form(&form, &session, sealed, expires);
    kept.await.unwrap();
}

async fn a_late_form_is_kept_until_it_expires(world: &World) {
    keep(world, 1, "s", 60).await;
    let loaded = async |form, at| world.store.load_form(&hash(form), at).await.unwrap();
    assert_eq!(loaded(1, world.now()).await.as_deref(), Some("sealed 1"));
    assert_eq!(loaded(1, world.after(60)).await, None);
    assert_eq!(loaded(2, world.now()).await, None);
    world.store.sweep(world.after(3600)).await.unwrap();
    assert_eq!(loaded(1, world.now()).await, None);
}

async fn a_session_has_only_its_last_forms(world: &World) {
    let most = u8::try_from(OF_SESSION).unwrap();
    keep(world, 100, "other", 10).await;
    for form in 0..=most {
        keep(world, form, "s", 60 + u64::from(form)).await;
    }
    let now = world.now();
    for (form, kept) in [(0, false), (1, true), (most, true), (100, true)] {
        let found = world.store.load_form(&hash(form), now).await.unwrap();
        assert_eq!(found.is_some(), kept, "{form}");
    }
}
