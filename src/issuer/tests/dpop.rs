//! Tokens that are worth nothing without the key they were given to (RFC 9449, RFC 8705 3).

mod certificates;
mod codes;
mod proofs;

use std::sync::LazyLock;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::browser::Answer;
use super::registry::{client, confidential};
use super::world::*;
use crate::base::encoding::{base64url, sha256};
use crate::keys::ForeignAlg;
use crate::keys::foreign::ForeignKey;
use crate::keys::foreign::testing::Stranger;

static KEY: LazyLock<Stranger> = LazyLock::new(|| Stranger::new(ForeignAlg::ES256, "k"));
static OTHER: LazyLock<Stranger> = LazyLock::new(|| Stranger::new(ForeignAlg::EdDSA, "o"));
static RSA: LazyLock<Stranger> = LazyLock::new(|| Stranger::new(ForeignAlg::RS256, "r"));

fn jkt(key: &Stranger) -> String {
    let jwk = key.jwk();
    ForeignKey::read(jwk.as_object().unwrap())
        .unwrap()
        .thumbprint()
        .to_owned()
}

struct Making<'a> {
    by: &'a Stranger,
    header: Value,
    claims: Value,
}

impl<'a> Making<'a> {
    /// A good proof for the token endpoint.
    fn new(world: &World, by: &'a Stranger) -> Self {
        let jti = base64url(crate::base::Rng::system().bytes::<16>().unwrap());
        Self {
            by,
            header: json!({ "typ": "dpop+jwt", "alg": by.alg.as_str(), "jwk": by.jwk() }),
            claims: json!({
                "htm": "POST", "htu": format!("{SITE}{PROD}/connect/token"),
                "iat": world.clock.now().seconds(), "jti": jti,
            }),
        }
    }

    /// For userinfo with this token.
    fn for_userinfo(world: &World, by: &'a Stranger, token: &str) -> Self {
        let mut making = Self::new(world, by);
        making.claims["htm"] = json!("GET");
        making.claims["htu"] = json!(format!("{SITE}{PROD}/connect/userinfo"));
        making.claims["ath"] = json!(base64url(sha256(token)));
        making
    }

    fn header(mut self, name: &str, value: Value) -> Self {
        put(&mut self.header, name, value);
        self
    }

    fn claim(mut self, name: &str, value: Value) -> Self {
        put(&mut self.claims, name, value);
        self
    }

    fn sign(self) -> String {
        self.by.sign_as(&self.header, &self.claims)
    }
}

fn put(object: &mut Value, name: &str, value: Value) {
    if value.is_null() {
        object.as_object_mut().unwrap().remove(name);
    } else {
        object[name] = value;
    }
}

/// Posts to the token endpoint with these proofs.
async fn post(world: &World, client: &str, form: &[(&str, &str)], proofs: &[String]) -> Answer {
    let mut form = form.to_vec();
    let mut request = Request::post(format!("{PROD}/connect/token")).header(CONTENT_TYPE, FORM);
    if client.starts_with('p') {
        form.push(("client_id", client));
    } else {
        request = request.header(AUTHORIZATION, basic(client, &secret(client)));
    }
    for proof in proofs {
        request = request.header("DPoP", proof);
    }
    world.send(request, encode(&form)).await
}

async fn redeem(world: &World, client: &str, code: &str, proofs: &[String]) -> Answer {
    let callback = format!("https://{client}.test/cb");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &callback),
        ("code_verifier", VERIFIER),
    ];
    post(world, client, &form, proofs).await
}

async fn refresh(world: &World, client: &str, token: &str, proofs: &[String]) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    post(world, client, &form, proofs).await
}

async fn userinfo(world: &World, authorization: &str, proofs: &[String]) -> Answer {
    let mut request = Request::get(format!("{PROD}/connect/userinfo"));
    request = request.header(AUTHORIZATION, authorization);
    for proof in proofs {
        request = request.header("dpop", proof);
    }
    world.send(request, String::new()).await
}

/// Tokens bound to `KEY`.
async fn bound(world: &World, client: &str) -> Value {
    let code = world.signed_in("alice").await.code(client).await;
    let proof = Making::new(world, &KEY).sign();
    let answer = redeem(world, client, &code, &[proof]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn a_token_is_bound_to_the_key_that_asked_for_it() {
    let world = world().await;
    let tokens = bound(&world, "c1").await;
    assert_eq!(tokens["token_type"], "DPoP");
    assert_eq!(payload(&tokens["access_token"])["cnf"]["jkt"], jkt(&KEY));
    let token = tokens["access_token"].as_str().unwrap();
    for scheme in ["DPoP", "dpop", "DPOP"] {
        let proof = Making::for_userinfo(&world, &KEY, token).sign();
        let answer = userinfo(&world, &format!("{scheme} {token}"), &[proof]).await;
        assert_eq!(answer.status, StatusCode::OK, "{scheme} {}", answer.body);
    }
    let request = Request::post(format!("{PROD}/connect/introspect"))
        .header(CONTENT_TYPE, FORM)
        .header(AUTHORIZATION, basic("c1", &secret("c1")));
    let told = world
        .send(request, encode(&[("token", token)]))
        .await
        .json();
    assert_eq!(told["token_type"], "DPoP");
    assert_eq!(told["cnf"]["jkt"], jkt(&KEY));
}

#[tokio::test]
async fn tok_21_a_public_clients_refresh_token_is_bound_and_a_confidential_one_may_change_its_key()
{
    let world = world_with(|clients| clients.push(client("p2"))).await;
    let proof = |by: &Stranger| vec![Making::new(&world, by).sign()];
    let text = |tokens: &Value| tokens["refresh_token"].as_str().unwrap().to_owned();

    let tokens = bound(&world, "p2").await;
    for proofs in [vec![], proof(&OTHER)] {
        let answer = refresh(&world, "p2", &text(&tokens), &proofs).await;
        assert_eq!(answer.json()["error"], "invalid_grant");
    }
    // Those attempts spent nothing.
    let answer = refresh(&world, "p2", &text(&tokens), &proof(&KEY)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let next = answer.json();
    assert_eq!(payload(&next["access_token"])["cnf"]["jkt"], jkt(&KEY));
    world.clock.advance(Duration::from_secs(20));
    let stolen = refresh(&world, "p2", &text(&next), &proof(&OTHER)).await;
    assert_eq!(stolen.status, StatusCode::BAD_REQUEST);

    let tokens = bound(&world, "c1").await;
    let answer = refresh(&world, "c1", &text(&tokens), &proof(&OTHER)).await;
    assert_eq!(
        payload(&answer.json()["access_token"])["cnf"]["jkt"],
        jkt(&OTHER)
    );
}

#[tokio::test]
async fn a_client_that_must_bind_its_tokens_gets_none_without_a_key() {
    let world = world_with(|clients| {
        let mut dpop = confidential("d1");
        dpop.security.require_dpop = true;
        let mut tls = confidential("t1");
        tls.security.certificate_bound_tokens = true;
        clients.extend([dpop, tls]);
    })
    .await;
    let mut alice = world.signed_in("alice").await;
    for client in ["d1", "t1"] {
        let code = alice.code(client).await;
        let answer = redeem(&world, client, &code, &[]).await;
        assert_eq!(answer.json()["error"], "invalid_request", "{client}");
        let proof = Making::new(&world, &KEY).sign();
        let answer = redeem(&world, client, &code, &[proof]).await;
        assert_eq!(answer.json()["token_type"], "DPoP", "{client}");
    }
}
