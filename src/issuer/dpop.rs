//! `DPoP` (RFC 9449) at the endpoints of an issuer.

use super::client_auth::Caller;
use super::state::At;
use crate::tokens::dpop::{Asked, HEADER};

pub use crate::tokens::dpop::{DpopError, Proof, algs, is_thumbprint};

/// The proof a request carries for the endpoint at `path`, if it carries one; `token` is the access
/// token that comes with it.
pub fn presented(
    at: &At,
    caller: &Caller,
    path: &str,
    token: Option<&str>,
) -> Result<Option<Proof>, DpopError> {
    let mut lines = caller.headers.get_all(HEADER).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(DpopError::Header);
    }
    let asked = Asked {
        method: caller.method.as_str(),
        url: &format!("{}{path}", at.issuer.url()),
        token,
        now: at.state.clock.now(),
    };
    Proof::read(line.as_bytes(), &asked).map(Some)
}
