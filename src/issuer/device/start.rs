//! The device authorization endpoint (RFC 8628 3.1): two codes, one for the device, one for the
//! person.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::code::UserCode;
use crate::base::opaque::DeviceCode;
use crate::base::{GrantId, Opaque, ScopeSet};
use crate::identity::throttle::network_of;
use crate::issuer::client_auth::Called;
use crate::issuer::error::{OAuthError, private_json};
use crate::issuer::resource;
use crate::issuer::state::At;
use crate::issuer::tenant;
use crate::model::{Client, DeviceRequest, Extent, GrantKind};
use crate::web::{Inbound, Params};

/// How long a person has to answer.
const LIFE: Duration = Duration::from_mins(10);
/// How long a device waits between attempts.
const PACE: Duration = Duration::from_secs(5);
/// Every request is a row: one network makes one each two seconds, and some at once.
const EVERY: Duration = Duration::from_secs(2);
const BURST: u32 = 60;
/// A user code that is taken already is as good as impossible; three of them are.
const TRIES: usize = 3;

/// Hands out the two codes.
pub async fn start(
    State(at): State<At>,
    inbound: Inbound,
    request: Request,
) -> Result<Response, OAuthError> {
    let Called { params, client, .. } = Called::read(&at, &inbound, request).await?;
    if !client.flows.grant(GrantKind::DeviceCode) {
        return Err(OAuthError::new(
            "unauthorized_client",
            "This client is not registered for devices.",
        ));
    }
    let (store, rng, now) = (&at.state.store, at.state.kit.rng(), at.state.clock.now());
    let bucket = format!("device-start:{}", network_of(inbound.client));
    if store.take(&bucket, EVERY, BURST, now).await?.is_err() {
        return Err(OAuthError::unavailable());
    }
    let asked = asked(&at, &client, &params)?;
    let code = Opaque::<DeviceCode>::mint(rng).map_err(|cause| OAuthError::internal(&cause))?;
    for _ in 0..TRIES {
        let user_code = UserCode::random(rng).map_err(|cause| OAuthError::internal(&cause))?;
        let hash = user_code.hash(at.issuer.id());
        let until = (PACE, now.plus(LIFE));
        if store
            .insert_device(&code.hash(), hash, &asked, until)
            .await?
        {
            let page = at.issuer.device_url();
            let shown = user_code.shown();
            return Ok(private_json(
                StatusCode::OK,
                &json!({
                    "device_code": code.reveal(),
                    "user_code": shown,
                    "verification_uri": page,
                    "verification_uri_complete": format!("{page}?user_code={shown}"),
                    "expires_in": LIFE.as_secs(),
                    "interval": PACE.as_secs(),
                }),
            ));
        }
    }
    Err(OAuthError::unavailable())
}

fn asked(at: &At, client: &Client, params: &Params) -> Result<DeviceRequest, OAuthError> {
    let terms = at.issuer.terms();
    let scopes = ScopeSet::parse(params.find("scope").unwrap_or_default())
        .ok()
        .filter(|scopes| !scopes.is_empty() && scopes.is_subset(&client.scopes))
        .ok_or_else(|| {
            OAuthError::new(
                "invalid_scope",
                "scope names nothing, or something that this client is not registered for.",
            )
        })?;
    let resources = resource::named(terms, client, params)?;
    resource::fit(terms, &scopes, &resources)?;
    let tenant = tenant::required(at.issuer.settings(), client, params);
    let tenant = tenant.map_err(|text| OAuthError::new("invalid_request", text))?;
    Ok(DeviceRequest {
        issuer: at.issuer.id().clone(),
        client: client.id.clone(),
        tenant,
        scopes,
        extent: Extent {
            resources,
            ..Extent::default()
        },
        grant: GrantId::random(at.state.kit.rng()).map_err(|cause| OAuthError::internal(&cause))?,
    })
}
