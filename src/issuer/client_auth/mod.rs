//! How a client proves who it is, one file per method. This file owns the shared steps: exactly one
//! method, the client's own issuer, one error for every cause, the same cost for an unknown client.

mod assertion;
mod basic;
mod called;
mod caller;
mod certificate;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod identity;
mod post;
mod subject;

use std::sync::Arc;

use http::header::AUTHORIZATION;

use super::clients;
use super::error::OAuthError;
use super::state::At;
use crate::base::{ClientId, Secret};
use crate::identity::clients::secret_is_right;
use crate::keys::ForeignAlg;
use crate::model::client::Profile;
use crate::model::{Client, ClientAuthMethod};
use crate::web::Params;

pub use called::Called;
pub use caller::Caller;

/// A way to present a proof.
pub struct Method {
    /// The registered methods for which it is proof.
    pub proves: &'static [ClientAuthMethod],
    /// What was presented this way; `None` when it was not used.
    pub read: fn(&Caller, &Params) -> Result<Option<Presented>, OAuthError>,
}

/// What a client presented.
pub struct Presented {
    /// Who it says it is.
    pub client: ClientId,
    /// Its proof.
    pub proof: Proof,
}

/// A proof.
pub enum Proof {
    /// A secret.
    Secret(Secret<String>),
    /// A JWT of its own (RFC 7523 2.2).
    Assertion(Secret<String>),
    /// None in the request itself: a public client, or one whose certificate says who it is.
    Identity,
}

/// Every way to present a proof.
const METHODS: &[Method] = &[
    basic::METHOD,
    post::METHOD,
    assertion::METHOD,
    identity::METHOD,
];

/// The methods that clients can register, as in discovery; those by certificate only where the
/// listener asks for one.
pub fn names(certificates: bool) -> Vec<&'static str> {
    let mut names = vec![
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
    ];
    if certificates {
        names.extend(["tls_client_auth", "self_signed_tls_client_auth"]);
    }
    names.push("none");
    names
}

/// The algorithms that assertions may have, as in discovery.
pub fn algs() -> Vec<&'static str> {
    let keys = ForeignAlg::ALL.iter().map(|alg| alg.as_str());
    keys.chain(["HS256"]).collect()
}

/// The client that is calling, proven.
async fn authenticate(
    at: &At,
    caller: &Caller,
    params: &Params,
) -> Result<Arc<Client>, OAuthError> {
    let refused = || OAuthError::invalid_client(caller.headers.contains_key(AUTHORIZATION));
    let (method, presented) = read_one(caller, params)?.ok_or_else(refused)?;
    let client = clients::find(at, &presented.client).await?;
    // Before anything is said about the client: the work is the same for one that is not there.
    let secret_is_wrong = match &presented.proof {
        Proof::Secret(secret) => !secret_is_right(client.as_deref(), secret),
        Proof::Assertion(_) | Proof::Identity => false,
    };
    let client = client
        .filter(|client| method.proves.contains(&client.auth) && !secret_is_wrong)
        .filter(|client| is_strong_enough(client))
        .ok_or_else(refused)?;
    let proven = match &presented.proof {
        Proof::Secret(_) => true,
        Proof::Assertion(text) => assertion::is_proof(at, &client, text).await?,
        Proof::Identity => certificate::is_proof(at, &client, caller).await,
    };
    if proven { Ok(client) } else { Err(refused()) }
}

/// FAPI 2.0 Security Profile 5.3.2.1: confidential clients, by keys or certificates alone.
fn is_strong_enough(client: &Client) -> bool {
    match client.security.profile {
        Profile::Oidc => true,
        Profile::Fapi2 => match client.auth {
            ClientAuthMethod::PrivateKeyJwt
            | ClientAuthMethod::TlsClientAuth
            | ClientAuthMethod::SelfSignedTlsClientAuth => true,
            ClientAuthMethod::ClientSecret
            | ClientAuthMethod::ClientSecretBasic
            | ClientAuthMethod::ClientSecretPost
            | ClientAuthMethod::ClientSecretJwt
            | ClientAuthMethod::None => false,
        },
    }
}

/// RFC 6749 2.3: not more than one method per request.
fn read_one(
    caller: &Caller,
    params: &Params,
) -> Result<Option<(&'static Method, Presented)>, OAuthError> {
    let mut found = None;
    for method in METHODS {
        let Some(presented) = (method.read)(caller, params)? else {
            continue;
        };
        if found.is_some() {
            return Err(OAuthError::invalid_request(
                "More than one client authentication method was used.",
            ));
        }
        found = Some((method, presented));
    }
    Ok(found)
}
