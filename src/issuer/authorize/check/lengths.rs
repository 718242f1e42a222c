//! What is carried through a login has to fit into URLs.

use super::Draft;
use crate::issuer::error::AuthorizeError;

/// The longest `state` that is given back, in bytes.
pub const MAX_STATE: usize = 4096;
/// The longest values that are taken, in bytes.
const BOUNDS: &[(&str, usize)] = &[
    ("state", MAX_STATE),
    ("nonce", 1024),
    ("scope", 4096),
    ("acr_values", 1024),
];

pub fn within_bounds(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let fits = BOUNDS.iter().all(|(name, most)| {
        draft
            .params
            .find(name)
            .is_none_or(|value| value.len() <= *most)
    });
    if fits {
        Ok(())
    } else {
        Err(AuthorizeError::invalid_request(
            "state, nonce, scope or acr_values is too long.",
        ))
    }
}
