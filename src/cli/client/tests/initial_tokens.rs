//! Tokens that let apps register themselves.

use super::*;
use crate::base::opaque::InitialToken;

#[tokio::test]
async fn a_token_for_apps_is_made_where_the_issuer_asks_for_one() {
    let file = FILE.replace(
        "path = \"/beta/oidc\"",
        "path = \"/beta/oidc\"\nregistration = \"token\"",
    );
    let desk = Desk::in_memory(&file).await;
    let line = "initial-access-token --issuer beta --uses 3 --expires 7d";
    let answer = said(&desk, line).await.unwrap();
    let token = answer.json["initial_access_token"].as_str().unwrap();
    let token = Opaque::<InitialToken>::parse(token).unwrap();
    let stored = desk.store.load_initial_token(&token.hash()).await;
    let stored = stored.unwrap().unwrap();
    assert_eq!((stored.uses, stored.issuer.as_str()), (3, "beta"));
    assert!(stored.expires > desk.clock.now());
    for (line, reason) in [
        ("initial-access-token --issuer production", "registration"),
        ("initial-access-token --issuer beta --uses 0", "--uses"),
        (
            "initial-access-token --issuer beta --expires never",
            "--expires",
        ),
        (
            "initial-access-token --issuer beta --expires 9000d",
            "--expires",
        ),
    ] {
        let refused = said(&desk, line).await.unwrap_err().to_string();
        assert!(refused.contains(reason), "{line}: {refused}");
    }
}

#[tokio::test]
async fn tokens_for_apps_are_listed_without_their_texts_and_revoked_by_id() {
    let file = FILE.replace(
        "path = \"/beta/oidc\"",
        "path = \"/beta/oidc\"\nregistration = \"token\"",
    );
    let desk = Desk::in_memory(&file).await;
    let none = said(&desk, "initial-access-token list").await.unwrap();
    assert!(none.human.contains("no initial access token"));
    let made = said(&desk, "initial-access-token --issuer beta --uses 3").await;
    let made = made.unwrap().json;
    let (id, text) = (&made["id"], made["initial_access_token"].as_str().unwrap());
    let id = id.as_str().unwrap();
    let listed = said(&desk, "initial-access-token list").await.unwrap();
    let entry = &listed.json["initial_access_tokens"][0];
    assert_eq!((&entry["id"], &entry["uses"]), (&made["id"], &3.into()));
    assert_eq!(entry["state"], "good");
    assert!(!format!("{} {}", listed.human, listed.json).contains(text));

    let revoke = format!("initial-access-token revoke {id}");
    said(&desk, &revoke).await.unwrap();
    let hash = Opaque::<InitialToken>::parse(text).unwrap().hash();
    assert_eq!(desk.store.load_initial_token(&hash).await.unwrap(), None);
    let again = said(&desk, &revoke).await.unwrap_err().to_string();
    assert!(
        again.contains("there is no initial access token"),
        "{again}"
    );
    let mixed = said(&desk, "initial-access-token --uses 3 list").await;
    assert!(mixed.is_err(), "one of the two");
}
