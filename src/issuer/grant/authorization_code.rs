//! `authorization_code` (RFC 6749 4.1.3). Everything is checked before the code is spent, so that a
//! stranger's attempt does not burn it.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{GrantType, Granted, Person, Redeem, Refused, Request};
use crate::issuer::error::OAuthError;
use crate::issuer::resource;
use crate::model::GrantKind;
use crate::tokens::{Code, Entitled, Narrowed, Redemption};

pub const AUTHORIZATION_CODE: GrantType = GrantType {
    kind: GrantKind::AuthorizationCode,
    look,
};

fn look<'a>(request: &'a Request<'a>) -> BoxFuture<'a, Result<Redeem<'a>, Refused>> {
    open(request).boxed()
}

async fn open<'a>(request: &'a Request<'a>) -> Result<Redeem<'a>, Refused> {
    let (at, params) = (request.at, request.params);
    let text = params
        .find("code")
        .ok_or_else(|| OAuthError::invalid_request("code is missing."))?;
    let code = at
        .state
        .tokens
        .open_code(at.issuer.terms(), text)
        .ok_or_else(|| Refused::invalid("unknown_code"))?;
    if *code.client() != request.client.id {
        return Err(Refused::invalid("another_clients_code"));
    }
    if !params
        .find("redirect_uri")
        .is_some_and(|uri| code.was_sent_to(uri))
    {
        return Err(Refused::invalid("another_redirect_uri"));
    }
    if !code.is_proven_by(params.find("code_verifier")) {
        return Err(Refused::invalid("wrong_code_verifier"));
    }
    let terms = at.issuer.terms();
    let entitled = code.entitled(terms, request.client);
    let entitled = entitled.ok_or_else(|| Refused::invalid("nothing_left"))?;
    let resources = resource::narrowed(terms, request.client, params, &entitled)?;
    // RFC 9449 10: a code that was asked for with a key is that key's.
    if code
        .confirmation()
        .is_some_and(|key| request.sender != Some(key))
    {
        return Err(Refused::invalid("another_key"));
    }
    super::still_counts(request, code.grant()).await?;
    Ok(redeem(request, code, entitled, resources).boxed())
}

async fn redeem(
    request: &Request<'_>,
    code: Code,
    entitled: Entitled,
    resources: Option<Vec<String>>,
) -> Result<Granted, Refused> {
    let (terms, tokens) = (request.at.issuer.terms(), &request.at.state.tokens);
    // A public client's refresh tokens have no other protection than the key (RFC 9449 5).
    let held = request.sender.filter(|_| request.client.auth.is_public());
    match tokens.redeem(terms, (&code, entitled), held).await? {
        Redemption::First(authorization) => Ok(Granted::Person(Box::new(Person {
            authorization: *authorization,
            narrowed: Narrowed {
                scopes: None,
                resources,
            },
            issued: code.minted(),
        }))),
        Redemption::Over => Err(Refused {
            user: Some(code.user().clone()),
            ..Refused::invalid("session_or_grant_ended")
        }),
        Redemption::Again(grant) => Err(Refused {
            user: Some(code.user().clone()),
            revoked: Some(grant),
            ..Refused::invalid("code_used_again")
        }),
    }
}
