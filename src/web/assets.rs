//! Style sheet, script and icon: compiled in, served under names that carry their hash, so that a
//! browser may keep them for ever and a new version is a new name.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};

use super::ErrorPage;
use crate::base::encoding::{hex, sha256};

/// The style sheet.
pub static CSS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "doorward",
        "css",
        "text/css; charset=utf-8",
        include_str!("assets/doorward.css"),
    )
});
/// The script; pages work without it.
pub static JS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "doorward",
        "js",
        "text/javascript; charset=utf-8",
        include_str!("assets/doorward.js"),
    )
});
/// The icon.
pub static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "doorward",
        "svg",
        "image/svg+xml",
        include_str!("assets/doorward.svg"),
    )
});

/// One compiled-in file.
#[derive(Debug)]
pub struct Asset {
    file: String,
    media_type: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, text: &'static str) -> Self {
        let digest = hex(sha256(text));
        let short = digest.get(..16).unwrap_or(&digest);
        Self {
            file: format!("{stem}.{short}.{extension}"),
            media_type,
            text,
        }
    }

    /// Its URL below `base` (an origin, or nothing).
    pub fn url(&self, base: &str) -> String {
        format!("{base}/assets/{}", self.file)
    }
}

/// `/assets/NAME.HASH.EXT`.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{file}", get(serve))
}

async fn serve(Path(file): Path<String>) -> Result<Response, ErrorPage> {
    let asset = [&*CSS, &*JS, &*ICON]
        .into_iter()
        .find(|asset| asset.file == file)
        .ok_or_else(ErrorPage::not_found)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
        // Denial pages on protected hosts load these from the site.
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ),
    ];
    Ok((headers, asset.text).into_response())
}
