//! Which client is found, and what is remembered of it.

use super::*;
use crate::base::ScopeSet;
use crate::base::{Clock, Rng};
use crate::keys::MasterKey;
use crate::model::{ConsentPolicy, Pkce};

fn client(secrets: &[&str]) -> Client {
    Client {
        id: "c1".into(),
        issuer: "main".into(),
        name: "C1".into(),
        secrets: secrets
            .iter()
            .map(|s| ClientSecretHash::Configured(sha256(s)))
            .collect(),
        auth: ClientAuthMethod::ClientSecret,
        redirect_uris: vec![],
        post_logout_redirect_uris: vec![],
        scopes: ScopeSet::default(),
        consent: ConsentPolicy::Remember,
        pkce: Pkce::Required,
        id_token_claims: None,
        id_token_alg: None,
        ..Client::new("c1", "main")
    }
}

#[test]
fn either_secret_of_a_rotation_is_right_and_nothing_else_is() {
    let client = client(&["old", "new"]);
    for right in ["old", "new"] {
        assert!(secret_is_right(Some(&client), &Secret::new(right.into())));
    }
    for wrong in ["", "o", "oldnew", "null"] {
        assert!(!secret_is_right(Some(&client), &Secret::new(wrong.into())));
    }
    assert!(!secret_is_right(None, &Secret::new("old".into())));
    assert!(!secret_is_right(
        Some(&self::client(&[])),
        &Secret::new(String::new())
    ));
}

#[test]
fn a_secret_that_makes_codes_is_kept_sealed_and_opens_for_its_own_client_only() {
    let rng = Rng::system();
    let key = MasterKey::ephemeral(&rng).unwrap();
    let sealer = Sealer::new(&key, Clock::system(), rng.clone());
    let secret = Opaque::mint(&rng).unwrap();
    let mut client = client(&[]);
    let kept =
        |client: &Client| secret_as_kept((&client.id, client.auth), &secret, &sealer).unwrap();
    assert!(matches!(kept(&client), ClientSecretHash::Generated(_)));

    client.auth = ClientAuthMethod::ClientSecretJwt;
    client.secrets = vec![kept(&client)];
    let opened = kept_secrets(&client, &sealer);
    assert_eq!(opened[0].expose_secret(), secret.reveal());
    assert!(secret_is_right(Some(&client), &opened[0]));
    let ClientSecretHash::Kept(_, KeptSecret::Sealed(envelope)) = &client.secrets[0] else {
        panic!("not sealed");
    };
    let plain = secret.reveal().as_bytes();
    assert!(!envelope.windows(plain.len()).any(|part| part == plain));
    client.id = "another".into();
    assert!(kept_secrets(&client, &sealer).is_empty());
}
