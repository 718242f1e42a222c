//! Which login a request belongs to: the sealed interaction in its query, or none.

use http::StatusCode;

use super::state::LoginState;
use crate::base::Timestamp;
use crate::flow::{Flow, Interaction, OwnPath};
use crate::model::{LoginMethod, Tenant};
use crate::web::{ErrorPage, FormTarget, Params, Shell, Wearer};

/// Where somebody goes who came by no app.
const HOME: &str = "/account";

/// One login, and the query that carries it on.
pub(super) struct Asked {
    pub interaction: Interaction,
    sealed: Option<String>,
}

impl Asked {
    /// Reads `i`. Absent is a login of its own; one that cannot be opened is an error.
    pub fn read(query: &Params, flow: &Flow, now: Timestamp) -> Result<Self, ErrorPage> {
        if !query.has("i") {
            let home = OwnPath::parse(HOME).unwrap_or_else(OwnPath::root);
            return Ok(Self {
                interaction: Interaction::new(home, now),
                sealed: None,
            });
        }
        let sealed = query.find("i").unwrap_or_default();
        let interaction = flow.open(sealed).ok_or_else(expired)?;
        Ok(Self {
            interaction,
            sealed: Some(sealed.to_owned()),
        })
    }

    /// Whether an app or a protected host sent the person here.
    pub fn by_an_app(&self) -> bool {
        self.sealed.is_some()
    }

    /// The address of `path` within this login. Sealed text is base64url: nothing to escape.
    pub fn address(&self, path: &str) -> String {
        match &self.sealed {
            Some(sealed) => format!("{path}?i={sealed}"),
            None => path.to_owned(),
        }
    }

    /// The tenant that somebody signs in for, if it says by which ways its people come in.
    pub fn tenant<'s>(&self, state: &'s LoginState) -> Option<&'s Tenant> {
        state.settings.tenant(self.interaction.tenant.as_ref())
    }

    /// The tenant that does not take `method`, if there is one.
    pub fn closed_to<'s>(&self, state: &'s LoginState, method: LoginMethod) -> Option<&'s Tenant> {
        let tenant = self.tenant(state);
        tenant.filter(|tenant| !tenant.login.contains(&method))
    }

    /// Whose look its pages have.
    pub fn wearer(&self) -> Wearer {
        Wearer {
            issuer: self.interaction.issuer.clone(),
            tenant: self.interaction.tenant.clone(),
        }
    }

    /// What stands around such a page.
    pub fn shell<'s>(&self, state: &'s LoginState) -> Shell<'s> {
        state.kit.shell_of(&self.wearer())
    }

    /// Where the redirects after the form lead.
    pub fn form_target(&self) -> Option<FormTarget> {
        let Interaction {
            redirect_origin,
            beyond,
            ..
        } = &self.interaction;
        FormTarget::covering(redirect_origin.iter().chain(beyond))
    }

    /// The host people are sent to in the end, unless it is their own machine or a native app.
    pub fn app_host(&self) -> Option<String> {
        let url = url::Url::parse(self.interaction.redirect_origin.as_deref()?).ok()?;
        let host = matches!(url.scheme(), "http" | "https").then(|| url.host_str())??;
        (self.interaction.app.as_deref() != Some(host)).then(|| host.to_owned())
    }
}

fn expired() -> ErrorPage {
    ErrorPage::new(
        StatusCode::BAD_REQUEST,
        "login_expired",
        "This sign-in is no longer open",
        "It was begun too long ago, or its address was changed on the way.",
    )
    .advice("Go back to the app you wanted to open and sign in from there.")
    .link("Sign in here instead", "/login")
}
