//! Codes that one key alone redeems.

use super::super::browser::Browser;
use super::*;

/// Nobody without the key redeems it, and whoever has the key does.
async fn assert_is_keys_alone(world: &World, code: &str) {
    for proofs in [vec![], vec![Making::new(world, &OTHER).sign()]] {
        let answer = redeem(world, "c1", code, &proofs).await;
        assert_eq!(answer.json()["error"], "invalid_grant");
    }
    let proof = Making::new(world, &KEY).sign();
    let answer = redeem(world, "c1", code, &[proof]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_that_was_asked_for_with_a_key_is_that_keys_alone() {
    let world = world().await;
    let mut alice = world.signed_in("alice").await;
    let jkt = jkt(&KEY);
    let ask = async |browser: &mut Browser<'_>, jkt: &str| {
        browser.authorize("c1", &[("dpop_jkt", jkt)]).await
    };
    let answer = ask(&mut alice, &jkt).await;
    let code = answer.sent_to("https://c1.test/cb")["code"].clone();
    assert_is_keys_alone(&world, &code).await;
    for bad in ["x", &jkt[..42], &format!("{jkt}=")] {
        let answer = ask(&mut alice, bad).await;
        assert_eq!(
            answer.sent_to("https://c1.test/cb")["error"],
            "invalid_request"
        );
    }
}

#[tokio::test]
async fn a_request_that_was_pushed_with_a_proof_binds_its_code() {
    let world = world().await;
    let mut alice = world.signed_in("alice").await;
    let push = async |more: &[(&str, &str)], proof: String| {
        let pushed = Request::post(format!("{PROD}/connect/par"))
            .header(CONTENT_TYPE, FORM)
            .header(AUTHORIZATION, basic("c1", &secret("c1")))
            .header("DPoP", proof);
        world.send(pushed, request("c1", more)).await
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
    assert_is_keys_alone(&world, &code).await;
}

#[tokio::test]
async fn a_proof_pushed_by_a_public_client_is_not_written_down_and_helps_nobody_without_its_key() {
    let world = world().await;
    let push = async |client: &str, proof: &str| {
        let pushed = Request::post(format!("{PROD}/connect/par"))
            .header(CONTENT_TYPE, FORM)
            .header("DPoP", proof);
        let pushed = match client {
            "p1" => pushed,
            _ => pushed.header(AUTHORIZATION, basic(client, &secret(client))),
        };
        world.send(pushed, request(client, &[])).await
    };
    let making = Making::new(&world, &KEY);
    let htu = json!(format!("{SITE}{PROD}/connect/par"));
    let proof = making.claim("htu", htu).sign();
    let [_, repeated] = [push("p1", &proof).await, push("p1", &proof).await];
    assert_eq!(repeated.status, StatusCode::CREATED, "{}", repeated.body);
    let reference = repeated.json()["request_uri"].as_str().unwrap().to_owned();
    let query = encode(&[("client_id", "p1"), ("request_uri", &reference)]);
    let mut alice = world.signed_in("alice").await;
    let path = format!("{PROD}/connect/authorize?{query}");
    let code = alice.get(&path).await.sent_to("https://p1.test/cb")["code"].clone();
    let answer = redeem(&world, "p1", &code, &[]).await;
    assert_eq!(answer.json()["error"], "invalid_grant");

    assert_eq!(push("c1", &proof).await.status, StatusCode::CREATED);
    let again = push("c1", &proof).await;
    assert_eq!(again.json()["error"], "invalid_dpop_proof");
}
