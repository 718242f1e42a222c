//! For whom an access token is, and what it allows there (RFC 8707 2, RFC 9068 3).
//!
//! A scope belongs to one API resource, or to the issuer itself. A token holds the scopes that mean
//! something to its audience and no others, so that no API learns what else was granted.

use std::time::Duration;

use super::Terms;
use crate::base::ScopeSet;
use crate::model::Client;

/// Access without the session is the authorization server's own affair; no API ever reads it.
const OFFLINE: &str = "offline_access";

/// What a request asks for, where that is less than was granted.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// The scopes.
    pub scopes: Option<ScopeSet>,
    /// The resources.
    pub resources: Option<Vec<String>>,
}

/// Where an access token reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// `aud`; never empty.
    pub audience: Vec<String>,
    /// `scope` in the token: what means something to the audience.
    pub scopes: ScopeSet,
    /// `scope` in the answer: what was granted, without what means something to others only.
    pub answered: ScopeSet,
    /// The shortest lifetime that one of the audience asks for.
    pub life: Duration,
}

impl Reach {
    /// Of a token with what was `granted`. It is for `resources`; when none were named, for those
    /// that its scopes belong to.
    pub fn new(terms: &Terms, granted: &ScopeSet, resources: &[String]) -> Self {
        let audience = if resources.is_empty() {
            implied(terms, granted)
        } else {
            resources.to_vec()
        };
        let means_something = |scope: &str| audience.iter().any(|one| one == owner(terms, scope));
        let scopes = granted.iter().filter(|scope| means_something(scope));
        let of_others = |scope: &str| terms.resources.of_scope(scope).is_some();
        let answered = granted
            .iter()
            .filter(|scope| means_something(scope) || !of_others(scope));
        Self {
            scopes: scopes.collect(),
            answered: answered.collect(),
            life: life(terms, &audience),
            audience,
        }
    }
}

/// The resource that a scope belongs to; the issuer's own address when to none.
pub fn owner<'a>(terms: &'a Terms, scope: &str) -> &'a str {
    let resource = terms.resources.of_scope(scope);
    resource.map_or(terms.url.as_str(), |resource| resource.id.as_str())
}

/// Whether `client` may have tokens of a resource: of the issuer's own, of one it is registered for,
/// or of one with a scope it is registered for.
pub fn is_open_to(terms: &Terms, client: &Client, id: &str) -> bool {
    if id == terms.url {
        return true;
    }
    terms.resources.find(id).is_some_and(|resource| {
        let mut scopes = resource.scopes.keys();
        client.resources.contains(&resource.id) || scopes.any(|scope| client.scopes.contains(scope))
    })
}

/// Whom scopes alone make a token for: everyone they mean something to, the issuer first.
pub fn implied(terms: &Terms, scopes: &ScopeSet) -> Vec<String> {
    let mut owners: Vec<&str> = Vec::new();
    for scope in scopes.iter().filter(|scope| *scope != OFFLINE) {
        let owner = owner(terms, scope);
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners.sort_by_key(|owner| *owner != terms.url);
    if owners.is_empty() {
        owners.push(&terms.url);
    }
    owners.into_iter().map(str::to_owned).collect()
}

fn life(terms: &Terms, audience: &[String]) -> Duration {
    let of = |id: &String| terms.resources.find(id)?.access_token;
    let lives = audience
        .iter()
        .map(|id| of(id).unwrap_or(terms.access_token));
    lives.min().unwrap_or(terms.access_token)
}
