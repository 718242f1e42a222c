//! A parsed file that still knows where everything stands.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::code::Code;
use super::masks::Masked;
use super::place::{Place, Step};
use super::problem::Problem;

/// A file's text, and the tree in it.
pub struct Document<'t> {
    /// What it is called in messages.
    pub name: &'t str,
    text: &'t str,
    root: Spanned<DeTable<'t>>,
    masked: Masked,
}

impl<'t> Document<'t> {
    /// Parses `text`; every mistake of syntax is a problem, and what is around it is still read.
    pub fn parse(name: &'t str, text: &'t str) -> (Self, Vec<Problem>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let problems = errors
            .iter()
            .map(|error| {
                let span = error.span().unwrap_or(0..0);
                let mut problem = Problem::error(Code::Syntax, Some(span), error.message());
                problem.help("this is TOML: https://toml.io/en/v1.1.0");
                problem
            })
            .collect();
        let masked = Masked::of(text, root.get_ref(), !errors.is_empty());
        let doc = Self {
            name,
            text,
            root,
            masked,
        };
        (doc, problems)
    }

    /// What may be shown of the text.
    pub const fn masked(&self) -> &Masked {
        &self.masked
    }

    /// The tree.
    pub const fn root(&self) -> &Spanned<DeTable<'t>> {
        &self.root
    }

    /// Whether something stands at `place`.
    pub fn has(&self, place: &Place) -> bool {
        place.steps().is_empty() || self.find(place).is_some()
    }

    /// Where the value at `place` stands; of the nearest thing around it when it is absent.
    pub fn span_of_value(&self, place: &Place) -> Option<Range<usize>> {
        if place.steps().is_empty() {
            return None;
        }
        match self.find(place) {
            // Tables that were opened by a header are marked by their name, not by their body.
            Some((Some(key), value)) if value.get_ref().is_table() && self.is_long(value) => {
                Some(key)
            }
            Some((_, value)) => Some(self.first_line(value.span())),
            None => self.span_of_value(&place.parent()),
        }
    }

    /// Where the key at `place` stands; of the nearest thing around it when it is absent.
    pub fn span_of_key(&self, place: &Place) -> Option<Range<usize>> {
        if place.steps().is_empty() {
            return None;
        }
        match self.find(place) {
            Some((Some(key), _)) => Some(key),
            Some((None, value)) => Some(self.first_line(value.span())),
            None => self.span_of_value(&place.parent()),
        }
    }

    /// `doorward.toml:97`: where `place` stands, for messages about the running service.
    pub fn origin(&self, place: &Place) -> String {
        let file = std::path::Path::new(self.name)
            .file_name()
            .map_or(self.name.into(), |name| name.to_string_lossy());
        match self.span_of_key(place) {
            Some(span) => format!("{file}:{}", self.position(span.start).0),
            None => file.into_owned(),
        }
    }

    /// Line and column, both from 1, of a byte.
    pub fn position(&self, at: usize) -> (usize, usize) {
        position(self.text, at)
    }

    fn find(&self, place: &Place) -> Option<(Option<Range<usize>>, &Spanned<DeValue<'t>>)> {
        let (first, rest) = place.steps().split_first()?;
        let mut found = match first {
            Step::Key(key) => entry(self.root.get_ref(), key)?,
            Step::Item(_) => return None,
        };
        for step in rest {
            found = match step {
                Step::Key(key) => entry(found.1.get_ref().as_table()?, key)?,
                Step::Item(n) => (None, found.1.get_ref().as_array()?.get(*n)?),
            };
        }
        Some(found)
    }

    fn is_long(&self, value: &Spanned<DeValue<'t>>) -> bool {
        self.text
            .get(value.span())
            .is_none_or(|text| !text.starts_with('{'))
    }

    /// A mark over many lines says less than one on the first.
    fn first_line(&self, span: Range<usize>) -> Range<usize> {
        let text = self.text.get(span.clone()).unwrap_or_default();
        let length = text.find(['\n', '\r']).unwrap_or(text.len());
        span.start..span.start.saturating_add(length)
    }
}

fn entry<'a, 't>(
    table: &'a DeTable<'t>,
    key: &str,
) -> Option<(Option<Range<usize>>, &'a Spanned<DeValue<'t>>)> {
    let (found, value) = table.get_key_value(key)?;
    Some((Some(found.span()), value))
}

/// Line and column, both from 1, of byte `at` in `text`.
pub fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    (line, column)
}
