//! One login in progress, sealed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::OwnPath;
use crate::base::{Clock, IssuerId, RngFailed, TenantId, Timestamp};
use crate::keys::{Purpose, Sealer};

/// How long a login may take.
const LIFETIME: Duration = Duration::from_hours(1);
/// Grows when the sealed form changes: an older one is then not opened.
const FORM: &[u8] = b"interaction/1";

/// Why somebody is signing in and where they go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    /// Where the browser goes when the person is signed in.
    pub resume: OwnPath,
    /// Who asks, for display: an app's name or a protected host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// Fills the user name field (`login_hint`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// Where the browser goes when the person would rather not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<OwnPath>,
    /// A URI the redirects after the login lead to: its origin is shown, and forms may lead there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_origin: Option<String>,
    /// Origins to which it may redirect in turn: the others of the same app, or protected hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<String>,
    /// What the app shows of itself.
    #[serde(default)]
    pub links: AppLinks,
    /// The issuer that it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<IssuerId>,
    /// The tenant that it is asked for in, which may take some ways in only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Whether a person who is signed in must prove it again (`prompt=login`, `max_age`).
    #[serde(default)]
    pub again: bool,
    /// How old a sign-in may be, where that is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// When it was begun.
    pub started: Timestamp,
}

/// What an app shows of itself on our pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppLinks {
    /// Where its logo is, on the site itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Its privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Its terms of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos: Option<String>,
}

impl Interaction {
    /// An interaction that ends at `resume`, begun at `started`.
    pub fn new(resume: OwnPath, started: Timestamp) -> Self {
        Self {
            resume,
            app: None,
            login_hint: None,
            cancel: None,
            redirect_origin: None,
            beyond: Vec::new(),
            links: AppLinks::default(),
            issuer: None,
            tenant: None,
            again: false,
            within: None,
            started,
        }
    }
}

/// Begins and opens interactions. Cheap to clone.
#[derive(Clone)]
pub struct Flow {
    sealer: Sealer,
    clock: Clock,
}

impl Flow {
    /// A flow under this sealer.
    pub fn new(sealer: Sealer, clock: Clock) -> Self {
        Self { sealer, clock }
    }

    /// The sign-in page of `interaction`: `/login?i=..`.
    pub fn begin(&self, interaction: &Interaction) -> Result<String, RngFailed> {
        // Strings, flags and numbers: their JSON cannot fail.
        let plain = serde_json::to_vec(interaction).unwrap_or_default();
        let sealed = self.sealer.seal(Purpose::Interaction, FORM, &plain)?;
        Ok(format!("/login?i={sealed}"))
    }

    /// Opens what [`Flow::begin`] sealed; `None` when it is not ours or too old.
    pub fn open(&self, sealed: &str) -> Option<Interaction> {
        let plain = self
            .sealer
            .open(Purpose::Interaction, FORM, sealed.as_bytes())?;
        let interaction: Interaction = serde_json::from_slice(&plain).ok()?;
        (self.clock.now().since(interaction.started) <= LIFETIME).then_some(interaction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::keys::MasterKey;

    fn flow() -> (Flow, Clock) {
        let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
        let rng = Rng::system();
        let master = MasterKey::ephemeral(&rng).unwrap();
        let sealer = Sealer::new(&master, clock.clone(), rng);
        (Flow::new(sealer, clock.clone()), clock)
    }

    fn interaction(clock: &Clock) -> Interaction {
        Interaction {
            app: Some("Partner Shop".to_owned()),
            ..Interaction::new(
                OwnPath::parse("/connect/authorize?x=1").unwrap(),
                clock.now(),
            )
        }
    }

    #[test]
    fn an_interaction_comes_back_within_the_hour_and_not_after() {
        let (flow, clock) = flow();
        let begun = interaction(&clock);
        let url = flow.begin(&begun).unwrap();
        let sealed = url.strip_prefix("/login?i=").unwrap();
        clock.advance(LIFETIME);
        assert_eq!(flow.open(sealed), Some(begun));
        clock.advance(Duration::from_millis(1));
        assert_eq!(flow.open(sealed), None);
    }

    #[test]
    fn a_changed_interaction_is_not_opened() {
        let (flow, clock) = flow();
        let url = flow.begin(&interaction(&clock)).unwrap();
        let sealed = url.strip_prefix("/login?i=").unwrap();
        for broken in [
            sealed[..sealed.len() - 1].to_owned(),
            format!("{sealed}A"),
            sealed.to_lowercase(),
            String::new(),
        ] {
            assert_eq!(flow.open(&broken), None, "{broken}");
        }
    }
}
