//! The forged-headers button without script: this program becomes a stranger who sends a raw
//! request through Doorward, and shows what of it came back around.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::header::{HeaderName, HeaderValue};

use super::{ASSETS, App, page};

/// What the stranger claims.
const FORGED: &[(&str, &str)] = &[
    ("remote-user", "root"),
    ("remote-groups", "admin"),
    ("remote_user", "root"),
    ("x-forwarded-user", "root"),
    ("x-original-url", "/admin/"),
    ("doorward-assertion", "eyJhbGciOiJub25lIn0.e30."),
];

#[derive(Template)]
#[template(path = "forged.html", config = "src/demo/askama.toml")]
struct Forged {
    assets: &'static str,
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    value: &'static str,
    arrived: String,
}

/// `POST /forge`.
pub(super) async fn forge(State(app): State<Arc<App>>) -> Response {
    let arrived = ask(&app).await;
    let lines = FORGED.iter().map(|(name, value)| Line {
        name,
        value,
        arrived: match &arrived {
            Err(reason) => format!("the request failed: {reason}"),
            Ok(arrived) => arrived
                .get(*name)
                .map_or_else(|| "nothing".to_owned(), |values| values.join(", ")),
        },
    });
    page(&Forged {
        assets: ASSETS,
        lines: lines.collect(),
    })
}

async fn ask(app: &App) -> Result<BTreeMap<String, Vec<String>>, String> {
    let forged = FORGED.iter().map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    let host = app
        .public_url
        .split_once("://")
        .map_or("", |(_, host)| host);
    let url = format!("http://{}/_demo/echo", app.gateway);
    app.fetch.json_as(&url, host, forged.collect()).await
}
