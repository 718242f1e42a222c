//! Who is at the site's own host: read from the session cookie, renewed where that is due.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::HeaderValue;
use http::header::COOKIE;
use http::request::Parts;

use super::cookies::Outbox;
use super::{ErrorPage, Kit};
use crate::session::{Lease, Presence, Sessions};

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
        let lines = parts.headers.get_all(COOKIE).iter();
        let presence = Sessions::from_ref(state)
            .presence(lines.map(HeaderValue::as_bytes), kit.host())
            .await?;
        Ok(Self(match presence {
            Presence::Anonymous => None,
            Presence::Present(present) => {
                if let Some(renewed) = &present.renewed {
                    Outbox::put(&parts.extensions, renewed);
                }
                Some(present.lease)
            }
        }))
    }
}
