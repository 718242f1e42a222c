//! What a protected resource says of itself (RFC 9728): which tokens it takes, and who makes them.
//! At `/.well-known/oauth-protected-resource` of every host with a route that takes tokens, with the
//! resource's own path behind it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{StatusCode, Uri};
use serde_json::{Value, json};

use super::{AccessTokens, BearerSettings};
use crate::gateway::route::Hosts;
use crate::gateway::settings::{RouteSettings, SiteSettings};
use crate::tokens::{Terms, dpop};
use crate::web::{ErrorPage, Inbound};

/// Where it is, on every host with a route that takes tokens.
pub const PREFIX: &str = "/.well-known/oauth-protected-resource";
/// Readers may keep it this long.
const CACHE: &str = "public, max-age=900";

/// The documents of one configuration, by host and what follows [`PREFIX`].
type Documents = Hosts<HashMap<String, Bytes>>;

/// Answers for every route among `routes` that takes tokens. `certificates`: whether clients are
/// asked for theirs.
pub fn router<'a>(
    site: &SiteSettings,
    routes: &[RouteSettings],
    terms: impl Fn(&AccessTokens) -> Option<&'a Terms>,
    certificates: bool,
) -> Router {
    let mut documents = Documents::default();
    for route in routes {
        let Some(bearer) = &route.bearer else {
            continue;
        };
        let Some(access) = &bearer.access else {
            continue;
        };
        let Some(terms) = terms(access) else {
            continue;
        };
        let body = document(access, terms, certificates).to_string();
        let of_host = documents.entry(&route.matches.host);
        let path = path(site, route, access);
        of_host.entry(path).or_insert_with(|| body.into());
    }
    Router::new()
        .route(PREFIX, get(answer))
        .route(&format!("{PREFIX}/{{*path}}"), get(answer))
        .with_state(Arc::new(documents))
}

/// The document's address for `route`, at the host that was asked for (RFC 9728 5.1). None where no
/// issuer makes the tokens that it takes.
pub fn address(
    site: &SiteSettings,
    host: &str,
    route: &RouteSettings,
    bearer: &BearerSettings,
) -> Option<String> {
    let access = bearer.access.as_ref()?;
    let origin = site.origin_of(host);
    Some(format!("{origin}{PREFIX}{}", path(site, route, access)))
}

/// What follows [`PREFIX`]: the path of the resource's id; the route's, where the id is no address
/// on its host. No slash at the end.
fn path(site: &SiteSettings, route: &RouteSettings, access: &AccessTokens) -> String {
    let own = own_path(site, route, access);
    let path = own.as_deref().unwrap_or(&route.matches.path);
    path.trim_end_matches('/').to_owned()
}

fn own_path(site: &SiteSettings, route: &RouteSettings, access: &AccessTokens) -> Option<String> {
    let read = |text: &str| url::Url::parse(text).ok();
    let id = read(&access.audience).filter(|id| id.query().is_none())?;
    let here = read(&site.origin_of(&route.matches.host))?;
    (id.origin() == here.origin()).then(|| id.path().to_owned())
}

fn document(access: &AccessTokens, terms: &Terms, certificates: bool) -> Value {
    let resource = terms.resources.find(&access.audience);
    let scopes = resource.map(|resource| resource.scopes.keys().collect::<Vec<_>>());
    json!({
        "resource": access.audience,
        "resource_name": resource.map(|resource| &resource.name),
        "authorization_servers": [terms.url],
        "scopes_supported": scopes.unwrap_or_default(),
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": dpop::algs(),
        "tls_client_certificate_bound_access_tokens": certificates,
    })
}

async fn answer(
    State(documents): State<Arc<Documents>>,
    inbound: Inbound,
    uri: Uri,
) -> Result<Response, ErrorPage> {
    let path = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let host = inbound.host.as_ref();
    let of_host = documents.exact(host).or_else(|| documents.wild(host));
    let body = of_host.and_then(|of_host| of_host.get(path.trim_end_matches('/')));
    let body = body.cloned().ok_or_else(ErrorPage::not_found)?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, CACHE),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Ok((StatusCode::OK, headers, body).into_response())
}
