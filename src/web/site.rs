//! The outer layer of everything the site answers: errors become pages or JSON, cookies that
//! extractors asked for are set, protective headers are added, a panic becomes a page.

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};

use super::cookies::Outbox;
use super::headers::{self, Allowed, FrameSources, Framed};
use super::{ErrorPage, FormTarget, Inbound, Kit, assets, navigation, page};
use crate::base::RequestId;

/// Makes the site out of the doors' merged routers. Nothing of it is served without this.
pub fn site(doors: Router, kit: &Kit) -> Router {
    doors
        .merge(assets::router(kit))
        .fallback(async || ErrorPage::not_found())
        .method_not_allowed_fallback(async || ErrorPage::method_not_allowed())
        .layer(from_fn_with_state(kit.clone(), finish))
}

/// 303 to one of our own URLs: the browser comes by GET, a posted form is not sent again
/// (RFC 9700 4.12).
pub fn see_other(path: &str) -> Response {
    HeaderValue::from_str(path).map_or_else(
        |_| ErrorPage::internal("a redirect target holds bytes no header may").into_response(),
        |path| (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response(),
    )
}

async fn finish(State(kit): State<Kit>, mut request: Request, next: Next) -> Response {
    let navigation = navigation::is_navigation(request.headers());
    let inbound = request.extensions().get::<Inbound>();
    let request_id =
        inbound.map_or_else(|| RequestId::new("-"), |inbound| inbound.request_id.clone());
    // On a protected host the site answers under one prefix only: its assets are not there.
    let elsewhere = inbound.is_some_and(|inbound| *inbound.host != *kit.host());
    let outbox = Outbox::default();
    request.extensions_mut().insert(outbox.clone());

    let mut response = AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| ErrorPage::internal("a handler panicked").into_response());

    if let Some(error) = response.extensions_mut().remove::<ErrorPage>() {
        let shell = if elsewhere {
            kit.shell_elsewhere()
        } else {
            kit.shell_of(error.wearer())
        };
        let (kind, body) = page::error_body(shell, &error, &request_id, navigation);
        *response.body_mut() = body.into();
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    let target = response.extensions_mut().remove::<FormTarget>();
    let frames = response.extensions_mut().remove::<FrameSources>();
    let own = response.extensions_mut().remove::<Framed>();
    outbox.empty_into(response.headers_mut());
    if let Some(own) = own {
        headers::protect_framed(response.headers_mut(), kit.https(), own);
        return response;
    }
    let assets = if elsewhere { kit.origin() } else { "" };
    let allowed = Allowed {
        target: target.as_ref(),
        frames: frames.as_ref(),
    };
    headers::protect(response.headers_mut(), kit.https(), assets, allowed);
    response
}
