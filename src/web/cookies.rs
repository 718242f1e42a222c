//! Cookies that extractors want set. The site's outer layer hands out one [`Outbox`] per request
//! and adds what is in it to the answer, so that no handler can forget to.

use std::sync::Arc;

use http::header::SET_COOKIE;
use http::{Extensions, HeaderMap, HeaderValue};
use parking_lot::Mutex;

/// Collects `Set-Cookie` values during one request.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<Mutex<Vec<HeaderValue>>>);

impl Outbox {
    /// Sets a cookie on the answer to the request whose extensions these are.
    pub fn put(extensions: &Extensions, cookie: &str) {
        if let (Some(outbox), Ok(value)) = (extensions.get::<Self>(), HeaderValue::from_str(cookie))
        {
            outbox.0.lock().push(value);
        }
    }

    /// Adds everything to `headers`, except cookies whose name the handler has set itself.
    pub(super) fn empty_into(&self, headers: &mut HeaderMap) {
        for value in std::mem::take(&mut *self.0.lock()) {
            let twin = headers
                .get_all(SET_COOKIE)
                .iter()
                .any(|other| name_of(other) == name_of(&value));
            if !twin {
                headers.append(SET_COOKIE, value);
            }
        }
    }
}

fn name_of(cookie: &HeaderValue) -> Option<&[u8]> {
    cookie.as_bytes().split(|byte| *byte == b'=').next()
}
