//! What contradicts itself: a client that would be registered and could never do anything.

use super::{Able, Fault, Field};
use crate::model::client::{GrantKind, Profile, ResponseType};
use crate::model::{Client, ClientAuthMethod};

pub(super) fn check(client: &Client, _: Able<'_>, faults: &mut Vec<Fault>) {
    unsigned(client, faults);
    match client.security.profile {
        Profile::Oidc => {}
        Profile::Fapi2 => fapi2(client, faults),
    }
    bound(client, faults);
}

/// Requests that must be signed, with a registered algorithm that is none (RFC 9101 10.5).
fn unsigned(client: &Client, faults: &mut Vec<Fault>) {
    let security = &client.security;
    let signed = security.require_signed_request || security.profile == Profile::Fapi2;
    if signed && client.algs.request_object.as_deref() == Some("none") {
        faults.push(Fault::new(
            Field::RequestObjectAlg,
            "is none, and the client's requests must be signed",
            "name the algorithm it signs with, or leave it out",
        ));
    }
}

/// FAPI 2.0 Security Profile 5.3.2.1 and 5.3.2.2: clients that prove themselves, and codes.
fn fapi2(client: &Client, faults: &mut Vec<Fault>) {
    if client.auth == ClientAuthMethod::None {
        faults.push(Fault::new(
            Field::AuthMethod,
            "is none, and a client of the profile fapi2 proves itself",
            "choose private_key_jwt, tls_client_auth or self_signed_tls_client_auth",
        ));
    }
    for (at, kind) in client.flows.response_types.iter().enumerate() {
        if *kind != ResponseType::CODE {
            let what = format!("`{kind}` is not in the profile fapi2");
            faults.push(Fault::new(Field::ResponseTypes, what, "use `code`").item(at));
        }
    }
}

/// A token from the authorization endpoint is bound to nothing (RFC 9449 10, RFC 8705 3): with no
/// other way to one, a client whose tokens must be bound has none.
fn bound(client: &Client, faults: &mut Vec<Fault>) {
    let security = &client.security;
    if !security.require_dpop && !security.certificate_bound_tokens {
        return;
    }
    let flows = &client.flows;
    let elsewhere = [
        GrantKind::DeviceCode,
        GrantKind::ClientCredentials,
        GrantKind::TokenExchange,
    ];
    let mut kinds = flows.response_types.iter();
    let only_here = !flows.response_types.is_empty() && kinds.all(|kind| kind.token);
    if only_here && !elsewhere.into_iter().any(|kind| flows.grant(kind)) {
        faults.push(Fault::new(
            Field::ResponseTypes,
            "come with an access token, which cannot be bound to a key there as this client's must be",
            "use `code`, or do not require bound tokens",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, faulty};
    use super::*;
    use crate::model::client::{ClientKeys, Flows};

    #[test]
    fn requests_that_must_be_signed_are_not_registered_to_be_unsigned() {
        let mut app = client();
        app.keys = Some(ClientKeys::JwksUri("https://shop.example.net/k".to_owned()));
        app.algs.request_object = Some("none".to_owned());
        assert_eq!(faulty(&app), []);
        app.security.require_signed_request = true;
        assert_eq!(faulty(&app), [Field::RequestObjectAlg]);
    }

    #[test]
    fn a_client_of_fapi2_proves_itself_and_asks_for_codes() {
        let mut app = client();
        app.security.profile = Profile::Fapi2;
        assert_eq!(faulty(&app), []);
        app.flows = Flows {
            response_types: ResponseType::ALL.to_vec(),
            grants: vec![GrantKind::AuthorizationCode, GrantKind::Implicit],
        };
        let others = ResponseType::ALL.len() - 1;
        assert_eq!(faulty(&app), vec![Field::ResponseTypes; others]);
        app.flows = Flows::default();
        app.auth = ClientAuthMethod::None;
        app.secrets.clear();
        assert_eq!(faulty(&app), [Field::AuthMethod]);
    }

    #[test]
    fn tokens_that_must_be_bound_are_not_all_from_where_they_cannot_be() {
        let token = ResponseType {
            token: true,
            ..ResponseType::CODE
        };
        let both = vec![GrantKind::AuthorizationCode, GrantKind::Implicit];
        for certificate in [false, true] {
            let mut app = client();
            app.security.certificate_bound_tokens = certificate;
            app.security.require_dpop = !certificate;
            app.flows = Flows {
                response_types: vec![token],
                grants: both.clone(),
            };
            assert_eq!(faulty(&app), [Field::ResponseTypes]);
            app.flows.grants.push(GrantKind::DeviceCode);
            assert_eq!(faulty(&app), []);
            app.flows = Flows {
                response_types: vec![token, ResponseType::CODE],
                grants: both.clone(),
            };
            assert_eq!(faulty(&app), []);
        }
    }
}
