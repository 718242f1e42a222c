//! Users, their passwords, and that a login is one person's.

use super::{World, on_every_engine};
use crate::model::{Login, PasswordCredential, User};
use crate::store::StoreError;

on_every_engine! {
    a_user_is_read_as_written,
    a_login_and_an_address_are_one_persons,
    a_user_is_found_by_name_or_address_however_it_is_spelt,
    users_are_listed_in_order_page_by_page,
    a_change_of_a_user_is_one_step_from_whichever_handle,
    a_password_is_replaced_and_rehashed_only_while_it_is_the_same,
    a_reset_leaves_no_password,
}

fn password(user: &User, phc: &str) -> PasswordCredential {
    PasswordCredential {
        user: user.id.clone(),
        phc: phc.to_owned(),
        changed: user.created,
        must_change: true,
    }
}

async fn a_user_is_read_as_written(world: &World) {
    let mut user = world.someone("Ada");
    user.name = "Ada \"Quote\" Ž \u{1f600}".to_owned();
    user.tenants = vec!["acme".into()];
    user.attributes = [("dept".to_owned(), "a'b".to_owned())].into();
    world.store.insert_user(&user, None).await.unwrap();
    let read = world.store.load_user(&user.id).await.unwrap();
    assert_eq!(read, Some(user.clone()));

    user.email = None;
    user.email_verified = false;
    user.groups.clear();
    assert!(world.store.update_user(&user).await.unwrap());
    let read = world.store.load_user(&user.id).await.unwrap();
    assert_eq!(read, Some(user));
    let nobody = world.someone("nobody");
    assert!(!world.store.update_user(&nobody).await.unwrap());
    assert_eq!(world.store.load_user(&nobody.id).await.unwrap(), None);
}

async fn a_login_and_an_address_are_one_persons(world: &World) {
    world.user("ada").await;
    let bob = world.user("bob").await;
    for (name, email) in [
        ("ada", "other@example.com"),
        ("cy", "ADA@example.com"),
        ("ada@example.com", "cy@example.com"),
        ("cy", "ada"),
    ] {
        let mut cy = world.someone("x");
        cy.login = Login::parse(name).unwrap();
        cy.email = Some(email.to_owned());
        let refused = world
            .store
            .insert_user(&cy, Some(&password(&cy, "p")))
            .await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{name} {email}"
        );
        assert!(world.store.load_password(&cy.id).await.unwrap().is_none());

        cy.id = bob.id.clone();
        let refused = world.store.update_user(&cy).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{name} {email}"
        );
    }
    let mut own = world.someone("dora@example.com");
    own.email = Some("dora@example.com".to_owned());
    world.store.insert_user(&own, None).await.unwrap();
}

async fn a_user_is_found_by_name_or_address_however_it_is_spelt(world: &World) {
    let ada = world.user("Ada").await;
    for typed in ["ada", " ADA", "ada@EXAMPLE.com"] {
        let login = Login::parse(typed).unwrap();
        let found = world.store.find_user(&login).await.unwrap();
        assert_eq!(found.map(|user| user.id), Some(ada.id.clone()), "{typed}");
    }
    let login = Login::parse("bob").unwrap();
    assert_eq!(world.store.find_user(&login).await.unwrap(), None);
}

async fn users_are_listed_in_order_page_by_page(world: &World) {
    for name in ["cy", "ada", "bob"] {
        world.user(name).await;
    }
    let mut seen = Vec::new();
    let mut after: Option<Login> = None;
    loop {
        let page = world.store.list_users(after.as_ref(), 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.login.clone());
        seen.extend(page.into_iter().map(|user| user.username));
    }
    assert_eq!(seen, ["ada", "bob", "cy"]);
}

async fn a_change_of_a_user_is_one_step_from_whichever_handle(world: &World) {
    let ada = world.user("ada").await;
    let handles = [world.store.clone(), world.other().await];
    let joins = (0..32).map(|n| {
        let (store, id) = (handles[n % 2].clone(), ada.id.clone());
        tokio::spawn(async move {
            let join = move |user: &mut User| user.groups.push(format!("g{n}").as_str().into());
            store.change_user(&id, join).await.unwrap().unwrap();
        })
    });
    for join in joins.collect::<Vec<_>>() {
        join.await.unwrap();
    }
    let ada = world.store.load_user(&ada.id).await.unwrap().unwrap();
    assert_eq!(ada.groups.len(), 33, "a change undid another");
}

async fn a_password_is_replaced_and_rehashed_only_while_it_is_the_same(world: &World) {
    let ada = world.someone("ada");
    let first = password(&ada, "first");
    world.store.insert_user(&ada, Some(&first)).await.unwrap();
    let read = async || world.store.load_password(&ada.id).await.unwrap().unwrap();
    let stored = read().await;
    assert_eq!((stored.phc.as_str(), stored.must_change), ("first", true));
    assert_eq!(stored.changed, ada.created);

    let stronger = world.store.rehash_password(&first, "stronger".into());
    stronger.await.unwrap();
    assert_eq!(read().await.phc, "stronger");
    let second = password(&ada, "second");
    world.store.put_password(&second).await.unwrap();
    let late = world.store.rehash_password(&first, "late".into());
    late.await.unwrap();
    assert_eq!(read().await.phc, "second");
}

async fn a_reset_leaves_no_password(world: &World) {
    let ada = world.someone("ada");
    let set = password(&ada, "first");
    world.store.insert_user(&ada, Some(&set)).await.unwrap();
    let session = world.session(&ada).await;
    let link = crate::base::OpaqueHash::from_bytes(&[7; 32]).unwrap();
    let reset = world.store.reset_password(&ada.id, &link, world.after(60));
    reset.await.unwrap();
    // A sign-in with the old password that is still under way.
    let late = world.store.rehash_password(&set, "late".into());
    late.await.unwrap();
    assert!(world.store.load_password(&ada.id).await.unwrap().is_none());
    let session = world.store.load_session(&session.id).await.unwrap();
    assert_eq!(session.unwrap().ended, Some(world.now()));
    let found = world.store.find_sign_in_link(&link, world.now()).await;
    assert_eq!(found.unwrap().map(|link| link.user), Some(ada.id));
}
