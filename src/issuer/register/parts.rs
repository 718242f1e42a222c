//! The parts of a description, each read for itself.

use super::members::{Members, invalid};
use crate::issuer::error::OAuthError;
use crate::model::Algorithm;
use crate::model::client::{
    Application, ClientAbout, ClientAlgs, ClientSecurity, LogoutUris, RequestDefaults, SubjectType,
    TlsSubject,
};

/// An algorithm that exists here.
pub fn algorithm(members: &Members, name: &str) -> Result<Option<Algorithm>, OAuthError> {
    let Some(alg) = members.text(name)? else {
        return Ok(None);
    };
    let known = Algorithm::parse(alg);
    known.map(Some).ok_or_else(|| {
        let all = Algorithm::ALL.map(Algorithm::as_str).join(", ");
        invalid(format!("{name} is none of {all}."))
    })
}

/// The algorithms it asks for besides that of its ID tokens.
pub fn algs(members: &Members) -> Result<ClientAlgs, OAuthError> {
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
pub fn tls(members: &Members) -> Result<Option<TlsSubject>, OAuthError> {
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

/// How people are called towards it.
pub fn subject_type(members: &Members) -> Result<SubjectType, OAuthError> {
    match members.text("subject_type")? {
        None | Some("public") => Ok(SubjectType::Public),
        Some("pairwise") => Ok(SubjectType::Pairwise {
            sector_uri: members.owned("sector_identifier_uri")?,
        }),
        Some(_) => Err(invalid("subject_type is neither public nor pairwise.")),
    }
}

/// What it wants to be held to.
pub fn security(members: &Members) -> Result<ClientSecurity, OAuthError> {
    Ok(ClientSecurity {
        require_par: members.flag("require_pushed_authorization_requests")?,
        require_signed_request: members.flag("require_signed_request_object")?,
        require_dpop: members.flag("dpop_bound_access_tokens")?,
        certificate_bound_tokens: members.flag("tls_client_certificate_bound_access_tokens")?,
        request_uris: members.list("request_uris")?.unwrap_or_default(),
        ..ClientSecurity::default()
    })
}

/// What holds when its requests do not say.
pub fn defaults(members: &Members) -> Result<RequestDefaults, OAuthError> {
    Ok(RequestDefaults {
        max_age: members.seconds("default_max_age")?,
        require_auth_time: members.flag("require_auth_time")?,
        acr_values: members.list("default_acr_values")?.unwrap_or_default(),
        initiate_login_uri: members.owned("initiate_login_uri")?,
    })
}

/// What it says about itself.
pub fn about(members: &Members) -> Result<ClientAbout, OAuthError> {
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

/// How it learns that a session ended.
pub fn logout(members: &Members) -> Result<LogoutUris, OAuthError> {
    Ok(LogoutUris {
        backchannel: members.owned("backchannel_logout_uri")?,
        backchannel_session: members.flag("backchannel_logout_session_required")?,
        frontchannel: members.owned("frontchannel_logout_uri")?,
        frontchannel_session: members.flag("frontchannel_logout_session_required")?,
    })
}
