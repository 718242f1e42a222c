//! A logout request that was understood, and how it travels through the browser: sealed, so that
//! neither the hint nor an address can be exchanged on the way.

use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::base::{RngFailed, SessionId, Timestamp};
use crate::issuer::authorize::check::MAX_STATE;
use crate::issuer::authorize::target::with_query;
use crate::issuer::clients;
use crate::issuer::state::At;
use crate::keys::Purpose;
use crate::model::Client;
use crate::web::{ErrorPage, FormTarget, Params};

/// What a client asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignOut {
    /// Where the browser goes afterwards, `state` included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Origins to which that may redirect in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<String>,
    /// The app's name, for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The session that the hint was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// When it was asked for.
    asked: Timestamp,
}

/// How long somebody may take to answer; as long as a login.
const LIFETIME: Duration = Duration::from_hours(1);

/// What the sealed form is bound to besides the issuer: it is no authorization request.
const FORM: &[u8] = b"sign-out/";

impl SignOut {
    /// Reads a request. A hint that is not ours is no hint: the person is asked, and stays here.
    pub async fn understand(at: &At, params: &Params) -> Result<Self, ErrorPage> {
        if params.duplicate(&[]).is_some() {
            return Err(ErrorPage::bad_request("It holds a parameter twice."));
        }
        let state = params.find("state");
        if state.is_some_and(|state| state.len() > MAX_STATE) {
            return Err(ErrorPage::bad_request("Its state is too long."));
        }
        let hint = params
            .find("id_token_hint")
            .and_then(|jwt| at.state.tokens.read_hint(at.issuer.terms(), jwt));
        let Some(hint) = hint else {
            return Ok(Self::nobodys(at));
        };
        if params
            .find("client_id")
            .is_some_and(|id| id != hint.client.as_str())
        {
            return Err(ErrorPage::bad_request(
                "Its client_id is not the client that its id_token_hint was given to.",
            ));
        }
        let client = clients::find(at, &hint.client).await?;
        let mut sign_out = Self {
            app: client.as_deref().map(|client| client.name.clone()),
            session: hint.session,
            ..Self::nobodys(at)
        };
        if let Some(uri) = params.find("post_logout_redirect_uri") {
            let Some(client) = client.filter(|client| is_registered(client, uri)) else {
                return Err(unregistered(at, &sign_out)?);
            };
            sign_out.beyond = FormTarget::sources(client.addresses());
            sign_out.target = Some(match state {
                Some(state) => with_query(uri, &[("state", state)]),
                None => uri.to_owned(),
            });
        }
        Ok(sign_out)
    }

    /// Proves nothing and leads nowhere.
    fn nobodys(at: &At) -> Self {
        Self {
            target: None,
            beyond: Vec::new(),
            app: None,
            session: None,
            asked: at.state.clock.now(),
        }
    }

    /// Seals the request for its way through the browser.
    pub fn seal(&self, at: &At) -> Result<String, RngFailed> {
        // Strings: their JSON cannot fail.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        at.state
            .sealer
            .seal(Purpose::AuthorizeRequest, &bound(at), &plain)
    }

    /// Opens what [`Self::seal`] made.
    pub fn open(at: &At, sealed: &str) -> Result<Self, ErrorPage> {
        at.state
            .sealer
            .open(Purpose::AuthorizeRequest, &bound(at), sealed.as_bytes())
            .and_then(|plain| serde_json::from_slice::<Self>(&plain).ok())
            .filter(|sign_out| at.state.clock.now() < sign_out.asked.plus(LIFETIME))
            .ok_or_else(|| ErrorPage::bad_request("Its address is not whole, or too old."))
    }

    /// The URL under which the request goes on at `path`.
    pub fn path(&self, at: &At, path: &str) -> Result<String, RngFailed> {
        Ok(format!("{path}?r={}", self.seal(at)?))
    }
}

/// Byte for byte.
fn is_registered(client: &Client, uri: &str) -> bool {
    let plain = uri.bytes().all(|byte| matches!(byte, 0x21..=0x7e));
    let mut known = client.post_logout_redirect_uris.iter();
    plain && known.any(|known| known == uri)
}

/// Says so, and lets the person sign out here all the same.
fn unregistered(at: &At, sign_out: &SignOut) -> Result<ErrorPage, RngFailed> {
    let app = sign_out.app.as_deref().unwrap_or("The app");
    let page = ErrorPage::new(
        StatusCode::BAD_REQUEST,
        "invalid_request",
        "The app sent you here with a wrong address",
        format!(
            "{app} asked to send you on to an address that is not registered for it \
             (post_logout_redirect_uri)."
        ),
    )
    .advice("You are still signed in. Tell the people who run the app.");
    Ok(page.link(
        "Sign out here",
        sign_out.path(at, &at.issuer.sign_out_path())?,
    ))
}

fn bound(at: &At) -> Vec<u8> {
    [FORM, at.issuer.aad()].concat()
}
