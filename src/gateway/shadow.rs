//! Rules on trial: what they would have done is counted, and where it differs, logged. They decide
//! nothing.

use super::admit::{Around, Person};
use super::context::Context;
use super::route::Route;
use super::state::Gateway;
use crate::policy::{self, Decision, Rule};

/// What a rule says, in words that a metric can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Would {
    /// `allow`, `challenge`, `step_up` or `deny`.
    pub(super) decision: &'static str,
    /// Why not.
    pub(super) reason: &'static str,
}

impl Would {
    fn of(rule: &Rule, around: Around<'_>, person: Option<&Person>) -> Self {
        let (decision, reason) = match policy::decide(rule, around.facts(person)) {
            Decision::Allow { .. } => ("allow", "allowed"),
            Decision::LoginNeeded => ("challenge", "login_needed"),
            Decision::StepUp { reason } => ("step_up", reason.as_str()),
            Decision::Deny { reason } => ("deny", reason.as_str()),
        };
        Self { decision, reason }
    }
}

impl Gateway {
    /// Tries the rule on trial, where the route has one.
    pub(super) fn try_shadow(
        &self,
        route: &Route,
        around: Around<'_>,
        person: Option<&Person>,
        ctx: &mut Context,
    ) {
        let Some(shadow) = &route.settings.shadow else {
            return;
        };
        let would = Would::of(shadow, around, person);
        let differs = would != Would::of(&route.settings.rule, around, person);
        self.metrics
            .shadow(&route.settings.id, would.decision, would.reason, differs);
        ctx.would = differs.then_some(would);
    }
}
