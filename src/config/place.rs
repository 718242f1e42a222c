//! Where in a document something is, by keys and positions.

use std::fmt;

/// A path into a document, such as `route[2].match.host`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(Vec<Step>);

/// One step into a table or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A table's key.
    Key(String),
    /// A list's position.
    Item(usize),
}

impl Place {
    /// The whole document.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The entry `key` of the table here.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// The `n`th element of the list here.
    #[must_use]
    pub fn item(&self, n: usize) -> Self {
        self.step(Step::Item(n))
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Where this is an entry or an element of.
    #[must_use]
    pub fn parent(&self) -> Self {
        let end = self.0.len().saturating_sub(1);
        Self(self.0.get(..end).unwrap_or_default().to_vec())
    }

    /// Whether this place is one that `pattern` means: the same keys, `*` for any key, `[]` for
    /// any element, as in `issuer.*.claims` or `login.methods[]`.
    pub fn is(&self, pattern: &str) -> bool {
        let mut wanted = pattern.split('.').flat_map(|part| {
            let (key, items) = part.split_at(part.find('[').unwrap_or(part.len()));
            std::iter::once(key).chain((0..items.len() / 2).map(|_| "[]"))
        });
        self.0.iter().all(|step| match (step, wanted.next()) {
            (Step::Key(key), Some(want)) => want == "*" || want == key,
            (Step::Item(_), Some(want)) => want == "[]",
            (_, None) => false,
        }) && wanted.next().is_none()
    }

    /// The environment variable that can stand for the secret here: `DOORWARD__STORAGE__KEY`.
    pub fn variable(&self) -> String {
        let parts = self.0.iter().map(|step| match step {
            Step::Key(key) => key.to_ascii_uppercase().replace(['-', '.'], "_"),
            Step::Item(n) => n.to_string(),
        });
        std::iter::once("DOORWARD".to_owned())
            .chain(parts)
            .collect::<Vec<_>>()
            .join("__")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if n == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Item(item) => write!(f, "[{item}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_what_a_pattern_means() {
        let host = Place::root().key("route").item(2).key("match").key("host");
        assert_eq!(host.to_string(), "route[2].match.host");
        assert!(host.is("route[].match.host"));
        assert!(!host.is("route[].match"));
        assert!(!host.is("route[].match.host.x"));
        assert!(
            Place::root()
                .key("issuer")
                .key("beta")
                .key("claims")
                .is("issuer.*.claims")
        );
        assert!(
            Place::root()
                .key("login")
                .key("methods")
                .item(0)
                .is("login.methods[]")
        );
    }

    #[test]
    fn a_secret_has_a_variable_of_its_own() {
        let secret = Place::root().key("client").key("my-shop").key("secret");
        assert_eq!(secret.variable(), "DOORWARD__CLIENT__MY_SHOP__SECRET");
    }
}
