//! `private_key_jwt` and `client_secret_jwt` (RFC 7523 2.2 and 3, OpenID Connect Core 9): a JWT of
//! the client's own, for us alone, for a short while, once.

use std::time::Duration;

use super::{Caller, Method, Presented, Proof};
use crate::base::encoding::sha256;
use crate::base::{Secret, Timestamp};
use crate::identity::clients::kept_secrets;
use crate::issuer::error::OAuthError;
use crate::issuer::state::At;
use crate::keys::{ForeignAlg, Jws};
use crate::model::client::Profile;
use crate::model::{Client, ClientAuthMethod};
use crate::web::Params;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The `typ` headers that are found on assertions.
const TYPES: &[&str] = &["", "jwt", "client-authentication+jwt"];
/// How far the client's clock may differ.
const LEEWAY: Duration = Duration::from_secs(10);
/// How long an assertion may live; its `jti` is remembered as long. Common libraries ask for an hour.
const LONGEST: Duration = Duration::from_hours(1);
/// Longest `jti`, in bytes.
const MAX_JTI: usize = 512;

pub const METHOD: Method = Method {
    proves: &[
        ClientAuthMethod::PrivateKeyJwt,
        ClientAuthMethod::ClientSecretJwt,
    ],
    read,
};

fn read(_: &Caller, params: &Params) -> Result<Option<Presented>, OAuthError> {
    if !params.has("client_assertion") && !params.has("client_assertion_type") {
        return Ok(None);
    }
    let refused = || OAuthError::invalid_client(false);
    if params.find("client_assertion_type") != Some(TYPE) {
        return Err(refused());
    }
    let text = params.find("client_assertion").ok_or_else(refused)?;
    // Says only whose keys are asked; the claim counts once they have verified it.
    let jws = Jws::read(text).map_err(|_| refused())?;
    let client = jws.claims().text("sub").ok_or_else(refused)?;
    if params.has("client_id") && params.find("client_id") != Some(client) {
        return Err(refused());
    }
    Ok(Some(Presented {
        client: client.into(),
        proof: Proof::Assertion(Secret::new(text.to_owned())),
    }))
}

/// Whether the assertion is `client`'s, for this issuer, in its time and new.
pub async fn is_proof(at: &At, client: &Client, text: &Secret<String>) -> Result<bool, OAuthError> {
    let Ok(jws) = Jws::read(text.expose_secret()) else {
        return Ok(false);
    };
    let now = at.state.clock.now();
    let checked = says_what_it_must(at, client, &jws, now);
    let Some((jti, until)) = checked.filter(|_| jws.is_typed(TYPES)) else {
        return Ok(refuse(
            client,
            "its claims are not those of an assertion for us",
        ));
    };
    if !is_signed(at, client, &jws).await {
        return Ok(false);
    }
    // Last, so that nobody else can use up a client's assertion.
    let once = format!("client-assertion\0{}\0{}\0{jti}", at.issuer.id(), client.id);
    let first = at.state.store.spend(&sha256(once), until).await?;
    Ok(first || refuse(client, "its jti was used before"))
}

/// RFC 7523 3: the `jti`, and how long to remember it; `None` when anything else is wrong.
fn says_what_it_must<'j>(
    at: &At,
    client: &Client,
    jws: &'j Jws<'_>,
    now: Timestamp,
) -> Option<(&'j str, Timestamp)> {
    let claims = jws.claims();
    let own = |name| claims.text(name) == Some(client.id.as_str());
    let settings = at.issuer.settings();
    // The issuer alone: an assertion for another server's endpoint must not work here, and ours
    // not there. Never one of several.
    let also_endpoint =
        client.security.assertion_for_token_endpoint && client.security.profile == Profile::Oidc;
    let endpoint = format!("{}{}", settings.url, settings.endpoints.token);
    let for_us = claims.is_for(&settings.url) || (also_endpoint && claims.is_for(&endpoint));
    let jti = claims.text("jti").filter(|jti| jti.len() <= MAX_JTI)?;
    let expires = claims.time("exp").ok()??;
    let begun = |name| match claims.time(name) {
        Ok(time) => time.is_none_or(|time| time <= now.plus(LEEWAY)),
        Err(_) => false,
    };
    let in_time = now < expires.plus(LEEWAY)
        && expires <= now.plus(LONGEST).plus(LEEWAY)
        && begun("nbf")
        && begun("iat");
    (own("iss") && own("sub") && for_us && in_time).then(|| (jti, expires.plus(LEEWAY)))
}

async fn is_signed(at: &At, client: &Client, jws: &Jws<'_>) -> bool {
    let registered = client.algs.auth.as_deref();
    if registered.is_some_and(|alg| alg != jws.alg_name()) {
        return refuse(client, "another algorithm than the registered one");
    }
    match client.auth {
        ClientAuthMethod::PrivateKeyJwt => {
            let verified = at.state.client_keys.verify(client, jws, allowed(client));
            match verified.await {
                Ok(()) => true,
                Err(why) => refuse(client, &why.to_string()),
            }
        }
        ClientAuthMethod::ClientSecretJwt => {
            let secrets = kept_secrets(client, &at.state.sealer);
            let mut secrets = secrets.iter();
            secrets.any(|secret| jws.is_by_secret(secret.expose_secret().as_bytes()))
                || refuse(client, "not authenticated with a secret of the client's")
        }
        ClientAuthMethod::ClientSecret
        | ClientAuthMethod::ClientSecretBasic
        | ClientAuthMethod::ClientSecretPost
        | ClientAuthMethod::TlsClientAuth
        | ClientAuthMethod::SelfSignedTlsClientAuth
        | ClientAuthMethod::None => false,
    }
}

const fn allowed(client: &Client) -> &'static [ForeignAlg] {
    match client.security.profile {
        Profile::Oidc => ForeignAlg::ALL,
        Profile::Fapi2 => ForeignAlg::FAPI,
    }
}

/// The client is told nothing but that it failed; its operator asks us why.
fn refuse(client: &Client, why: &str) -> bool {
    tracing::info!(client = %client.id, why, "a client's assertion was refused");
    false
}
