//! Which requests a route takes.

use http::{HeaderName, HeaderValue, Method};

/// Which requests a route takes. The most specific route wins, whatever the order: the host, then
/// the longest path, then an expression below it, then methods, then header fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteMatch {
    /// Lower-case host without port; with `*.` in front, any that has one label there.
    pub host: String,
    /// Path prefix, ending on a segment boundary; `/` for all.
    pub path: String,
    /// Regular expression that the whole path has to match as well.
    pub path_regex: Option<String>,
    /// Methods; empty for all.
    pub methods: Vec<Method>,
    /// Fields that a request has to have, with exactly these values.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl RouteMatch {
    /// Whether, where both have the same host, path and expression, there are requests that both
    /// take and that neither takes more specifically.
    pub fn rivals(&self, other: &Self) -> bool {
        let methods = if self.methods.is_empty() {
            other.methods.is_empty()
        } else {
            // Named methods are more specific than all of them.
            self.methods.iter().any(|one| other.methods.contains(one))
        };
        let apart = self.headers.iter().any(|(name, value)| {
            let mut theirs = other.headers.iter();
            theirs.any(|(theirs, other)| theirs == name && other != value)
        });
        methods && self.headers.len() == other.headers.len() && !apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(methods: &[Method], headers: &[(&'static str, &'static str)]) -> RouteMatch {
        RouteMatch {
            methods: methods.to_vec(),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    let name = HeaderName::from_static(name);
                    (name, HeaderValue::from_static(value))
                })
                .collect(),
            ..RouteMatch::default()
        }
    }

    #[test]
    fn routes_of_one_place_are_told_apart_by_methods_and_headers() {
        let all = asking(&[], &[]);
        assert!(all.rivals(&asking(&[], &[])));
        assert!(!all.rivals(&asking(&[Method::GET], &[])));
        let get = asking(&[Method::GET, Method::PUT], &[]);
        assert!(get.rivals(&asking(&[Method::PUT], &[])));
        assert!(!get.rivals(&asking(&[Method::POST], &[])));
        let api = asking(&[], &[("x-api", "1")]);
        assert!(!all.rivals(&api));
        assert!(api.rivals(&asking(&[], &[("x-api", "1")])));
        assert!(!api.rivals(&asking(&[], &[("x-api", "2")])));
        // One request can have both fields, and nothing says which route it is for.
        assert!(api.rivals(&asking(&[], &[("x-beta", "1")])));
        assert!(!api.rivals(&asking(&[], &[("x-api", "1"), ("x-beta", "1")])));
    }
}
