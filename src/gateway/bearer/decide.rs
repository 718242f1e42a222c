//! A request with a token: who asks, may they, and what they get if not.

use std::sync::Arc;

use super::present::{Presented, presented};
use super::{BearerSettings, refuse};
use crate::base::ClientId;
use crate::gateway::admit::{Verdict, judge_bearing};
use crate::gateway::answer::Answer;
use crate::gateway::asked::Asked;
use crate::gateway::bearer::refuse::Refused;
use crate::gateway::challenge;
use crate::gateway::context::Context;
use crate::gateway::decide::{note_allowed, sign_in_page};
use crate::gateway::route::Route;
use crate::gateway::state::Gateway;
use crate::policy::{SignInNeeds, why};

impl Gateway {
    /// Judges by the token that is presented, if one is; `None` when the request is to be judged by
    /// its session. Otherwise what [`Gateway::decide`] gives.
    pub(in crate::gateway) async fn decide_by_token(
        &self,
        asked: &Asked<'_>,
        ctx: &mut Context,
        route: &Arc<Route>,
    ) -> Option<Option<Answer>> {
        let settings = route.settings.bearer.as_ref()?;
        match presented(asked.headers, settings) {
            Ok(None) => None,
            Ok(Some(token)) => Some(self.judge_token(asked, ctx, (route, settings), token).await),
            Err(refused) => Some(Some(self.refuse(&refused, asked, ctx, route))),
        }
    }

    async fn judge_token(
        &self,
        asked: &Asked<'_>,
        ctx: &mut Context,
        (route, settings): (&Arc<Route>, &BearerSettings),
        token: Presented<'_>,
    ) -> Option<Answer> {
        let host = Arc::clone(&ctx.host);
        let url = || {
            let origin = ctx.snapshot.doors.signin.site().origin_of(&host);
            let path = asked.target.split('?').next().unwrap_or("/");
            format!("{origin}{path}")
        };
        let at = (&route.settings.id, settings);
        let bearing = match self.bearers.admit(at, token, asked, url).await {
            Ok(bearing) => bearing,
            Err(refused) => return Some(self.refuse(&refused, asked, ctx, route)),
        };
        let token = &bearing.token;
        let person = bearing.person.as_ref();
        ctx.outcome.user = person.map(|person| person.user.id.clone());
        ctx.outcome.session = token.session().cloned();
        ctx.outcome.client = Some(token.client().clone());
        let around = self.around(asked, ctx);
        self.try_shadow(route, around, bearing.person.as_ref(), ctx);
        match judge_bearing(route, bearing, around) {
            Verdict::Permit(permit) => {
                note_allowed(ctx, route, &permit);
                ctx.permit = Some(permit);
                None
            }
            Verdict::Challenge => Some(self.refuse(&Refused::Token, asked, ctx, route)),
            Verdict::StepUp(weak) => {
                let reason = weak.reason.as_str();
                ctx.outcome.decision = "step_up";
                ctx.outcome.reason = reason.into();
                self.metrics.decision(&route.settings.id, "step_up", reason);
                let needs = SignInNeeds::of(&route.settings.rule);
                let page = sign_in_page(ctx);
                Some(challenge::insufficient(&ctx.request, &needs, &page))
            }
            Verdict::Deny(denied) => {
                let reason = denied.reason.as_str();
                self.note_denied(ctx, route, reason);
                self.audit(ctx, route, reason);
                let why = why(denied.reason, &route.settings.rule);
                Some(refuse::denied(&why, &ctx.request))
            }
        }
    }

    fn refuse(
        &self,
        refused: &Refused,
        asked: &Asked<'_>,
        ctx: &mut Context,
        route: &Route,
    ) -> Answer {
        self.note_denied(ctx, route, refused.reason());
        if let Some(token) = refused.standing() {
            ctx.outcome.client = Some(ClientId::new(token.as_str()));
        }
        match refused {
            Refused::Unknown(error) => {
                tracing::warn!(%error, request = %ctx.request, "nobody can say whose a token is");
            }
            Refused::Keyless(error) => {
                tracing::warn!(%error, request = %ctx.request, "nobody can say whose a token is");
            }
            // Anybody can send these, as often as they like.
            Refused::Malformed | Refused::Token | Refused::Proof | Refused::Certificate => {}
            Refused::Scope
            | Refused::Weak(_)
            | Refused::Elsewhere(_)
            | Refused::Ended(_)
            | Refused::ClientAlone => self.audit(ctx, route, refused.reason()),
        }
        refused.answer(
            ctx.snapshot.doors.signin.site(),
            (route, &ctx.host),
            &ctx.request,
            refuse::is_script(asked.headers),
        )
    }
}
