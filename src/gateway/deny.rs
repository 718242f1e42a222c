//! What somebody gets who is signed in and may not pass: who they are, which rule it was, and a way
//! on that is not a dead end.

use http::{HeaderMap, HeaderValue, header};

use super::admit::Denied;
use super::answer::Answer;
use super::asked::Asked;
use super::context::Context;
use super::decide::{page, short_enough, sign_in_page};
use super::route::Route;
use super::state::Gateway;
use crate::model::{AuditKind, AuditRecord};
use crate::policy::why;
use crate::web::navigation::is_navigation;
use crate::web::{Denied as DeniedPage, ErrorPage, render_denied};

impl Gateway {
    pub(super) fn deny(
        &self,
        denied: &Denied,
        ctx: &mut Context,
        route: &Route,
        asked: &Asked<'_>,
    ) -> Answer {
        self.note_denied(ctx, route, denied.reason.as_str());
        self.audit(ctx, route, denied.reason.as_str());
        // Another account comes from the same place at the same time.
        let switch = (!denied.reason.is_of_request()).then(|| switch(ctx, asked));
        let (switch_url, cookie) = switch.unzip();
        let cookie = cookie.flatten();
        let why = why(denied.reason, &route.settings.rule);
        let who = denied
            .person
            .as_ref()
            .map(|person| person.user.username.as_str());
        let (status, mut headers, body) = render_denied(
            &ctx.snapshot.doors.kit,
            &DeniedPage {
                host: &ctx.host,
                who,
                why: &why,
                tell: route.settings.tell.as_deref(),
                reason: denied.reason.as_str(),
                switch_url: switch_url.as_deref(),
                logout_url: "/_doorward/logout",
            },
            &ctx.request,
            is_navigation(asked.headers),
        );
        if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
            headers.append(header::SET_COOKIE, cookie);
        }
        Answer {
            status,
            headers,
            body,
        }
    }

    /// Counts a denial, and has it logged.
    pub(super) fn note_denied(&self, ctx: &mut Context, route: &Route, reason: &'static str) {
        ctx.outcome.decision = "deny";
        ctx.outcome.reason = reason.into();
        self.metrics.decision(&route.settings.id, "deny", reason);
    }

    /// A page of another site that opens a socket with this person's cookie (CSWSH).
    pub(super) fn cross_site(
        &self,
        ctx: &mut Context,
        route: &Route,
        headers: &HeaderMap,
    ) -> Answer {
        const REASON: &str = "cross_site_socket";
        self.note_denied(ctx, route, REASON);
        self.audit(ctx, route, REASON);
        let answer = ErrorPage::new(
            http::StatusCode::FORBIDDEN,
            REASON,
            "This connection is not allowed",
            "A page of another site tried to open it.",
        );
        page(&answer, headers, ctx)
    }

    pub(super) fn audit(&self, ctx: &Context, route: &Route, reason: &'static str) {
        self.audit.record(AuditRecord {
            at: self.clock.now(),
            kind: AuditKind::Denial,
            ok: false,
            reason,
            user: ctx.outcome.user.clone(),
            session: ctx.outcome.session.clone(),
            issuer: None,
            client: ctx.outcome.client.clone(),
            route: Some(route.settings.id.clone()),
            address: Some(ctx.client.address),
            request: Some(ctx.request.clone()),
        });
    }
}

/// Where somebody else can sign in and come back to the same page.
fn switch(ctx: &Context, asked: &Asked<'_>) -> (String, Option<String>) {
    let target = short_enough(asked.target);
    let switch = ctx
        .snapshot
        .doors
        .signin
        .switch(&ctx.host, target, asked.cookies());
    switch.unwrap_or_else(|error| {
        tracing::error!(%error, request = %ctx.request, "a sign-in could not be begun");
        (sign_in_page(ctx), None)
    })
}
