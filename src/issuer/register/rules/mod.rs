//! What a client's description must be, in one place: for the configuration file, for commands, for
//! dynamic registration and for metadata documents.
//!
//! Plain functions over the record; nothing here fetches anything.

mod algs;
mod field;
mod flows;
mod links;
mod possible;
mod proof;
mod redirect;
mod size;

use std::borrow::Cow;

use crate::issuer::IssuerSettings;
use crate::model::{Algorithm, Client};

pub use field::Field;
pub use redirect::application_of;

/// Something that cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which member.
    pub field: Field,
    /// Which element of it, from 0, where it is a list.
    pub item: Option<usize>,
    /// What is wrong: goes on from the member's name.
    pub what: Cow<'static, str>,
    /// What to do.
    pub help: &'static str,
}

impl Fault {
    fn new(field: Field, what: impl Into<Cow<'static, str>>, help: &'static str) -> Self {
        Self {
            field,
            item: None,
            what: what.into(),
            help,
        }
    }

    fn item(mut self, at: usize) -> Self {
        self.item = Some(at);
        self
    }

    /// The registered error name (RFC 7591 3.2.2).
    pub const fn code(&self) -> &'static str {
        if matches!(self.field, Field::RedirectUris) {
            "invalid_redirect_uri"
        } else {
            "invalid_client_metadata"
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.field.registered())?;
        if let Some(at) = self.item {
            write!(f, "[{at}]")?;
        }
        write!(f, " {}: {}.", self.what, self.help)
    }
}

/// What an issuer can do for a client.
#[derive(Clone, Copy, Debug)]
pub struct Able<'a> {
    algs: &'a [Algorithm],
}

impl<'a> Able<'a> {
    /// What the issuer of these settings can do.
    pub fn of(settings: &'a IssuerSettings) -> Self {
        Self {
            algs: &settings.algs,
        }
    }

    /// For a client whose issuer nobody knows.
    pub const fn anything() -> Self {
        Self {
            algs: &Algorithm::ALL,
        }
    }

    /// Whether it signs with `alg`. Every issuer has RS256 keys (OpenID Connect Discovery 3).
    fn signs(self, alg: Algorithm) -> bool {
        alg == Algorithm::RS256 || self.algs.contains(&alg)
    }
}

/// A rule: adds what it finds.
type Rule = fn(&Client, Able<'_>, &mut Vec<Fault>);

/// Every rule, in the order in which faults are told.
const RULES: &[Rule] = &[
    redirect::check,
    size::check,
    flows::check,
    proof::check,
    algs::check,
    links::check,
    possible::check,
];

/// Everything that is wrong with `client` at an issuer that is `able`; empty when it may be
/// registered.
pub fn faults(client: &Client, able: Able<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for rule in RULES {
        rule(client, able, &mut faults);
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::encoding::sha256;
    use crate::model::ClientAuthMethod;
    use crate::model::client::ClientSecretHash;

    /// An issuer with keys for RS256 and ES256.
    pub fn able() -> Able<'static> {
        Able {
            algs: &[Algorithm::ES256],
        }
    }

    /// A client that may be registered.
    pub fn client() -> Client {
        Client {
            redirect_uris: vec!["https://shop.example.net/cb".to_owned()],
            secrets: vec![ClientSecretHash::Configured(sha256("secret"))],
            auth: ClientAuthMethod::ClientSecretBasic,
            ..Client::new("shop", "main")
        }
    }

    /// The members that are wrong.
    pub fn faulty(client: &Client) -> Vec<Field> {
        let faults = faults(client, able());
        faults.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_fault_says_where_it_is_and_what_to_do() {
        let mut app = client();
        app.redirect_uris
            .push("https://shop.example.net/#x".to_owned());
        let said = faults(&app, able()).first().unwrap().to_string();
        assert_eq!(
            said,
            "redirect_uris[1] has a fragment: remove everything from the `#` on (RFC 6749 3.1.2)."
        );
    }
}
