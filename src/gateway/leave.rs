//! An app's own way to sign out: it is forwarded, so that the app forgets what it knows, and it ends
//! the session, or the next request would sign the person in again.

use http::HeaderMap;

use super::admit::Person;
use super::asked::Asked;
use super::context::Context;
use super::route::Route;
use super::state::Gateway;
use crate::model::{AuditKind, AuditRecord};
use crate::session::SessionError;

impl Gateway {
    /// Ends the session of `person` when the request is to an address at which the app signs people
    /// out. It has ended when this returns, before the app hears of it.
    pub(super) async fn leave(
        &self,
        asked: &Asked<'_>,
        (route, person): (&Route, &Person),
        ctx: &mut Context,
    ) -> Result<(), SessionError> {
        let known = &route.settings.sign_out;
        if known.is_empty() || !known.iter().any(|path| path == asked.path()) {
            return Ok(());
        }
        if is_from_elsewhere(asked.headers) {
            return Ok(());
        }
        let session = &person.lease.session;
        self.sessions.end(session).await?;
        // The request was decided on while it lived, and is the last of it.
        ctx.bound = true;
        ctx.renewed = Some(self.sessions.clear_cookie());
        self.audit.record(AuditRecord {
            at: self.clock.now(),
            kind: AuditKind::Logout,
            ok: true,
            reason: "by_app",
            user: Some(person.user.id.clone()),
            session: Some(session.clone()),
            issuer: None,
            client: None,
            route: Some(route.settings.id.clone()),
            address: Some(ctx.client.address),
            request: Some(ctx.request.clone()),
        });
        Ok(())
    }
}

/// A page of another site could sign people out by naming the address in an image.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    site.is_some_and(|site| site == "cross-site")
}
