//! Certificates by the names they are for.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::base::Timestamp;

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The host names it is for, in lower case; `*.` before those of which any label is meant.
    pub names: Vec<String>,
    /// From when it counts.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Stated {
    /// Of a certificate in DER; `None` when it cannot be read.
    pub fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, read) = X509Certificate::from_der(der).ok()?;
        let validity = read.validity();
        let names = read.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|names| &names.value.general_names);
        let names = names.filter_map(|name| {
            // Clients ask for host names only (RFC 6066 3).
            let GeneralName::DNSName(name) = name else {
                return None;
            };
            Some(name.to_ascii_lowercase())
        });
        Some(Self {
            names: names.collect(),
            from: Timestamp::from_seconds(validity.not_before.timestamp()),
            until: Timestamp::from_seconds(validity.not_after.timestamp()),
        })
    }

    /// Whether it is for `host`, which may itself begin with `*.`.
    pub fn covers(&self, host: &str) -> bool {
        let below = host.split_once('.').map(|(_, below)| below);
        self.names.iter().any(|name| {
            name == host
                || name
                    .strip_prefix("*.")
                    .is_some_and(|name| Some(name) == below)
        })
    }

    /// Whether too little of its time is left at `now` for somebody who renews by hand: 14 days, or
    /// the last fifth of a short life.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        const TWO_WEEKS: std::time::Duration = std::time::Duration::from_hours(14 * 24);
        let life = self.until.since(self.from);
        self.until.since(now) < TWO_WEEKS.min(life / 5)
    }
}

/// One certificate with its key, and what it says.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The chain and the key.
    pub key: Arc<CertifiedKey>,
    /// What it says.
    pub stated: Stated,
}

/// Which certificate somebody gets who asks for a name.
#[derive(Debug)]
pub(super) struct Shelf {
    first: Arc<CertifiedKey>,
    exact: Names,
    /// By what follows the star and its dot.
    below: Names,
}

type Names = HashMap<Box<str>, Arc<CertifiedKey>, ahash::RandomState>;

impl Shelf {
    /// Of several that are for one name the earlier one is given; the first of all, too, to those
    /// who ask for no name or for an unknown one.
    pub(super) fn of<'a>(first: &Kept, all: impl Iterator<Item = &'a Kept>) -> Self {
        let (mut exact, mut below) = (Names::default(), Names::default());
        for one in all {
            for name in &one.stated.names {
                let (names, name) = match name.strip_prefix("*.") {
                    Some(parent) => (&mut below, parent),
                    None => (&mut exact, name.as_str()),
                };
                names
                    .entry(name.into())
                    .or_insert_with(|| Arc::clone(&one.key));
            }
        }
        Self {
            first: Arc::clone(&first.key),
            exact,
            below,
        }
    }

    /// By the name that is asked for.
    pub(super) fn find(&self, name: Option<&str>) -> &Arc<CertifiedKey> {
        let Some(name) = name else {
            return &self.first;
        };
        let found = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.named(&name.to_ascii_lowercase())
        } else {
            self.named(name)
        };
        found.unwrap_or(&self.first)
    }

    fn named(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        let parent = || self.below.get(name.split_once('.')?.1);
        self.exact.get(name).or_else(parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(names: &[&str]) -> Kept {
        let key = rcgen::KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::CertificateParams::new(names).unwrap();
        let made = made.self_signed(&key).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let chain = vec![made.der().clone()];
        Kept {
            stated: Stated::read(&chain[0]).unwrap(),
            key: Arc::new(CertifiedKey::from_der(chain, key, &provider).unwrap()),
        }
    }

    #[test]
    fn exact_names_come_before_wildcards_and_the_first_is_for_everybody_else() {
        let shelf = [
            kept(&["site.test"]),
            kept(&["*.app.test", "*.Site.Test"]),
            kept(&["wiki.app.test", "other.test"]),
            kept(&["other.test"]),
        ];
        let all = Shelf::of(&shelf[0], shelf.iter());
        for (name, place) in [
            (Some("site.test"), 0),
            (Some("SITE.test"), 0),
            (Some("wiki.app.test"), 2),
            (Some("Chat.App.Test"), 1),
            (Some("a.site.test"), 1),
            (Some("other.test"), 2),
            // A star is one label.
            (Some("a.b.app.test"), 0),
            (Some("app.test"), 0),
            (Some("unknown.test"), 0),
            (Some("test"), 0),
            (None, 0),
        ] {
            assert!(
                Arc::ptr_eq(all.find(name), &shelf[place].key),
                "{name:?} is not given number {place}"
            );
        }
    }

    #[test]
    fn a_certificate_covers_its_names_and_stars_one_label() {
        let stated = kept(&["site.test", "*.app.test", "127.0.0.1"]).stated;
        for host in ["site.test", "a.app.test", "*.app.test"] {
            assert!(stated.covers(host), "{host}");
        }
        for host in ["app.test", "a.b.app.test", "*.site.test", "127.0.0.1", ""] {
            assert!(!stated.covers(host), "{host}");
        }
    }

    #[test]
    fn the_end_is_near_in_two_weeks_or_the_last_fifth() {
        let day = std::time::Duration::from_hours(24);
        let ends_soon = |life: u32, left: u32| {
            let from = Timestamp::from_seconds(1_800_000_000);
            let until = from.plus(day * life);
            let stated = Stated {
                names: Vec::new(),
                from,
                until,
            };
            stated.ends_soon(until.minus(day * left))
        };
        assert!(!ends_soon(90, 15));
        assert!(ends_soon(90, 13));
        assert!(!ends_soon(6, 2));
        assert!(ends_soon(6, 1));
        assert!(ends_soon(90, 0));
    }
}
