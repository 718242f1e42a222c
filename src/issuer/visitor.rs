//! Who is here: the session of the request's cookie, and the person it belongs to.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::state::At;
use crate::model::User;
use crate::session::Lease;
use crate::web::{self, ErrorPage};

/// Who is here.
pub struct Visitor(Option<Here>);

/// A person with a session.
pub struct Here {
    /// The session as the browser carries it.
    pub lease: Arc<Lease>,
    /// The person, who may sign in.
    pub user: Arc<User>,
}

impl Visitor {
    /// The person, if somebody is signed in.
    pub const fn here(&self) -> Option<&Here> {
        self.0.as_ref()
    }

    /// The session, if somebody is signed in.
    pub fn lease(&self) -> Option<&Lease> {
        self.here().map(|here| here.lease.as_ref())
    }
}

impl FromRequestParts<At> for Visitor {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, at: &At) -> Result<Self, ErrorPage> {
        let web::Visitor(Some(lease)) = web::Visitor::from_request_parts(parts, at).await? else {
            return Ok(Self(None));
        };
        let user = at.state.directory.person(&lease.user).await?;
        let user = user.filter(|user| !user.disabled);
        Ok(Self(user.map(|user| Here { lease, user })))
    }
}
