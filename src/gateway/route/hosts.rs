//! Something per host: exact names, and wildcards that stand for exactly one label.

use std::collections::HashMap;

/// A name without its first label: what a wildcard is found by.
const WILD: &str = "*.";

/// Values by host. `*.apps.example.com` holds for `a.apps.example.com`, and neither for
/// `apps.example.com` nor for `a.b.apps.example.com`.
#[derive(Clone, Debug)]
pub struct Hosts<T> {
    exact: HashMap<String, T, ahash::RandomState>,
    /// By what follows the first label.
    wild: HashMap<String, T, ahash::RandomState>,
}

impl<T> Default for Hosts<T> {
    fn default() -> Self {
        Self {
            exact: HashMap::default(),
            wild: HashMap::default(),
        }
    }
}

impl<T> Hosts<T> {
    /// What is held for `host` by its own name.
    pub fn exact(&self, host: &str) -> Option<&T> {
        self.exact.get(host)
    }

    /// What is held for `host` by a wildcard.
    pub fn wild(&self, host: &str) -> Option<&T> {
        // Most configurations have none, and most requests need none.
        if self.wild.is_empty() {
            return None;
        }
        let (_, rest) = host.split_once('.')?;
        self.wild.get(rest)
    }

    /// Whether anything is held for `host`.
    pub fn contains(&self, host: &str) -> bool {
        self.exact(host).is_some() || self.wild(host).is_some()
    }

    /// Every name, wildcards with their asterisk; in no order.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let exact = self.exact.keys().cloned();
        exact.chain(self.wild.keys().map(|rest| format!("{WILD}{rest}")))
    }

    /// Every value.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.exact.values_mut().chain(self.wild.values_mut())
    }
}

impl<T: Default> Hosts<T> {
    /// What is held for `name`, a host or a wildcard; made when there is nothing yet.
    pub fn entry(&mut self, name: &str) -> &mut T {
        match wildcard(name) {
            Some(rest) => self.wild.entry(rest.to_owned()).or_default(),
            None => self.exact.entry(name.to_owned()).or_default(),
        }
    }
}

impl<'a> FromIterator<&'a str> for Hosts<()> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut hosts = Self::default();
        for name in names {
            hosts.entry(name);
        }
        hosts
    }
}

/// What follows the asterisk of a wildcard.
pub fn wildcard(name: &str) -> Option<&str> {
    name.strip_prefix(WILD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_exactly_one_label() {
        let hosts: Hosts<()> = ["*.apps.test", "own.test"].into_iter().collect();
        for inside in ["a.apps.test", "own.test"] {
            assert!(hosts.contains(inside), "{inside}");
        }
        for outside in ["apps.test", "a.b.apps.test", "xapps.test", "a.own.test", ""] {
            assert!(!hosts.contains(outside), "{outside}");
        }
    }
}
