//! Regular expressions below one prefix: all of them are tried in one pass over the path, in time
//! linear in its length.
//!
//! They are judged on the decoded path, as an app would read it. A path that only some servers
//! would take for one that matches (by letter case, by trailing dots and spaces) is noticed and
//! refused, as it is for prefixes.

use std::borrow::Cow;
use std::cmp::Reverse;

use regex::bytes::{RegexBuilder, RegexSet, RegexSetBuilder};

use super::leaf::Leaf;
use super::tree::folded;
use crate::gateway::target::decoded;

/// What one expression may cost in memory, compiled.
const LARGEST: usize = 1024 * 1024;

/// The expressions of one prefix.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// The most specific first: the longer text, then the alphabet.
    places: Vec<Place>,
    exact: RegexSet,
    /// The same without regard to case.
    loose: RegexSet,
}

#[derive(Debug)]
struct Place {
    text: String,
    leaves: Vec<Leaf>,
}

/// What the expressions say about a path.
pub(super) enum Matched<'p> {
    /// None matches.
    None,
    /// The most specific of those that match.
    Leaves(&'p [Leaf]),
    /// The most specific matches only as some servers read paths.
    Twin,
}

impl Patterns {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What is at `text`, made when there is nothing yet.
    #[expect(
        clippy::indexing_slicing,
        reason = "the position is where the place was found or just inserted"
    )]
    pub(super) fn leaves(&mut self, text: &str) -> &mut Vec<Leaf> {
        let key = |text: &str| (Reverse(text.len()), text.to_owned());
        let wanted = key(text);
        let at = self
            .places
            .binary_search_by(|place| key(&place.text).cmp(&wanted));
        let at = at.unwrap_or_else(|at| {
            let place = Place {
                text: text.to_owned(),
                leaves: Vec::new(),
            };
            self.places.insert(at, place);
            at
        });
        &mut self.places[at].leaves
    }

    /// Makes the automata, once everything is there.
    pub(super) fn compile(&mut self) -> Result<(), regex::Error> {
        if self.places.is_empty() {
            return Ok(());
        }
        let texts: Vec<String> = self
            .places
            .iter()
            .map(|place| anchored(&place.text))
            .collect();
        let set = |insensitive: bool| {
            RegexSetBuilder::new(&texts)
                .case_insensitive(insensitive)
                .size_limit(LARGEST.saturating_mul(texts.len()))
                .build()
        };
        self.exact = set(false)?;
        self.loose = set(true)?;
        Ok(())
    }

    /// What the most specific expression says about `path`.
    pub(super) fn best(&self, path: &str) -> Matched<'_> {
        if self.places.is_empty() {
            return Matched::None;
        }
        let Some(read) = as_read(path) else {
            return Matched::Twin;
        };
        let exact = self.exact.matches(&read).iter().next();
        let loose = self
            .loose
            .matches(&without_ignored(path, &read))
            .iter()
            .next();
        match (exact, loose) {
            (None, None) => Matched::None,
            (Some(exact), loose) if loose.is_none_or(|loose| exact <= loose) => self
                .places
                .get(exact)
                .map_or(Matched::None, |place| Matched::Leaves(&place.leaves)),
            (Some(_) | None, _) => Matched::Twin,
        }
    }

    /// All that match, the most specific first.
    pub(super) fn all(&self, path: &str) -> Vec<&[Leaf]> {
        let Some(read) = as_read(path) else {
            return Vec::new();
        };
        self.exact
            .matches(&read)
            .iter()
            .filter_map(|at| self.places.get(at).map(|place| place.leaves.as_slice()))
            .collect()
    }
}

/// Whether `text` can be used, or why not.
pub fn check(text: &str) -> Result<(), regex::Error> {
    let compile = |text: &str| RegexBuilder::new(text).size_limit(LARGEST).build();
    // By itself first: unbalanced, it could break out of its anchors.
    compile(text)?;
    compile(&anchored(text)).map(drop)
}

/// For the whole path. A slash at the end makes no difference, as it makes none to a prefix.
fn anchored(text: &str) -> String {
    let core = text.strip_suffix(r"\/").or_else(|| text.strip_suffix('/'));
    let core = core.filter(|core| !core.is_empty()).unwrap_or(text);
    format!(r"\A(?:{core})/?\z")
}

/// The decoded path; `None` when it is not text, which an expression for text says nothing about.
fn as_read(path: &str) -> Option<Cow<'_, [u8]>> {
    if !path.contains('%') {
        return Some(Cow::Borrowed(path.as_bytes()));
    }
    let bytes: Vec<u8> = decoded(path).collect();
    std::str::from_utf8(&bytes).is_ok().then_some(bytes.into())
}

/// The path without what some servers ignore at the end of a segment.
fn without_ignored<'a>(path: &str, read: &'a [u8]) -> Cow<'a, [u8]> {
    let ends = |segment: &str| segment.ends_with('.') || segment.ends_with("%20");
    if !path.split('/').any(ends) {
        return Cow::Borrowed(read);
    }
    let mut bytes = Vec::with_capacity(path.len());
    for segment in path.split('/').skip(1) {
        bytes.push(b'/');
        bytes.extend(folded(segment));
    }
    Cow::Owned(bytes)
}
