//! Tokens that no grant stands behind: a client's own, and those it exchanged for a person's.

mod exchange;
mod introspection;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::browser::Answer;
use super::world::*;
use crate::model::{Client, GrantKind};

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
