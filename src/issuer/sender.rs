//! What a request's tokens are bound to, so that whoever steals one cannot use it: a `DPoP` key
//! (RFC 9449) or the certificate of the connection (RFC 8705 3). At the endpoints that hand out
//! tokens, and where a token is presented.

use axum::response::{IntoResponse, Response};

use super::bearer::{BearerError, presented};
use super::client_auth::Caller;
use super::dpop::{self, DpopError, Proof};
use super::error::OAuthError;
use super::state::At;
use crate::model::Client;
use crate::model::client::Profile;
use crate::model::grant::Confirmation;
use crate::tokens::AccessToken;
use crate::web::{Params, Scheme};

impl From<DpopError> for OAuthError {
    fn from(error: DpopError) -> Self {
        match error {
            DpopError::Store(cause) => cause.into(),
            DpopError::Header
            | DpopError::Signature
            | DpopError::Target
            | DpopError::Time
            | DpopError::Token
            | DpopError::Replay => {
                Self::new("invalid_dpop_proof", format!("The DPoP proof is {error}."))
            }
        }
    }
}

/// What a request shows that its tokens can be bound to.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// To what they are bound, if to anything.
    pub bound_to: Option<Confirmation>,
    proof: Option<Proof>,
}

impl Sender {
    fn bound(bound_to: Confirmation) -> Self {
        Self {
            bound_to: Some(bound_to),
            proof: None,
        }
    }

    /// Takes what may be shown once. Nothing is handed out before.
    pub async fn spend(&self, at: &At) -> Result<(), OAuthError> {
        match &self.proof {
            Some(proof) => Ok(proof.spend(&at.state.store).await?),
            None => Ok(()),
        }
    }
}

/// What the tokens of `client`'s request to the endpoint at `path` are to be bound to; an error when
/// the client's tokens must be bound and the request shows nothing to bind them to.
pub fn of_request(
    at: &At,
    client: &Client,
    caller: &Caller,
    path: &str,
) -> Result<Sender, OAuthError> {
    if let Some(proof) = dpop::presented(at, caller, path, None)? {
        return Ok(Sender {
            bound_to: Some(Confirmation::Dpop(proof.jkt.clone())),
            proof: Some(proof),
        });
    }
    let security = &client.security;
    // FAPI 2.0 Security Profile 5.3.2.1: one of the two.
    let bound = security.certificate_bound_tokens || security.profile == Profile::Fapi2;
    match &caller.certificate {
        Some(certificate) if bound && !security.require_dpop => Ok(Sender::bound(
            Confirmation::Certificate(certificate.thumbprint()),
        )),
        None if security.certificate_bound_tokens && !security.require_dpop => {
            Err(OAuthError::invalid_request(
                "This client's tokens are bound to its TLS certificate: connect with one.",
            ))
        }
        Some(_) | None if bound || security.require_dpop => Err(OAuthError::invalid_request(
            "This client's tokens are bound to a key: send a DPoP proof.",
        )),
        Some(_) | None => Ok(Sender::default()),
    }
}

/// `token_type` of a token that is bound to this.
pub const fn token_type(bound_to: Option<&Confirmation>) -> &'static str {
    match bound_to {
        Some(Confirmation::Dpop(_)) => "DPoP",
        Some(Confirmation::Certificate(_)) | None => "Bearer",
    }
}

/// The access token a request to the endpoint at `path` presents, with the key or the certificate
/// it is bound to. Never a bound one without.
pub async fn token(
    at: &At,
    caller: &Caller,
    path: &str,
    (query, form): (&Params, Option<&Params>),
) -> Result<AccessToken, Response> {
    let refused = |error: BearerError| error.into_response();
    let (scheme, text) = presented(&caller.headers, query, form).map_err(refused)?;
    let terms = at.issuer.terms();
    let token = at.state.tokens.verify_access(terms, text, &terms.url);
    let token = token.map_err(|_| refused(BearerError::InvalidToken))?;
    let shown = match (&token.confirmation, scheme) {
        (None, Scheme::Bearer) => true,
        (Some(Confirmation::Certificate(own)), Scheme::Bearer) => {
            let shown = caller.certificate.as_ref();
            shown.is_some_and(|shown| shown.thumbprint() == *own)
        }
        (Some(Confirmation::Dpop(own)), Scheme::Dpop) => {
            let proof = dpop::presented(at, caller, path, Some(text)).map_err(proof_refused)?;
            let proof = proof.ok_or_else(|| refused(BearerError::InvalidProof))?;
            let own = proof.jkt == *own;
            if own {
                proof.spend(&at.state.store).await.map_err(proof_refused)?;
            }
            own
        }
        (Some(Confirmation::Dpop(_)), Scheme::Bearer)
        | (None | Some(Confirmation::Certificate(_)), Scheme::Dpop) => false,
    };
    if shown {
        Ok(token)
    } else {
        Err(refused(BearerError::InvalidToken))
    }
}

fn proof_refused(error: DpopError) -> Response {
    match error {
        DpopError::Store(cause) => OAuthError::from(cause).into_response(),
        DpopError::Header
        | DpopError::Signature
        | DpopError::Target
        | DpopError::Time
        | DpopError::Token
        | DpopError::Replay => BearerError::InvalidProof.into_response(),
    }
}
