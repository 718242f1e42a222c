//! What a client may say about itself besides the usual.

use super::*;
use crate::model::client::{ClientKeys, GrantKind, ResponseType};

fn client(rest: &str) -> String {
    with_site(&format!(
        "[client.shop]\nredirect_uris = [\"https://shop.example/cb\"]\n{rest}\n"
    ))
}

#[test]
fn flows_open_response_types_and_grants_and_nothing_more() {
    let flows = |rest: &str| settings(&client(rest)).clients.remove(0).flows;
    let usual = flows("");
    assert_eq!(usual.response_types, [ResponseType::CODE]);
    assert!(usual.grant(GrantKind::RefreshToken) && !usual.grant(GrantKind::Implicit));
    let implicit = flows("flows = [\"code\", \"implicit\"]");
    let names: Vec<_> = implicit
        .response_types
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["code", "id_token", "id_token token", "token"]);
    let hybrid = flows("flows = [\"hybrid\"]");
    assert!(hybrid.response_types.iter().all(|kind| kind.code));
    assert_eq!(hybrid.response_types.len(), 4);
    let machine = flows("flows = [\"client_credentials\"]\nsecret = { env = \"SHOP\" }");
    assert_eq!(machine.grants, [GrantKind::ClientCredentials]);
    assert!(machine.response_types.is_empty());
    assert_eq!(codes(&client("flows = [\"implict\"]")), ["C004"]);
}

#[test]
fn keys_come_from_one_place_with_whatever_members_they_have() {
    let keys = |rest: &str| settings(&client(rest)).clients.remove(0).keys;
    let set = keys("jwks = { keys = [{ kty = \"EC\", key_ops = [\"verify\"], x = \"AA\" }] }");
    let Some(ClientKeys::Jwks(text)) = set else {
        panic!("{set:?}");
    };
    let set: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(set["keys"][0]["key_ops"][0], "verify");
    let uri = "https://shop.example/jwks.json";
    let published = keys(&format!("jwks_uri = \"{uri}\""));
    assert_eq!(published, Some(ClientKeys::JwksUri(uri.to_owned())));
    for twice in [
        "jwks = {}".to_owned(),
        "jwks = { file = \"x\", keys = [] }".to_owned(),
        "jwks = { file = \"missing.json\" }".to_owned(),
        format!("jwks = {{ keys = [] }}\njwks_uri = \"{uri}\""),
    ] {
        assert!(codes(&client(&twice)).contains(&"C045"), "{twice}");
    }
}
