//! A form from somebody who has to sign in, or sign in again: it is kept until they have.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use pingora::proxy::Session;

use super::answer::Answer;
use super::asked::Asked;
use super::context::Context;
use super::signin::{Stale, Start, WaitingForm};
use super::state::Gateway;
use super::{challenge, embed};
use crate::base::{SessionId, UserId};
use crate::web::navigation::is_navigation;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whom a sign-in would let through. Their cookie says so, and opens: what strangers send is never
/// kept.
#[derive(Clone, Debug)]
pub(super) struct Late {
    pub(super) user: UserId,
    pub(super) session: SessionId,
    /// How new the sign-in has to be; that of anybody whose session has ended, when absent.
    pub(super) stale: Option<Stale>,
}

impl Gateway {
    /// The way to sign in and to come back to the form that this request is; `refused`, where it is
    /// none that can be kept.
    pub(super) async fn keep_form(
        &self,
        session: &mut Session,
        ctx: &mut Context,
        refused: Answer,
    ) -> pingora::Result<Answer> {
        let Some(late) = ctx.late.take() else {
            return Ok(refused);
        };
        let most = self.sessions.settings().post_replay;
        if most == 0 || !is_own_form(&Asked::of(session), ctx.client.https) {
            return Ok(refused);
        }
        // Too large or too slow: the answer says that nothing was passed on.
        let Ok(body) = embed::read_body(session, most).await? else {
            return Ok(refused);
        };
        let asked = Asked::of(session);
        let form = WaitingForm::new(late.user, &ctx.host, asked.target, &body);
        let signin = &ctx.snapshot.doors.signin;
        let Some(form) = form else {
            return Ok(refused);
        };
        let path = match signin.keep_form(&late.session, &form).await {
            Ok(path) => path,
            Err(error) => {
                tracing::warn!(%error, request = %ctx.request, "a form could not be kept");
                return Ok(refused);
            }
        };
        let started = match late.stale {
            Some(stale) => signin.again(&ctx.host, &path, asked.cookies(), stale),
            None => signin.start(&ctx.host, &path, asked.cookies()),
        };
        let Ok(Start::Redirect {
            location,
            set_cookie,
        }) = started
        else {
            return Ok(refused);
        };
        let mut cookies: Vec<String> = set_cookie.into_iter().collect();
        if late.stale.is_none() {
            cookies.push(self.sessions.clear_cookie());
        }
        let answer = challenge::redirect(&location, &cookies).map(|answer| Answer {
            // Whatever method it was, the next one is GET (RFC 9110 15.4.4).
            status: StatusCode::SEE_OTHER,
            ..answer
        });
        Ok(answer.unwrap_or(refused))
    }
}

/// Whether it is a form that a person sent from a page of this host, in the usual encoding.
fn is_own_form(asked: &Asked<'_>, https: bool) -> bool {
    let headers = asked.headers;
    *asked.method == Method::POST
        && is_navigation(headers)
        && !headers.contains_key(CONTENT_ENCODING)
        && is_urlencoded(headers)
        && is_own_page(headers, https)
}

fn is_urlencoded(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        let mut parts = kind.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default();
        essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
            && parts.all(|part| part.is_empty() || part.eq_ignore_ascii_case("charset=utf-8"))
    })
}

/// Whether browsers say that the page that sent it is of the same origin. One that says nothing, or
/// says it twice, is not believed.
fn is_own_page(headers: &HeaderMap, https: bool) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter().map(HeaderValue::as_bytes);
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    let scheme: &[u8] = if https { b"https://" } else { b"http://" };
    match (origins.next(), origins.next()) {
        (Some(origin), None) => {
            let named = origin.strip_prefix(scheme);
            named.is_some() && named == host
        }
        (None, _) => headers
            .get(SEC_FETCH_SITE)
            .is_some_and(|site| site.as_bytes() == b"same-origin"),
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_kept(change: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "app.test:8443"),
            ("origin", "https://app.test:8443"),
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        for (name, value) in change {
            if value.is_empty() {
                headers.remove(*name);
            } else {
                headers.insert(*name, HeaderValue::from_static(value));
            }
        }
        let asked = Asked {
            method: &Method::POST,
            target: "/save",
            headers: &headers,
            certificate: None,
        };
        is_own_form(&asked, true)
    }

    #[test]
    fn a_form_from_a_page_of_the_same_origin_is_kept() {
        assert!(is_kept(&[]));
        let utf8 = "application/x-www-form-urlencoded; charset=UTF-8";
        assert!(is_kept(&[("content-type", utf8)]));
        assert!(is_kept(&[
            ("origin", ""),
            ("sec-fetch-site", "same-origin")
        ]));
    }

    #[test]
    fn what_another_page_or_a_program_sends_is_not() {
        for change in [
            ("origin", "https://evil.test"),
            ("origin", "http://app.test:8443"),
            ("origin", "https://app.test"),
            ("origin", "null"),
            ("origin", ""),
            ("accept", "application/json"),
            ("x-requested-with", "XMLHttpRequest"),
            ("content-type", "multipart/form-data; boundary=x"),
            (
                "content-type",
                "application/x-www-form-urlencoded; charset=latin1",
            ),
            ("content-type", "text/plain"),
            ("content-encoding", "gzip"),
        ] {
            assert!(!is_kept(&[change]), "{change:?}");
        }
        assert!(!is_kept(&[("origin", ""), ("sec-fetch-site", "same-site")]));
    }
}
