//! A method that nothing at an address takes: 405 for everybody, and what is taken instead.

use std::fmt::Write as _;

use http::Method;
use serde_json::{Value, json};

use super::answer::requests;
use crate::gateway::route::{Manner, Route, RouteTable};
use crate::gateway::target::Address;

/// A method that no route at an address takes.
pub struct Untaken<'a> {
    method: Method,
    routes: Vec<&'a Route>,
    allow: Vec<String>,
}

impl<'a> Untaken<'a> {
    /// The routes at `address`, which take other methods than this.
    pub(super) fn find(table: &'a RouteTable, address: &Address<'_>, manner: Manner<'_>) -> Self {
        Self {
            method: manner.method.clone(),
            routes: table
                .routes_at(address, manner.headers)
                .into_iter()
                .map(AsRef::as_ref)
                .collect(),
            allow: table
                .methods_at(address, manner.headers)
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }

    fn why(&self) -> String {
        format!("no route at this address takes {}", self.method)
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("route     none: {}\n", self.why());
        let mut heading = "instead";
        for route in &self.routes {
            let settings = &route.settings;
            let _ = writeln!(
                text,
                "{heading:<10}{}   {}   {}",
                settings.id,
                requests(&settings.matches),
                settings.origin
            );
            heading = "";
        }
        let _ = writeln!(
            text,
            "decision  REFUSED 405   Allow: {}   (less specific routes are not asked)",
            self.allow.join(", ")
        );
        text
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let routes: Vec<_> = self.routes.iter().map(|route| &route.settings.id).collect();
        json!({
            "decision": "no_route",
            "reason": self.why(),
            "routes_here": routes,
            "methods_here": self.allow,
        })
    }
}
