//! The app's pages: who is here, and what the app was told.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use super::assertion::{self, Verified};
use super::{ASSETS, App, page};

#[derive(Template)]
#[template(path = "home.html", config = "src/demo/askama.toml")]
struct Home<'a> {
    assets: &'static str,
    name: &'a str,
    rule: &'a str,
    route: &'a str,
    took: &'a str,
    sign_out: String,
    headers: Vec<Line>,
    jwks: &'a str,
    assertion: Result<Verified, String>,
}

#[derive(Template)]
#[template(path = "admin.html", config = "src/demo/askama.toml")]
struct Admin<'a> {
    assets: &'static str,
    name: &'a str,
    rule: &'a str,
}

/// A header line as shown.
struct Line {
    name: String,
    value: String,
    ours: bool,
}

/// `GET /`.
pub(super) async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    page(&Home {
        assets: ASSETS,
        name: who(&headers),
        rule: text(&headers, "doorward-rule").unwrap_or("no rule: this request came past Doorward"),
        route: text(&headers, "doorward-route").unwrap_or("none"),
        took: text(&headers, "doorward-took").unwrap_or("0"),
        sign_out: format!("{}/logout", app.public_url),
        headers: lines(&headers),
        jwks: &app.jwks,
        assertion: assertion::verify(&app, &headers).await,
    })
}

/// `GET /admin/`.
pub(super) async fn admin(headers: HeaderMap) -> Response {
    page(&Admin {
        assets: ASSETS,
        name: who(&headers),
        rule: text(&headers, "doorward-rule").unwrap_or_default(),
    })
}

fn who(headers: &HeaderMap) -> &str {
    text(headers, "remote-user").unwrap_or("stranger")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What Doorward sets, in the order it is shown.
const OURS: &[&str] = &[
    "remote-",
    "doorward-r",
    "doorward-t",
    "doorward-",
    "x-forwarded-",
    "x-real-ip",
    "x-request-id",
];

/// Every header; what Doorward says about the person comes first.
fn lines(headers: &HeaderMap) -> Vec<Line> {
    let place = |name: &str| OURS.iter().position(|prefix| name.starts_with(prefix));
    let mut lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| {
            let line = Line {
                name: spelt(name.as_str()),
                value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
                ours: place(name.as_str()).is_some(),
            };
            (place(name.as_str()).unwrap_or(OURS.len()), line)
        })
        .collect();
    lines.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.name.cmp(&y.name)));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// `remote-user` as people write it.
fn spelt(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    });
    words.collect::<Vec<_>>().join("-")
}
