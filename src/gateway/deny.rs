//! What somebody gets who is signed in and may not pass: who they are, which rule it was, and a way
//! on that is not a dead end.

use http::{HeaderMap, HeaderValue, header};

use super::admit::Denied;
use super::answer::Answer;
use super::asked::Asked;
use super::context::Context;
use super::decide::short_enough;
use super::route::Route;
use super::state::Gateway;
use crate::model::{AuditKind, AuditRecord};
use crate::policy::{Entry, Reason};
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
        ctx.outcome.decision = "deny";
        ctx.outcome.reason = denied.reason.as_str().into();
        let id = &route.settings.id;
        self.metrics.decision(id, "deny", denied.reason.as_str());
        self.audit(ctx, route, denied.reason.as_str());
        let (switch_url, cookie) = self.switch(ctx, asked);
        let why = why(denied.reason, &route.settings.rule.allow);
        let who = denied
            .person
            .as_ref()
            .map(|person| person.user.username.as_str());
        let (status, mut headers, body) = render_denied(
            &self.kit,
            &DeniedPage {
                host: &ctx.host,
                who,
                why: &why,
                reason: denied.reason.as_str(),
                switch_url: &switch_url,
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

    /// A page of another site that opens a socket with this person's cookie (CSWSH).
    pub(super) fn cross_site(
        &self,
        ctx: &mut Context,
        route: &Route,
        headers: &HeaderMap,
    ) -> Answer {
        const REASON: &str = "cross_site_socket";
        ctx.outcome.decision = "deny";
        ctx.outcome.reason = REASON.into();
        self.metrics.decision(&route.settings.id, "deny", REASON);
        self.audit(ctx, route, REASON);
        let page = ErrorPage::new(
            http::StatusCode::FORBIDDEN,
            REASON,
            "This connection is not allowed",
            "A page of another site tried to open it.",
        );
        self.page(&page, headers, ctx)
    }

    fn audit(&self, ctx: &Context, route: &Route, reason: &'static str) {
        self.audit.record(AuditRecord {
            at: self.clock.now(),
            kind: AuditKind::Denial,
            ok: false,
            reason,
            user: ctx.outcome.user.clone(),
            session: ctx.outcome.session.clone(),
            issuer: None,
            client: None,
            route: Some(route.settings.id.clone()),
            address: Some(ctx.client.address),
            request: Some(ctx.request.clone()),
        });
    }

    /// Where somebody else can sign in and come back to the same page.
    fn switch(&self, ctx: &Context, asked: &Asked<'_>) -> (String, Option<String>) {
        let target = short_enough(asked.target);
        let switch = self.signin.switch(&ctx.host, target, asked.cookies());
        switch.unwrap_or_else(|error| {
            tracing::error!(%error, request = %ctx.request, "a sign-in could not be begun");
            (self.sign_in_page(), None)
        })
    }
}

fn why(reason: Reason, allow: &[Entry]) -> String {
    match reason {
        Reason::UserDisabled => "This account is switched off.".to_owned(),
        Reason::Denied => "The people who run this site have closed this to you.".to_owned(),
        Reason::NotInGroup => {
            let groups: Vec<&str> = allow
                .iter()
                .filter_map(|entry| match entry {
                    Entry::Group(name) => Some(name.as_str()),
                    Entry::Anyone
                    | Entry::Authenticated
                    | Entry::User(_)
                    | Entry::Tenant(_)
                    | Entry::Domain(_)
                    | Entry::Claim { .. } => None,
                })
                .collect();
            match groups.as_slice() {
                [group] => format!("Only members of the group “{group}” may open this."),
                groups => format!(
                    "Only members of one of these groups may open this: {}.",
                    groups.join(", ")
                ),
            }
        }
        Reason::NotNamed => {
            "Only certain people may open this, and you are not one of them.".to_owned()
        }
    }
}
