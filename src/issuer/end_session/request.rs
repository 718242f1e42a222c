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
use crate::issuer::visitor::Here;
use crate::keys::Purpose;
use crate::model::Client;
use crate::web::{ErrorPage, FormTarget, Params};

/// What a client asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignOut {
    /// Where the browser goes afterwards, `state` included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Where it may go, if the person wants to: registered, but nothing proves that the client asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<String>,
    /// Origins to which that may redirect in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<String>,
    /// The app's name, for display.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The session that the hint was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// Whom the client means (`logout_hint`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    /// When it was asked for.
    asked: Timestamp,
}

/// How long somebody may take to answer; as long as a login.
const LIFETIME: Duration = Duration::from_hours(1);

/// Longest `logout_hint`, in bytes.
const MAX_HINT: usize = 256;

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
        let who = params.find("logout_hint");
        if who.is_some_and(|who| who.len() > MAX_HINT) {
            return Err(ErrorPage::bad_request("Its logout_hint is too long."));
        }
        let Some(jwt) = params.find("id_token_hint") else {
            return Self::unproven(at, params, state).await;
        };
        let Some(hint) = at.state.tokens.read_hint(at.issuer.terms(), jwt) else {
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
            who: who.map(str::to_owned),
            ..Self::nobodys(at)
        };
        if let Some(uri) = params.find("post_logout_redirect_uri") {
            let Some(client) = client.filter(|client| is_registered(client, uri)) else {
                return Err(unregistered(at, &sign_out)?);
            };
            sign_out.beyond = FormTarget::sources(client.addresses());
            sign_out.target = Some(with_state(uri, state));
        }
        Ok(sign_out)
    }

    /// Without a hint nothing shows that it is the client that asks. If it names itself, the person
    /// learns which app it is about, and may go to an address of it; the browser never goes by itself.
    async fn unproven(at: &At, params: &Params, state: Option<&str>) -> Result<Self, ErrorPage> {
        let Some(id) = params.find("client_id") else {
            return Ok(Self::nobodys(at));
        };
        let Some(client) = clients::find(at, &id.into()).await? else {
            return Ok(Self::nobodys(at));
        };
        let uri = params.find("post_logout_redirect_uri");
        let uri = uri.filter(|uri| is_registered(&client, uri));
        Ok(Self {
            app: Some(client.name.clone()),
            offered: uri.map(|uri| with_state(uri, state)),
            ..Self::nobodys(at)
        })
    }

    /// Whether it proves to be about who is here: by the session of its hint, and not against what
    /// its `logout_hint` says.
    pub fn is_about(&self, here: &Here) -> bool {
        let user = &here.user;
        let names = [
            Some(user.username.as_str()),
            Some(user.id.as_str()),
            user.email.as_deref(),
            Some(here.lease.session.as_str()),
        ];
        let meant = |who: &str| names.into_iter().flatten().any(|name| name == who);
        self.session.as_ref() == Some(&here.lease.session) && self.who.as_deref().is_none_or(meant)
    }

    /// Proves nothing and leads nowhere.
    fn nobodys(at: &At) -> Self {
        Self {
            target: None,
            offered: None,
            who: None,
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

/// `state` comes back as it was.
fn with_state(uri: &str, state: Option<&str>) -> String {
    match state {
        Some(state) => with_query(uri, &[("state", state)]),
        None => uri.to_owned(),
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
