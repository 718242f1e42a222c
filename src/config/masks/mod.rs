//! The file's text with dots where secrets stand: the only text of it that reports are given.
//!
//! What a value may hold is asked of the form of the file, where secrets are `writeOnly`. What the
//! form does not know (unknown keys) may hold a secret too, and is hidden; what is not TOML at all
//! is judged by names (`unread`). A dot takes the place of a character and of all its bytes, so
//! that every span and every caret stays where it is.

mod unread;

use std::ops::Range;

use serde_json::{Map, Value};
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::build::names_a_fact;
use super::forms::{branches, json_schema};
use super::suggest;
use super::walk::printable;

/// Shorter words say too little to be a secret, and stand in too many messages.
const WORD: usize = 8;

/// What may be shown of a file.
pub struct Masked {
    text: String,
    /// Secrets as they were read, longest first.
    words: Vec<String>,
}

impl Masked {
    /// Masks `text`. `broken` when it is not TOML everywhere.
    pub fn of(text: &str, root: &DeTable<'_>, broken: bool) -> Self {
        let mut marks = Marks {
            text,
            read: Vec::new(),
            secret: Vec::new(),
            words: Vec::new(),
        };
        marks.table(json_schema(), root);
        marks.read.sort_by_key(|span| span.start);
        marks.secret.extend(unread::anywhere(text));
        let found = unread::by_name(text, &marks.read, &marks.secret, broken);
        marks.secret.extend(found);
        let secret = |span: &Range<usize>| marks.secret.iter().any(|at| overlap(at, span));
        let mut words: Vec<String> = marks
            .words
            .iter()
            .filter(|(span, word)| word.chars().count() >= WORD && secret(span))
            .flat_map(|(_, word)| [word.clone(), printable(word)])
            .collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let text = dotted(text, marks.secret);
        Self { text, words }
    }

    /// The text with dots where secrets stand, and every byte where it was.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A message without secrets that it may repeat.
    pub fn scrub(&self, message: String) -> String {
        self.words.iter().fold(message, |message, word| {
            message.replace(word.as_str(), "***")
        })
    }
}

/// What the walk over the tree found.
struct Marks<'a> {
    text: &'a str,
    /// Keys and values that were read, secret or not.
    read: Vec<Range<usize>>,
    secret: Vec<Range<usize>>,
    /// What stands where, of all that the form does not foresee: a message may repeat it.
    words: Vec<(Range<usize>, String)>,
}

impl Marks<'_> {
    fn table(&mut self, form: &'static Value, table: &DeTable<'_>) {
        let none = &Map::new();
        let known = form.get("properties").and_then(Value::as_object);
        let others = form.get("additionalProperties").filter(|s| s.is_object());
        for (key, value) in table {
            self.read.push(key.span());
            let span = key.span();
            let key = key.get_ref().as_ref();
            let near = || {
                let names = known.unwrap_or(none).keys().map(String::as_str);
                suggest::nearest(key, names).filter(|_| !unread::names_a_secret(key))
            };
            let find = |key: &str| known.and_then(|known| known.get(key));
            if find(key).is_none() {
                self.words.push((span, key.to_owned()));
            }
            match find(key).or(others).or_else(|| near().and_then(find)) {
                Some(form) => self.value(form, value),
                None => self.hide(value),
            }
        }
    }

    fn value(&mut self, form: &'static Value, value: &Spanned<DeValue<'_>>) {
        let forms = branches(form);
        let of = |kind: &str| {
            let mut forms = forms.iter();
            forms.find(|form| form.get("type").is_some_and(|named| named == kind))
        };
        let secret = forms.iter().any(|form| is_secret(form));
        match value.get_ref() {
            DeValue::Table(table) => match of("object") {
                Some(form) => self.table(form, table),
                None => self.hide(value),
            },
            DeValue::Array(list) => match of("array").and_then(|form| form.get("items")) {
                Some(items) => list.iter().for_each(|item| self.value(items, item)),
                None => self.hide(value),
            },
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
                if secret =>
            {
                self.hide(value);
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => self.read.push(value.span()),
        }
    }

    /// Hides a value, all that is in it included.
    fn hide(&mut self, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    self.read.push(key.span());
                    self.hide(value);
                }
            }
            DeValue::Array(list) => list.iter().for_each(|item| self.hide(item)),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {
                self.read.push(value.span());
                if let Some(word) = value.get_ref().as_str() {
                    self.words.push((value.span(), word.to_owned()));
                }
                let inside = within_quotes(self.text, value.span());
                self.secret.extend(around_facts(self.text, inside));
            }
        }
    }
}

fn is_secret(form: &Value) -> bool {
    form.get("writeOnly").and_then(Value::as_bool) == Some(true)
}

/// The parts of a header's text that are not facts such as `{user.email}`: what is said literally
/// is as likely a shared secret as anything.
fn around_facts(text: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let raw = text.get(span.clone()).unwrap_or_default();
    let mut parts = Vec::new();
    let mut from = span.start;
    for (open, _) in raw.match_indices('{') {
        let Some((name, _)) = raw.get(open + 1..).and_then(|rest| rest.split_once('}')) else {
            break;
        };
        if names_a_fact(name) {
            parts.push(from..span.start + open);
            from = span.start + open + 1 + name.len() + 1;
        }
    }
    parts.push(from..span.end);
    parts
}

/// What stands between the quotes of a text; any other value whole.
fn within_quotes(text: &str, span: Range<usize>) -> Range<usize> {
    let raw = text.get(span.clone()).unwrap_or_default();
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let Some(quote) = quotes.into_iter().find(|quote| raw.starts_with(quote)) else {
        return span;
    };
    let after = raw.get(quote.len()..).unwrap_or_default();
    let closed = if after.ends_with(quote) {
        quote.len()
    } else {
        0
    };
    span.start + quote.len()..span.end - closed
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

fn dotted(text: &str, mut secret: Vec<Range<usize>>) -> String {
    secret.sort_by_key(|span| span.start);
    let mut secret = secret.into_iter().peekable();
    text.char_indices()
        .map(|(at, c)| {
            while secret.next_if(|span| span.end <= at).is_some() {}
            if secret.peek().is_some_and(|span| span.contains(&at)) {
                dot(c)
            } else {
                c
            }
        })
        .collect()
}

/// A dot of as many bytes. Lines stay lines.
const fn dot(c: char) -> char {
    match (c, c.len_utf8()) {
        ('\n' | '\r', _) => c,
        (_, 1) => '*',
        (_, 2) => '\u{b7}',
        (_, 3) => '\u{2022}',
        _ => '\u{1f784}',
    }
}
