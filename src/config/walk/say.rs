//! What the walk says about what does not fit.

use serde_json::{Map, Value};
use toml::de::DeValue;

use super::{Walk, kind_of, printable};
use crate::config::code::Code;
use crate::config::forms::branches;
use crate::config::place::Place;
use crate::config::{later, suggest};

impl Walk<'_, '_> {
    pub(super) fn wrong_type(
        &mut self,
        schema: &'static Value,
        value: &DeValue<'_>,
        place: &Place,
    ) {
        let mut wanted: Vec<&str> = Vec::new();
        for form in branches(schema) {
            let name = form.get("type").and_then(Value::as_str).unwrap_or("string");
            let name = human(name);
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        // A key that is not there yet may have another form of value than we would expect.
        if let Some(purpose) = later::key(place) {
            self.not_yet(place, purpose);
            return;
        }
        let problem = self.problems.error(
            Code::WrongType,
            place,
            format_args!(
                "`{place}` must be {}, not {}",
                wanted.join(" or "),
                human(kind_of(value))
            ),
        );
        if let Some(about) = about(schema) {
            problem.help(about);
        }
    }

    /// Says that a key is not known, and returns the one that was probably meant.
    pub(super) fn unknown_key(
        &mut self,
        key: &str,
        place: &Place,
        known: &'static Map<String, Value>,
    ) -> Option<&'static str> {
        if let Some(purpose) = later::key(place) {
            self.not_yet(place, purpose);
            return None;
        }
        let parent = place.parent();
        let whole = if parent == Place::root() {
            "the file".to_owned()
        } else {
            format!("`{parent}`")
        };
        let problem = self.problems.error_at_key(
            Code::UnknownKey,
            place,
            format_args!("{whole} has no key `{}`", printable(key)),
        );
        let near = suggest::nearest(key, known.keys().map(String::as_str));
        match near {
            Some(near) => problem
                .help(format_args!("did you mean `{near}`?"))
                .replace(near),
            None => problem.help(format_args!(
                "it knows {}",
                suggest::list(known.keys().map(String::as_str))
            )),
        };
        near
    }

    fn not_yet(&mut self, place: &Place, purpose: &str) {
        self.problems
            .error_at_key(
                Code::NotYet,
                place,
                format_args!("`{place}` is not in this version"),
            )
            .help(format_args!(
                "{purpose}: a later version; remove the key, it would not be obeyed"
            ));
    }

    pub(super) fn missing(
        &mut self,
        schema: &'static Value,
        known: &'static Map<String, Value>,
        absent: impl Fn(&str) -> bool,
        place: &Place,
    ) {
        self.nobody_may(&absent, place);
        let required = schema.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            if !absent(key) {
                continue;
            }
            let whole = if *place == Place::root() {
                "the file".to_owned()
            } else {
                format!("`{place}`")
            };
            let problem =
                self.problems
                    .error(Code::Missing, place, format_args!("{whole} needs `{key}`"));
            if let Some(about) = known.get(key).and_then(about) {
                problem.help(format_args!("{key}: {about}"));
            }
        }
    }
}

impl Walk<'_, '_> {
    /// A rule says who may pass: itself, or by the name of a policy that does.
    fn nobody_may(&mut self, absent: impl Fn(&str) -> bool, place: &Place) {
        let what = match (place.is("route[]"), place.is("policy.*")) {
            (true, _) if absent("policy") => "route",
            (_, true) => "policy",
            _ => return,
        };
        if absent("allow") {
            let said = format!("the {what} does not say who may pass");
            self.problems
                .error(Code::NoAllow, place, said)
                .help("add for example `allow = [\"authenticated\"]`");
        }
    }
}

fn human(kind: &str) -> &'static str {
    match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "datetime" => "a date or time",
        "array" => "a list",
        _ => "a table",
    }
}

/// What the key is for.
fn about(schema: &'static Value) -> Option<&'static str> {
    schema.get("description").and_then(Value::as_str)
}
