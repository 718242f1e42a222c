//! What a changed file changes, by its tables: some of it a running server takes over.

use std::collections::BTreeMap;

use crate::base::encoding::sha256;

/// Tables that a running server takes over. The others it reads when it starts.
const LIVE: &[&str] = &["route", "policy", "client", "brand", "listen.tls"];

/// The tables of a file, and what they hold; no secret can be read from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections(BTreeMap<String, [u8; 32]>);

impl Sections {
    /// Of a file's text; of one that is no TOML, none.
    pub fn of(text: &str) -> Self {
        let mut tables: toml::Table = toml::from_str(text).unwrap_or_default();
        let listen = tables.get_mut("listen").and_then(toml::Value::as_table_mut);
        if let Some(tls) = listen.and_then(|listen| listen.remove("tls")) {
            tables.insert("listen.tls".to_owned(), tls);
        }
        let hashed = tables.into_iter();
        Self(
            hashed
                .map(|(name, value)| (name, sha256(value.to_string())))
                .collect(),
        )
    }

    /// The tables that differ in `new` and need a restart.
    pub fn fixed<'a>(&'a self, new: &'a Self) -> Vec<&'a str> {
        let names = self.0.keys().chain(new.0.keys());
        let mut names: Vec<&str> = names
            .map(String::as_str)
            .filter(|name| !LIVE.contains(name) && self.0.get(*name) != new.0.get(*name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_restart_is_named_and_nothing_else() {
        let old = Sections::of(
            "version = 1\n[listen]\nhttps = \"[::]:443\"\ntls = { cert = \"a\", key = \"b\" }\n\
             [session]\nidle = \"8h\"\n[[route]]\nid = \"a\"\n",
        );
        let fixed = |text: &str| {
            let new = Sections::of(text);
            old.fixed(&new).join(" ")
        };
        let same = "version = 1 # words\n[session]\nidle=\"8h\"\n[[route]]\nid = \"b\"\n\
                    [listen]\ntls = { cert = \"c\", key = \"b\" }\nhttps = \"[::]:443\"\n";
        assert_eq!(fixed(same), "");
        assert_eq!(
            fixed("version = 1\n[listen]\nhttps = \"[::]:444\"\n"),
            "listen session"
        );
        assert_eq!(fixed(&format!("{same}[storage]\nurl = \"x\"\n")), "storage");
    }
}
