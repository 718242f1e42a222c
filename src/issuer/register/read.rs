//! From what an app says of itself to a client (RFC 7591 2, OpenID Connect Registration 2), defaults
//! by the specifications.

use super::keys;
use super::members::{Members, invalid};
use super::rules::{self, Able};
use crate::base::ScopeSet;
use crate::issuer::IssuerSettings;
use crate::issuer::client_auth;
use crate::issuer::error::OAuthError;
use crate::issuer::grant::GRANTS;
use crate::model::client::{
    Application, ClientAbout, ClientAlgs, ClientSecurity, Flows, GrantKind, LogoutUris,
    RequestDefaults, ResponseType, SubjectType, TlsSubject,
};
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
pub fn method(members: &Members) -> Result<ClientAuthMethod, OAuthError> {
    let name = members
        .text("token_endpoint_auth_method")?
        .unwrap_or("client_secret_basic");
    let taken = client_auth::METHODS
        .iter()
        .any(|method| method.name == name);
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
    described(members, method(members)?, blank, settings)
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
            algorithm(members, "id_token_signed_response_alg")?.unwrap_or(Algorithm::RS256),
        ),
        algs: algs(members)?,
        keys: keys::read(members)?,
        tls: tls(members)?,
        flows: flows(members)?,
        subject_type: subject_type(members)?,
        security: security(members)?,
        defaults: defaults(members)?,
        about: about(members)?,
        logout: logout(members)?,
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

fn flows(members: &Members) -> Result<Flows, OAuthError> {
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
    Ok(Flows {
        response_types,
        grants,
    })
}

fn grant(name: &str) -> Result<GrantKind, OAuthError> {
    let kind = GrantKind::parse(name).filter(|kind| {
        *kind == GrantKind::Implicit || GRANTS.iter().any(|grant| grant.kind == *kind)
    });
    kind.ok_or_else(|| {
        invalid("grant_types holds one that discovery does not name (grant_types_supported).")
    })
}

fn algorithm(members: &Members, name: &str) -> Result<Option<Algorithm>, OAuthError> {
    let Some(alg) = members.text(name)? else {
        return Ok(None);
    };
    let known = Algorithm::parse(alg);
    known.map(Some).ok_or_else(|| {
        let all = Algorithm::ALL.map(Algorithm::as_str).join(", ");
        invalid(format!("{name} is none of {all}."))
    })
}

fn algs(members: &Members) -> Result<ClientAlgs, OAuthError> {
    let unsigned = members.text("userinfo_signed_response_alg")? == Some("none");
    Ok(ClientAlgs {
        userinfo: if unsigned {
            None
        } else {
            algorithm(members, "userinfo_signed_response_alg")?
        },
        response: algorithm(members, "authorization_signed_response_alg")?,
        introspection: algorithm(members, "introspection_signed_response_alg")?,
        request_object: members.owned("request_object_signing_alg")?,
        auth: members.owned("token_endpoint_auth_signing_alg")?,
    })
}

/// RFC 8705 2.1.2: one of the five.
fn tls(members: &Members) -> Result<Option<TlsSubject>, OAuthError> {
    type Make = fn(String) -> TlsSubject;
    let kinds: [(&str, Make); 5] = [
        ("tls_client_auth_subject_dn", TlsSubject::SubjectDn),
        ("tls_client_auth_san_dns", TlsSubject::SanDns),
        ("tls_client_auth_san_uri", TlsSubject::SanUri),
        ("tls_client_auth_san_ip", TlsSubject::SanIp),
        ("tls_client_auth_san_email", TlsSubject::SanEmail),
    ];
    let mut found = None;
    for (name, make) in kinds {
        let Some(text) = members.owned(name)? else {
            continue;
        };
        if found.is_some() || text.len() > 1024 || text.chars().any(char::is_control) {
            return Err(invalid(
                "Exactly one subject of the TLS certificate is named, in 1024 bytes at most.",
            ));
        }
        found = Some(make(text));
    }
    Ok(found)
}

fn subject_type(members: &Members) -> Result<SubjectType, OAuthError> {
    match members.text("subject_type")? {
        None | Some("public") => Ok(SubjectType::Public),
        Some("pairwise") => Ok(SubjectType::Pairwise {
            sector_uri: members.owned("sector_identifier_uri")?,
        }),
        Some(_) => Err(invalid("subject_type is neither public nor pairwise.")),
    }
}

fn security(members: &Members) -> Result<ClientSecurity, OAuthError> {
    Ok(ClientSecurity {
        require_par: members.flag("require_pushed_authorization_requests")?,
        require_signed_request: members.flag("require_signed_request_object")?,
        require_dpop: members.flag("dpop_bound_access_tokens")?,
        certificate_bound_tokens: members.flag("tls_client_certificate_bound_access_tokens")?,
        request_uris: members.list("request_uris")?.unwrap_or_default(),
        ..ClientSecurity::default()
    })
}

fn defaults(members: &Members) -> Result<RequestDefaults, OAuthError> {
    Ok(RequestDefaults {
        max_age: members.seconds("default_max_age")?,
        require_auth_time: members.flag("require_auth_time")?,
        acr_values: members.list("default_acr_values")?.unwrap_or_default(),
        initiate_login_uri: members.owned("initiate_login_uri")?,
    })
}

fn about(members: &Members) -> Result<ClientAbout, OAuthError> {
    Ok(ClientAbout {
        application: match members.text("application_type")? {
            None | Some("web") => Application::Web,
            Some("native") => Application::Native,
            Some(_) => return Err(invalid("application_type is neither web nor native.")),
        },
        client_uri: members.owned("client_uri")?,
        logo_uri: members.owned("logo_uri")?,
        policy_uri: members.owned("policy_uri")?,
        tos_uri: members.owned("tos_uri")?,
        contacts: members.list("contacts")?.unwrap_or_default(),
    })
}

fn logout(members: &Members) -> Result<LogoutUris, OAuthError> {
    Ok(LogoutUris {
        backchannel: members.owned("backchannel_logout_uri")?,
        backchannel_session: members.flag("backchannel_logout_session_required")?,
        frontchannel: members.owned("frontchannel_logout_uri")?,
        frontchannel_session: members.flag("frontchannel_logout_session_required")?,
    })
}
