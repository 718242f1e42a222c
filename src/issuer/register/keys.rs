//! The public keys that an app registers (RFC 7591 2): by value or by address, never both.

use serde_json::Value;

use super::members::{Members, invalid};
use crate::issuer::error::OAuthError;
use crate::model::client::ClientKeys;

/// Most keys of a set.
const MOST: usize = 32;
/// Members of a JWK that nobody but its owner may know (RFC 7518 6.2.2, 6.3.2, 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads `jwks` or `jwks_uri`.
pub fn read(members: &Members) -> Result<Option<ClientKeys>, OAuthError> {
    let uri = members.owned("jwks_uri")?;
    match (members.find("jwks"), uri) {
        (None, None) => Ok(None),
        (None, Some(uri)) => Ok(Some(ClientKeys::JwksUri(uri))),
        (Some(set), None) => Ok(Some(ClientKeys::Jwks(by_value(set)?))),
        (Some(_), Some(_)) => Err(invalid("A client has either jwks or jwks_uri.")),
    }
}

fn by_value(set: &Value) -> Result<String, OAuthError> {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or_else(|| invalid("jwks must be a JSON object with an array of keys."))?;
    if keys.is_empty() || keys.len() > MOST {
        return Err(invalid("jwks must have 1 to 32 keys."));
    }
    for key in keys {
        let key = key
            .as_object()
            .ok_or_else(|| invalid("jwks holds something that is no key."))?;
        if PRIVATE.iter().any(|member| key.contains_key(*member)) {
            return Err(invalid(
                "jwks holds a private or symmetric key. Replace that key, since it was sent \
                 here, and register public keys only.",
            ));
        }
    }
    Ok(set.to_string())
}
