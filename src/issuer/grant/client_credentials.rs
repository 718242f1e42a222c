//! `client_credentials` (RFC 6749 4.4): a client that proved itself asks for itself. There is no
//! person in it, so nothing that is about one can be had, and no refresh token: the client can ask
//! again at any time.

use std::future::ready;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Direct, GrantType, Granted, Redeem, Refused, Request};
use crate::base::{ScopeSet, TenantId};
use crate::issuer::error::OAuthError;
use crate::issuer::resource;
use crate::issuer::tenant::{self, Asked};
use crate::model::GrantKind;
use crate::tokens::{Reach, reach};

pub const CLIENT_CREDENTIALS: GrantType = GrantType {
    kind: GrantKind::ClientCredentials,
    look,
};

fn look<'a>(request: &'a Request<'a>) -> BoxFuture<'a, Result<Redeem<'a>, Refused>> {
    let own = own(request).map(|granted| ready(Ok(granted)).boxed());
    ready(own).boxed()
}

fn own(request: &Request<'_>) -> Result<Granted, Refused> {
    let (terms, client) = (request.at.issuer.terms(), request.client);
    super::must_be_confidential(client)?;
    let resources = resource::named(terms, client, request.params)?;
    let about_people = |scope: &str| terms.catalogue.knows(scope);
    let scopes = match request.params.find("scope") {
        Some(text) => {
            let refused = |why| OAuthError::new("invalid_scope", why);
            let asked = ScopeSet::parse(text).map_err(|_| refused("scope is malformed."))?;
            if asked.iter().any(about_people) {
                let why = "scope asks for something about a person, and there is none here.";
                return Err(refused(why).into());
            }
            if !asked.is_subset(&client.scopes) {
                let why = "scope names something that this client is not registered for.";
                return Err(refused(why).into());
            }
            asked
        }
        // All it may have, of the resources that it names.
        None => client
            .scopes
            .iter()
            .filter(|scope| !about_people(scope))
            .filter(|scope| {
                let owner = reach::owner(terms, scope);
                resources.is_empty() || resources.iter().any(|id| id == owner)
            })
            .collect(),
    };
    resource::fit(terms, &scopes, &resources)?;
    Ok(Granted::Direct(Box::new(Direct {
        reach: Reach::new(terms, &scopes, &resources),
        on_behalf: None,
        tenant: tenant(request)?,
    })))
}

/// The tenant that is named, or the client's only one. It need not say: there is no person in it.
fn tenant(request: &Request<'_>) -> Result<Option<TenantId>, OAuthError> {
    let settings = request.at.issuer.settings();
    match tenant::asked(settings, request.client, request.params) {
        Ok(Asked::In(tenant)) => Ok(Some(tenant)),
        Ok(Asked::Untenanted | Asked::Unsaid) => Ok(None),
        Err(text) => Err(OAuthError::new("invalid_request", text)),
    }
}
