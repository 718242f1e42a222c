//! Answers that are kept for routes that ask for it (RFC 9111), and never across identities: what is
//! kept for somebody is found by the same person in the same session, told to the app in the same
//! words, and by nobody else. The decision is made before, on every request.

mod said;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, RANGE, SET_COOKIE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;

use said::{
    asked, end_to_end, ends_for_certain, has_app_cookies, is_explicit, says_public, stated_length,
};

use super::admit::Permit;
use super::answer::Answer;
use super::clean;
use super::context::Context;
use super::settings::CacheSettings;
use super::state::Gateway;
use crate::base::{SessionId, Timestamp};
use crate::model::User;

/// What handled the request, and how (RFC 9211).
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
const HIT: HeaderValue = HeaderValue::from_static("doorward; hit");
/// What an entry costs besides its body, about.
const OVERHEAD: u64 = 1024;

/// The answers that one route keeps.
pub(super) struct Kept {
    entries: quick_cache::sync::Cache<Key, Arc<Entry>, Weight>,
    entry: usize,
}

/// What an answer is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    host: Arc<str>,
    target: Box<str>,
    session: Option<SessionId>,
}

struct Entry {
    policy: CachePolicy,
    status: StatusCode,
    body: Bytes,
    /// Whom the app was told of.
    whom: Option<Arc<User>>,
    /// Whether the app says that it is the same for everybody, whatever cookies of its own they have.
    public: bool,
}

/// An answer on its way that may be kept.
pub(super) struct Filling {
    key: Key,
    entry: Entry,
    body: BytesMut,
    most: usize,
}

#[derive(Clone)]
struct Weight;

impl quick_cache::Weighter<Key, Arc<Entry>> for Weight {
    fn weight(&self, key: &Key, entry: &Arc<Entry>) -> u64 {
        (entry.body.len() + key.target.len()) as u64 + OVERHEAD
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(..)")
    }
}

impl std::fmt::Debug for Filling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Filling({:?})", self.key)
    }
}

impl Key {
    /// Under what an answer to this request would be kept; `None` for requests that are not answered
    /// by kept answers: with a token, a range, or credentials of their own.
    pub(super) fn of(request: &RequestHeader, host: &Arc<str>, permit: &Permit) -> Option<Self> {
        let headers = &request.headers;
        let plain = request.method == Method::GET
            && permit.token().is_none()
            && !headers.contains_key(RANGE)
            && !headers.contains_key(AUTHORIZATION);
        let target = request.uri.path_and_query()?;
        plain.then(|| Self {
            host: Arc::clone(host),
            target: target.as_str().into(),
            session: permit.person().map(|person| person.lease.session.clone()),
        })
    }
}

impl Kept {
    pub(super) fn new(settings: CacheSettings) -> Self {
        let typical = settings.size / (16 * 1024);
        let items = usize::try_from(typical).unwrap_or(usize::MAX).max(16);
        Self {
            entries: quick_cache::sync::Cache::with_weighter(items, settings.size, Weight),
            entry: settings.entry,
        }
    }

    /// A kept answer that is still fresh, for this request of this person.
    pub(super) fn find(
        &self,
        key: &Key,
        request: &RequestHeader,
        permit: &Permit,
        now: Timestamp,
    ) -> Option<Answer> {
        let entry = self.entries.get(key)?;
        let whom = permit.person().map(|person| &person.user);
        if entry.whom.as_ref() != whom || (!entry.public && has_app_cookies(&request.headers)) {
            return None;
        }
        let asked = asked(request);
        let BeforeRequest::Fresh(parts) = entry.policy.before_request(&asked, now.to_system_time())
        else {
            return None;
        };
        let mut headers = parts.headers;
        headers.remove(CONTENT_LENGTH);
        headers.insert(CACHE_STATUS, HIT);
        Some(Answer {
            status: entry.status,
            headers,
            body: entry.body.clone(),
        })
    }

    /// Begins to keep an answer of the app, if it may be kept.
    pub(super) fn begin(
        &self,
        key: Key,
        request: &RequestHeader,
        answer: &ResponseHeader,
        permit: &Permit,
        now: Timestamp,
    ) -> Option<Filling> {
        let public = says_public(&answer.headers);
        let fits = stated_length(&answer.headers).is_none_or(|length| length <= self.entry);
        if answer.status != StatusCode::OK
            || answer.headers.contains_key(SET_COOKIE)
            || !is_explicit(&answer.headers)
            || !ends_for_certain(answer)
            || !fits
            || (!public && has_app_cookies(&request.headers))
        {
            return None;
        }
        let mut said = http::Response::new(());
        *said.status_mut() = answer.status;
        *said.headers_mut() = end_to_end(&answer.headers);
        let options = CacheOptions {
            cache_heuristic: 0.0,
            ..CacheOptions::default()
        };
        let asked = asked(request);
        let policy = CachePolicy::new_options(&asked, &said, now.to_system_time(), options);
        if !policy.is_storable() || policy.time_to_live(now.to_system_time()).is_zero() {
            return None;
        }
        Some(Filling {
            key,
            entry: Entry {
                policy,
                status: answer.status,
                body: Bytes::new(),
                whom: permit.person().map(|person| Arc::clone(&person.user)),
                public,
            },
            body: BytesMut::new(),
            most: self.entry,
        })
    }

    /// Keeps what has come whole.
    pub(super) fn keep(&self, filling: Filling) {
        let Filling {
            key, entry, body, ..
        } = filling;
        let body = body.freeze();
        self.entries.insert(key, Arc::new(Entry { body, ..entry }));
    }
}

impl Filling {
    /// Takes a piece of the body; `None` when it becomes too large to be kept.
    pub(super) fn fill(mut self, piece: &[u8]) -> Option<Self> {
        if self.body.len() + piece.len() > self.most {
            return None;
        }
        self.body.extend_from_slice(piece);
        Some(self)
    }
}

impl Gateway {
    /// A kept answer to a request with a permit, where its route keeps any.
    pub(super) fn kept(&self, session: &Session, ctx: &mut Context) -> Option<Answer> {
        let permit = ctx.permit.as_ref()?;
        let served = ctx.snapshot.served.get(permit.route().index)?;
        let kept = served.kept.as_ref()?;
        let request = session.req_header();
        let key = Key::of(request, &ctx.host, permit)?;
        let found = kept.find(&key, request, permit, self.clock.now());
        let personal = permit.is_personal();
        self.metrics
            .cache(&permit.route().settings.id, found.is_some());
        let Some(mut answer) = found else {
            ctx.missed = Some(key);
            return None;
        };
        if let Some(cookie) = ctx.renewed.take().and_then(|cookie| cookie.parse().ok()) {
            answer.headers.append(SET_COOKIE, cookie);
            let no_store = HeaderValue::from_static("no-store");
            answer.headers.insert(CACHE_CONTROL, no_store);
        } else if personal {
            clean::make_personal(&mut answer.headers);
        }
        Some(answer)
    }

    /// Begins to keep an answer, if its route does and it may be.
    pub(super) fn begin_to_keep(
        &self,
        session: &Session,
        answer: &ResponseHeader,
        ctx: &mut Context,
    ) {
        if answer.status.is_informational() {
            return;
        }
        let Some((key, permit)) = ctx.missed.take().zip(ctx.permit.as_ref()) else {
            return;
        };
        let served = ctx.snapshot.served.get(permit.route().index);
        let kept = served.and_then(|served| served.kept.as_ref());
        ctx.filling = kept.and_then(|kept| {
            kept.begin(key, session.req_header(), answer, permit, self.clock.now())
        });
    }
}

/// Takes a piece of an answer that may be kept; keeps it once it is whole.
pub(super) fn fill(piece: Option<&Bytes>, end: bool, ctx: &mut Context) {
    let filling = ctx.filling.take();
    let filled = filling.and_then(|filling| match piece {
        Some(piece) => filling.fill(piece),
        None => Some(filling),
    });
    if !end {
        ctx.filling = filled;
        return;
    }
    let Some((filling, route)) = filled.zip(ctx.route()) else {
        return;
    };
    let served = ctx.snapshot.served.get(route.index);
    if let Some(kept) = served.and_then(|served| served.kept.as_ref()) {
        kept.keep(filling);
    }
}

#[cfg(test)]
mod tests;
