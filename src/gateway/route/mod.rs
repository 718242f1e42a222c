//! Which route takes a request: the host (an exact one before a wildcard), then the longest path
//! prefix, then an expression below that prefix, then the method and the header fields among the
//! routes that share all this.
//!
//! The table is a plain value built from settings, used alike by the request path and by
//! `doorward explain`. It decides nothing about people.

mod hosts;
mod leaf;
mod pattern;
mod tree;

use std::sync::Arc;

use http::{HeaderMap, Method};

use super::bearer::metadata::PREFIX;
use super::settings::{RouteSettings, SiteSettings};
use super::target::{Address, Refused, canonical_host, canonical_path};
pub use hosts::{Hosts, wildcard};
pub use leaf::Manner;
pub use pattern::check as check_pattern;
use tree::{Found, Tree};

/// Where every protected host answers for Doorward itself.
pub const OWN_PREFIX: &str = "/_doorward";

/// A route and its place in the table.
#[derive(Debug)]
pub struct Route {
    /// As configured.
    pub settings: RouteSettings,
    /// Its number in the table it belongs to.
    pub index: usize,
    /// Its host, unless that is a wildcard.
    host: Option<Arc<str>>,
}

impl Route {
    /// The host of a request that it takes; `host` is the request's own.
    pub fn host(&self, host: &str) -> Arc<str> {
        match &self.host {
            Some(host) => Arc::clone(host),
            None => host.into(),
        }
    }
}

/// What takes a request.
#[derive(Clone, Copy, Debug)]
pub enum Target<'t> {
    /// The site itself: pages, issuers, and `/_doorward` on protected hosts.
    Site,
    /// A protected app.
    Route(&'t Arc<Route>),
    /// The routes at this address, none of which takes the method.
    OtherMethods,
    /// The routes at this address, all of which ask for other header fields.
    OtherHeaders,
    /// Nothing, or nothing that can be told apart from something else.
    Unknown(Refused),
}

/// Why a table could not be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRoute {
    /// A host or path that no request could ever match in canonical form.
    #[error("route `{route}` matches nothing: {why}")]
    Unmatchable {
        /// The route's id.
        route: String,
        /// Why.
        why: Refused,
    },
    /// An expression that cannot be used.
    #[error("route `{route}`: its `path_regex` cannot be used")]
    Pattern {
        /// The route's id.
        route: String,
    },
    /// Expressions that can be used one by one, but not together.
    #[error("the `path_regex` of the routes together are too large: {why}")]
    Patterns {
        /// Why.
        why: String,
    },
    /// Two routes that take exactly the same requests.
    #[error("routes `{first}` and `{second}` take the same requests")]
    Twins {
        /// The earlier one.
        first: String,
        /// The later one.
        second: String,
    },
}

/// The compiled table. Lookup costs as much as the path is long, whatever the number of routes.
#[derive(Debug)]
pub struct RouteTable {
    site_host: String,
    hosts: Hosts<Tree>,
    routes: Vec<Arc<Route>>,
}

impl RouteTable {
    /// Compiles `routes` and the site's own prefixes.
    pub fn build(site: &SiteSettings, routes: &[RouteSettings]) -> Result<Self, BadRoute> {
        let mut table = Self {
            site_host: site.host.clone(),
            hosts: Hosts::default(),
            routes: Vec::with_capacity(routes.len()),
        };
        let tree = table.hosts.entry(&site.host);
        for prefix in &site.prefixes {
            tree.insert_site(prefix);
        }
        let everywhere = site.everywhere.iter().map(String::as_str);
        let everywhere: Vec<&str> = everywhere.chain([OWN_PREFIX]).collect();
        for prefix in &everywhere {
            tree.insert_site(prefix);
        }
        for settings in routes {
            table.add(settings, &everywhere)?;
        }
        let compiled = table.hosts.values_mut().try_for_each(Tree::compile);
        compiled.map_err(|why| BadRoute::Patterns {
            why: why.to_string(),
        })?;
        Ok(table)
    }

    fn add(&mut self, settings: &RouteSettings, everywhere: &[&str]) -> Result<(), BadRoute> {
        let id = settings.id.as_str();
        let bad = |why| BadRoute::Unmatchable {
            route: id.to_owned(),
            why,
        };
        let matches = &settings.matches;
        let rest = wildcard(&matches.host);
        let (host, port) = canonical_host(rest.unwrap_or(&matches.host)).map_err(bad)?;
        if port.is_some() {
            return Err(bad(Refused::HostMalformed));
        }
        let host = match rest {
            Some(_) => format!("*.{host}"),
            None => host.into_owned(),
        };
        let path = canonical_path(&matches.path).map_err(bad)?;
        let pattern = matches.path_regex.as_deref();
        if pattern.is_some_and(|text| check_pattern(text).is_err()) {
            return Err(BadRoute::Pattern {
                route: id.to_owned(),
            });
        }
        let index = self.routes.len();
        let tree = self.hosts.entry(&host);
        if tree.is_empty() {
            for prefix in everywhere {
                tree.insert_site(prefix);
            }
        }
        if settings.bearer.is_some() {
            tree.insert_site(PREFIX);
        }
        if let Err(twin) = tree.insert_route(&path, matches, index) {
            let first = self.routes.get(twin).map(|route| &route.settings.id);
            return Err(BadRoute::Twins {
                first: first.map(ToString::to_string).unwrap_or_default(),
                second: id.to_owned(),
            });
        }
        self.routes.push(Arc::new(Route {
            settings: settings.clone(),
            index,
            host: rest.is_none().then(|| host.into()),
        }));
        Ok(())
    }

    /// What takes a request to `address`.
    pub fn find(&self, address: &Address<'_>, manner: Manner<'_>) -> Target<'_> {
        let mut trees = self.trees(&address.host).peekable();
        if trees.peek().is_none() {
            return Target::Unknown(Refused::HostUnknown);
        }
        let found = trees
            .map(|tree| tree.find(&address.path, manner))
            .find(|found| *found != Found::Nothing);
        match found.unwrap_or(Found::Nothing) {
            Found::Site => Target::Site,
            Found::Route(index) => match self.routes.get(index) {
                Some(route) => Target::Route(route),
                None => Target::Unknown(Refused::PathUnknown),
            },
            Found::OtherMethods => Target::OtherMethods,
            Found::OtherHeaders => Target::OtherHeaders,
            Found::Twin => Target::Unknown(Refused::PathTwin),
            // The site answers its own 404, so that it looks like the rest of the site.
            Found::Nothing if address.host == self.site_host => Target::Site,
            Found::Nothing => Target::Unknown(Refused::PathUnknown),
        }
    }

    /// What is asked about `host`, in this order: its own tree, then that of its wildcard. The
    /// site's host has no second one, so that no wildcard reaches what is the site's.
    fn trees(&self, host: &str) -> impl Iterator<Item = &Tree> {
        let wild = || self.hosts.wild(host).filter(|_| host != self.site_host);
        self.hosts.exact(host).into_iter().chain(wild())
    }

    /// Every route, in the order of the file.
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// Every host that is served: the site's and those of routes, wildcards with their asterisk.
    pub fn hosts(&self) -> impl Iterator<Item = String> {
        self.hosts.names()
    }

    /// The routes at the most specific place of `address` that take these header fields, whatever
    /// the method.
    pub fn routes_at(&self, address: &Address<'_>, headers: &HeaderMap) -> Vec<&Arc<Route>> {
        let here = self.here(address, headers);
        here.into_iter()
            .filter_map(|(index, _)| self.routes.get(index))
            .collect()
    }

    /// The methods that the routes at `address` take, for `Allow`; empty when one takes them all.
    pub fn methods_at(&self, address: &Address<'_>, headers: &HeaderMap) -> Vec<Method> {
        let mut methods: Vec<Method> = Vec::new();
        for (_, taken) in self.here(address, headers) {
            if taken.is_empty() {
                return Vec::new();
            }
            let new: Vec<_> = taken.iter().filter(|one| !methods.contains(one)).collect();
            methods.extend(new.into_iter().cloned());
        }
        if methods.contains(&Method::GET) && !methods.contains(&Method::HEAD) {
            methods.push(Method::HEAD);
        }
        methods
    }

    fn here(&self, address: &Address<'_>, headers: &HeaderMap) -> Vec<(usize, &[Method])> {
        self.trees(&address.host)
            .map(|tree| tree.find_here(&address.path, headers))
            .find(|here| !here.is_empty())
            .unwrap_or_default()
    }

    /// The less specific routes that would have taken the request too, for `doorward explain`.
    pub fn also_matched(&self, address: &Address<'_>, manner: Manner<'_>) -> Vec<&Arc<Route>> {
        self.trees(&address.host)
            .flat_map(|tree| tree.find_all(&address.path, manner))
            .skip(1)
            .filter_map(|index| self.routes.get(index))
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
