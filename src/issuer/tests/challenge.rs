//! `/connect/authorize`: PKCE, asked for and well formed.

use super::world::*;
use crate::base::encoding::{base64url, sha256};
use crate::model::{Client, Pkce};

#[tokio::test]
async fn auz_14_a_client_that_did_not_opt_out_sends_a_challenge() {
    let world = world_with(|clients| {
        clients.push(Client {
            id: "p2".into(),
            pkce: Pkce::Optional,
            redirect_uris: vec!["https://p2.test/cb".to_owned()],
            ..clients[2].clone()
        });
        clients[1].pkce = Pkce::Optional;
    })
    .await;
    let mut browser = world.signed_in("alice").await;
    let none = [("code_challenge", ""), ("code_challenge_method", "")];
    // A public client cannot opt out.
    for client in ["c1", "p1", "p2"] {
        assert_eq!(
            browser.authorize(client, &none).await.error(),
            "invalid_request"
        );
    }
    assert!(
        browser
            .authorize("c2", &none)
            .await
            .sent_to("https://c2.test/cb")
            .contains_key("code")
    );
}

#[tokio::test]
async fn auz_16_a_challenge_of_another_form_or_method_is_refused() {
    let world = world_with(|clients| clients[1].pkce = Pkce::Optional).await;
    let mut browser = world.signed_in("alice").await;
    let good = base64url(sha256(VERIFIER));
    let (short, long) = (&good[..42], format!("{good}A"));
    let (padded, huge) = (format!("{good}="), "A".repeat(129));
    for more in [
        ("code_challenge_method", "plain"),
        ("code_challenge_method", "s256"),
        ("code_challenge_method", "S512"),
        ("code_challenge_method", ""),
        ("code_challenge", ""),
        ("code_challenge", short),
        ("code_challenge", &long),
        ("code_challenge", &padded),
        ("code_challenge", &huge),
    ] {
        for client in ["c1", "c2"] {
            let answer = browser.authorize(client, &[more]).await;
            assert_eq!(answer.error(), "invalid_request", "{client} {more:?}");
        }
    }
}
