//! The language in which the configuration says what a claim says: text with facts in braces, and
//! filters after them.
//!
//! ```text
//! {user.attr.plan}
//! {user.attr.teams | split ","}
//! https://img.corp.test/{user.username | lower}.png
//! ```
//!
//! There are no conditions, loops or escapes. A template that is one fact and nothing else keeps
//! the fact's kind; around text everything is text. Where a fact is unknown nothing is said.

mod fact;
mod filter;

use serde_json::Value;

pub use self::fact::FACTS;
use self::fact::Fact;
pub use self::filter::FILTERS;
use self::filter::{Filter, Kind, Said};
use super::Whom;

/// The longest template, in bytes.
const MAX: usize = 1024;

/// A template that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Fact(Fact, Vec<Filter>),
}

/// Why a template is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Longer than any sensible one.
    #[error("the text is longer than {MAX} bytes")]
    TooLong,
    /// Says nothing.
    #[error("the text is empty")]
    Empty,
    /// A brace without its other half.
    #[error("every `{{` needs a `}}`, and every `}}` a `{{`")]
    Braces,
    /// No such fact.
    #[error("nothing is called {{{0}}}")]
    Fact(String),
    /// No such filter.
    #[error("there is no filter `{0}`")]
    Filter(String),
    /// A filter without the text it needs, or with one it does not.
    #[error("the filter is written {0}")]
    Argument(&'static str),
    /// A filter on something it cannot work on.
    #[error("`{filter}` works on {wanted}, and gets {found}")]
    Kind {
        /// The filter.
        filter: &'static str,
        /// What it works on.
        wanted: &'static str,
        /// What stands before it.
        found: &'static str,
    },
    /// A list between words.
    #[error("a list cannot stand within a text; add `| join \" \"`")]
    ListInText,
}

impl Mapping {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > MAX {
            return Err(Fault::TooLong);
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once('{') {
            push_text(&mut parts, before)?;
            let end = end_of(tail).ok_or(Fault::Braces)?;
            let (inside, after) = tail.split_at_checked(end).ok_or(Fault::Braces)?;
            parts.push(part(inside)?);
            rest = after.strip_prefix('}').ok_or(Fault::Braces)?;
        }
        push_text(&mut parts, rest)?;
        match parts.as_slice() {
            [] => Err(Fault::Empty),
            [_, _, ..] if parts.iter().any(Part::is_list) => Err(Fault::ListInText),
            [_, ..] => Ok(Self {
                text: text.to_owned(),
                parts,
            }),
        }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it says about somebody; `None` when it names something that is not known.
    pub fn value(&self, whom: &Whom<'_>) -> Option<Value> {
        if let [Part::Fact(fact, filters)] = self.parts.as_slice() {
            return Some(said(fact, filters, whom)?.into_value());
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(constant) => text.push_str(constant),
                Part::Fact(fact, filters) => text.push_str(&said(fact, filters, whom)?.to_text()),
            }
        }
        Some(text.into())
    }
}

impl Part {
    fn is_list(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Fact(fact, filters) => {
                let kinds = filters.iter();
                kinds.fold(fact.kind(), |kind, filter| filter.after(kind)) == Kind::List
            }
        }
    }
}

fn said(fact: &Fact, filters: &[Filter], whom: &Whom<'_>) -> Option<Said> {
    let known = fact.of(whom).filter(|said| !said.is_empty());
    filters
        .iter()
        .fold(known, |said, filter| filter.apply(said))
        .filter(|said| !said.is_empty())
}

fn push_text(parts: &mut Vec<Part>, text: &str) -> Result<(), Fault> {
    if text.contains('}') {
        return Err(Fault::Braces);
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
    Ok(())
}

/// Where the closing brace is; those in quotes close nothing.
fn end_of(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '}' && !quoted).then_some(at)
    })
}

fn part(inside: &str) -> Result<Part, Fault> {
    let mut steps = steps_of(inside).into_iter();
    let name = steps.next().unwrap_or_default();
    let fact = Fact::parse(name).ok_or_else(|| Fault::Fact(shown(name)))?;
    let mut kind = fact.kind();
    let mut filters = Vec::new();
    for step in steps {
        let filter = Filter::parse(step)?;
        filter.takes(kind)?;
        kind = filter.after(kind);
        filters.push(filter);
    }
    Ok(Part::Fact(fact, filters))
}

/// A name inside a message: one line, not too long.
fn shown(name: &str) -> String {
    let line = name.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(60).collect()
}

/// What stands between `|`; those in quotes separate nothing.
fn steps_of(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == '|' && !quoted
    })
    .map(str::trim)
    .collect()
}

#[cfg(test)]
mod tests;
