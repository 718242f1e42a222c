//! Standing tokens at a route: whose, and whether they may be shown there.

use super::refuse::Refused;
use super::{BearerSettings, Bearers, Bearing, Token};
use crate::base::RouteId;
use crate::gateway::admit::Person;
use crate::model::StandingToken;
use crate::tokens::standing::kind_of;
use crate::tokens::{NotStanding, TokenError};

impl Bearers {
    /// Judges a standing token that is shown to `route`. A personal one is its person, who has
    /// proved nothing just now; a service's is nobody.
    pub(super) async fn admit_standing(
        &self,
        route: &RouteId,
        settings: &BearerSettings,
        text: &str,
    ) -> Result<Bearing, Refused> {
        if !kind_of(text).is_some_and(|kind| settings.takes(kind)) {
            return Err(Refused::Token);
        }
        let standing = self.0.standing.verify(text).await?;
        let token = &standing.token;
        let person = match &standing.lease {
            None => None,
            Some(lease) => {
                let user = self.user(&lease.user).await?;
                let user = user.filter(|user| !user.disabled);
                Some(Person {
                    user: user.ok_or_else(|| ended(token))?,
                    lease: lease.clone(),
                })
            }
        };
        if !token.opens(route) {
            return Err(Refused::Elsewhere(token.id.clone()));
        }
        if !settings.scopes.is_subset(&token.scopes) {
            return Err(Refused::Weak(token.id.clone()));
        }
        Ok(Bearing {
            token: Token::Standing(standing),
            person,
        })
    }
}

fn ended(token: &StandingToken) -> Refused {
    Refused::Ended(Some(token.id.clone()))
}

impl From<NotStanding> for Refused {
    fn from(error: NotStanding) -> Self {
        match error {
            NotStanding::Forged => Self::Token,
            NotStanding::Revoked => Self::Ended(None),
            NotStanding::Expired(token) => ended(&token),
            NotStanding::Store(error) => Self::Unknown(TokenError::Store(error)),
        }
    }
}
