//! A client has what its way of proving itself needs (RFC 7591 2, RFC 8705 2).

use super::{Able, Fault, Field};
use crate::keys::ForeignKeys;
use crate::model::client::ClientKeys;
use crate::model::{Client, ClientAuthMethod};

pub(super) fn check(client: &Client, _: Able<'_>, faults: &mut Vec<Fault>) {
    let method = client.auth;
    if method.has_secret() && client.secrets.is_empty() {
        faults.push(Fault::new(
            Field::AuthMethod,
            "needs a secret",
            "give it a `secret`, or choose another method",
        ));
    }
    if !method.has_secret() && !client.secrets.is_empty() {
        faults.push(Fault::new(
            Field::AuthMethod,
            "does not use the secret",
            "remove the `secret`, or choose a method that takes it",
        ));
    }
    match method {
        ClientAuthMethod::PrivateKeyJwt | ClientAuthMethod::SelfSignedTlsClientAuth => {
            if client.keys.is_none() {
                faults.push(Fault::new(
                    Field::AuthMethod,
                    "needs the client's public keys",
                    "give `jwks` or `jwks_uri`",
                ));
            }
        }
        ClientAuthMethod::TlsClientAuth => {
            if client.tls.is_none() {
                faults.push(Fault::new(
                    Field::TlsSubject,
                    "or another subject is missing, and no certificate could be recognised",
                    "name one subject that its certificate has",
                ));
            }
        }
        ClientAuthMethod::ClientSecret
        | ClientAuthMethod::ClientSecretBasic
        | ClientAuthMethod::ClientSecretPost
        | ClientAuthMethod::ClientSecretJwt
        | ClientAuthMethod::None => {}
    }
    if let Some(ClientKeys::Jwks(set)) = &client.keys {
        key_set(client, set, faults);
    }
    if client.security.require_signed_request && client.keys.is_none() {
        faults.push(Fault::new(
            Field::RequireSignedRequest,
            "needs the client's public keys",
            "give `jwks` or `jwks_uri`",
        ));
    }
}

/// A set that is at hand is one, and has a key for what the client signs.
fn key_set(client: &Client, set: &str, faults: &mut Vec<Fault>) {
    let signs =
        client.auth == ClientAuthMethod::PrivateKeyJwt || client.security.require_signed_request;
    match ForeignKeys::read(set.as_bytes()) {
        Err(_) => faults.push(Fault::new(
            Field::Jwks,
            "is no JWK set",
            "write an object with a list `keys`, in 64 KiB at most",
        )),
        Ok(keys) if signs && keys.keys().is_empty() => faults.push(Fault::new(
            Field::Jwks,
            "holds no key that can be used",
            "give a public RSA (2048 bits or more), P-256 or Ed25519 key for signatures",
        )),
        Ok(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, faulty};
    use super::*;
    use crate::model::client::TlsSubject;

    #[test]
    fn a_method_comes_with_what_it_needs() {
        use ClientAuthMethod as Method;
        for (method, secret, keys, tls, wrong) in [
            (Method::ClientSecretBasic, true, false, false, None),
            (
                Method::ClientSecretBasic,
                false,
                false,
                false,
                Some(Field::AuthMethod),
            ),
            (Method::None, true, false, false, Some(Field::AuthMethod)),
            (
                Method::PrivateKeyJwt,
                false,
                false,
                false,
                Some(Field::AuthMethod),
            ),
            (Method::PrivateKeyJwt, false, true, false, None),
            (
                Method::SelfSignedTlsClientAuth,
                false,
                false,
                true,
                Some(Field::AuthMethod),
            ),
            (
                Method::TlsClientAuth,
                false,
                true,
                false,
                Some(Field::TlsSubject),
            ),
            (Method::TlsClientAuth, false, false, true, None),
        ] {
            let mut app = client();
            app.auth = method;
            if !secret {
                app.secrets.clear();
            }
            let uri = || "https://shop.example.net/keys".to_owned();
            app.keys = keys.then(|| ClientKeys::JwksUri(uri()));
            app.tls = tls.then(|| TlsSubject::SanUri(uri()));
            assert_eq!(faulty(&app), Vec::from_iter(wrong), "{method:?}");
        }
    }

    #[test]
    fn jwt_13_a_client_that_signs_has_a_key_that_is_good_for_it() {
        let weak = r#"{"kty":"oct","k":"AA"},{"kty":"OKP","crv":"Ed25519","x":"AA"}"#;
        let good =
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        for (keys, right) in [
            (good.to_owned(), true),
            (format!("{weak},{good}"), true),
            (weak.to_owned(), false),
            (String::new(), false),
            ("x".to_owned(), false),
            (vec![good; 10_000].join(","), false),
        ] {
            let mut app = client();
            app.auth = ClientAuthMethod::PrivateKeyJwt;
            app.secrets.clear();
            app.keys = Some(ClientKeys::Jwks(format!("{{\"keys\":[{keys}]}}")));
            let wrong = if right { vec![] } else { vec![Field::Jwks] };
            assert_eq!(faulty(&app), wrong);
        }
    }
}
