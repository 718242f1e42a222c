//! What ends at one place of a tree: a route's methods and header fields, and who claims a request
//! among those that share the place.

use std::cmp::Reverse;

use http::{HeaderMap, Method};

use super::tree::Found;
use crate::gateway::settings::RouteMatch;
use crate::gateway::target::decoded;

/// How an address is asked for: what else of a request decides which route takes it.
#[derive(Clone, Copy, Debug)]
pub struct Manner<'a> {
    /// The method.
    pub method: &'a Method,
    /// The header fields.
    pub headers: &'a HeaderMap,
}

#[derive(Debug)]
pub(super) struct Leaf {
    /// The decoded prefix without a slash at the end.
    exact: Vec<u8>,
    /// The methods and header fields that are asked for.
    matches: RouteMatch,
    pub(super) found: Found,
}

/// By what right a leaf takes a method; the first wins, whatever the order of the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    /// It names the method.
    Named,
    /// It names GET, and HEAD is GET without the body (RFC 9110 9.3.2).
    Implied,
    /// It takes every method that no other leaf claims.
    Rest,
}

/// How strong a claim is; the least wins. Of two that claim a method alike, the one that asks for
/// more header fields was written for fewer requests.
type Claim = (Right, Reverse<usize>);

impl Leaf {
    pub(super) fn site(prefix: &str) -> Self {
        Self {
            exact: exact(prefix),
            matches: RouteMatch::default(),
            found: Found::Site,
        }
    }

    pub(super) fn route(prefix: &str, matches: &RouteMatch, index: usize) -> Self {
        Self {
            exact: exact(prefix),
            matches: matches.clone(),
            found: Found::Route(index),
        }
    }

    pub(super) fn methods(&self) -> &[Method] {
        &self.matches.methods
    }

    /// Whether there are requests that both take and neither takes by the better claim.
    pub(super) fn rivals(&self, other: &Self) -> bool {
        self.exact == other.exact && self.matches.rivals(&other.matches)
    }

    pub(super) fn is_spelled(&self, so_far: &str) -> bool {
        self.exact.iter().copied().eq(decoded(so_far))
    }

    fn claim(&self, method: &Method) -> Option<Claim> {
        let methods = &self.matches.methods;
        let right = if methods.is_empty() {
            Right::Rest
        } else if methods.contains(method) {
            Right::Named
        } else if *method == Method::HEAD && methods.contains(&Method::GET) {
            Right::Implied
        } else {
            return None;
        };
        Some((right, Reverse(self.matches.headers.len())))
    }

    /// A field that came twice with different values says nothing: apps read the first, the last,
    /// or both.
    fn has_headers(&self, sent: &HeaderMap) -> bool {
        self.matches.headers.iter().all(|(name, value)| {
            let mut values = sent.get_all(name).iter().peekable();
            values.peek().is_some() && values.all(|one| one == value)
        })
    }
}

/// What the leaves of one place say about a request that leads there by `so_far`.
pub(super) fn judge(leaves: &[Leaf], so_far: &str, manner: Manner<'_>) -> Found {
    let best = claims(leaves, so_far, manner).min_by_key(|(claim, _)| *claim);
    if let Some((_, found)) = best {
        return found;
    }
    if here(leaves, so_far, manner.headers).next().is_some() {
        Found::OtherMethods
    } else if leaves.iter().any(|leaf| leaf.is_spelled(so_far)) {
        Found::OtherHeaders
    } else {
        Found::Twin
    }
}

/// The routes among `leaves` that take the request, the best claim first.
pub(super) fn routes(leaves: &[Leaf], so_far: &str, manner: Manner<'_>) -> Vec<usize> {
    let mut here: Vec<_> = claims(leaves, so_far, manner).collect();
    here.sort_by_key(|(claim, _)| *claim);
    here.into_iter()
        .filter_map(|(_, found)| found.route())
        .collect()
}

/// The leaves that take a request with these header fields by some method.
pub(super) fn here<'l>(
    leaves: &'l [Leaf],
    so_far: &str,
    headers: &HeaderMap,
) -> impl Iterator<Item = &'l Leaf> {
    leaves
        .iter()
        .filter(move |leaf| leaf.is_spelled(so_far) && leaf.has_headers(headers))
}

fn claims(
    leaves: &[Leaf],
    so_far: &str,
    manner: Manner<'_>,
) -> impl Iterator<Item = (Claim, Found)> {
    here(leaves, so_far, manner.headers)
        .filter_map(move |leaf| Some((leaf.claim(manner.method)?, leaf.found)))
}

fn exact(prefix: &str) -> Vec<u8> {
    decoded(prefix.strip_suffix('/').unwrap_or(prefix)).collect()
}
