//! The parts of `[client.ID]` that not every client has.

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::client::{Flow, Jwks, Subject};
use crate::config::{files, schema};
use crate::issuer::rules::application_of;
use crate::model::client::{
    ClientAbout, ClientAlgs, ClientKeys, ClientSecurity, Flows, GrantKind, LogoutUris,
    RequestDefaults, ResponseType, SubjectType, TlsSubject,
};

/// The algorithms it asked for.
pub fn algs(client: &schema::Client) -> ClientAlgs {
    ClientAlgs {
        userinfo: client.userinfo_alg,
        response: client.response_alg,
        introspection: client.introspection_alg,
        request_object: client.request_object_alg.clone(),
        auth: client.auth_alg.clone(),
    }
}

/// Its keys, from one of the two sources at most (RFC 7591 2).
pub fn keys(
    client: &schema::Client,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<ClientKeys> {
    if client.jwks.is_some() && client.jwks_uri.is_some() {
        ctx.problems
            .error(
                Code::ClientKeys,
                &place.key("jwks_uri"),
                "a client has either `jwks` or `jwks_uri`",
            )
            .help("remove one of the two");
    }
    match (&client.jwks, &client.jwks_uri) {
        (None, None) => None,
        (None, Some(uri)) => Some(ClientKeys::JwksUri(uri.clone())),
        (Some(set), _) => key_set(set, &place.key("jwks"), ctx).map(ClientKeys::Jwks),
    }
}

/// The text of a JWK set.
fn key_set(set: &Jwks, place: &Place, ctx: &mut Context<'_, '_>) -> Option<String> {
    match (&set.keys, &set.file) {
        (Some(keys), None) => Some(serde_json::json!({ "keys": keys }).to_string()),
        (None, Some(file)) => {
            let path = ctx.around.path(file);
            let read = files::read(&path, files::SECRET);
            read.map(|text| text.to_string())
                .map_err(|why| {
                    let said = files::complaint(&path, &why);
                    let place = place.key("file");
                    ctx.problems.error(Code::ClientKeys, &place, said);
                })
                .ok()
        }
        (None, None) | (Some(_), Some(_)) => {
            ctx.problems
                .error(
                    Code::ClientKeys,
                    place,
                    "a key set has either `keys` or `file`",
                )
                .help("write { file = \"client.jwks.json\" }, or the keys themselves");
            None
        }
    }
}

/// What its certificate says: one thing.
pub fn tls(
    client: &schema::Client,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<TlsSubject> {
    let tls = client.tls.as_ref()?;
    let named = [
        tls.subject_dn.clone().map(TlsSubject::SubjectDn),
        tls.san_dns.clone().map(TlsSubject::SanDns),
        tls.san_uri.clone().map(TlsSubject::SanUri),
        tls.san_ip.clone().map(TlsSubject::SanIp),
        tls.san_email.clone().map(TlsSubject::SanEmail),
    ];
    let mut named = named.into_iter().flatten();
    let first = named.next();
    if first.is_none() || named.next().is_some() {
        ctx.problems
            .error(
                Code::ClientAuth,
                &place.key("tls"),
                "`tls` says exactly one thing about the certificate",
            )
            .help("write for example `tls = { san_dns = \"app.example.com\" }`");
        return None;
    }
    first
}

/// Its ways to tokens, as response types and grants.
pub fn flows(given: Option<&[Flow]>) -> Flows {
    let Some(given) = given else {
        return Flows::default();
    };
    let mut flows = Flows {
        response_types: Vec::new(),
        grants: Vec::new(),
    };
    for flow in given {
        let (response_types, grants) = opened(*flow);
        for response_type in response_types {
            if !flows.respond(response_type) {
                flows.response_types.push(response_type);
            }
        }
        for grant in grants {
            if !flows.grant(*grant) {
                flows.grants.push(*grant);
            }
        }
    }
    flows
}

fn opened(flow: Flow) -> (Vec<ResponseType>, &'static [GrantKind]) {
    const CODES: &[GrantKind] = &[GrantKind::AuthorizationCode, GrantKind::RefreshToken];
    const HYBRID: &[GrantKind] = &[
        GrantKind::AuthorizationCode,
        GrantKind::RefreshToken,
        GrantKind::Implicit,
    ];
    let those = |wanted: fn(&ResponseType) -> bool| {
        let all = ResponseType::ALL.into_iter();
        all.filter(wanted).collect::<Vec<_>>()
    };
    match flow {
        Flow::Code => (vec![ResponseType::CODE], CODES),
        Flow::Implicit => (those(|kind| !kind.code), &[GrantKind::Implicit]),
        Flow::Hybrid => (those(|kind| kind.code), HYBRID),
        Flow::Device => (vec![], &[GrantKind::DeviceCode, GrantKind::RefreshToken]),
        Flow::ClientCredentials => (vec![], &[GrantKind::ClientCredentials]),
        Flow::TokenExchange => (vec![], &[GrantKind::TokenExchange]),
    }
}

/// How people are called towards it.
pub fn subject_type(client: &schema::Client) -> SubjectType {
    match client.subject_type {
        Some(Subject::Pairwise) => SubjectType::Pairwise {
            sector_uri: client.sector_identifier_uri.clone(),
        },
        Some(Subject::Public) | None => SubjectType::Public,
    }
}

/// What it wants to be held to.
pub fn security(client: &schema::Client) -> ClientSecurity {
    ClientSecurity {
        profile: client.profile.unwrap_or_default(),
        require_par: client.require_par,
        require_signed_request: client.require_signed_request,
        require_dpop: client.require_dpop,
        certificate_bound_tokens: client.certificate_bound_tokens,
        assertion_for_token_endpoint: client.assertion_for_token_endpoint,
        request_uris: client.request_uris.clone(),
    }
}

/// What holds when its requests do not say.
pub fn defaults(client: &schema::Client) -> RequestDefaults {
    RequestDefaults {
        max_age: client.default_max_age,
        require_auth_time: false,
        acr_values: client.default_acr_values.clone(),
        initiate_login_uri: client.initiate_login_uri.clone(),
    }
}

/// What it says about itself.
pub fn about(client: &schema::Client) -> ClientAbout {
    let uris = client.redirect_uris.as_deref().unwrap_or_default();
    ClientAbout {
        application: client.application.unwrap_or_else(|| application_of(uris)),
        client_uri: client.client_uri.clone(),
        logo_uri: client.logo_uri.clone(),
        policy_uri: client.policy_uri.clone(),
        tos_uri: client.tos_uri.clone(),
        contacts: Vec::new(),
    }
}

/// How it learns that a session ended.
pub fn logout(client: &schema::Client) -> LogoutUris {
    LogoutUris {
        backchannel: client.backchannel_logout_uri.clone(),
        backchannel_session: client.backchannel_logout_session_required.unwrap_or(true),
        frontchannel: client.frontchannel_logout_uri.clone(),
        frontchannel_session: client.frontchannel_logout_session_required.unwrap_or(true),
    }
}
