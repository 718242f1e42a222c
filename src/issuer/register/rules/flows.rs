//! Response types and grant types belong together (RFC 7591 2.1).

use super::{Able, Fault, Field};
use crate::model::client::{GrantKind, SubjectType};
use crate::model::{Client, Pkce};

pub(super) fn check(client: &Client, _: Able<'_>, faults: &mut Vec<Fault>) {
    let flows = &client.flows;
    for (at, kind) in flows.response_types.iter().enumerate() {
        for (wanted, grant, help) in [
            (
                kind.code,
                GrantKind::AuthorizationCode,
                "add `authorization_code` to `grant_types`",
            ),
            (
                kind.is_front_channel(),
                GrantKind::Implicit,
                "add `implicit` to `grant_types`",
            ),
        ] {
            if wanted && !flows.grant(grant) {
                let what = format!("`{kind}` goes with a grant type that is not registered");
                faults.push(Fault::new(Field::ResponseTypes, what, help).item(at));
            }
        }
    }
    if client.auth.is_public() {
        public(client, faults);
    }
    pairwise(client, faults);
}

/// A client that proves nothing about itself.
fn public(client: &Client, faults: &mut Vec<Fault>) {
    for kind in [GrantKind::ClientCredentials, GrantKind::TokenExchange] {
        if client.flows.grant(kind) {
            let what = format!("`{}` is not for public clients", kind.as_str());
            let help = "let the client authenticate itself";
            faults.push(Fault::new(Field::GrantTypes, what, help));
        }
    }
    if client.pkce == Pkce::Optional {
        faults.push(Fault::new(
            Field::Pkce,
            "cannot be optional: a client without a secret or key proves itself by PKCE alone",
            "give it a secret or keys, or leave `pkce` out",
        ));
    }
}

/// People are called the same within one sector, so it has to be clear which it is (OpenID Connect
/// Core 8.1), and that the client belongs to it.
fn pairwise(client: &Client, faults: &mut Vec<Fault>) {
    let SubjectType::Pairwise { sector_uri } = &client.subject_type else {
        return;
    };
    match sector_uri {
        Some(_) if !client.hears_at_its_addresses_only() => faults.push(Fault::new(
            Field::SectorIdentifierUri,
            "is not proven: the client has no redirect URI, or is told of people on a device or by logout tokens to another host as well",
            "leave it out: such a client is a sector of its own",
        )),
        None if client.hears_at_its_addresses_only() && has_several_hosts(client) => {
            faults.push(Fault::new(
                Field::SubjectType,
                "is pairwise, and the redirect URIs are on several hosts",
                "name a `sector_identifier_uri` that lists them all",
            ));
        }
        Some(_) | None => {}
    }
}

fn has_several_hosts(client: &Client) -> bool {
    let mut hosts: Vec<_> = client
        .redirect_uris
        .iter()
        .filter_map(|uri| url::Url::parse(uri).ok())
        .map(|url| url.host_str().unwrap_or_default().to_owned())
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts.len() > 1
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, faulty};
    use super::*;
    use crate::model::ClientAuthMethod;
    use crate::model::client::{Flows, ResponseType};

    #[test]
    fn every_response_type_needs_its_grant_type() {
        let all = [GrantKind::AuthorizationCode, GrantKind::Implicit];
        for kind in ResponseType::ALL {
            for grants in [&all[..], &all[..1], &all[1..]] {
                let mut app = client();
                app.flows = Flows {
                    response_types: vec![kind],
                    grants: grants.to_vec(),
                };
                let right = (!kind.code || grants.contains(&all[0]))
                    && (!kind.is_front_channel() || grants.contains(&all[1]));
                assert_eq!(faulty(&app).is_empty(), right, "{kind} {grants:?}");
            }
        }
    }

    #[test]
    fn a_public_client_gets_no_tokens_for_itself_and_does_not_leave_pkce_out() {
        let mut app = client();
        app.auth = ClientAuthMethod::None;
        app.secrets.clear();
        assert_eq!(faulty(&app), []);
        app.pkce = Pkce::Optional;
        app.flows.grants.push(GrantKind::ClientCredentials);
        assert_eq!(faulty(&app), [Field::GrantTypes, Field::Pkce]);
    }

    #[test]
    fn pairwise_over_several_hosts_needs_a_sector() {
        let mut app = client();
        app.subject_type = SubjectType::Pairwise { sector_uri: None };
        assert_eq!(faulty(&app), []);
        app.redirect_uris
            .push("https://other.example/cb".to_owned());
        assert_eq!(faulty(&app), [Field::SubjectType]);
        app.subject_type = SubjectType::Pairwise {
            sector_uri: Some("https://shop.example.net/sector".to_owned()),
        };
        assert_eq!(faulty(&app), []);
    }

    #[test]
    fn a_sector_is_named_by_whom_a_redirect_uri_can_prove_only() {
        let mut app = client();
        app.subject_type = SubjectType::Pairwise {
            sector_uri: Some("https://shop.example.net/sector".to_owned()),
        };
        app.flows.grants.push(GrantKind::DeviceCode);
        assert_eq!(faulty(&app), [Field::SectorIdentifierUri]);
        app.flows = Flows {
            response_types: vec![],
            grants: vec![GrantKind::DeviceCode],
        };
        app.redirect_uris.clear();
        assert_eq!(faulty(&app), [Field::SectorIdentifierUri]);
        app.subject_type = SubjectType::Pairwise { sector_uri: None };
        assert_eq!(faulty(&app), []);
    }
}
