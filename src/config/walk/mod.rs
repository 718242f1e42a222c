//! The walk over the document, section by section, against the form of the file: every unknown
//! key, every wrong type and every missing key is found, and what is left is readable.

mod say;

use serde_json::{Map, Value};
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::code::Code;
use super::forms::{branches, json_schema};
use super::later;
use super::place::Place;
use super::problem::Problems;
use super::suggest;

/// Puts what does not fit on the list, and returns what does.
pub fn conforming<'t>(
    root: &Spanned<DeTable<'t>>,
    problems: &mut Problems<'_>,
) -> Spanned<DeTable<'t>> {
    let mut walk = Walk { problems };
    let table = walk.table(json_schema(), root.get_ref(), &Place::root());
    Spanned::new(root.span(), table)
}

struct Walk<'p, 'd> {
    problems: &'p mut Problems<'d>,
}

impl Walk<'_, '_> {
    fn table<'t>(
        &mut self,
        schema: &'static Value,
        table: &DeTable<'t>,
        place: &Place,
    ) -> DeTable<'t> {
        let none = &*EMPTY;
        let known = schema
            .get("properties")
            .and_then(Value::as_object)
            .unwrap_or(none);
        let others = schema
            .get("additionalProperties")
            .filter(|others| others.is_object() || **others == Value::Bool(true));
        let mut kept = DeTable::new();
        let mut meant = Vec::new();
        for (key, value) in table {
            let here = place.key(key.get_ref());
            let Some(form) = known.get(key.get_ref().as_ref()).or(others) else {
                meant.extend(self.unknown_key(key.get_ref(), &here, known));
                continue;
            };
            if let Some(value) = self.value(form, value, &here) {
                kept.insert(key.clone(), value);
            }
        }
        // A misspelt key is not missing as well.
        let absent = |key: &str| !table.contains_key(key) && !meant.contains(&key);
        self.missing(schema, known, absent, place);
        kept
    }

    /// The value, unless it was put on the list.
    fn value<'t>(
        &mut self,
        schema: &'static Value,
        value: &Spanned<DeValue<'t>>,
        place: &Place,
    ) -> Option<Spanned<DeValue<'t>>> {
        let kind = kind_of(value.get_ref());
        let forms: Vec<_> = branches(schema)
            .into_iter()
            .filter(|form| fits(form, kind))
            .collect();
        let Some(form) = forms.first().copied() else {
            self.wrong_type(schema, value.get_ref(), place);
            return None;
        };
        let kept = match value.get_ref() {
            DeValue::Table(table) => DeValue::Table(self.table(form, table, place)),
            DeValue::Array(_) => return self.list(form, value, place),
            DeValue::String(text) => {
                self.word(&forms, text, place)?;
                value.get_ref().clone()
            }
            DeValue::Integer(number) => {
                self.number(form, number, place)?;
                value.get_ref().clone()
            }
            DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
                value.get_ref().clone()
            }
        };
        Some(Spanned::new(value.span(), kept))
    }

    /// A list, whole or not at all: the places of its elements must stay what they are.
    fn list<'t>(
        &mut self,
        form: &'static Value,
        value: &Spanned<DeValue<'t>>,
        place: &Place,
    ) -> Option<Spanned<DeValue<'t>>> {
        let list = value.get_ref().as_array()?;
        let elements = form.get("items").unwrap_or(&Value::Bool(true));
        let walked: Vec<_> = list
            .iter()
            .enumerate()
            .map(|(n, element)| self.value(elements, element, &place.item(n)))
            .collect();
        let whole = walked.into_iter().collect::<Option<Vec<_>>>()?;
        let mut kept = value.get_ref().clone();
        if let DeValue::Array(elements) = &mut kept {
            for (element, walked) in elements.iter_mut().zip(whole) {
                *element = walked;
            }
        }
        Some(Spanned::new(value.span(), kept))
    }

    fn word(&mut self, forms: &[&'static Value], text: &str, place: &Place) -> Option<()> {
        if let Some(purpose) = later::word(place, text) {
            self.problems
                .error(
                    Code::NotYet,
                    place,
                    format_args!("\"{text}\" is not in this version"),
                )
                .help(format_args!("{purpose}: a later version"));
            return None;
        }
        let words: Vec<&str> = forms.iter().flat_map(|form| words(form)).collect();
        if words.is_empty() || words.contains(&text) {
            return Some(());
        }
        let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let problem = self.problems.error(
            Code::WrongType,
            place,
            format_args!("`{place}` cannot be \"{}\"", printable(text)),
        );
        problem.label(format_args!("one of {}", quoted.join(", ")));
        if let Some(near) = suggest::nearest(text, words) {
            problem
                .help(format_args!("did you mean \"{near}\"?"))
                .replace(format_args!("\"{near}\""));
        }
        None
    }

    fn number(
        &mut self,
        form: &'static Value,
        number: &toml::de::DeInteger<'_>,
        place: &Place,
    ) -> Option<()> {
        let least = form.get("minimum").and_then(Value::as_i64).unwrap_or(0);
        let read = i64::from_str_radix(number.as_str(), number.radix()).ok();
        if read.is_some_and(|n| n >= least && n <= i64::from(u32::MAX)) {
            return Some(());
        }
        self.problems.error(
            Code::WrongType,
            place,
            format_args!("`{place}` cannot be {number}"),
        );
        None
    }
}

static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Datetime(_) => "datetime",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}

fn fits(form: &'static Value, kind: &str) -> bool {
    match form.get("type").and_then(Value::as_str) {
        Some(wanted) => wanted == kind,
        // A bare `const` or `enum` is one of texts.
        None => form.as_bool() == Some(true) || (kind == "string" && !words(form).is_empty()),
    }
}

/// The texts a form is restricted to; empty for any text.
fn words(form: &'static Value) -> Vec<&'static str> {
    form.get("const")
        .into_iter()
        .chain(
            form.get("enum")
                .and_then(Value::as_array)
                .into_iter()
                .flatten(),
        )
        .filter_map(Value::as_str)
        .collect()
}

/// Text of the file inside a message: one line, no control characters, not too long.
pub fn printable(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}
