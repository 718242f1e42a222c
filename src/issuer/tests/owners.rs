//! Clients whose owner may no longer have any.

use http::StatusCode;

use super::world::*;
use crate::model::{Login, User};

/// C1 is Bob's; he may own clients. P1 belongs to somebody who is not there.
async fn owned() -> World {
    let world = world_with(|clients| {
        for client in clients {
            client.owner = match client.id.as_str() {
                "c1" => Login::parse("bob"),
                "p1" => Login::parse("nobody"),
                _ => None,
            };
        }
    })
    .await;
    bob(&world, |user| {
        user.groups = vec!["creators".into(), "openid".into()];
    })
    .await;
    world
}

async fn bob(world: &World, change: impl Fn(&mut User) + Send + Sync + 'static) {
    let id = "u-bob".into();
    world.store.change_user(&id, change).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_is_suspended_while_its_owner_lacks_the_permission() {
    let world = owned().await;
    let tokens = world.tokens_for("alice", "c1").await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    let mut browser = world.signed_in("alice").await;
    let changes: [fn(&mut User); 3] = [
        |user| user.groups = vec!["creators".into()],
        |user| user.groups = vec!["openid".into()],
        |user| user.disabled = true,
    ];
    for change in changes {
        bob(&world, change).await;
        browser.authorize("c1", &[]).await.assert_local();
        let answer = world.refresh("c1", &refresh).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["error"], "invalid_client");
        let answer = world.userinfo(&access).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        // Others are not touched.
        assert!(!browser.code("c2").await.is_empty());
    }
    bob(&world, |user| {
        user.disabled = false;
        user.groups = vec!["openid".into(), "creators".into()];
    })
    .await;
    assert_eq!(world.userinfo(&access).await.status, StatusCode::OK);
    assert_eq!(world.refresh("c1", &refresh).await.status, StatusCode::OK);
    assert!(!browser.code("c1").await.is_empty());
}

#[tokio::test]
async fn a_client_whose_owner_is_not_there_is_suspended() {
    let world = owned().await;
    let mut browser = world.signed_in("alice").await;
    browser.authorize("p1", &[]).await.assert_local();
}
