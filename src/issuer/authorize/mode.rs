//! `response_mode`: how an answer goes back (OAuth 2.0 Multiple Response Type Encoding Practices 2.1,
//! Form Post Response Mode 2, JARM 2.3).

use serde::{Deserialize, Serialize};

use crate::model::ResponseType;

/// How an answer goes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseMode {
    /// In which part of the request to the redirect URI.
    pub carrier: Carrier,
    /// Whether it is one signed JWT instead of single parameters (JARM).
    #[serde(default)]
    pub signed: bool,
}

/// Where in the request to the redirect URI an answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Carrier {
    /// In the query.
    #[default]
    Query,
    /// In the fragment, which no server sees.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

/// Every mode by its name; discovery says the same. `jwt` is the signed form of the default.
pub const MODES: &[&str] = &[
    "query",
    "fragment",
    "form_post",
    "jwt",
    "query.jwt",
    "fragment.jwt",
    "form_post.jwt",
];

impl ResponseMode {
    /// How an answer of this type goes back when the request does not say.
    pub const fn usual(response_type: ResponseType) -> Self {
        Self {
            carrier: if response_type.is_front_channel() {
                Carrier::Fragment
            } else {
                Carrier::Query
            },
            signed: false,
        }
    }

    /// Reads a `response_mode` for an answer of this type; exact.
    pub fn parse(name: &str, response_type: ResponseType) -> Option<Self> {
        let (carrier, signed) = match name.strip_suffix(".jwt") {
            Some(carrier) => (carrier, true),
            None if name == "jwt" => {
                return Some(Self {
                    signed: true,
                    ..Self::usual(response_type)
                });
            }
            None => (name, false),
        };
        let carrier = match carrier {
            "query" => Carrier::Query,
            "fragment" => Carrier::Fragment,
            "form_post" => Carrier::FormPost,
            _ => return None,
        };
        Some(Self { carrier, signed })
    }
}
