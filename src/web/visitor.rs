//! Who is at the site's own host: read from the session cookie, renewed where that is due.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::cookies::Outbox;
use super::{ErrorPage, Kit};
use crate::session::{Lease, Presence, Sessions, cookie};

/// The sign-in of the browser that sent a request, if it has one. A renewed cookie goes out with
/// the answer by itself.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Arc<Lease>>);

impl<S> FromRequestParts<S> for Visitor
where
    S: Send + Sync,
    Kit: FromRef<S>,
    Sessions: FromRef<S>,
{
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ErrorPage> {
        let kit = Kit::from_ref(state);
        let sessions = Sessions::from_ref(state);
        let presence = sessions.presence(lines(&parts.headers), kit.host()).await?;
        let lease = match presence {
            Presence::Anonymous => None,
            Presence::Present(present) => {
                if let Some(renewed) = &present.renewed {
                    Outbox::put(&parts.extensions, renewed);
                }
                Some(present.lease)
            }
        };
        if kit.is_watchable()
            && let Some(state) = sessions.correct_state(lines(&parts.headers), lease.as_deref())
        {
            Outbox::put(&parts.extensions, &state);
        }
        Ok(Self(lease))
    }
}

fn lines(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes)
}

/// Takes from a browser what its session gave it.
pub fn forget(kit: &Kit, sessions: &Sessions, answer: &mut HeaderMap) {
    let state = kit.is_watchable().then(|| cookie::clear(cookie::STATE));
    for cleared in [Some(sessions.clear_cookie()), state].into_iter().flatten() {
        if let Ok(cookie) = HeaderValue::from_str(&cleared) {
            answer.append(SET_COOKIE, cookie);
        }
    }
}
