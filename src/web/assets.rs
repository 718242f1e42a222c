//! Style sheet, script and icon: compiled in; what looks add to them. Served under names that carry their hash, so that a
//! browser may keep them for ever and a new version is a new name.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};

use super::{ErrorPage, Kit};
use crate::base::encoding::{hex, sha256};

/// The style sheet.
pub static CSS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "doorward",
        "css",
        "text/css; charset=utf-8",
        Bytes::from_static(include_bytes!("assets/doorward.css")),
    )
});
/// The script; pages work without it.
pub static JS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "doorward",
        "js",
        "text/javascript; charset=utf-8",
        Bytes::from_static(include_bytes!("assets/doorward.js")),
    )
});
/// The icon.
pub static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "doorward",
        "svg",
        "image/svg+xml",
        Bytes::from_static(include_bytes!("assets/doorward.svg")),
    )
});

/// One file that pages load.
#[derive(Debug)]
pub struct Asset {
    file: String,
    media_type: &'static str,
    body: Bytes,
    saved: bool,
}

impl Asset {
    /// A file called after its content.
    pub(super) fn new(stem: &str, extension: &str, media_type: &'static str, body: Bytes) -> Self {
        let digest = hex(sha256(&body));
        let short = digest.get(..16).unwrap_or(&digest);
        Self {
            file: format!("{stem}.{short}.{extension}"),
            media_type,
            body,
            saved: false,
        }
    }

    /// One that browsers save when it is opened by itself: an SVG of somebody else's may hold
    /// anything. In a page it is a picture.
    #[must_use]
    pub(super) fn saved_not_shown(self) -> Self {
        Self {
            saved: true,
            ..self
        }
    }

    /// Whether that is its name.
    pub(super) fn is_called(&self, file: &str) -> bool {
        self.file == file
    }

    /// Its URL below `base` (an origin, or nothing).
    pub fn url(&self, base: &str) -> String {
        format!("{base}/assets/{}", self.file)
    }
}

/// `/assets/NAME.HASH.EXT`.
pub(super) fn router(kit: &Kit) -> Router {
    Router::new()
        .route("/assets/{file}", get(serve))
        .with_state(kit.clone())
}

async fn serve(State(kit): State<Kit>, Path(file): Path<String>) -> Result<Response, ErrorPage> {
    let asset = [&*CSS, &*JS, &*ICON]
        .into_iter()
        .find(|asset| asset.is_called(&file))
        .or_else(|| kit.looks().find(&file))
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
    let mut response = (headers, asset.body.clone()).into_response();
    if asset.saved {
        let save = HeaderValue::from_static("attachment");
        response.headers_mut().insert(CONTENT_DISPOSITION, save);
    }
    Ok(response)
}
