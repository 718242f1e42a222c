//! Tokens that are worth nothing without the key they were given to (RFC 9449, RFC 8705 3).

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
use crate::web::PeerCertificate;

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
async fn tok_21_a_bound_token_is_refused_without_a_good_proof_of_its_own_key() {
    let world = world().await;
    let tokens = bound(&world, "c1").await;
    let token = tokens["access_token"].as_str().unwrap();
    let with = format!("DPoP {token}");
    let good = || Making::for_userinfo(&world, &KEY, token);
    let now = world.clock.now().seconds();

    let bearer = userinfo(&world, &format!("Bearer {token}"), &[good().sign()]).await;
    assert_eq!(bearer.status, StatusCode::UNAUTHORIZED);
    let challenges = bearer.headers.get_all(WWW_AUTHENTICATE).iter();
    let challenges: Vec<_> = challenges.map(|line| line.to_str().unwrap()).collect();
    assert!(
        challenges
            .iter()
            .any(|one| one.starts_with("DPoP error=\"invalid_token\", algs=\"ES256"))
    );

    let once = good().sign();
    assert_eq!(
        userinfo(&world, &with, std::slice::from_ref(&once))
            .await
            .status,
        StatusCode::OK
    );
    for (why, proofs) in [
        ("none", vec![]),
        ("again", vec![once]),
        ("two", vec![good().sign(), good().sign()]),
        (
            "another key",
            vec![Making::for_userinfo(&world, &OTHER, token).sign()],
        ),
        ("ath missing", vec![good().claim("ath", Value::Null).sign()]),
        (
            "ath of another",
            vec![good().claim("ath", json!(base64url(sha256("x")))).sign()],
        ),
        ("method", vec![good().claim("htm", json!("POST")).sign()]),
        (
            "method in lower case",
            vec![good().claim("htm", json!("get")).sign()],
        ),
        (
            "address",
            vec![good().claim("htu", json!("https://gw.test/x")).sign()],
        ),
        ("old", vec![good().claim("iat", json!(now - 61)).sign()]),
        ("future", vec![good().claim("iat", json!(now + 60)).sign()]),
    ] {
        let answer = userinfo(&world, &with, &proofs).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{why}");
    }
    // A token that is bound to nothing is no DPoP token.
    let plain = world.tokens_for("alice", "c1").await;
    let plain = plain["access_token"].as_str().unwrap();
    let proof = Making::for_userinfo(&world, &KEY, plain).sign();
    let answer = userinfo(&world, &format!("DPoP {plain}"), &[proof]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn tok_21_every_part_of_a_proof_counts_at_the_token_endpoint() {
    let world = world().await;
    let good = || Making::new(&world, &KEY);
    let now = world.clock.now().seconds();
    let mut private = KEY.jwk();
    private["d"] = json!("AAAA");
    let mut broken = good().sign();
    broken.truncate(broken.len() - 4);
    let bad = [
        ("typ missing", good().header("typ", Value::Null).sign()),
        ("typ", good().header("typ", json!("JWT")).sign()),
        ("alg missing", good().header("alg", Value::Null).sign()),
        ("alg none", good().header("alg", json!("none")).sign()),
        ("alg HS256", good().header("alg", json!("HS256")).sign()),
        (
            "alg of another key",
            good().header("alg", json!("PS256")).sign(),
        ),
        ("RS256", Making::new(&world, &RSA).sign()),
        ("jwk missing", good().header("jwk", Value::Null).sign()),
        ("another jwk", good().header("jwk", OTHER.jwk()).sign()),
        ("private jwk", good().header("jwk", private).sign()),
        ("crit", good().header("crit", json!(["x"])).sign()),
        ("jti missing", good().claim("jti", Value::Null).sign()),
        ("jti number", good().claim("jti", json!(1)).sign()),
        (
            "jti long",
            good().claim("jti", json!("x".repeat(600))).sign(),
        ),
        ("htm missing", good().claim("htm", Value::Null).sign()),
        ("htm", good().claim("htm", json!("GET")).sign()),
        ("htu missing", good().claim("htu", Value::Null).sign()),
        (
            "htu",
            good()
                .claim("htu", json!(format!("{SITE}{BETA}/connect/token")))
                .sign(),
        ),
        ("iat missing", good().claim("iat", Value::Null).sign()),
        (
            "iat text",
            good().claim("iat", json!(now.to_string())).sign(),
        ),
        ("iat old", good().claim("iat", json!(now - 120)).sign()),
        ("iat future", good().claim("iat", json!(now + 120)).sign()),
        ("signature", broken),
        ("junk", "junk".to_owned()),
        ("empty", String::new()),
    ];
    let mut alice = world.signed_in("alice").await;
    let code = alice.code("c1").await;
    for (why, proof) in bad {
        let answer = redeem(&world, "c1", &code, &[proof]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{why}");
        assert_eq!(answer.json()["error"], "invalid_dpop_proof", "{why}");
    }
    let two = redeem(&world, "c1", &code, &[good().sign(), good().sign()]).await;
    assert_eq!(two.json()["error"], "invalid_dpop_proof");
    // None of these attempts used up the code; exp and nbf are nothing a proof is judged by.
    let odd = good()
        .claim("exp", json!(now - 9))
        .claim("nbf", json!(now + 9))
        .claim("iat", json!(now + 10))
        .claim(
            "htu",
            json!("https://GW.test:443/production/oidc/connect/token?x#y"),
        );
    let answer = redeem(&world, "c1", &code, &[odd.sign()]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn tok_21_a_proof_is_taken_once_however_many_come_at_once() {
    let world = world().await;
    let proof = [Making::new(&world, &KEY).sign()];
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(world.signed_in("alice").await.code("c1").await);
    }
    let many = codes.iter().map(|code| redeem(&world, "c1", code, &proof));
    let many = futures::future::join_all(many).await;
    let first = many.iter().filter(|answer| answer.status == StatusCode::OK);
    assert_eq!(first.count(), 1);
    let again = many
        .iter()
        .filter(|answer| answer.json()["error"] == "invalid_dpop_proof");
    assert_eq!(again.count(), 7);
}

#[tokio::test]
async fn a_code_that_was_asked_for_with_a_key_is_that_keys_alone() {
    let world = world().await;
    let mut alice = world.signed_in("alice").await;
    let jkt = jkt(&KEY);
    let ask = async |browser: &mut super::browser::Browser<'_>, jkt: &str| {
        browser.authorize("c1", &[("dpop_jkt", jkt)]).await
    };
    let answer = ask(&mut alice, &jkt).await;
    let code = answer.sent_to("https://c1.test/cb")["code"].clone();
    for proofs in [vec![], vec![Making::new(&world, &OTHER).sign()]] {
        let answer = redeem(&world, "c1", &code, &proofs).await;
        assert_eq!(answer.json()["error"], "invalid_grant");
    }
    let proof = Making::new(&world, &KEY).sign();
    assert_eq!(
        redeem(&world, "c1", &code, &[proof]).await.status,
        StatusCode::OK
    );
    for bad in ["x", &jkt[..42], &format!("{jkt}=")] {
        let answer = ask(&mut alice, bad).await;
        assert_eq!(
            answer.sent_to("https://c1.test/cb")["error"],
            "invalid_request"
        );
    }
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

#[tokio::test]
async fn a_token_bound_to_a_certificate_is_worth_nothing_on_another_connection() {
    let world = world_with(|clients| {
        let mut tls = confidential("t1");
        tls.security.certificate_bound_tokens = true;
        clients.push(tls);
    })
    .await;
    let (own, other) = (
        PeerCertificate::new(b"own", false),
        PeerCertificate::new(b"other", true),
    );
    let code = world.signed_in("alice").await.code("t1").await;
    let callback = "https://t1.test/cb";
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", callback),
        ("code_verifier", VERIFIER),
    ];
    let request = Request::post(format!("{PROD}/connect/token"))
        .header(CONTENT_TYPE, FORM)
        .header(AUTHORIZATION, basic("t1", &secret("t1")))
        .extension(own.clone());
    let tokens = world.send(request, encode(&form)).await.json();
    assert_eq!(tokens["token_type"], "Bearer", "{tokens}");
    let cnf = &payload(&tokens["access_token"])["cnf"];
    assert_eq!(cnf["x5t#S256"], own.thumbprint());
    let token = tokens["access_token"].as_str().unwrap();
    for (certificate, status) in [
        (Some(own), StatusCode::OK),
        (Some(other), StatusCode::UNAUTHORIZED),
        (None, StatusCode::UNAUTHORIZED),
    ] {
        let mut request = Request::get(format!("{PROD}/connect/userinfo"));
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        if let Some(certificate) = certificate {
            request = request.extension(certificate);
        }
        assert_eq!(world.send(request, String::new()).await.status, status);
    }
}

#[tokio::test]
async fn a_request_that_was_pushed_with_a_proof_binds_its_code() {
    let world = world().await;
    let mut alice = world.signed_in("alice").await;
    let push = async |more: &[(&str, &str)], proof: String| {
        let request = Request::post(format!("{PROD}/connect/par"))
            .header(CONTENT_TYPE, FORM)
            .header(AUTHORIZATION, basic("c1", &secret("c1")))
            .header("DPoP", proof);
        world.send(request, super::world::request("c1", more)).await
    };
    let good = || {
        let making = Making::new(&world, &KEY);
        making
            .claim("htu", json!(format!("{SITE}{PROD}/connect/par")))
            .sign()
    };
    let elsewhere = push(&[], Making::new(&world, &KEY).sign()).await;
    assert_eq!(elsewhere.json()["error"], "invalid_dpop_proof");
    let other = push(&[("dpop_jkt", &jkt(&OTHER))], good()).await;
    assert_eq!(other.json()["error"], "invalid_request");

    let answer = push(&[("dpop_jkt", &jkt(&KEY))], good()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let reference = answer.json()["request_uri"].as_str().unwrap().to_owned();
    let query = encode(&[("client_id", "c1"), ("request_uri", &reference)]);
    let answer = alice
        .get(&format!("{PROD}/connect/authorize?{query}"))
        .await;
    let code = answer.sent_to("https://c1.test/cb")["code"].clone();
    for proofs in [vec![], vec![Making::new(&world, &OTHER).sign()]] {
        let answer = redeem(&world, "c1", &code, &proofs).await;
        assert_eq!(answer.json()["error"], "invalid_grant");
    }
    let proof = Making::new(&world, &KEY).sign();
    assert_eq!(
        redeem(&world, "c1", &code, &[proof]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_proof_is_spent_on_what_is_good_and_kept_on_anything_else() {
    let world = world().await;
    let good = world.signed_in("alice").await.code("p1").await;
    let others = world.signed_in("alice").await.code("c1").await;
    let used = world.signed_in("alice").await.code("p1").await;
    for right in [StatusCode::OK, StatusCode::BAD_REQUEST] {
        let proof = Making::new(&world, &KEY).sign();
        assert_eq!(redeem(&world, "p1", &used, &[proof]).await.status, right);
    }
    let proof = Making::new(&world, &KEY).sign();
    let proofs = std::slice::from_ref(&proof);
    // Junk, another client's, and one that came twice already.
    for code in ["dw_code_junk", &others, &used] {
        let answer = redeem(&world, "p1", code, proofs).await;
        assert_eq!(answer.json()["error"], "invalid_grant", "{code}");
    }
    let answer = refresh(&world, "p1", "dw_rt_junk", proofs).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    let device = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", "dw_dc_junk"),
    ];
    let answer = post(&world, "p1", &device, proofs).await;
    assert_eq!(answer.json()["error"], "unauthorized_client");
    // It is good for one thing still, and for one only.
    let tokens = redeem(&world, "p1", &good, proofs).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    let token = tokens.json()["refresh_token"].as_str().unwrap().to_owned();
    let again = refresh(&world, "p1", &token, proofs).await;
    assert_eq!(again.json()["error"], "invalid_dpop_proof");
    let fresh = Making::new(&world, &KEY).sign();
    assert_eq!(
        refresh(&world, "p1", &token, &[fresh]).await.status,
        StatusCode::OK
    );
}
