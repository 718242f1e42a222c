//! The request behind a code that somebody typed.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;

use super::code::UserCode;
use super::page::sign_in_path;
use crate::identity::throttle::network_of;
use crate::issuer::authorize::outsider::{self, Ways};
use crate::issuer::clients;
use crate::issuer::state::At;
use crate::issuer::tenant::admits;
use crate::issuer::visitor::Here;
use crate::issuer::welcome::{self, Standing};
use crate::model::{Client, DeviceRequest};
use crate::tokens::Entitled;
use crate::web::{ErrorPage, Inbound, see_other};

/// Wrong codes: by session and by network, ten at once and one a minute (RFC 8628 5.1).
const EVERY: Duration = Duration::from_mins(1);
const BURST: u32 = 10;

/// A device that waits for an answer.
pub struct Waiting {
    /// As it was typed.
    pub code: UserCode,
    /// As far as the client may still have it.
    pub request: DeviceRequest,
    /// Whose it is.
    pub client: Arc<Client>,
}

impl Waiting {
    /// Whether it may know who is here.
    pub fn admits(&self, here: &Here) -> bool {
        admits(&self.client, &here.user, self.request.tenant.as_ref())
    }

    /// Whether they came in by a way that its tenant takes; where to sign in again when not.
    pub fn asks_again(&self, at: &At, here: &Here) -> Result<Option<String>, ErrorPage> {
        let tenant = self.request.tenant.as_ref();
        let tenant = at.issuer.terms().catalogue.tenant(tenant);
        if tenant.is_none_or(|tenant| tenant.takes(&here.lease.amr)) {
            return Ok(None);
        }
        self.sign_in_again(at).map(Some)
    }

    /// What the client's policy has against whoever is here, at `address`: a page, or signing in anew.
    pub fn unwelcome(
        &self,
        at: &At,
        here: &Here,
        address: IpAddr,
    ) -> Result<Option<Response>, ErrorPage> {
        let reason = match welcome::standing(at, &self.client, here, address) {
            Standing::Welcome => return Ok(None),
            Standing::Again(_) => return Ok(Some(see_other(&self.sign_in_again(at)?))),
            Standing::Unwelcome(reason) => reason,
        };
        let ways = Ways {
            switch: Some(self.sign_in_again(at)?),
            back: None,
        };
        let whom = (&*self.client, self.request.tenant.as_ref());
        welcome::page(at, here, whom, reason, ways).map(Some)
    }

    fn sign_in_again(&self, at: &At) -> Result<String, ErrorPage> {
        let tenant = self.request.tenant.as_ref();
        sign_in_path(at, Some(&self.code), tenant, true)
    }

    /// For somebody who does not belong to the tenant that is asked for. The device goes on waiting:
    /// another account may.
    pub fn outsider(&self, at: &At, here: &Here) -> Result<Response, ErrorPage> {
        let ways = Ways {
            switch: Some(self.sign_in_again(at)?),
            back: None,
        };
        let tenant = self.request.tenant.as_ref();
        outsider::render(at, here, (&self.client, tenant), ways)
    }
}

/// The request of a code somebody typed. Wrong ones are counted before they are looked up.
pub async fn find(
    at: &At,
    inbound: &Inbound,
    here: &Here,
    typed: &str,
) -> Result<Option<Waiting>, ErrorPage> {
    let (store, now) = (&at.state.store, at.state.clock.now());
    let buckets = [
        format!("device-code:session:{}", here.lease.session),
        format!("device-code:ip:{}", network_of(inbound.client)),
    ];
    for bucket in &buckets {
        if let Err(next) = store.take(bucket, EVERY, BURST, now).await? {
            return Err(ErrorPage::too_many_requests(next.since(now)));
        }
    }
    let Some(code) = UserCode::parse(typed) else {
        return Ok(None);
    };
    let issuer = at.issuer.id();
    let Some(mut request) = store.find_device(code.hash(issuer), issuer, now).await? else {
        return Ok(None);
    };
    let Some(client) = clients::find(at, &request.client).await? else {
        return Ok(None);
    };
    let (terms, extent) = (at.issuer.terms(), &request.extent);
    let Some(entitled) = Entitled::of(terms, &client, &request.scopes, extent) else {
        return Ok(None);
    };
    (request.scopes, request.extent) = entitled.into_parts();
    for bucket in &buckets {
        store.give_back(bucket, EVERY, now).await?;
    }
    Ok(Some(Waiting {
        code,
        request,
        client,
    }))
}
