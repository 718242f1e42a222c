//! An app's logo, served by the issuer itself: a page needs to load nothing from elsewhere, and no
//! app learns who looks at its sign-in page.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::base::Timestamp;
use crate::issuer::clients::find;
use crate::issuer::state::At;
use crate::model::Client;
use crate::outbound::{Good, Kept, Lane, Limits, Missed, Outbound};
use crate::web::image::kind_of;
use crate::web::{AppLinks, ErrorPage, Query};

/// Logos that are kept in memory.
const KEPT: usize = 64;
/// Largest logo, in bytes.
const LARGEST: usize = 256 * 1024;
/// How long one is kept.
const FRESH: Duration = Duration::from_hours(1);
/// How long the last one is shown while its server is away.
const AWAY: Duration = Duration::from_hours(24);
/// How long it is not asked for again when it could not be fetched.
const GONE: Duration = Duration::from_mins(1);

/// Logos by their addresses.
#[derive(Debug)]
pub struct Logos(Kept<String, Image>);

#[derive(Clone)]
struct Image {
    kind: &'static str,
    body: Bytes,
}

impl Default for Logos {
    fn default() -> Self {
        Self(Kept::new(KEPT))
    }
}

impl Logos {
    async fn load(&self, uri: &String, outbound: &Outbound, now: Timestamp) -> Option<Image> {
        let fetching = |known| fetch(uri, outbound, Lane::of_known(known));
        self.0.load(uri, now, fetching).await
    }
}

/// The logo of the client that the query names.
pub async fn logo(State(at): State<At>, Query(query): Query) -> Result<Response, ErrorPage> {
    let id = query.find("client_id").unwrap_or_default();
    let client = find(&at, &id.into()).await?;
    let uri = client
        .as_deref()
        .and_then(|client| client.about.logo_uri.as_ref())
        .ok_or_else(ErrorPage::not_found)?;
    let (outbound, now) = (&at.state.outbound, at.state.clock.now());
    let image = at.issuer.logos().load(uri, outbound, now).await;
    let image = image.ok_or_else(ErrorPage::not_found)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(image.kind)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
        // An SVG may hold anything. In a page of ours it is a picture; by itself it is a file.
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
    ];
    Ok((headers, image.body).into_response())
}

/// What pages show of a client.
pub fn links(at: &At, client: &Client) -> AppLinks {
    let about = &client.about;
    let shown = |uri: &&String| at.state.outbound.admits(uri).is_ok();
    let logo = about.logo_uri.as_ref().filter(shown).map(|_| {
        let id: String = form_urlencoded::byte_serialize(client.id.as_str().as_bytes()).collect();
        format!("{}?client_id={id}", at.issuer.logo_path())
    });
    AppLinks {
        logo,
        policy: about.policy_uri.clone(),
        tos: about.tos_uri.clone(),
    }
}

async fn fetch(uri: &str, outbound: &Outbound, lane: Lane) -> Result<Good<Image>, Missed> {
    let accept = "image/png, image/jpeg, image/webp, image/gif, image/svg+xml";
    let limits = Limits::body(LARGEST).in_lane(lane);
    let fetched = outbound.get(uri, accept, limits).await;
    let fetched = fetched
        .and_then(crate::outbound::Fetched::ok)
        .inspect_err(|error| tracing::info!(%error, "an app's logo could not be fetched"))
        .map_err(|error| Missed::by(&error, GONE))?;
    let kind = kind_of(&fetched.body, fetched.content_type.as_deref());
    Ok(Good {
        value: Image {
            kind: kind.ok_or(Missed::Gone(GONE))?,
            body: fetched.body,
        },
        life: FRESH,
        beyond: AWAY,
    })
}
