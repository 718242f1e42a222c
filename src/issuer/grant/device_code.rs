//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 3.4): a device asks what became of its
//! request, at the pace it was told, until a person has answered.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{GrantType, Granted, Person, Redeem, Refused, Request};
use crate::base::Opaque;
use crate::base::opaque::DeviceCode;
use crate::issuer::error::OAuthError;
use crate::issuer::resource;
use crate::model::{DeviceAnswer, DeviceApproval, DeviceRequest, Extent, GrantKind};
use crate::store::Polled;
use crate::tokens::{Entitled, Narrowed, Redemption};

pub const DEVICE_CODE: GrantType = GrantType {
    kind: GrantKind::DeviceCode,
    look,
};

fn look<'a>(request: &'a Request<'a>) -> BoxFuture<'a, Result<Redeem<'a>, Refused>> {
    poll(request).boxed()
}

async fn poll<'a>(request: &'a Request<'a>) -> Result<Redeem<'a>, Refused> {
    let at = request.at;
    let text = request
        .params
        .find("device_code")
        .ok_or_else(|| OAuthError::invalid_request("device_code is missing."))?;
    let unknown = || Refused::invalid("unknown_device_code");
    let code = Opaque::<DeviceCode>::parse(text).ok_or_else(unknown)?;
    let whose = (at.issuer.id(), &request.client.id);
    let now = at.state.clock.now();
    let polled = at.state.store.poll_device(&code.hash(), whose, now).await?;
    let wait = |code, description| Err(OAuthError::new(code, description).into());
    match polled.ok_or_else(unknown)? {
        Polled::Pending => wait("authorization_pending", "Nobody has answered yet."),
        Polled::TooFast => wait("slow_down", "Wait five seconds longer between attempts."),
        Polled::Expired => wait("expired_token", "Nobody answered in time: start again."),
        Polled::Answered(_, DeviceAnswer::Denied) => {
            wait("access_denied", "The person did not allow it.")
        }
        Polled::Answered(asked, DeviceAnswer::Approved(approval)) => {
            super::still_counts(request, &asked.grant).await?;
            let extent = Extent {
                resources: approval.resources.clone(),
                ..asked.extent.clone()
            };
            let terms = at.issuer.terms();
            let entitled = Entitled::of(terms, request.client, &approval.scopes, &extent);
            let entitled = entitled.ok_or_else(|| Refused::invalid("nothing_left"))?;
            let resources = resource::narrowed(terms, request.client, request.params, &entitled)?;
            Ok(redeem(request, (asked, approval), entitled, resources).boxed())
        }
    }
}

async fn redeem(
    request: &Request<'_>,
    (asked, approval): (Box<DeviceRequest>, Box<DeviceApproval>),
    entitled: Entitled,
    resources: Option<Vec<String>>,
) -> Result<Granted, Refused> {
    let terms = request.at.issuer.terms();
    let of_user = |reason| Refused {
        user: Some(approval.user.clone()),
        ..Refused::invalid(reason)
    };
    let held = request.sender.filter(|_| request.client.auth.is_public());
    let tokens = &request.at.state.tokens;
    match tokens
        .redeem_device(terms, (&asked, &approval), entitled, held)
        .await?
    {
        Redemption::First(authorization) => Ok(Granted::Person(Box::new(Person {
            authorization: *authorization,
            narrowed: Narrowed {
                scopes: None,
                resources,
            },
            issued: approval.at,
        }))),
        Redemption::Over => Err(of_user("session_or_grant_ended")),
        Redemption::Again(grant) => Err(Refused {
            revoked: Some(grant),
            ..of_user("code_used_again")
        }),
    }
}
