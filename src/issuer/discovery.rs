//! Discovery and JWKS: what the issuer can do, said by the lists that do it, rendered once.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::authorize::mode::MODES;
use super::client_auth;
use super::dpop;
use super::error::OAuthError;
use super::grant::GRANTS;
use super::register;
use super::settings::IssuerSettings;
use super::state::At;
use crate::keys::ForeignAlg;
use crate::model::{Acr, Algorithm, GrantKind, ResponseType};
use crate::tokens::{KeyOwner, Terms};
use crate::web::LANGUAGE;

/// The discovery document (OpenID Connect Discovery 3, RFC 8414 2).
pub fn render(settings: &IssuerSettings, terms: &Terms) -> Value {
    let mut document = Map::new();
    for part in [
        addresses(settings),
        offers(settings, terms),
        requests(settings),
        proofs(settings),
    ] {
        if let Value::Object(members) = part {
            document.extend(members);
        }
    }
    document.extend(register::metadata(settings));
    if settings.session_management {
        let frame = format!("{}{}", settings.url, settings.endpoints.check_session);
        document.insert("check_session_iframe".to_owned(), frame.into());
    }
    Value::Object(document)
}

/// Where everything is.
fn addresses(settings: &IssuerSettings) -> Value {
    let url = |path: &str| format!("{}{path}", settings.url);
    let ends = &settings.endpoints;
    json!({
        "issuer": settings.url,
        "authorization_endpoint": url(&ends.authorize),
        "token_endpoint": url(&ends.token),
        "userinfo_endpoint": url(&ends.userinfo),
        "jwks_uri": url(&ends.jwks),
        "end_session_endpoint": url(&ends.end_session),
        "revocation_endpoint": url(&ends.revoke),
        "device_authorization_endpoint": url(&ends.device_authorization),
        "introspection_endpoint": url(&ends.introspect),
    })
}

/// What may be had, and by whom.
fn offers(settings: &IssuerSettings, terms: &Terms) -> Value {
    let mut algs = settings.algs.clone();
    if !algs.contains(&Algorithm::RS256) {
        algs.push(Algorithm::RS256);
    }
    let algs: Vec<_> = algs.into_iter().map(Algorithm::as_str).collect();
    let mut grants: Vec<_> = GRANTS.iter().map(|grant| grant.kind.as_str()).collect();
    // Has no credential to exchange, so no place at the token endpoint.
    grants.push(GrantKind::Implicit.as_str());
    let methods = client_auth::names(settings.client_certificates);
    let confidential: Vec<_> = methods.iter().filter(|name| **name != "none").collect();
    json!({
        "scopes_supported": scopes(terms),
        "claims_supported": claims(terms),
        "response_types_supported": ResponseType::ALL,
        "response_modes_supported": MODES,
        "authorization_signing_alg_values_supported": algs,
        "grant_types_supported": grants,
        "subject_types_supported": ["public", "pairwise"],
        "acr_values_supported": Acr::ALL.map(Acr::as_str),
        "id_token_signing_alg_values_supported": algs,
        "userinfo_signing_alg_values_supported": algs,
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_methods_supported": confidential,
    })
}

fn scopes(terms: &Terms) -> Vec<&str> {
    let of_apis = terms.resources.iter();
    let of_apis = of_apis.flat_map(|resource| resource.scopes.keys());
    let mut scopes = terms.catalogue.scope_names();
    scopes.extend(of_apis.map(String::as_str));
    scopes
}

fn claims(terms: &Terms) -> Vec<&str> {
    let mut claims = vec![
        "iss",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "amr",
        "azp",
        "sid",
        "acr",
    ];
    claims.extend(terms.catalogue.claim_names());
    claims
}

/// How authorization is asked for, and how apps hear that somebody left.
fn requests(settings: &IssuerSettings) -> Value {
    // Not "none": whoever reads it here may take it for granted, and unsigned objects are taken only
    // from clients that registered to send them.
    let objects: Vec<_> = ForeignAlg::ALL.iter().map(|alg| alg.as_str()).collect();
    json!({
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": true,
        "ui_locales_supported": [LANGUAGE],
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "request_object_signing_alg_values_supported": objects,
        "pushed_authorization_request_endpoint":
            format!("{}{}", settings.url, settings.endpoints.par),
        "require_pushed_authorization_requests": false,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    })
}

/// How clients and senders prove themselves (RFC 8414 2, RFC 9449 5.1, RFC 8705 3.3).
fn proofs(settings: &IssuerSettings) -> Value {
    let assertions = client_auth::algs();
    json!({
        "token_endpoint_auth_signing_alg_values_supported": assertions,
        "revocation_endpoint_auth_signing_alg_values_supported": assertions,
        "introspection_endpoint_auth_signing_alg_values_supported": assertions,
        "dpop_signing_alg_values_supported": dpop::algs(),
        "tls_client_certificate_bound_access_tokens": settings.client_certificates,
    })
}

/// The discovery document, at each of its addresses.
pub async fn metadata(State(at): State<At>, headers: HeaderMap) -> Response {
    let document = at.issuer.discovery();
    public_json(&headers, &document.etag, document.body.clone(), &at)
}

/// The published keys.
pub async fn jwks(State(at): State<At>, headers: HeaderMap) -> Result<Response, OAuthError> {
    let owner = KeyOwner::issuer_name(at.issuer.id());
    let ring = at.state.tokens.keyrings().ring(&owner)?;
    let jwks = ring.jwks();
    Ok(public_json(&headers, &jwks.etag, jwks.body.clone(), &at))
}

fn public_json(request: &HeaderMap, etag: &str, body: bytes::Bytes, at: &At) -> Response {
    let max_age = at.issuer.settings().jwks_max_age.as_secs();
    let mut response = if is_known(request, etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let json = HeaderValue::from_static("application/json");
        ([(CONTENT_TYPE, json)], body).into_response()
    };
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(ETAG, etag);
    }
    if let Ok(policy) = HeaderValue::from_str(&format!("public, max-age={max_age}")) {
        headers.insert(CACHE_CONTROL, policy);
    }
    response
}

/// `If-None-Match` (RFC 9110 13.1.2), weak comparison.
fn is_known(request: &HeaderMap, etag: &str) -> bool {
    request.get_all(IF_NONE_MATCH).iter().any(|line| {
        line.to_str().is_ok_and(|line| {
            line.split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"))
                .any(|tag| tag == etag || tag == "*")
        })
    })
}
