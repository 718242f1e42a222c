//! From what an app says of itself to a client (RFC 7591 2, OpenID Connect Registration 2), defaults
//! by the specifications.

use super::members::{Members, invalid};
use super::rules::{self, Able};
use super::{keys, parts};
use crate::base::ScopeSet;
use crate::issuer::client_auth;
use crate::issuer::error::OAuthError;
use crate::issuer::grant::GRANTS;
use crate::issuer::{IssuerSettings, RegistrationMode};
use crate::model::client::{Flows, GrantKind, ResponseType};
use crate::model::{Algorithm, Client, ClientAuthMethod, Pkce};

/// Methods that an app can register, by name.
const METHODS: [(&str, ClientAuthMethod); 7] = [
    ("client_secret_basic", ClientAuthMethod::ClientSecretBasic),
    ("client_secret_post", ClientAuthMethod::ClientSecretPost),
    ("client_secret_jwt", ClientAuthMethod::ClientSecretJwt),
    ("private_key_jwt", ClientAuthMethod::PrivateKeyJwt),
    ("tls_client_auth", ClientAuthMethod::TlsClientAuth),
    (
        "self_signed_tls_client_auth",
        ClientAuthMethod::SelfSignedTlsClientAuth,
    ),
    ("none", ClientAuthMethod::None),
];

/// The name of a method in registrations.
pub fn method_name(method: ClientAuthMethod) -> &'static str {
    let mut known = METHODS.iter();
    // Both ways of a configured secret go by the one that is the default.
    known
        .find(|(_, other)| *other == method)
        .map_or("client_secret_basic", |(name, _)| name)
}

/// How the app wants to authenticate. Only what the token endpoint takes.
pub fn method(
    members: &Members,
    settings: &IssuerSettings,
) -> Result<ClientAuthMethod, OAuthError> {
    let name = members
        .text("token_endpoint_auth_method")?
        .unwrap_or("client_secret_basic");
    let taken = client_auth::names(settings.client_certificates).contains(&name);
    let known = METHODS.iter().find(|(known, _)| *known == name);
    known
        .filter(|_| taken)
        .map(|(_, method)| *method)
        .ok_or_else(|| {
            invalid(
                "token_endpoint_auth_method is not one of those that discovery names \
                 (token_endpoint_auth_methods_supported).",
            )
        })
}

/// Fills `blank`, which has its id, issuer and secrets, with what `members` say. The rules of every
/// client hold for it afterwards.
pub fn client(
    members: &Members,
    blank: Client,
    settings: &IssuerSettings,
) -> Result<Client, OAuthError> {
    let mut client = described(members, method(members, settings)?, blank, settings)?;
    client.security.assertion_for_token_endpoint =
        settings.registration.assertion_for_token_endpoint;
    Ok(client)
}

/// The same where the method is known.
pub fn described(
    members: &Members,
    auth: ClientAuthMethod,
    blank: Client,
    settings: &IssuerSettings,
) -> Result<Client, OAuthError> {
    refuse_what_is_not_offered(members)?;
    let redirect_uris = members.list("redirect_uris")?.unwrap_or_default();
    let admitted = &settings.registration;
    let client = Client {
        name: match members.text("client_name")? {
            Some(name) => name.to_owned(),
            None => name_from(&redirect_uris, &blank),
        },
        auth,
        scopes: scopes(members, &admitted.scopes)?,
        consent: admitted.consent,
        pkce: if auth.is_public() {
            Pkce::Required
        } else {
            admitted.pkce
        },
        // OpenID Connect Registration 2: RS256 when nothing is said.
        id_token_alg: Some(
            parts::algorithm(members, "id_token_signed_response_alg")?.unwrap_or(Algorithm::RS256),
        ),
        algs: parts::algs(members)?,
        keys: keys::read(members)?,
        tls: parts::tls(members)?,
        flows: flows(members, admitted.mode)?,
        subject_type: parts::subject_type(members)?,
        security: parts::security(members)?,
        defaults: parts::defaults(members)?,
        about: parts::about(members)?,
        logout: parts::logout(members)?,
        post_logout_redirect_uris: members
            .list("post_logout_redirect_uris")?
            .unwrap_or_default(),
        redirect_uris,
        ..blank
    };
    match rules::faults(&client, Able::of(settings)).first() {
        None => Ok(client),
        Some(fault) => Err(OAuthError::new(fault.code(), fault.to_string())),
    }
}

/// What is refused rather than ignored: the app would rely on it.
fn refuse_what_is_not_offered(members: &Members) -> Result<(), OAuthError> {
    if members.has("software_statement") {
        return Err(OAuthError::new(
            "unapproved_software_statement",
            "Software statements are not taken here; send the metadata itself.",
        ));
    }
    let encrypted = members.names().find(|name| {
        name.ends_with("_encrypted_response_alg")
            || name.ends_with("_encrypted_response_enc")
            || name.starts_with("request_object_encryption_")
    });
    match encrypted {
        None => Ok(()),
        Some(_) => Err(invalid(
            "Encrypted tokens and requests are not offered here; leave the encryption \
             algorithms out.",
        )),
    }
}

/// A name for people, when the app gives none: where it is.
fn name_from(redirect_uris: &[String], blank: &Client) -> String {
    let url = redirect_uris
        .iter()
        .find_map(|uri| url::Url::parse(uri).ok());
    let host = url.as_ref().and_then(url::Url::host_str);
    let host = host.filter(|host| !host.is_empty() && host.len() <= 128);
    host.unwrap_or(blank.id.as_str()).to_owned()
}

fn scopes(members: &Members, admitted: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    let Some(asked) = members.text("scope")? else {
        return Ok(admitted.clone());
    };
    let asked = ScopeSet::parse(asked).map_err(|_| invalid("scope holds no scope names."))?;
    let both = asked.intersection(admitted);
    if both.is_empty() {
        return Err(invalid(
            "scope names none that clients which register themselves may have.",
        ));
    }
    Ok(both)
}

fn flows(members: &Members, mode: RegistrationMode) -> Result<Flows, OAuthError> {
    let response_types = members.list("response_types")?;
    let grants = members.list("grant_types")?;
    let grants = grants.map(|list| list.iter().map(|name| grant(name)).collect());
    let grants: Option<Vec<GrantKind>> = grants.transpose()?;
    let response_types = response_types.map(|list| {
        let kinds = list.iter().map(|text| {
            ResponseType::parse(text)
                .ok_or_else(|| invalid("response_types holds one that is not known here."))
        });
        kinds.collect::<Result<Vec<_>, _>>()
    });
    let response_types = response_types.transpose()?;
    // Whoever says one of the two only means what goes with it (RFC 7591 2.1).
    let response_types = response_types.unwrap_or_else(|| {
        let redirects = grants
            .as_ref()
            .is_none_or(|grants| grants.contains(&GrantKind::AuthorizationCode));
        Vec::from_iter(redirects.then_some(ResponseType::CODE))
    });
    let grants = grants.unwrap_or_else(|| {
        let code = response_types.iter().any(|kind| kind.code);
        let front = response_types.iter().any(|kind| kind.is_front_channel());
        let code = code.then_some(GrantKind::AuthorizationCode);
        let front = front.then_some(GrantKind::Implicit);
        code.into_iter().chain(front).collect()
    });
    if grants.is_empty() {
        return Err(invalid(
            "grant_types is empty, and the client could do nothing.",
        ));
    }
    // With no person in it, nothing but the client's own word bounds what it makes us write.
    if mode == RegistrationMode::Open && grants.contains(&GrantKind::ClientCredentials) {
        return Err(invalid(
            "grant_types holds client_credentials, which is for apps that somebody here knows.",
        ));
    }
    Ok(Flows {
        response_types,
        grants,
    })
}

fn grant(name: &str) -> Result<GrantKind, OAuthError> {
    let kind = GrantKind::parse(name);
    // One person's token for another's API: whom that is trusted to, an operator decides.
    if kind == Some(GrantKind::TokenExchange) {
        return Err(invalid(
            "grant_types holds token exchange, which only an operator can allow.",
        ));
    }
    let offered = |kind: &GrantKind| {
        *kind == GrantKind::Implicit || GRANTS.iter().any(|grant| grant.kind == *kind)
    };
    kind.filter(offered).ok_or_else(|| {
        invalid("grant_types holds one that discovery does not name (grant_types_supported).")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::issuer::tests::issuer;

    /// Values as somebody could send them, good ones among them.
    fn value() -> impl Strategy<Value = Value> {
        let word = prop_oneof![
            Just("https://shop.test/cb".to_owned()),
            Just("javascript:alert(1)".to_owned()),
            Just("code".to_owned()),
            Just("id_token token".to_owned()),
            Just("implicit".to_owned()),
            Just("authorization_code".to_owned()),
            Just("none".to_owned()),
            Just("private_key_jwt".to_owned()),
            Just("pairwise".to_owned()),
            Just("RS256".to_owned()),
            Just("openid".to_owned()),
            "\\PC{0,20}",
        ];
        prop_oneof![
            word.clone().prop_map(Value::from),
            prop::collection::vec(word, 0..4).prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            Just(Value::Null),
        ]
    }

    fn name() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "redirect_uris",
            "response_types",
            "grant_types",
            "application_type",
            "token_endpoint_auth_method",
            "client_name",
            "logo_uri",
            "policy_uri",
            "scope",
            "subject_type",
            "id_token_signed_response_alg",
            "jwks_uri",
            "jwks",
            "default_max_age",
            "require_auth_time",
            "request_uris",
            "backchannel_logout_uri",
            "contacts",
        ])
    }

    proptest! {
        #[test]
        fn whatever_is_said_what_comes_of_it_obeys_every_rule(said in prop::collection::vec((name(), value()), 0..6)) {
            let mut all = json!({ "redirect_uris": ["https://shop.test/cb"] });
            for (name, value) in said {
                all[name] = value;
            }
            let members = Members::read(all.to_string().as_bytes()).unwrap();
            let settings = issuer("production", "/p");
            let blank = Client::new("c", "production");
            if let Ok(client) = described(&members, ClientAuthMethod::None, blank, &settings) {
                prop_assert_eq!(rules::faults(&client, Able::of(&settings)), []);
                prop_assert!(client.scopes.is_subset(&settings.registration.scopes));
                prop_assert_eq!(client.pkce, Pkce::Required);
                prop_assert!(!client.redirect_uris.iter().any(|uri| uri.starts_with("javascript")));
            }
        }
    }
}
