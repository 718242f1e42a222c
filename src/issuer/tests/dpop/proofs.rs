//! What a proof must be like, and what it is spent on.

use super::*;

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

/// None of these proofs is taken, and none of the attempts uses up the code.
async fn all_refused(world: &World, code: &str, bad: Vec<(&str, String)>) {
    for (why, proof) in bad {
        let answer = redeem(world, "c1", code, &[proof]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{why}");
        assert_eq!(answer.json()["error"], "invalid_dpop_proof", "{why}");
    }
    let good = Making::new(world, &KEY).sign();
    let answer = redeem(world, "c1", code, &[good]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn tok_21_every_part_of_a_proofs_header_and_its_signature_count_at_the_token_endpoint() {
    let world = world().await;
    let good = || Making::new(&world, &KEY);
    let mut private = KEY.jwk();
    private["d"] = json!("AAAA");
    let mut broken = good().sign();
    broken.truncate(broken.len() - 4);
    let bad = vec![
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
        ("signature", broken),
        ("junk", "junk".to_owned()),
        ("empty", String::new()),
    ];
    let code = world.signed_in("alice").await.code("c1").await;
    all_refused(&world, &code, bad).await;
}

#[tokio::test]
async fn tok_21_every_claim_of_a_proof_counts_at_the_token_endpoint() {
    let world = world().await;
    let good = || Making::new(&world, &KEY);
    let now = world.clock.now().seconds();
    let bad = vec![
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
    ];
    let code = world.signed_in("alice").await.code("c1").await;
    all_refused(&world, &code, bad).await;
}

#[tokio::test]
async fn tok_21_a_proof_comes_alone_and_is_judged_by_nothing_that_it_need_not_say() {
    let world = world().await;
    let good = || Making::new(&world, &KEY);
    let now = world.clock.now().seconds();
    let code = world.signed_in("alice").await.code("c1").await;
    let two = redeem(&world, "c1", &code, &[good().sign(), good().sign()]).await;
    assert_eq!(two.json()["error"], "invalid_dpop_proof");
    // That did not use up the code; exp and nbf are nothing a proof is judged by.
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
