//! Who is told what of a token (RFC 7662, RFC 9701).

use super::*;

#[tokio::test]
async fn tok_15_tok_12_only_whom_a_token_is_for_and_whose_it_is_learn_anything_about_it() {
    let world = world_of_machines().await;
    let alices = world.alices().await;
    let files = world.own("job", &[("scope", "files:read")]).await.json();
    for jwt in [false, true] {
        let told = |client, token| {
            let world = &world;
            async move {
                let told = world.told(client, token, jwt).await;
                if !jwt {
                    return told;
                }
                // RFC 9701 5: for the caller, and no token itself.
                assert_eq!(told["aud"], client);
                assert_eq!(told["iss"], format!("{SITE}{PROD}"));
                assert!(told.get("sub").is_none() && told.get("exp").is_none());
                told["token_introspection"].clone()
            }
        };
        // The server of the API: what concerns the API.
        let known = told("api", text(&alices)).await;
        assert_eq!(known["aud"], BOOKINGS);
        assert_eq!(known["scope"], "booking:read booking:write");
        // Who that is by name, the API has no scope to know.
        assert_eq!(known["sub"], "u-alice");
        assert!(known.get("username").is_none());
        // The client: all of it.
        let known = told("c1", text(&alices)).await;
        assert_eq!(known["aud"], json!([format!("{SITE}{PROD}"), BOOKINGS]));
        // Everybody else, and the server of another API: nothing.
        let nothing = json!({ "active": false });
        assert_eq!(told("c2", text(&alices)).await, nothing);
        assert_eq!(told("api", text(&files)).await, nothing);
        assert_eq!(told("api", "junk").await, nothing);
    }
}

#[tokio::test]
async fn tokens_of_a_suspended_client_are_worth_nothing_to_servers_of_apis_either() {
    let world = world_with(|clients| {
        clients[0] = with_apis(confidential("c1"));
        clients[0].owner = crate::model::Login::parse("bob");
        let mut api = with_apis(confidential("api"));
        api.flows.grants = vec![GrantKind::TokenExchange];
        clients.push(api);
    })
    .await;
    let suspend = async |suspended: bool| {
        let (id, user) = (
            "u-bob".into(),
            ["creators", "openid"].map(Into::into).to_vec(),
        );
        let changed = world.store.change_user(&id, move |bob| {
            bob.disabled = suspended;
            bob.groups.clone_from(&user);
        });
        changed.await.unwrap().unwrap();
    };
    suspend(false).await;
    let alices = world.alices().await;
    assert_eq!(
        world.told("api", text(&alices), false).await["active"],
        true
    );
    suspend(true).await;
    let nothing = json!({ "active": false });
    assert_eq!(world.told("api", text(&alices), false).await, nothing);
    let exchanged = world.exchange("api", text(&alices), &[("audience", FILES)]);
    assert_eq!(exchanged.await.json()["error"], "invalid_request");
    suspend(false).await;
    assert_eq!(
        world.told("api", text(&alices), false).await["active"],
        true
    );
}
