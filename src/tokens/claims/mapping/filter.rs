//! What can be done with a fact before it is said.

use serde_json::Value;

use super::{Fault, shown};

/// How filters are written, for messages.
pub const FILTERS: &[&str] = &[
    "lower",
    "upper",
    "trim",
    "split \",\"",
    "join \",\"",
    "number",
    "bool",
    "default \"text\"",
];

/// The kind of something said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    List,
    Number,
    Bool,
}

/// Something said.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    Text(String),
    List(Vec<String>),
    Number(serde_json::Number),
    Bool(bool),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Lower,
    Upper,
    Trim,
    Split(String),
    Join(String),
    Number,
    Bool,
    Default(String),
}

impl Kind {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::List => "a list",
            Self::Number => "a number",
            Self::Bool => "true or false",
        }
    }
}

impl Filter {
    /// Reads a name and, in quotes, what it needs.
    pub fn parse(step: &str) -> Result<Self, Fault> {
        let (name, given) = match step.split_once(char::is_whitespace) {
            Some((name, given)) => (name, Some(given.trim())),
            None => (step, None),
        };
        let text = |written| {
            given
                .and_then(|given| given.strip_prefix('"')?.strip_suffix('"'))
                .filter(|text| !text.is_empty() && !text.contains('"'))
                .map(str::to_owned)
                .ok_or(Fault::Argument(written))
        };
        let filter = match name {
            "split" => return text("split \",\"").map(Self::Split),
            "join" => return text("join \",\"").map(Self::Join),
            "default" => return text("default \"text\"").map(Self::Default),
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "trim" => Self::Trim,
            "number" => Self::Number,
            "bool" => Self::Bool,
            unknown => return Err(Fault::Filter(shown(unknown))),
        };
        match given {
            None => Ok(filter),
            Some(_) => Err(Fault::Argument("without anything after its name")),
        }
    }

    /// Whether it works on that.
    pub const fn takes(&self, kind: Kind) -> Result<(), Fault> {
        let (wanted, good) = match self {
            Self::Lower | Self::Upper | Self::Trim => {
                ("a text or a list", matches!(kind, Kind::Text | Kind::List))
            }
            Self::Join(_) => ("a list", matches!(kind, Kind::List)),
            Self::Split(_) | Self::Number | Self::Bool | Self::Default(_) => {
                ("a text", matches!(kind, Kind::Text))
            }
        };
        if good {
            Ok(())
        } else {
            Err(Fault::Kind {
                filter: self.name(),
                wanted,
                found: kind.in_words(),
            })
        }
    }

    /// The kind of what it makes of something.
    pub const fn after(&self, kind: Kind) -> Kind {
        match self {
            Self::Lower | Self::Upper | Self::Trim => kind,
            Self::Split(_) => Kind::List,
            Self::Join(_) | Self::Default(_) => Kind::Text,
            Self::Number => Kind::Number,
            Self::Bool => Kind::Bool,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Trim => "trim",
            Self::Split(_) => "split",
            Self::Join(_) => "join",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Default(_) => "default",
        }
    }

    /// Does it; nothing stays nothing, but for a default.
    pub fn apply(&self, said: Option<Said>) -> Option<Said> {
        if let (Self::Default(text), None) = (self, &said) {
            return Some(Said::Text(text.clone()));
        }
        let said = match (self, said?) {
            (Self::Lower, said) => said.each(str::to_lowercase),
            (Self::Upper, said) => said.each(str::to_uppercase),
            (Self::Trim, said) => said.each(|text| text.trim().to_owned()),
            (Self::Split(at), Said::Text(text)) => {
                let parts = text.split(at.as_str()).map(str::trim);
                let parts = parts.filter(|part| !part.is_empty());
                Said::List(parts.map(str::to_owned).collect())
            }
            (Self::Join(with), Said::List(list)) => Said::Text(list.join(with)),
            (Self::Number, Said::Text(text)) => Said::Number(number(text.trim())?),
            (Self::Bool, Said::Text(text)) => Said::Bool(truth(text.trim())?),
            // Refused when the template was read.
            (
                Self::Split(_) | Self::Join(_) | Self::Number | Self::Bool | Self::Default(_),
                said,
            ) => said,
        };
        (!said.is_empty()).then_some(said)
    }
}

impl Said {
    fn each(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Text(text) => Self::Text(change(&text)),
            Self::List(list) => Self::List(list.iter().map(|text| change(text)).collect()),
            Self::Number(_) | Self::Bool(_) => self,
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::List(list) => list.is_empty(),
            Self::Number(_) | Self::Bool(_) => false,
        }
    }

    pub fn into_value(self) -> Value {
        match self {
            Self::Text(text) => text.into(),
            Self::List(list) => list.into(),
            Self::Number(number) => Value::Number(number),
            Self::Bool(truth) => truth.into(),
        }
    }

    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(list) => list.join(" "),
            Self::Number(number) => number.to_string(),
            Self::Bool(truth) => truth.to_string(),
        }
    }
}

/// A whole number, or a decimal one: no exponents, no infinities.
fn number(text: &str) -> Option<serde_json::Number> {
    let decimal = |byte: u8| byte.is_ascii_digit() || b"-.".contains(&byte);
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if text.is_empty() || !text.bytes().all(decimal) {
        return None;
    }
    text.parse().ok().and_then(serde_json::Number::from_f64)
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}
