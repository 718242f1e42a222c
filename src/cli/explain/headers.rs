//! What the app would be told.

use serde_json::Value;

use super::answer::AtRoute;
use crate::cli::config::{is_fixed, meaning};
use crate::gateway::assertion::identity_headers;
use crate::policy::Decision;

impl AtRoute<'_> {
    /// What the app would be told if the request passed; secrets are not printed.
    pub(super) fn headers(&self) -> Vec<(String, Value)> {
        let identity = &self.route.settings.identity;
        let Some(user) = self.user.filter(|user| !user.disabled) else {
            return self.decision_headers();
        };
        let secret = |name: &str| {
            identity
                .headers
                .iter()
                .find(|header| header.name == name)
                .filter(|header| is_fixed(&header.value))
                .map(|header| meaning(&header.value))
        };
        identity_headers(identity, user)
            .into_iter()
            .map(|(name, value)| {
                let shown = secret(&name)
                    .unwrap_or_else(|| String::from_utf8_lossy(value.as_bytes()).into_owned());
                (name, shown.into())
            })
            .chain(
                identity
                    .assertion
                    .iter()
                    .map(|name| (name.clone(), "(a signed assertion)".into())),
            )
            .chain(identity.bearer.iter().map(|token| {
                let what = format!("(a token for {})", token.audience);
                ("Authorization".to_owned(), what.into())
            }))
            .chain(self.decision_headers())
            .collect()
    }

    /// Why the request gets through, for apps that want to know.
    fn decision_headers(&self) -> Vec<(String, Value)> {
        let settings = &self.route.settings;
        let Decision::Allow { by } = &self.decision else {
            return Vec::new();
        };
        if !settings.identity.decision {
            return Vec::new();
        }
        vec![
            ("Doorward-Route".to_owned(), settings.id.as_str().into()),
            ("Doorward-Rule".to_owned(), by.to_string().into()),
            ("Doorward-Took".to_owned(), "(microseconds)".into()),
        ]
    }
}
