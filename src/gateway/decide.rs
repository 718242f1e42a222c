//! A request to a route: who sent it, may they, and what they get if not.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};

use super::admit::{Around, Permit, Person, Verdict, judge};
use super::answer::{Answer, failed_page};
use super::asked::Asked;
use super::bearer::unauthorized;
use super::challenge;
use super::context::{Context, Outcome};
use super::late::Late;
use super::route::Route;
use super::signin::Start;
use super::state::Gateway;
use super::step_up::sign_in_first;
use crate::policy::RequestFacts;
use crate::session::{Instant, Lease, Presence, SessionError, cookie};
use crate::web::{ErrorPage, PeerCertificate};

impl Gateway {
    /// `None` when the request has its permit, and all that it is forwarded with; the answer
    /// otherwise.
    pub(super) async fn decide(
        &self,
        asked: &Asked<'_>,
        ctx: &mut Context,
        route: &Arc<Route>,
    ) -> Option<Answer> {
        match self.judged(asked, ctx, route).await {
            None => self.find_app_login(asked, ctx, route).await,
            answer @ Some(_) => answer,
        }
    }

    async fn judged(
        &self,
        asked: &Asked<'_>,
        ctx: &mut Context,
        route: &Arc<Route>,
    ) -> Option<Answer> {
        if let Some(decided) = self.decide_by_token(asked, ctx, route).await {
            return decided;
        }
        let host = Arc::clone(&ctx.host);
        let person = match self.person(asked.headers, &host, ctx).await {
            Ok(person) => person,
            // Nobody can say who this is. Where it does not matter, it does not matter.
            Err(_) if route.settings.rule.asks_nobody() => None,
            Err(error) => return Some(unavailable(&error, asked.headers, ctx)),
        };
        if let Some(person) = &person {
            ctx.outcome.user = Some(person.user.id.clone());
            ctx.outcome.session = Some(person.lease.session.clone());
        }
        let around = self.around(asked, ctx);
        self.try_shadow(route, around, person.as_ref(), ctx);
        match judge(route, person, around) {
            Verdict::Permit(permit) => {
                if permit.person().is_some() && is_cross_site_socket(asked.headers) {
                    return Some(self.cross_site(ctx, route, asked.headers));
                }
                note_allowed(ctx, route, &permit);
                self.note_seen(&permit, ctx);
                if let Some(person) = permit.person()
                    && let Err(error) = self.leave(asked, (route, person), ctx).await
                {
                    return Some(unavailable(&error, asked.headers, ctx));
                }
                ctx.permit = Some(permit);
                None
            }
            Verdict::Challenge => Some(self.challenge(asked, ctx, route)),
            Verdict::StepUp(weak) => Some(self.step_up(&weak, ctx, route, asked)),
            Verdict::Deny(denied) => Some(self.deny(&denied, ctx, route, asked)),
        }
    }

    /// Where people must not be away for long, says in the cookie that they are here.
    fn note_seen(&self, permit: &Permit, ctx: &mut Context) {
        let idle = permit.route().settings.rule.idle();
        let (Some(idle), Some(person)) = (idle, permit.person()) else {
            return;
        };
        match self.sessions.note_seen(&person.lease, &ctx.host, idle) {
            Ok(Some(cookie)) => ctx.renewed = Some(cookie),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a cookie could not be renewed"),
        }
    }

    /// What the rule looks at besides who sent it.
    pub(super) fn around<'a>(&self, asked: &Asked<'a>, ctx: &Context) -> Around<'a> {
        Around {
            request: RequestFacts {
                method: Some(asked.method),
                headers: Some(asked.headers),
                address: Some(ctx.client.address),
                certificate: asked.certificate.and_then(PeerCertificate::vouched_subject),
            },
            now: self.clock.now(),
            longest: self.sessions.settings().max,
        }
    }

    /// Who sent it. The warm path is a lease in memory and a person in memory: no I/O.
    async fn person(
        &self,
        headers: &HeaderMap,
        host: &str,
        ctx: &mut Context,
    ) -> Result<Option<Person>, SessionError> {
        let lines = headers
            .get_all(header::COOKIE)
            .iter()
            .map(HeaderValue::as_bytes);
        let lease = match self.sessions.presence_now(lines, host) {
            Instant::Anonymous => return Ok(None),
            Instant::Known(lease) => {
                self.metrics.session_cache(true);
                lease
            }
            Instant::Ask(lease) => {
                self.metrics.session_cache(false);
                match self.sessions.renew(&lease, host).await? {
                    Presence::Anonymous => {
                        ctx.late = Some(Late {
                            user: lease.user.clone(),
                            session: lease.session.clone(),
                            stale: None,
                        });
                        return Ok(None);
                    }
                    Presence::Present(present) => {
                        ctx.renewed = present.renewed;
                        present.lease
                    }
                }
            }
        };
        self.whose(lease).await
    }

    async fn whose(&self, lease: Arc<Lease>) -> Result<Option<Person>, SessionError> {
        let user = match self.directory.cached(&lease.user) {
            Some(user) => Some(user),
            None => self.directory.person(&lease.user).await?,
        };
        Ok(user.map(|user| Person { user, lease }))
    }

    fn challenge(&self, asked: &Asked<'_>, ctx: &mut Context, route: &Route) -> Answer {
        let lines = || asked.cookies();
        let sent = cookie::find(lines(), cookie::NAME);
        self.note_challenged(ctx, route, &sent);
        let settings = &route.settings;
        let redirects = challenge::redirects(settings.on_anonymous, asked.method, asked.headers);
        let page_helps = challenge::shows_page(settings.on_anonymous, asked.headers);
        if !redirects && !page_helps {
            let page = sign_in_page(ctx);
            if settings.bearer.is_some() {
                let site = ctx.snapshot.doors.signin.site();
                let asked = (&ctx.request, asked.headers);
                return unauthorized(site, (route, &ctx.host), asked, &page);
            }
            return challenge::unauthorized(&ctx.request, &page);
        }
        match ctx
            .snapshot
            .doors
            .signin
            .start(&ctx.host, short_enough(asked.target), lines())
        {
            Ok(Start::Redirect {
                location,
                set_cookie,
            }) => {
                let mut cookies: Vec<String> = set_cookie.into_iter().collect();
                // A cookie that says nothing any more would be sent for ever.
                if sent != cookie::Found::None {
                    cookies.push(self.sessions.clear_cookie());
                }
                let answer = if redirects {
                    challenge::redirect(&location, &cookies)
                } else {
                    sign_in_first(&location, &cookies, None, (asked, ctx))
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

    /// Two different session cookies are nobody's, and an operator who looks for the reason finds
    /// it here: a line of its own would be one that any client can write.
    fn note_challenged(&self, ctx: &mut Context, route: &Route, sent: &cookie::Found<'_>) {
        const CONFLICT: &str = "cookie_conflict";
        ctx.outcome.decision = "challenge";
        if *sent == cookie::Found::Conflict {
            ctx.outcome.reason = CONFLICT.into();
            self.metrics
                .decision(&route.settings.id, "challenge", CONFLICT);
            return;
        }
        ctx.outcome.reason = Arc::clone(&ctx.snapshot.words.login_needed);
        if let Some(served) = ctx.snapshot.served.get(route.index) {
            served.challenged.inc();
        }
    }
}

/// Where a script that got 401, or somebody with another account, can go.
pub(super) fn sign_in_page(ctx: &Context) -> String {
    format!("{}/login", ctx.snapshot.doors.signin.site().public_url)
}

/// The store is away and a decision needs it: closed, and said so.
fn unavailable(error: &SessionError, headers: &HeaderMap, ctx: &mut Context) -> Answer {
    tracing::warn!(%error, request = %ctx.request, "nobody can say who sent a request");
    ctx.outcome.decision = "deny";
    ctx.outcome.reason = "store_unavailable".into();
    let answer = ErrorPage::unavailable(std::time::Duration::from_secs(5));
    page(&answer, headers, ctx)
}

pub(super) fn failed(code: u16, headers: &HeaderMap, ctx: &Context) -> Answer {
    page(&failed_page(code), headers, ctx)
}

/// An error, as this request is answered.
pub(super) fn page(page: &ErrorPage, headers: &HeaderMap, ctx: &Context) -> Answer {
    Answer::error(&ctx.snapshot.doors.kit, page, &ctx.request, headers)
}

/// What is returned to after signing in; sealed, it has to fit into a request line.
pub(super) fn short_enough(target: &str) -> &str {
    const MOST: usize = 2048;
    if target.len() <= MOST {
        return target;
    }
    let path = target.split('?').next().unwrap_or("/");
    if path.len() <= MOST { path } else { "/" }
}

pub(super) fn note_allowed(ctx: &mut Context, route: &Route, permit: &Permit) {
    let served = ctx.snapshot.served.get(route.index);
    let by = served.and_then(|served| match permit.entry_index() {
        Some(entry) => served.entries.get(entry),
        None => Some(&served.client),
    });
    if let Some((words, counter)) = by {
        counter.inc();
        ctx.outcome = Outcome {
            decision: "allow",
            reason: Arc::clone(words),
            user: ctx.outcome.user.take(),
            session: ctx.outcome.session.take(),
            client: ctx.outcome.client.take(),
        };
    }
}

/// Browsers say in `Origin` which page opens a socket, and send this host's cookie along.
fn is_cross_site_socket(headers: &HeaderMap) -> bool {
    if !headers.contains_key(header::UPGRADE) {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
    let origin = origin.as_bytes();
    let page = origin
        .strip_prefix(b"https://")
        .or_else(|| origin.strip_prefix(b"http://"));
    page.is_none() || page != host
}

pub(super) fn looping() -> ErrorPage {
    ErrorPage::new(
        http::StatusCode::BAD_REQUEST,
        "sign_in_loop",
        "Signing in does not last",
        "You signed in several times in a row, and each time this browser came back without the \
         cookie that says so.",
    )
    .advice(
        "Cookies are blocked or cleared for this site, or the clock of this device is wrong. Entry \
         cookies, check the time, wait half a minute and try again.",
    )
    .link("Try again", "/")
}
