//! What somebody gets who may pass once they have proven more: a way to sign in again and come back,
//! or a challenge that programs understand (RFC 9470).

use http::header::{SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use super::admit::Denied;
use super::answer::Answer;
use super::asked::Asked;
use super::challenge;
use super::context::Context;
use super::decide::{failed, looping, page, short_enough, sign_in_page};
use super::late::Late;
use super::route::Route;
use super::signin::{Stale, Start};
use super::state::Gateway;
use crate::policy::SignInNeeds;
use crate::web::ErrorPage;
use crate::web::navigation::is_navigation;

impl Gateway {
    pub(super) fn step_up(
        &self,
        weak: &Denied,
        ctx: &mut Context,
        route: &Route,
        asked: &Asked<'_>,
    ) -> Answer {
        let settings = &route.settings;
        let needs = SignInNeeds::of(&settings.rule);
        let navigates = is_navigation(asked.headers);
        if navigates && !needs.reachable {
            // Signing in again would end here again.
            return self.deny(weak, ctx, route, asked);
        }
        let reason = weak.reason.as_str();
        ctx.outcome.decision = "step_up";
        ctx.outcome.reason = reason.into();
        self.metrics.decision(&settings.id, "step_up", reason);
        let redirects = challenge::redirects(settings.on_anonymous, asked.method, asked.headers);
        if !redirects && !navigates {
            return challenge::insufficient(&ctx.request, &needs, &sign_in_page(ctx));
        }
        let stale = Stale {
            since: self.clock.now().minus(needs.max_age.unwrap_or_default()),
            within: needs.max_age,
        };
        ctx.late = weak.person.as_ref().map(|person| Late {
            user: person.user.id.clone(),
            session: person.lease.session.clone(),
            stale: Some(stale),
        });
        let target = short_enough(asked.target);
        match ctx
            .snapshot
            .doors
            .signin
            .again(&ctx.host, target, asked.cookies(), stale)
        {
            Ok(Start::Redirect {
                location,
                set_cookie,
            }) => {
                let cookies: Vec<String> = set_cookie.into_iter().collect();
                let answer = if redirects {
                    challenge::redirect(&location, &cookies)
                } else {
                    sign_in_first(&location, &cookies, Some(&needs), (asked, ctx))
                };
                answer.unwrap_or_else(|| failed(500, asked.headers, ctx))
            }
            Ok(Start::Loops) => page(&looping(), asked.headers, ctx),
            Err(error) => {
                tracing::error!(%error, "a sign-in could not be begun");
                failed(500, asked.headers, ctx)
            }
        }
    }
}

/// For a form that was sent too late and is not kept: what was typed is not lost by a redirect, the
/// browser's way back leads to it.
pub(super) fn sign_in_first(
    location: &str,
    cookies: &[String],
    needs: Option<&SignInNeeds>,
    (asked, ctx): (&Asked<'_>, &Context),
) -> Option<Answer> {
    let (happened, header) = match needs {
        Some(needs) => (
            "What you sent was not passed on: it takes a newer sign-in than yours.",
            challenge::insufficient_header(needs),
        ),
        None => (
            "What you sent was not passed on: you are not signed in any more.",
            challenge::SCHEME,
        ),
    };
    let told = ErrorPage::new(
        StatusCode::UNAUTHORIZED,
        "sign_in_again",
        "Sign in again first",
        happened,
    )
    .advice("Sign in again, then send it once more.")
    .link("Sign in again", location.to_owned());
    let mut answer = page(&told, asked.headers, ctx);
    answer.headers.insert(WWW_AUTHENTICATE, header);
    for cookie in cookies {
        let cookie = HeaderValue::from_str(cookie).ok()?;
        answer.headers.append(SET_COOKIE, cookie);
    }
    Some(answer)
}
