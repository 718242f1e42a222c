//! Apps that know only names and passwords of their own: each person's, which they saved once, is
//! written into their requests. The browser never has it, and the app gets nobody else's.

use std::sync::Arc;

use http::header::{AUTHORIZATION, CACHE_CONTROL, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use pingora::Result;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;
use serde_json::json;

use super::admit::Permit;
use super::answer::Answer;
use super::asked::Asked;
use super::challenge;
use super::context::Context;
use super::decide::{failed, page, short_enough};
use super::route::Route;
use super::signin::credentials::ADDRESS;
use super::state::Gateway;
use crate::identity::AppLoginError;
use crate::web::ErrorPage;
use crate::web::navigation::is_navigation;

impl Gateway {
    /// Finds what the person signs in to the app with; the way to say it where nothing is saved.
    pub(super) async fn find_app_login(
        &self,
        asked: &Asked<'_>,
        ctx: &mut Context,
        route: &Arc<Route>,
    ) -> Option<Answer> {
        route.settings.credentials?;
        let user = ctx.permit.as_ref()?.person()?.user.id.clone();
        match self.app_logins.load(&user, &route.settings.id).await {
            Ok(Some(login)) => {
                ctx.app_login = Some(login);
                None
            }
            Ok(None) => {
                ctx.permit = None;
                self.note_denied(ctx, route, "app_credential_needed");
                Some(needed(asked, ctx))
            }
            Err(error) => {
                ctx.permit = None;
                tracing::warn!(%error, request = %ctx.request, "an app credential was not read");
                self.note_denied(ctx, route, "app_credential_unreadable");
                Some(match error {
                    AppLoginError::Store(_) => {
                        let answer = ErrorPage::unavailable(std::time::Duration::from_secs(5));
                        page(&answer, asked.headers, ctx)
                    }
                    // Sealed under a master key that is gone: it has to be saved anew.
                    AppLoginError::Unsealable => needed(asked, ctx),
                    AppLoginError::Rng(_) => failed(500, asked.headers, ctx),
                })
            }
        }
    }
}

/// The page where it is saved, for people; for programs, where that page is.
fn needed(asked: &Asked<'_>, ctx: &Context) -> Answer {
    let origin = ctx.snapshot.doors.signin.site().origin_of(&ctx.host);
    let own = is_navigation(asked.headers) && asked.method.is_safe();
    if own && let Some(answer) = challenge::redirect(&address(asked.target, false), &[]) {
        return answer;
    }
    let body = json!({
        "error": "app_credential_needed",
        "error_description": "The app behind this has passwords of its own, and yours is not saved.",
        "credentials_url": format!("{origin}{ADDRESS}"),
        "request_id": ctx.request,
    });
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let kind = HeaderValue::from_static("application/json");
    headers.insert(http::header::CONTENT_TYPE, kind);
    Answer {
        status: StatusCode::FORBIDDEN,
        headers,
        body: body.to_string().into(),
    }
}

/// The page, and where it goes on from there.
fn address(target: &str, refused: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("back", short_enough(target));
    if refused {
        query.append_pair("refused", "1");
    }
    format!("{ADDRESS}?{}", query.finish())
}

/// Writes it, in place of whatever the client sent.
pub(super) fn write(request: &mut RequestHeader, permit: &Permit, ctx: &Context) -> Result<()> {
    if permit.route().settings.credentials.is_none() {
        return Ok(());
    }
    request.remove_header(&AUTHORIZATION);
    if let Some(login) = &ctx.app_login {
        request.insert_header(AUTHORIZATION, login.basic().clone())?;
    }
    Ok(())
}

/// An app that does not take what was saved: the person is shown where to save it anew. Its own
/// challenge would make a browser ask for a password that goes nowhere.
pub(super) fn refused(session: &Session, answer: &mut ResponseHeader, ctx: &Context) {
    if ctx.app_login.is_none() || answer.status != StatusCode::UNAUTHORIZED {
        return;
    }
    answer.remove_header(&WWW_AUTHENTICATE);
    let asked = Asked::of(session);
    if !is_navigation(asked.headers) || !asked.method.is_safe() {
        return;
    }
    let location = HeaderValue::try_from(address(asked.target, true));
    let Ok(location) = location else {
        return;
    };
    // The body that follows says what the app said; no browser shows it.
    if answer.set_status(StatusCode::FOUND).is_ok() {
        let _ = answer.insert_header(LOCATION, location);
        let _ = answer.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
