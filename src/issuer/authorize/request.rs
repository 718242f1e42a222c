//! An authorization request that was understood, and how it travels through a login: sealed in the
//! URL, for nothing is stored before somebody has signed in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::check::strictness;
use super::mode::ResponseMode;
use super::pushed::Reference;
use super::target::RedirectTarget;
use crate::base::{ClientId, RngFailed, ScopeSet, SessionId, TenantId, Timestamp, UserId};
use crate::flow::OwnPath;
use crate::issuer::Issuer;
use crate::issuer::error::AuthorizeError;
use crate::keys::{Purpose, Sealer};
use crate::model::{Client, Extent, Login, ResponseType};
use crate::tokens::{CodeChallenge, Terms, reach};
use crate::web::Params;

/// How long a person may take to sign in and decide.
const LIFETIME: Duration = Duration::from_hours(1);

/// A request that passed every check but who is asking.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizeRequest {
    /// The client.
    pub client: ClientId,
    /// What it was held to when it asked. A request of a client that is held to something else by
    /// now begins anew: nobody has looked whether it may be made.
    #[serde(default)]
    pub held_to: String,
    /// As presented; matched again each time it is used.
    pub redirect_uri: String,
    /// What is asked for, and known here.
    pub scopes: ScopeSet,
    /// What is asked for besides.
    #[serde(default)]
    pub extent: Extent,
    /// The tenant it is asked for in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// What the answer holds.
    #[serde(default = "code")]
    pub response_type: ResponseType,
    /// How the answer goes back.
    #[serde(default)]
    pub mode: ResponseMode,
    /// Given back untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Repeated in the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The S256 challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<CodeChallenge>,
    /// What the person must or must not be shown.
    #[serde(default)]
    pub prompt: Prompt,
    /// How long ago they may have signed in, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
    /// For the user name field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// Whom an `id_token_hint` was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<UserId>,
    /// As whom they must be signed in, in the client's words (`sub` in `claims`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Scopes whose claims are asked for one by one: the person is told of them.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub also: ScopeSet,
    /// The reference it came under, which is used up by the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<Reference>,
    /// When the request came: how long it may take counts from here, whoever signs in meanwhile.
    pub came: Timestamp,
    /// Since when a login counts as a fresh one.
    pub started: Timestamp,
    /// Why it is refused, once somebody has signed in: until then nobody is sent to a client that
    /// nobody invited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// In which session the person is being asked for consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_in: Option<SessionId>,
}

/// An error for the client, on its way through a login.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// The error name.
    pub code: String,
    /// For the client's developer.
    pub description: String,
}

impl From<&AuthorizeError> for Fault {
    fn from(error: &AuthorizeError) -> Self {
        Self {
            code: error.code.to_owned(),
            description: error.description.to_string(),
        }
    }
}

/// The APIs that are named while no scope speaks of them: each stands for itself.
pub fn bare_apis(terms: &Terms, scopes: &ScopeSet, resources: &[String]) -> ScopeSet {
    let spoken_of = |id: &String| scopes.iter().any(|scope| reach::owner(terms, scope) == id);
    resources.iter().filter(|id| !spoken_of(id)).collect()
}

const fn code() -> ResponseType {
    ResponseType::CODE
}

/// `prompt` (OpenID Connect Core 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// `none`: nothing may be shown.
    #[serde(default)]
    pub none: bool,
    /// `login` or `select_account`: sign in again.
    #[serde(default)]
    pub login: bool,
    /// `consent`: ask again.
    #[serde(default)]
    pub consent: bool,
}

impl AuthorizeRequest {
    /// A request before its rules: what is carried along untouched, and nothing else yet.
    pub fn new(client: &Client, target: &RedirectTarget, params: &Params, now: Timestamp) -> Self {
        let value = |name| params.find(name).map(str::to_owned);
        Self {
            client: client.id.clone(),
            held_to: strictness::of(client),
            redirect_uri: target.as_str().to_owned(),
            scopes: ScopeSet::default(),
            extent: Extent::default(),
            tenant: None,
            response_type: ResponseType::CODE,
            mode: ResponseMode::default(),
            state: value("state"),
            nonce: value("nonce"),
            challenge: None,
            prompt: Prompt::default(),
            max_age: None,
            // A hint that can be nobody's login helps nobody.
            login_hint: value("login_hint").filter(|hint| Login::parse(hint).is_some()),
            hint: None,
            subject: None,
            also: ScopeSet::default(),
            pushed: None,
            came: now,
            started: now,
            fault: None,
            asked_in: None,
        }
    }

    /// What the client would learn or may do, as scopes.
    pub fn disclosed(&self, terms: &Terms) -> ScopeSet {
        let apis = bare_apis(terms, &self.scopes, &self.extent.resources);
        self.scopes.union(&self.also).union(&apis)
    }

    /// Seals the request for its way through the browser.
    pub fn seal(&self, issuer: &Issuer, sealer: &Sealer) -> Result<String, RngFailed> {
        // Strings, flags and numbers: their JSON cannot fail.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        sealer.seal(Purpose::AuthorizeRequest, issuer.aad(), &plain)
    }

    /// Opens what [`Self::seal`] made for the same issuer; `None` when it is not ours or too old.
    pub fn open(text: &str, issuer: &Issuer, sealer: &Sealer, now: Timestamp) -> Option<Self> {
        let plain = sealer.open(Purpose::AuthorizeRequest, issuer.aad(), text.as_bytes())?;
        let request: Self = serde_json::from_slice(&plain).ok()?;
        (now.since(request.came) <= LIFETIME).then_some(request)
    }

    /// The URL under which the request goes on. `None` when it is too long for one.
    pub fn resume_path(
        &self,
        issuer: &Issuer,
        sealer: &Sealer,
    ) -> Result<Option<OwnPath>, RngFailed> {
        let query = self.seal(issuer, sealer)?;
        Ok(OwnPath::parse(&format!(
            "{}?r={query}",
            issuer.resume_path()
        )))
    }
}
