//! Tokens that no grant stands behind: a client's own, and those it exchanged for a person's.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::browser::Answer;
use super::world::*;
use crate::model::{Client, GrantKind, User};

/// `job` acts for itself; `api` is the server of the bookings API and may call the files API; `c1`
/// signs people in for both, with one token.
async fn world_of_machines() -> World {
    world_with(|clients| {
        clients[0] = with_apis(confidential("c1"));
        for id in ["job", "api", "u-bob"] {
            let mut client = with_apis(confidential(id));
            client.flows.grants = vec![GrantKind::ClientCredentials, GrantKind::TokenExchange];
            clients.push(client);
        }
        let mut public = with_apis(client("public"));
        public.flows.grants = vec![GrantKind::ClientCredentials, GrantKind::TokenExchange];
        clients.push(public);
    })
    .await
}

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

impl World {
    async fn own(&self, client: &str, more: &[(&str, &str)]) -> Answer {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(more);
        self.token(PROD, client, &form).await
    }

    async fn exchange(&self, client: &str, token: &str, more: &[(&str, &str)]) -> Answer {
        let mut form = vec![
            ("grant_type", EXCHANGE),
            ("subject_token", token),
            ("subject_token_type", ACCESS),
        ];
        form.extend(more);
        self.token(PROD, client, &form).await
    }

    /// What `client` learns about a token, as JSON or as the claims of a JWT.
    pub async fn told(&self, client: &str, token: &str, jwt: bool) -> Value {
        let request = Request::post(format!("{PROD}/connect/introspect"))
            .header(AUTHORIZATION, basic(client, &secret(client)))
            .header(CONTENT_TYPE, FORM);
        let request = if jwt {
            request.header(ACCEPT, "application/token-introspection+jwt")
        } else {
            request
        };
        let answer = self.send(request, encode(&[("token", token)])).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        if !jwt {
            return answer.json();
        }
        let kind = &answer.headers["content-type"];
        assert_eq!(kind, "application/token-introspection+jwt");
        payload(&json!(answer.body))
    }

    /// Alice's token for userinfo and both APIs, given to C1.
    async fn alices(&self) -> Value {
        let mut browser = self.signed_in("alice").await;
        let asked = [("scope", "openid booking:read booking:write")];
        let code = browser.authorize("c1", &asked).await.sent_to(C1_CB)["code"].clone();
        self.redeem("c1", &code).await.json()
    }
}

fn text(answer: &Value) -> &str {
    answer["access_token"].as_str().unwrap()
}

#[tokio::test]
async fn a_client_gets_an_access_token_of_its_own_and_nothing_else() {
    let world = world_of_machines().await;
    let answer = world.own("job", &[("scope", "booking:read")]).await.json();
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    let token = payload(&answer["access_token"]);
    assert_eq!(
        (&token["aud"], &token["scope"]),
        (&json!(BOOKINGS), &json!("booking:read"))
    );
    assert_eq!(
        (&token["client_id"], &token["sub"]),
        (&json!("job"), &json!("client:job"))
    );
    for of_people in ["sid", "auth_time", "grant_id"] {
        assert!(token.get(of_people).is_none(), "{of_people}");
    }
    // Without a scope it is all that the client may have of the resource.
    let answer = world.own("job", &[("resource", BOOKINGS)]).await.json();
    assert_eq!(answer["scope"], "booking:read booking:write");
    let refused = world.own("job", &[]).await;
    assert_eq!(refused.json()["error"], "invalid_scope");
}

#[tokio::test]
async fn a_client_alone_gets_nothing_that_is_about_a_person_or_that_it_may_not_have() {
    let world = world_of_machines().await;
    for scope in [
        "openid",
        "booking:read profile",
        "offline_access",
        "payments",
    ] {
        let answer = world.own("job", &[("scope", scope)]).await;
        assert_eq!(answer.json()["error"], "invalid_scope", "{scope}");
    }
    let answer = world.own("job", &[("resource", "https://x.test")]).await;
    assert_eq!(answer.json()["error"], "invalid_target");
    for (client, error) in [
        ("public", "unauthorized_client"),
        ("c1", "unauthorized_client"),
    ] {
        let answer = world.own(client, &[("scope", "booking:read")]).await;
        assert_eq!(answer.json()["error"], error, "{client}");
    }
}

#[tokio::test]
async fn tok_18_a_client_whose_id_is_a_persons_is_never_that_person() {
    let world = world_of_machines().await;
    for more in [
        ("scope", "booking:read"),
        ("resource", &*format!("{SITE}{PROD}")),
    ] {
        let answer = world.own("u-bob", &[more]).await.json();
        let answer = text(&answer);
        assert_eq!(payload(&json!(answer))["sub"], "client:u-bob");
        let userinfo = world.userinfo(answer).await;
        assert_ne!(userinfo.status, StatusCode::OK, "{}", userinfo.body);
        let told = world.told("u-bob", answer, false).await;
        assert_eq!(
            (&told["active"], &told["sub"]),
            (&json!(true), &json!("client:u-bob"))
        );
        assert!(told.get("username").is_none(), "{told}");
        // Nor does it become one by exchange.
        let exchanged = world
            .exchange("u-bob", answer, &[("resource", FILES)])
            .await;
        assert_eq!(exchanged.json()["error"], "invalid_request");
    }
}

#[tokio::test]
async fn a_clients_own_token_can_be_revoked_alone() {
    let world = world_of_machines().await;
    let asked = [("scope", "booking:read")];
    let first = world.own("job", &asked).await.json();
    let second = world.own("job", &asked).await.json();
    // TOK-14: another client's attempt changes nothing.
    world.revoke("c2", text(&first)).await;
    assert_eq!(world.told("api", text(&first), false).await["active"], true);
    world.revoke("job", text(&first)).await;
    assert_eq!(
        world.told("api", text(&first), false).await,
        json!({ "active": false })
    );
    assert_eq!(
        world.told("api", text(&second), false).await["active"],
        true
    );
}

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
async fn the_server_of_an_api_calls_another_for_the_person_and_says_so() {
    let world = world_with(|clients| {
        clients[0] = with_apis(confidential("c1"));
        let mut api = with_apis(confidential("api"));
        api.flows.grants = vec![GrantKind::TokenExchange];
        clients.push(api);
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    let query = request(
        "c1",
        &[("scope", "booking:read files:read"), ("resource", BOOKINGS)],
    );
    let path = format!("{PROD}/connect/authorize?{query}&resource={FILES}");
    let code = browser.get(&path).await.sent_to(C1_CB)["code"].clone();
    let both = world.redeem("c1", &code).await.json();

    let answer = world
        .exchange("api", text(&both), &[("audience", FILES)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let answer = answer.json();
    assert_eq!(answer["issued_token_type"], ACCESS);
    assert_eq!(answer["scope"], "files:read");
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    let (old, new) = (
        payload(&both["access_token"]),
        payload(&answer["access_token"]),
    );
    assert_eq!(
        (&new["sub"], &new["aud"]),
        (&json!("u-alice"), &json!(FILES))
    );
    assert_eq!(
        (&new["client_id"], &new["act"]),
        (&json!("api"), &json!({ "sub": "client:api" }))
    );
    assert!(new["exp"].as_i64() <= old["exp"].as_i64());
    for kept in ["sid", "grant_id", "auth_time"] {
        assert_eq!(new[kept], old[kept], "{kept}");
    }
    // Revoking it takes nothing from the client that signed Alice in; her sign-out ends both.
    let token = text(&answer);
    let other = world
        .exchange("api", text(&both), &[("audience", FILES)])
        .await
        .json();
    world.revoke("api", token).await;
    assert_eq!(world.told("api", token, false).await["active"], false);
    assert_eq!(world.told("c1", text(&both), false).await["active"], true);
    assert_eq!(world.told("api", text(&other), false).await["active"], true);
    world.sessions.end_all_of(&"u-alice".into()).await.unwrap();
    assert_eq!(
        world.told("api", text(&other), false).await["active"],
        false
    );
}

#[tokio::test]
async fn an_exchange_widens_nothing_and_takes_nobody_elses_token() {
    let world = world_of_machines().await;
    let alices = world.alices().await;
    let token = text(&alices);
    let error = |answer: Answer| answer.json()["error"].clone();
    // Alice gave no access to files, not even her name: this client is not registered for them.
    let wider = [("resource", FILES), ("scope", "files:read")];
    assert_eq!(
        error(world.exchange("api", token, &wider).await),
        "invalid_scope"
    );
    assert_eq!(
        error(world.exchange("api", token, &[("resource", FILES)]).await),
        "invalid_scope"
    );
    // Neither its client nor a server of its audience.
    let bookings = [("resource", BOOKINGS)];
    assert_eq!(
        error(world.exchange("job", token, &bookings).await),
        "invalid_request"
    );
    assert_eq!(
        error(world.exchange("public", token, &bookings).await),
        "unauthorized_client"
    );
    // The issuer is no API: userinfo cannot be asked for somebody.
    let issuer = format!("{SITE}{PROD}");
    for target in [("resource", &*issuer), ("audience", "https://x.test")] {
        assert_eq!(
            error(world.exchange("api", token, &[target]).await),
            "invalid_target"
        );
    }
    assert_eq!(
        error(world.exchange("api", token, &[]).await),
        "invalid_target"
    );
    // Other kinds of token, and actors, are not ignored.
    for more in [
        (
            "requested_token_type",
            "urn:ietf:params:oauth:token-type:refresh_token",
        ),
        ("actor_token", "x"),
    ] {
        let answer = world.exchange("api", token, &[bookings[0], more]).await;
        assert_eq!(error(answer), "invalid_request");
    }
    let id_token = alices["id_token"].as_str().unwrap();
    assert_eq!(
        error(world.exchange("api", id_token, &bookings).await),
        "invalid_request"
    );
    // A person who was switched off.
    let off = |user: &mut User| user.disabled = true;
    world
        .store
        .change_user(&"u-alice".into(), off)
        .await
        .unwrap();
    assert_ne!(
        world.exchange("api", token, &bookings).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn tok_06_grant_types_are_exactly_those_that_a_client_has() {
    let world = world_with(|clients| {
        clients.push(Client {
            flows: crate::model::Flows {
                response_types: vec![],
                grants: vec![GrantKind::ClientCredentials],
            },
            ..confidential("job")
        });
    })
    .await;
    let error = |answer: Answer| answer.json()["error"].clone();
    for kind in GrantKind::ALL {
        let form = [
            ("grant_type", kind.as_str()),
            ("code", "x"),
            ("refresh_token", "x"),
        ];
        let answer = world.token(PROD, "job", &form).await;
        let expected = match kind {
            GrantKind::ClientCredentials => continue,
            // Never at the token endpoint.
            GrantKind::Implicit => "unsupported_grant_type",
            GrantKind::AuthorizationCode
            | GrantKind::RefreshToken
            | GrantKind::DeviceCode
            | GrantKind::TokenExchange => "unauthorized_client",
        };
        assert_eq!(error(answer), expected, "{kind:?}");
    }
    for unknown in ["password", "PASSWORD", "client_credentials ", "", "urn:x"] {
        let form = [
            ("grant_type", unknown),
            ("username", "alice"),
            ("password", "x"),
        ];
        let answer = world.token(PROD, "job", &form).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        let expected = if unknown.is_empty() {
            "invalid_request"
        } else {
            "unsupported_grant_type"
        };
        assert_eq!(error(answer), expected, "{unknown}");
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
