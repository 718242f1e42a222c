//! The JSON Schema of the file, for editors and for the walk that finds every mistake.

use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value;

use super::schema::File;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    // Draft 7 is the youngest that the common TOML language servers read.
    let mut schema = SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<File>();
    RecursiveTransform(without_null).transform(&mut schema);
    schema.into()
});

/// The JSON Schema of the file.
pub fn json_schema() -> &'static Value {
    &SCHEMA
}

/// TOML has no null: what may be absent is absent.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.remove("default");
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let Some(Value::Array(branches)) = object.get_mut("anyOf") else {
        return;
    };
    branches.retain(|branch| branch.get("type").is_none_or(|kind| kind != "null"));
    if let [Value::Object(only)] = branches.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        // Draft 7 ignores what stands beside `$ref`.
        if only.contains_key("$ref") && !object.is_empty() {
            object.insert("allOf".to_owned(), vec![Value::Object(only)].into());
        } else {
            object.extend(only);
        }
    }
}

/// The schemas that a value under `schema` may have, every reference followed.
pub fn branches(schema: &'static Value) -> Vec<&'static Value> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.trim_start_matches('#');
        return json_schema()
            .pointer(pointer)
            .map(branches)
            .unwrap_or_default();
    }
    for several in ["allOf", "anyOf", "oneOf"] {
        if let Some(Value::Array(list)) = schema.get(several) {
            return list.iter().flat_map(branches).collect();
        }
    }
    vec![schema]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_never_speaks_of_null() {
        fn look(value: &Value, path: &str) {
            match value {
                Value::String(text) => assert_ne!(text, "null", "{path}"),
                Value::Array(list) => list.iter().for_each(|item| look(item, path)),
                Value::Object(map) => {
                    for (key, item) in map {
                        look(item, &format!("{path}/{key}"));
                    }
                }
                Value::Null => panic!("null at {path}"),
                Value::Bool(_) | Value::Number(_) => {}
            }
        }
        look(json_schema(), "");
    }

    #[test]
    fn every_key_is_described() {
        for table in std::iter::once(json_schema())
            .chain(json_schema()["definitions"].as_object().unwrap().values())
        {
            let Some(properties) = table["properties"].as_object() else {
                continue;
            };
            for (key, schema) in properties {
                assert!(schema["description"].is_string(), "{key} in {table}");
            }
            assert_eq!(table["additionalProperties"], false, "{table}");
        }
    }
}
