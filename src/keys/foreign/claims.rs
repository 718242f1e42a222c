//! The claims of a token that somebody else wrote: exact types, nothing converted.

use serde_json::{Map, Value};

use crate::base::Timestamp;
use crate::keys::JwtRejected;

/// The members of a payload; believed only as far as its signature is.
#[derive(Clone, Debug)]
pub struct ForeignClaims(pub(super) Map<String, Value>);

impl ForeignClaims {
    /// A claim that is a string and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A claim that is a time (RFC 7519 2, `NumericDate`: fractions are allowed, and cut off here);
    /// `None` when it is absent.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, JwtRejected> {
        self.0.get(name).map(numeric_date).transpose()
    }

    /// Whether `aud` is exactly this string.
    pub fn is_for(&self, audience: &str) -> bool {
        self.text("aud") == Some(audience)
    }

    /// Whether `aud` is this string, or a list of strings that has it (RFC 7519 4.1.3).
    pub fn is_also_for(&self, audience: &str) -> bool {
        match self.0.get("aud") {
            Some(Value::Array(several)) => {
                several.iter().all(Value::is_string)
                    && several.iter().any(|one| one.as_str() == Some(audience))
            }
            Some(_) | None => self.is_for(audience),
        }
    }

    /// Every claim as received.
    pub const fn members(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// Within the next ten thousand years, and not before the epoch.
fn numeric_date(value: &Value) -> Result<Timestamp, JwtRejected> {
    const LAST: i64 = 253_402_300_799;
    let whole = value.as_i64().or_else(|| {
        let fraction = value.as_f64()?;
        #[expect(clippy::cast_precision_loss, reason = "the bound is far below 2^53")]
        let bounded = (0.0..=LAST as f64).contains(&fraction);
        #[expect(clippy::cast_possible_truncation, reason = "bounded on the line above")]
        bounded.then_some(fraction as i64)
    });
    whole
        .filter(|seconds| (0..=LAST).contains(seconds))
        .map(Timestamp::from_seconds)
        .ok_or(JwtRejected::Claim)
}
