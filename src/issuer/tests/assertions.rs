//! Clients that prove themselves by a JWT of their own (RFC 7523).

mod contents;

use std::sync::LazyLock;

use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use serde_json::{Map, Value, json};

use super::browser::Answer;
use super::registry::confidential;
use super::world::*;
use crate::base::Secret;
use crate::base::encoding::sha256;
use crate::keys::ForeignAlg;
use crate::keys::foreign::testing::{Stranger, sign_with_secret};
use crate::model::client::{ClientKeys, ClientSecretHash, KeptSecret, Profile};
use crate::model::{Client, ClientAuthMethod};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SECRET: &str = "a secret of more than thirty-two bytes";
const ISS: &str = "https://gw.test/production/oidc";

static ES: LazyLock<Stranger> = LazyLock::new(|| Stranger::new(ForeignAlg::ES256, "es"));
static RS: LazyLock<Stranger> = LazyLock::new(|| Stranger::new(ForeignAlg::RS256, "rs"));
static PS: LazyLock<Stranger> = LazyLock::new(|| Stranger::new(ForeignAlg::PS256, "ps"));
static OTHER: LazyLock<Stranger> = LazyLock::new(|| Stranger::new(ForeignAlg::ES256, "es"));

fn by_key(id: &str) -> Client {
    let keys = json!({ "keys": [ES.jwk(), RS.jwk(), PS.jwk()] });
    Client {
        auth: ClientAuthMethod::PrivateKeyJwt,
        secrets: Vec::new(),
        keys: Some(ClientKeys::Jwks(keys.to_string())),
        ..confidential(id)
    }
}

/// `k1` signs, `k2` may also name the token endpoint, `h1` uses its secret, `f1` is held to FAPI.
async fn world() -> World {
    assert_eq!(ISS, format!("{SITE}{PROD}"));
    world_with(|clients| {
        let mut lenient = by_key("k2");
        lenient.security.assertion_for_token_endpoint = true;
        let mut strict = by_key("f1");
        strict.security.profile = Profile::Fapi2;
        strict.security.assertion_for_token_endpoint = true;
        let secret = KeptSecret::Plain(Secret::new(SECRET.to_owned()));
        clients.extend([
            by_key("k1"),
            lenient,
            strict,
            Client {
                auth: ClientAuthMethod::ClientSecretJwt,
                secrets: vec![ClientSecretHash::Kept(sha256(SECRET), secret)],
                ..confidential("h1")
            },
        ]);
    })
    .await
}

/// A good assertion's claims, with `more` put in and what is null there left out.
fn claims(world: &World, client: &str, more: &Value) -> Value {
    let now = world.clock.now().seconds();
    let mut claims = json!({
        "iss": client, "sub": client, "aud": ISS, "iat": now, "exp": now + 60,
        "jti": crate::base::encoding::base64url(crate::base::Rng::system().bytes::<16>().unwrap()),
    });
    let all = claims.as_object_mut().unwrap();
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        all.insert(name, value);
    }
    let kept: Map<_, _> = all
        .clone()
        .into_iter()
        .filter(|(_, v)| !v.is_null())
        .collect();
    Value::Object(kept)
}

/// Introspects a token that is none: 200 exactly when the client was believed.
async fn ask(world: &World, form: &[(&str, &str)]) -> Answer {
    let mut all = vec![("token", "x")];
    all.extend(form);
    let request = Request::post(format!("{PROD}/connect/introspect"));
    world
        .send(request.header(CONTENT_TYPE, FORM), encode(&all))
        .await
}

async fn present(world: &World, assertion: &str) -> StatusCode {
    let form = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    ask(world, &form).await.status
}

#[tokio::test]
async fn a_client_proves_itself_by_its_key_or_by_its_secret() {
    let world = world().await;
    for by in [&*ES, &*RS, &*PS] {
        let assertion = by.sign(&claims(&world, "k1", &Value::Null));
        assert_eq!(present(&world, &assertion).await, StatusCode::OK);
    }
    let assertion = sign_with_secret(SECRET.as_bytes(), &claims(&world, "h1", &Value::Null));
    assert_eq!(present(&world, &assertion).await, StatusCode::OK);
    for (by, client) in [
        (&*OTHER, "k1"),
        (&*ES, "h1"),
        (&*ES, "c1"),
        (&*ES, "nobody"),
        (&*ES, "p1"),
    ] {
        let assertion = by.sign(&claims(&world, client, &Value::Null));
        assert_eq!(
            present(&world, &assertion).await,
            StatusCode::UNAUTHORIZED,
            "{client}"
        );
    }
    for secret in [
        &b"another secret of thirty-two bytes"[..],
        b"",
        ES.jwks().as_bytes(),
        RS.jwk().to_string().as_bytes(),
    ] {
        for client in ["h1", "k1"] {
            let assertion = sign_with_secret(secret, &claims(&world, client, &Value::Null));
            assert_eq!(
                present(&world, &assertion).await,
                StatusCode::UNAUTHORIZED,
                "{client}"
            );
        }
    }
    // A client that signs does not log in with a secret, and the other way round.
    for (client, secret) in [("h1", SECRET), ("k1", "x")] {
        let form = [("client_id", client), ("client_secret", secret)];
        assert_eq!(ask(&world, &form).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            ask(&world, &form[..1]).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn tok_02_an_assertion_comes_alone_and_says_what_it_is() {
    let world = world().await;
    let sign = || ES.sign(&claims(&world, "k1", &Value::Null));
    for (more, status) in [
        (vec![("client_id", "k1")], StatusCode::OK),
        (vec![("client_id", "k2")], StatusCode::UNAUTHORIZED),
        (
            vec![("client_id", "k1"), ("client_secret", "x")],
            StatusCode::BAD_REQUEST,
        ),
        (vec![("client_assertion", "again")], StatusCode::BAD_REQUEST),
    ] {
        let assertion = sign();
        let mut form = vec![
            ("client_assertion_type", TYPE),
            ("client_assertion", &assertion),
        ];
        form.extend(more.clone());
        assert_eq!(ask(&world, &form).await.status, status, "{more:?}");
    }
    let assertion = sign();
    for form in [
        vec![("client_assertion", assertion.as_str())],
        vec![("client_assertion_type", TYPE)],
        vec![("client_assertion_type", TYPE), ("client_id", "k1")],
        vec![
            ("client_assertion_type", "urn:x"),
            ("client_assertion", &assertion),
        ],
        vec![
            ("client_assertion_type", TYPE),
            ("client_assertion", "junk"),
        ],
    ] {
        assert_eq!(
            ask(&world, &form).await.status,
            StatusCode::UNAUTHORIZED,
            "{form:?}"
        );
    }
}

#[tokio::test]
async fn a_registered_algorithm_is_the_only_one_and_fapi_has_no_rs256() {
    let world = world_with(|clients| {
        let mut one = by_key("k1");
        one.algs.auth = Some("PS256".to_owned());
        let mut fapi = by_key("f1");
        fapi.security.profile = Profile::Fapi2;
        // A profile's client that would prove itself with a secret does not prove itself at all.
        let mut weak = confidential("w1");
        weak.security.profile = Profile::Fapi2;
        clients.extend([one, fapi, weak]);
    })
    .await;
    for (client, by, good) in [
        ("k1", &*PS, true),
        ("k1", &*ES, false),
        ("k1", &*RS, false),
        ("f1", &*PS, true),
        ("f1", &*ES, true),
        ("f1", &*RS, false),
    ] {
        let assertion = by.sign(&claims(&world, client, &Value::Null));
        let status = present(&world, &assertion).await;
        assert_eq!(status == StatusCode::OK, good, "{client} {}", by.alg);
    }
    let form = [("client_id", "w1"), ("client_secret", &secret("w1"))];
    assert_eq!(ask(&world, &form).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn jwt_16_what_a_forged_assertion_says_is_written_down_nowhere() {
    let world = world().await;
    let assertion = OTHER.sign(&claims(&world, "k1", &Value::Null));
    let form = [
        ("grant_type", "refresh_token"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    let request =
        Request::post(format!("{PROD}/connect/token")).header("origin", "https://k1.test");
    let request = request.header(CONTENT_TYPE, FORM);
    let answer = world.send(request, encode(&form)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!answer.body.contains("k1"));
    let records = world.audited.lock();
    let record = records
        .iter()
        .find(|record| record.reason == "invalid_client");
    assert_eq!(record.unwrap().client, None);
}
