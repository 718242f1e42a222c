//! Tokens of configured issuers that are not ours, at a route.

use super::present::Access;
use super::refuse::Refused;
use super::settings::TrustedTokens;
use super::{BearerSettings, Bearers, Bearing, Token};
use crate::gateway::admit::Person;
use crate::tokens::trusted::Untrusted;
use crate::web::Scheme;

impl Bearers {
    /// Judges a token that is shown to a route which takes those of another issuer.
    pub(super) async fn admit_trusted(
        &self,
        settings: &BearerSettings,
        from: &TrustedTokens,
        access: Access<'_>,
    ) -> Result<Bearing, Refused> {
        if access.scheme != Scheme::Bearer {
            return Err(Refused::Token);
        }
        let trust = self.0.trusted.get(&from.name).ok_or(Refused::Token)?;
        let token = trust.verify(access.token).await?;
        let audience = from.audience.as_ref();
        if audience.is_some_and(|audience| !token.audience.contains(audience)) {
            return Err(Refused::Token);
        }
        let person = if trust.is_about_people() {
            let found = trust.person(&token).await?;
            let found = found.filter(|(user, _)| !user.disabled);
            let (user, lease) = found.ok_or(Refused::Token)?;
            Some(Person { user, lease })
        } else {
            None
        };
        if !settings.scopes.is_subset(&token.scopes) {
            return Err(Refused::Scope);
        }
        if person.is_none() && !settings.clients {
            return Err(Refused::ClientAlone);
        }
        Ok(Bearing {
            token: Token::Trusted(token),
            person,
        })
    }
}

impl From<Untrusted> for Refused {
    fn from(error: Untrusted) -> Self {
        match error {
            Untrusted::Rejected(_) => Self::Token,
            Untrusted::Keys(error) => Self::Keyless(error),
        }
    }
}
