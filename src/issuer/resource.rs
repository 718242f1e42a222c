//! Resource indicators (RFC 8707): which API a client wants a token for, wherever it may say so.

use super::error::{AuthorizeError, OAuthError};
use crate::base::ScopeSet;
use crate::model::{Client, resource::indicator_fault};
use crate::tokens::{Entitled, Terms, reach};
use crate::web::Params;

/// The most resources one request may name.
const MOST: usize = 10;

/// Why what was asked for cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// `invalid_target` (RFC 8707 2) or `invalid_scope`.
    code: &'static str,
    /// For the client's developer.
    description: &'static str,
}

impl Unreachable {
    const fn target(description: &'static str) -> Self {
        Self {
            code: "invalid_target",
            description,
        }
    }

    const fn scope(description: &'static str) -> Self {
        Self {
            code: "invalid_scope",
            description,
        }
    }
}

impl From<Unreachable> for OAuthError {
    fn from(why: Unreachable) -> Self {
        Self::new(why.code, why.description)
    }
}

impl From<Unreachable> for AuthorizeError {
    fn from(why: Unreachable) -> Self {
        Self::new(why.code, why.description)
    }
}

/// The resources that a request names, each once: well formed, known, and allowed to `client`.
pub fn named(terms: &Terms, client: &Client, params: &Params) -> Result<Vec<String>, Unreachable> {
    all_in("resource", terms, client, params)
}

/// The same by `audience` (RFC 8693 2.1): we call our APIs by nothing but their indicators.
pub fn audiences(
    terms: &Terms,
    client: &Client,
    params: &Params,
) -> Result<Vec<String>, Unreachable> {
    all_in("audience", terms, client, params)
}

fn all_in(
    parameter: &str,
    terms: &Terms,
    client: &Client,
    params: &Params,
) -> Result<Vec<String>, Unreachable> {
    let mut named = Vec::new();
    for id in params.values(parameter).filter(|id| !id.is_empty()) {
        if named.iter().any(|known| known == id) {
            continue;
        }
        if indicator_fault(id).is_some() {
            return Err(Unreachable::target(
                "resource must be an absolute URI without a fragment.",
            ));
        }
        // One text for both, so that nobody learns by trying which resources there are.
        if !reach::is_open_to(terms, client, id) {
            return Err(Unreachable::target(
                "resource names an API that is unknown here or not open to this client.",
            ));
        }
        if named.len() == MOST {
            return Err(Unreachable::target("resource names too many APIs."));
        }
        named.push(id.to_owned());
    }
    Ok(named)
}

/// Whether a token with `scopes` can be for `resources`: each scope belongs to one of them, or, when
/// none are named, all to the same (RFC 9068 3: a scope must not be ambiguous).
pub fn fit(terms: &Terms, scopes: &ScopeSet, resources: &[String]) -> Result<(), Unreachable> {
    let apis = scopes
        .iter()
        .filter_map(|scope| terms.resources.of_scope(scope))
        .map(|resource| &resource.id);
    if resources.is_empty() {
        let mut apis = apis;
        let first = apis.next();
        return if apis.all(|other| Some(other) == first) {
            Ok(())
        } else {
            Err(Unreachable::scope(
                "scope asks for several APIs: name them with resource.",
            ))
        };
    }
    let mut apis = apis;
    if apis.all(|id| resources.contains(id)) {
        Ok(())
    } else {
        Err(Unreachable::scope(
            "scope asks for something of an API that resource does not name.",
        ))
    }
}

/// The resources that are still meant when of the scopes asked for only some are allowed: not those
/// of which everything was refused.
pub fn still_meant(
    terms: &Terms,
    resources: &[String],
    (asked, allowed): (&ScopeSet, &ScopeSet),
) -> Vec<String> {
    let is_of = |scopes: &ScopeSet, id: &String| {
        let mut owners = scopes.iter().map(|scope| reach::owner(terms, scope));
        owners.any(|owner| owner == id)
    };
    let meant = |id: &&String| is_of(allowed, id) || !is_of(asked, id);
    resources.iter().filter(meant).cloned().collect()
}

/// The resources that a token request narrows to what its client is `entitled` to (RFC 8707 2.2).
/// `None` when it names none.
pub fn narrowed(
    terms: &Terms,
    client: &Client,
    params: &Params,
    entitled: &Entitled,
) -> Result<Option<Vec<String>>, Unreachable> {
    let named = named(terms, client, params)?;
    if named.is_empty() {
        return Ok(None);
    }
    let whole = match entitled.resources() {
        [] => reach::implied(terms, entitled.scopes()),
        granted => granted.to_vec(),
    };
    if named.iter().all(|id| whole.contains(id)) {
        Ok(Some(named))
    } else {
        Err(Unreachable::target(
            "resource names an API that was not granted.",
        ))
    }
}
