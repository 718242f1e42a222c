//! What is carried through a login has to fit into URLs.

use super::Draft;
use crate::issuer::error::AuthorizeError;

/// The longest values that are taken, in bytes.
const BOUNDS: &[(&str, usize)] = &[("state", 4096), ("nonce", 1024), ("scope", 4096)];

/// Says so; `state` is not given back then.
pub const TOO_LONG: AuthorizeError =
    AuthorizeError::invalid_request("state, nonce or scope is too long.");

pub fn within_bounds(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let fits = BOUNDS.iter().all(|(name, most)| {
        draft
            .params
            .find(name)
            .is_none_or(|value| value.len() <= *most)
    });
    if fits { Ok(()) } else { Err(TOO_LONG) }
}
