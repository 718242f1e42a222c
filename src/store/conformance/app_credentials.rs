//! What people sign in to apps with.

use std::collections::HashMap;

use super::{World, on_every_engine};
use crate::base::Timestamp;
use crate::model::EventKey;

on_every_engine! {
    a_credential_is_one_persons_at_one_route_and_the_last_one_counts,
    a_changed_credential_is_told_to_everybody,
}

async fn a_credential_is_one_persons_at_one_route_and_the_last_one_counts(world: &World) {
    let (ada, bob) = (world.user("ada").await.id, world.user("bob").await.id);
    let (store, other) = (&world.store, world.other().await);
    let (wiki, mail) = ("wiki".into(), "mail".into());
    for (user, route, sealed) in [(&ada, &wiki, 1), (&ada, &mail, 2), (&bob, &wiki, 3)] {
        let put = store.put_app_credential(user, route, vec![sealed, 0, 255]);
        put.await.unwrap();
    }
    other
        .put_app_credential(&ada, &wiki, vec![4])
        .await
        .unwrap();
    let kept = async |user, route| store.load_app_credential(user, route).await.unwrap();
    assert_eq!(kept(&ada, &wiki).await, Some(vec![4]));
    assert_eq!(kept(&ada, &mail).await, Some(vec![2, 0, 255]));
    assert_eq!(kept(&bob, &mail).await, None);
    let listed = store.list_app_credentials(&ada).await.unwrap();
    let routes: Vec<&str> = listed.iter().map(|(route, _)| route.as_str()).collect();
    assert_eq!(routes, ["mail", "wiki"]);
    assert!(other.remove_app_credential(&ada, &wiki).await.unwrap());
    assert!(!store.remove_app_credential(&ada, &wiki).await.unwrap());
    assert_eq!(kept(&ada, &wiki).await, None);
    assert_eq!(kept(&bob, &wiki).await, Some(vec![3, 0, 255]));
}

async fn a_changed_credential_is_told_to_everybody(world: &World) {
    let ada = world.user("ada").await.id;
    let wiki = "wiki".into();
    world
        .store
        .put_app_credential(&ada, &wiki, vec![1])
        .await
        .unwrap();
    world
        .store
        .remove_app_credential(&ada, &wiki)
        .await
        .unwrap();
    world
        .store
        .remove_app_credential(&ada, &wiki)
        .await
        .unwrap();
    let seen = HashMap::new();
    let events = world.store.events_since(&seen, Timestamp::default());
    let keys: Vec<EventKey> = events
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.key)
        .collect();
    let told = EventKey::Credentials(ada);
    assert_eq!(keys, [told.clone(), told]);
}
