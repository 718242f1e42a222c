//! API resources: what access tokens can be for besides the issuer itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::base::ClientId;

/// A protected API (RFC 8707): the audience of its tokens, and the scopes that mean something there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its resource indicator: an absolute URI, compared byte for byte.
    pub id: String,
    /// Shown to people.
    pub name: String,
    /// Its scopes, and what each allows in words.
    pub scopes: BTreeMap<String, String>,
    /// Lifetime of its access tokens; the issuer's when absent.
    pub access_token: Option<Duration>,
    /// The clients that are its servers: they may introspect its tokens and exchange them.
    pub servers: Vec<ClientId>,
}

/// Every resource there is. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Resources(Arc<[Resource]>);

impl Resources {
    /// The resource of this indicator.
    pub fn find(&self, id: &str) -> Option<&Resource> {
        self.0.iter().find(|resource| resource.id == id)
    }

    /// The resource that a scope belongs to.
    pub fn of_scope(&self, scope: &str) -> Option<&Resource> {
        let owns = |resource: &&Resource| resource.scopes.contains_key(scope);
        self.0.iter().find(owns)
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.0.iter()
    }
}

impl FromIterator<Resource> for Resources {
    fn from_iter<I: IntoIterator<Item = Resource>>(resources: I) -> Self {
        Self(resources.into_iter().collect())
    }
}

/// Longest resource indicator, in bytes.
const MAX_INDICATOR: usize = 512;

/// Why a text cannot be a resource indicator (RFC 8707 2), as the end of a sentence.
pub fn indicator_fault(text: &str) -> Option<&'static str> {
    if text.len() > MAX_INDICATOR {
        return Some("is longer than anybody's");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("holds a character that a URI may not hold");
    }
    if text.contains('#') {
        return Some("has a fragment");
    }
    match url::Url::parse(text) {
        Ok(url) if url.has_host() || !url.path().is_empty() => None,
        Ok(_) | Err(_) => Some("is not an absolute URI"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indicator_is_an_absolute_uri_without_a_fragment() {
        for good in [
            "https://api.test",
            "https://api.test/v1?x=1",
            "urn:acme:api",
        ] {
            assert_eq!(indicator_fault(good), None, "{good}");
        }
        for bad in [
            "",
            "api",
            "/v1",
            "//api.test",
            "https://api.test/#x",
            "https://a b",
            "urn:",
        ] {
            assert!(indicator_fault(bad).is_some(), "{bad}");
        }
        assert!(indicator_fault(&format!("https://api.test/{}", "a".repeat(512))).is_some());
    }
}
