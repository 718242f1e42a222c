//! Claims about a person, on their way into a token or an answer.

use serde_json::{Map, Value};

use super::names::is_protocol;

/// Claims about a person. None of them is the protocol's, and what becomes of them is decided by
/// [`Self::under`], where the protocol has the last word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Personal(Map<String, Value>);

impl Personal {
    /// Says something; a name of the protocol's is not taken.
    pub fn say(&mut self, claim: &str, value: Value) {
        if !is_protocol(claim) {
            self.0.insert(claim.to_owned(), value);
        }
    }

    /// Says what `other` says as well.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// What is said under a name.
    pub fn find(&self, claim: &str) -> Option<&Value> {
        self.0.get(claim)
    }

    /// The whole of what is said, `protocol` above all.
    pub fn under(
        self,
        protocol: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Map<String, Value> {
        let mut all = self.0;
        for (name, value) in protocol {
            all.insert(name.to_owned(), value);
        }
        all
    }
}
