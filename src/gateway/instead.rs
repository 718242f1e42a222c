//! What a route answers that has no upstream, to requests that may pass.

use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use pingora::proxy::Session;

use super::answer::{Answer, failed_page};
use super::context::Context;
use super::settings::{Instead, Piece};
use crate::web::ErrorPage;

/// The answer to a request with a permit, where its route has no upstream.
pub(super) fn instead(session: &Session, ctx: &mut Context) -> Option<Answer> {
    let permit = ctx.permit.as_ref()?;
    let instead = permit.route().settings.instead.as_ref()?;
    let request = session.req_header();
    let mut answer = match instead {
        Instead::Redirect { to, status } => {
            let location = location(to, &ctx.host, &request.uri);
            match HeaderValue::from_str(&location) {
                Ok(location) => redirect(*status, location),
                Err(_) => Answer::error(
                    &ctx.snapshot.doors.kit,
                    &failed_page(500),
                    &ctx.request,
                    &request.headers,
                ),
            }
        }
        Instead::Answer { status, kind, body } => {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, kind.clone());
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            Answer {
                status: *status,
                headers,
                body: body.clone(),
            }
        }
        Instead::Maintenance { retry_after, text } => Answer::error(
            &ctx.snapshot.doors.kit,
            &maintenance(*retry_after, text.as_deref()),
            &ctx.request,
            &request.headers,
        ),
    };
    // What only some people may see is nothing for caches that they share with others.
    if !permit.route().settings.rule.asks_nobody() {
        let no_store = HeaderValue::from_static("no-store");
        answer.headers.insert(CACHE_CONTROL, no_store);
    }
    if let Some(cookie) = ctx.renewed.take().and_then(|cookie| cookie.parse().ok()) {
        answer.headers.append(SET_COOKIE, cookie);
        let no_store = HeaderValue::from_static("no-store");
        answer.headers.insert(CACHE_CONTROL, no_store);
    }
    Some(answer)
}

fn redirect(status: StatusCode, location: HeaderValue) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(LOCATION, location);
    Answer {
        status,
        headers,
        body: bytes::Bytes::new(),
    }
}

/// Only from configuration, and from parts of the address in their canonical form: a path that
/// begins with one slash, a query that ends any host.
fn location(to: &[Piece], host: &str, uri: &Uri) -> String {
    let mut location = String::new();
    for piece in to {
        match piece {
            Piece::Text(text) => location.push_str(text),
            Piece::Path => location.push_str(uri.path()),
            Piece::Host => location.push_str(host),
            Piece::Query => {
                if let Some(query) = uri.query() {
                    location.push('?');
                    location.push_str(query);
                }
            }
        }
    }
    location
}

fn maintenance(retry_after: Option<Duration>, text: Option<&str>) -> ErrorPage {
    let happened = text.map_or_else(
        || "This app is being worked on and will be back.".to_owned(),
        str::to_owned,
    );
    let page = ErrorPage::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "maintenance",
        "Down for maintenance",
        happened,
    );
    match retry_after {
        Some(after) => page.retry_after(after),
        None => page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_made_of_texts_and_of_the_address() {
        let to = [
            Piece::Text("https://new.test/old/".to_owned()),
            Piece::Host,
            Piece::Path,
            Piece::Query,
        ];
        let there = |uri: &str| location(&to, "app.test", &uri.parse().unwrap());
        assert_eq!(there("/a/b?c=d"), "https://new.test/old/app.test/a/b?c=d");
        assert_eq!(there("/"), "https://new.test/old/app.test/");
    }

    #[test]
    fn maintenance_says_when_to_come_back_only_where_that_is_known() {
        let page = maintenance(Some(Duration::from_mins(10)), Some("Moving house."));
        assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(page.happened(), "Moving house.");
        assert_eq!(page.retry_seconds(), Some(600));
        assert_eq!(maintenance(None, None).retry_seconds(), None);
    }
}
