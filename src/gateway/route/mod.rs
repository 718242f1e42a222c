//! Which route takes a request: host, then the longest path prefix, then the method among the
//! routes of that prefix.
//!
//! The table is a plain value built from settings, used alike by the request path and by
//! `doorward explain`. It decides nothing about people.

mod tree;

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;

use super::settings::{RouteSettings, SiteSettings};
use super::target::{Address, Refused, canonical_host, canonical_path};
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
    hosts: HashMap<String, Tree, ahash::RandomState>,
    routes: Vec<Arc<Route>>,
}

impl RouteTable {
    /// Compiles `routes` and the site's own prefixes.
    pub fn build(site: &SiteSettings, routes: &[RouteSettings]) -> Result<Self, BadRoute> {
        let mut table = Self {
            site_host: site.host.clone(),
            hosts: HashMap::default(),
            routes: Vec::with_capacity(routes.len()),
        };
        let own = site.prefixes.iter().map(String::as_str);
        table.add_site(&site.host, own.chain([OWN_PREFIX]));
        for settings in routes {
            table.add(settings)?;
        }
        Ok(table)
    }

    fn add_site<'a>(&mut self, host: &str, prefixes: impl Iterator<Item = &'a str>) {
        let tree = self.hosts.entry(host.to_owned()).or_default();
        for prefix in prefixes {
            tree.insert_site(prefix);
        }
    }

    fn add(&mut self, settings: &RouteSettings) -> Result<(), BadRoute> {
        let id = settings.id.as_str();
        let bad = |why| BadRoute::Unmatchable {
            route: id.to_owned(),
            why,
        };
        let (host, port) = canonical_host(&settings.matches.host).map_err(bad)?;
        if port.is_some() {
            return Err(bad(Refused::HostMalformed));
        }
        let path = canonical_path(&settings.matches.path).map_err(bad)?;
        if !self.hosts.contains_key(host.as_ref()) {
            self.add_site(&host, std::iter::once(OWN_PREFIX));
        }
        let index = self.routes.len();
        let tree = self.hosts.entry(host.into_owned()).or_default();
        if let Err(twin) = tree.insert_route(&path, &settings.matches.methods, index) {
            let first = self.routes.get(twin).map(|route| &route.settings.id);
            return Err(BadRoute::Twins {
                first: first.map(ToString::to_string).unwrap_or_default(),
                second: id.to_owned(),
            });
        }
        self.routes.push(Arc::new(Route {
            settings: settings.clone(),
            index,
        }));
        Ok(())
    }

    /// What takes a request to `address`.
    pub fn find(&self, address: &Address<'_>, method: &Method) -> Target<'_> {
        let Some(tree) = self.hosts.get(address.host.as_ref()) else {
            return Target::Unknown(Refused::HostUnknown);
        };
        match tree.find(&address.path, method) {
            Found::Site => Target::Site,
            Found::Route(index) => match self.routes.get(index) {
                Some(route) => Target::Route(route),
                None => Target::Unknown(Refused::PathUnknown),
            },
            Found::OtherMethods => Target::OtherMethods,
            Found::Twin => Target::Unknown(Refused::PathTwin),
            // The site answers its own 404, so that it looks like the rest of the site.
            Found::Nothing if address.host == self.site_host => Target::Site,
            Found::Nothing => Target::Unknown(Refused::PathUnknown),
        }
    }

    /// Every route, in the order of the file.
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// Every host that is served: the site's and those of routes.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    /// The routes at the most specific prefix of `address`, whatever the method.
    pub fn routes_at(&self, address: &Address<'_>) -> Vec<&Arc<Route>> {
        let here = self.here(address);
        here.into_iter()
            .filter_map(|(index, _)| self.routes.get(index))
            .collect()
    }

    /// The methods that the routes at `address` take, for `Allow`; empty when one takes them all.
    pub fn methods_at(&self, address: &Address<'_>) -> Vec<Method> {
        let mut methods: Vec<Method> = Vec::new();
        for (_, taken) in self.here(address) {
            if taken.is_empty() {
                return Vec::new();
            }
            methods.extend_from_slice(taken);
        }
        if methods.contains(&Method::GET) && !methods.contains(&Method::HEAD) {
            methods.push(Method::HEAD);
        }
        methods
    }

    fn here(&self, address: &Address<'_>) -> Vec<(usize, &[Method])> {
        let tree = self.hosts.get(address.host.as_ref());
        tree.map(|tree| tree.find_here(&address.path))
            .unwrap_or_default()
    }

    /// The less specific routes that would have taken the request too, for `doorward explain`.
    pub fn also_matched(&self, address: &Address<'_>, method: &Method) -> Vec<&Arc<Route>> {
        let Some(tree) = self.hosts.get(address.host.as_ref()) else {
            return Vec::new();
        };
        let all = tree.find_all(&address.path, method);
        all.into_iter()
            .skip(1)
            .filter_map(|index| self.routes.get(index))
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
