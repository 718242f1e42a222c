//! The endpoints, driven whole and without sockets.
use crate::base::ScopeSet;
use crate::model::{Client, ClientAuthMethod, ConsentPolicy, Pkce};
/// x
pub fn client(id: &str) -> Client {
    Client {
        id: id.into(),
        issuer: "production".into(),
        name: format!("App {id}"),
        secrets: Vec::new(),
        auth: ClientAuthMethod::None,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        scopes: ScopeSet::default(),
        consent: ConsentPolicy::Remember,
        pkce: Pkce::Required,
        id_token_claims: None,
        id_token_alg: None,
        disabled: false,
        origin: "a test".to_owned(),
    }
}
