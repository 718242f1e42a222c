//! Writing what the app learns: identity headers, the signed assertion, where the request came
//! from. Demands a [`Permit`], so nothing is written for a request that was not let in.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use pingora::http::{IntoCaseHeaderName, RequestHeader};
use quick_cache::sync::Cache;

use super::besides::{write_decision, write_forwarded, write_token};
use super::client::Client;
use super::strip::{Strip, TokenUse};
use super::value::{identity_headers, stranger_headers};
use crate::base::{Clock, RequestId, RouteId, SessionId, Timestamp};
use crate::gateway::admit::{Permit, Person};
use crate::gateway::bearer::Token;
use crate::gateway::identity::RouteToken;
use crate::gateway::settings::RouteSettings;
use crate::model::{Amr, User};

/// How long a signed assertion is good for.
const LIFE: Duration = Duration::from_mins(1);
/// A cached one is replaced at 80 % of its life, so that an app always has time to look at it.
const FRESH: Duration = Duration::from_secs(48);
/// How long an app may use a token it was given: time for what it does with the request, and no
/// longer than a session that has ended should be believed.
const TOKEN: Duration = Duration::from_mins(5);
/// Sessions times routes whose headers are kept ready.
const KEPT: usize = 20_000;

/// What a signed assertion says.
#[derive(Clone, Copy, Debug)]
pub struct AssertionClaims<'a> {
    /// `aud`: the route it is for.
    pub route: &'a RouteId,
    /// Whom it is about.
    pub user: &'a User,
    /// `sid`.
    pub session: &'a SessionId,
    /// `auth_time`.
    pub auth_time: Timestamp,
    /// `amr`.
    pub amr: &'a [Amr],
    /// `iat`.
    pub issued: Timestamp,
    /// How long after `issued` it expires.
    pub life: Duration,
    /// An access token like this instead.
    pub token: Option<&'a RouteToken>,
}

/// Signs assertions and access tokens; `None` when there is no key to sign with.
pub type Sign = Arc<dyn Fn(&AssertionClaims<'_>) -> Option<String> + Send + Sync>;

/// Where the request came from, for the app.
#[derive(Clone, Copy, Debug)]
pub struct Forward<'a> {
    /// The client.
    pub client: Client,
    /// `Host` as forwarded.
    pub authority: &'a HeaderValue,
    /// The request's id.
    pub request: &'a RequestId,
    /// How long the request has been in our hands.
    pub took: Duration,
}

/// The app cannot be told what the route says it is told: the request must not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotTell {
    /// The route wants a signed assertion, and there is no key to sign one.
    #[error("no key to sign an assertion with")]
    NoKey,
    /// All of it together is longer than the route allows.
    #[error("identity headers of {size} bytes; the route's `identity.limit` is {limit}")]
    TooLong {
        /// Names and values, in bytes.
        size: u64,
        /// What the route allows, in bytes.
        limit: u64,
    },
}

/// Strips and writes. Keeps headers ready per session and route, so that a request rarely pays for
/// more than copying references.
pub struct Assertions {
    strip: Strip,
    sign: Sign,
    clock: Clock,
    ready: Cache<(SessionId, usize), Arc<Ready>>,
    /// By route: what is sent along with a request that nobody signed in for.
    strangers: Vec<Vec<(Bytes, HeaderValue)>>,
}

impl std::fmt::Debug for Assertions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Assertions(..)")
    }
}

/// The headers of one session on one route.
struct Ready {
    /// Replaced when the directory has another record of the person.
    user: Arc<User>,
    until: Timestamp,
    headers: Vec<(Bytes, HeaderValue)>,
}

impl Assertions {
    /// For the routes of one configuration.
    pub fn new(routes: &[RouteSettings], issuer: &str, sign: Sign, clock: Clock) -> Self {
        Self {
            strip: Strip::new(routes, issuer),
            sign,
            clock,
            ready: Cache::new(KEPT),
            strangers: routes
                .iter()
                .map(|route| named(stranger_headers(&route.identity)))
                .collect(),
        }
    }

    /// Removes what the client had no business to send, then writes ours.
    pub fn apply(
        &self,
        request: &mut RequestHeader,
        permit: &Permit,
        forward: &Forward<'_>,
    ) -> Result<(), CannotTell> {
        let route = permit.route();
        self.strip
            .apply(request, &route.settings.identity, token_use(permit));
        write_forwarded(request, forward);
        if route.settings.identity.decision {
            write_decision(request, permit, forward.took);
        }
        if let Some(token) = permit.token() {
            write_token(request, token);
        }
        if let Some(person) = permit.person() {
            let ready = self.ready(permit, person)?;
            write(request, &ready.headers);
        } else if let Some(headers) = self.strangers.get(route.index) {
            write(request, headers);
        }
        Ok(())
    }

    fn ready(&self, permit: &Permit, person: &Person) -> Result<Arc<Ready>, CannotTell> {
        // Of a token that is a name of its own: it may know less than the session behind it.
        let key = (person.lease.session.clone(), permit.route().index);
        let now = self.clock.now();
        if let Some(ready) = self.ready.get(&key)
            && Arc::ptr_eq(&ready.user, &person.user)
            && now < ready.until
        {
            return Ok(ready);
        }
        let ready = Arc::new(self.prepare(permit, person, now)?);
        self.ready.insert(key, Arc::clone(&ready));
        Ok(ready)
    }

    fn prepare(
        &self,
        permit: &Permit,
        person: &Person,
        now: Timestamp,
    ) -> Result<Ready, CannotTell> {
        let route = &permit.route().settings;
        let behind = permit.token().and_then(Token::session);
        let claims = AssertionClaims {
            route: &route.id,
            user: &person.user,
            session: behind.unwrap_or(&person.lease.session),
            auth_time: person.lease.auth_time,
            amr: &person.lease.amr,
            issued: now,
            life: LIFE,
            token: None,
        };
        let signed = |claims| (self.sign)(&claims).ok_or(CannotTell::NoKey);
        let mut headers = named(identity_headers(&route.identity, &person.user));
        if let Some(name) = &route.identity.assertion {
            let signed = header(signed(claims)?)?;
            headers.push((Bytes::from(name.clone()), signed));
        }
        if let Some(token) = &route.identity.bearer {
            let signed = signed(AssertionClaims {
                life: TOKEN,
                token: Some(token),
                ..claims
            })?;
            let name = Bytes::from_static(b"Authorization");
            headers.push((name, header(format!("Bearer {signed}"))?));
        }
        bounded(&headers, route.identity.limit)?;
        Ok(Ready {
            user: Arc::clone(&person.user),
            until: now.plus(FRESH),
            headers,
        })
    }
}

fn header(text: String) -> Result<HeaderValue, CannotTell> {
    HeaderValue::from_maybe_shared(Bytes::from(text)).map_err(|_| CannotTell::NoKey)
}

/// A server that gets more than it takes answers for the app, and nobody learns why.
fn bounded(headers: &[(Bytes, HeaderValue)], limit: u64) -> Result<(), CannotTell> {
    let sizes = headers.iter().map(|(name, value)| name.len() + value.len());
    let size = u64::try_from(sizes.sum::<usize>()).unwrap_or(u64::MAX);
    if size > limit {
        return Err(CannotTell::TooLong { size, limit });
    }
    Ok(())
}

fn named(headers: Vec<(String, HeaderValue)>) -> Vec<(Bytes, HeaderValue)> {
    let headers = headers.into_iter();
    headers
        .map(|(name, value)| (Bytes::from(name), value))
        .collect()
}

fn write(request: &mut RequestHeader, headers: &[(Bytes, HeaderValue)]) {
    for (name, value) in headers {
        set(request, name.clone(), value.clone());
    }
}

fn token_use(permit: &Permit) -> Option<TokenUse> {
    let token = permit.token()?;
    let bearer = permit.route().settings.bearer.as_ref();
    let forwarded = token.may_be_forwarded() && bearer.is_some_and(|bearer| bearer.forward);
    Some(if forwarded {
        TokenUse::Forwarded
    } else {
        TokenUse::Kept
    })
}

pub(super) fn set(request: &mut RequestHeader, name: impl IntoCaseHeaderName, value: HeaderValue) {
    // Fails for a name that is no token only; configured names were checked at start.
    let _ = request.insert_header(name, value);
}
