//! Algorithms that exist here: those the issuer signs with, and those that are verified.

use super::{Able, Fault, Field};
use crate::keys::ForeignAlg;
use crate::model::{Client, ClientAuthMethod};

/// What clients may authenticate with their secret.
const BY_SECRET: &str = "HS256";

pub(super) fn check(client: &Client, able: Able<'_>, faults: &mut Vec<Fault>) {
    for (field, alg) in [
        (Field::IdTokenAlg, client.id_token_alg),
        (Field::UserinfoAlg, client.algs.userinfo),
        (Field::ResponseAlg, client.algs.response),
        (Field::IntrospectionAlg, client.algs.introspection),
    ] {
        let Some(alg) = alg.filter(|alg| !able.signs(*alg)) else {
            continue;
        };
        let what = format!("is {}, and the issuer has no such keys", alg.as_str());
        let help = "choose one of the issuer's `algs`, or RS256";
        faults.push(Fault::new(field, what, help));
    }
    if let Some(alg) = client.algs.request_object.as_deref()
        && alg != "none"
        && ForeignAlg::parse(alg).is_none()
    {
        faults.push(Fault::new(
            Field::RequestObjectAlg,
            "is not one that is verified here",
            "use RS256, PS256, ES256, EdDSA or none",
        ));
    }
    if let Some(alg) = client.algs.auth.as_deref() {
        let right = match client.auth {
            ClientAuthMethod::ClientSecretJwt => alg == BY_SECRET,
            ClientAuthMethod::ClientSecret
            | ClientAuthMethod::ClientSecretBasic
            | ClientAuthMethod::ClientSecretPost
            | ClientAuthMethod::PrivateKeyJwt
            | ClientAuthMethod::TlsClientAuth
            | ClientAuthMethod::SelfSignedTlsClientAuth
            | ClientAuthMethod::None => ForeignAlg::parse(alg).is_some(),
        };
        if !right {
            faults.push(Fault::new(
                Field::AuthAlg,
                "does not go with the method, or is not verified here",
                "private_key_jwt takes RS256, PS256, ES256 or EdDSA, client_secret_jwt HS256",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, faulty};
    use super::*;
    use crate::model::Algorithm;
    use crate::model::client::ClientKeys;

    #[test]
    fn an_issuer_signs_with_the_keys_it_has() {
        let mut app = client();
        app.id_token_alg = Some(Algorithm::RS256);
        app.algs.userinfo = Some(Algorithm::ES256);
        assert_eq!(faulty(&app), []);
        app.id_token_alg = Some(Algorithm::EdDSA);
        app.algs.response = Some(Algorithm::PS256);
        assert_eq!(faulty(&app), [Field::IdTokenAlg, Field::ResponseAlg]);
    }

    #[test]
    fn a_secret_makes_no_signature_and_a_key_no_code() {
        for (method, alg, right) in [
            (ClientAuthMethod::PrivateKeyJwt, "ES256", true),
            (ClientAuthMethod::PrivateKeyJwt, "HS256", false),
            (ClientAuthMethod::PrivateKeyJwt, "none", false),
            (ClientAuthMethod::ClientSecretJwt, "HS256", true),
            (ClientAuthMethod::ClientSecretJwt, "RS256", false),
        ] {
            let mut app = client();
            app.auth = method;
            if !method.has_secret() {
                app.secrets.clear();
                app.keys = Some(ClientKeys::JwksUri(
                    "https://shop.example.net/keys".to_owned(),
                ));
            }
            app.algs.auth = Some(alg.to_owned());
            assert_eq!(faulty(&app).is_empty(), right, "{method:?} {alg}");
        }
    }

    #[test]
    fn unsigned_request_objects_are_asked_for_by_name() {
        for (alg, right) in [
            ("none", true),
            ("RS256", true),
            ("HS256", false),
            ("", false),
        ] {
            let mut app = client();
            app.algs.request_object = Some(alg.to_owned());
            assert_eq!(faulty(&app).is_empty(), right, "{alg}");
        }
    }
}
