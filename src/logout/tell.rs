//! Telling one client once, and what its answer means for the notice (OpenID Connect Back-Channel
//! Logout 2.5, 2.8).

use std::time::Duration;

use http::StatusCode;

use super::Logout;
use super::patience::{LONGEST, Rest, pause};
use crate::identity::ClientError;
use crate::model::{AuditKind, AuditRecord, LogoutNotice};
use crate::outbound::{Limits, OutboundError};
use crate::store::StoreError;
use crate::tokens::TokenError;

/// Longest that one post takes. Less than a notice is taken on for, so that two nodes never post
/// the same one at once.
const DEADLINE: Duration = Duration::from_secs(10);
/// What a client may answer, in bytes: some show a whole page. Nobody reads it.
const ANSWER: usize = 256 * 1024;
/// When a post that found no room is tried again.
const SHORTLY: Duration = Duration::from_secs(1);

/// How telling went.
#[derive(Debug)]
enum Outcome {
    /// The client knows.
    Told,
    /// The client says that it will not have it: trying again would not help.
    Refused,
    /// The client is gone, or does not want to be told.
    Unwanted,
    /// It took too long.
    GivenUp,
    /// To be tried again.
    Failed(Failure),
    /// Not even tried.
    NoRoom,
}

/// Why a client could not be told.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Outbound(#[from] OutboundError),
}

impl Logout {
    /// Tells the client of `notice`, and settles or postpones it.
    pub(super) async fn tell(&self, notice: &LogoutNotice) -> Result<(), StoreError> {
        let outcome = match self.post(notice).await {
            Ok(outcome) => outcome,
            Err(failure) => Outcome::Failed(failure),
        };
        let (word, audited) = match &outcome {
            Outcome::Told => ("told", Some("backchannel_told")),
            Outcome::Refused => ("refused", Some("backchannel_refused")),
            Outcome::GivenUp => ("given_up", Some("backchannel_given_up")),
            Outcome::Failed(_) => ("failed", None),
            Outcome::Unwanted | Outcome::NoRoom => ("", None),
        };
        if !word.is_empty() {
            self.0.parts.metrics.backchannel_logout(word);
        }
        match outcome {
            Outcome::Told | Outcome::Refused | Outcome::Unwanted | Outcome::GivenUp => {
                self.over(notice);
                if self.0.parts.store.settle_logout(notice).await?
                    && let Some(reason) = audited
                {
                    self.audit(notice, reason);
                }
                Ok(())
            }
            Outcome::Failed(failure) => self.failed(notice, &failure).await,
            Outcome::NoRoom => {
                let again = self.0.parts.clock.now().plus(SHORTLY);
                self.0
                    .parts
                    .store
                    .postpone_logout(notice, again, None)
                    .await
            }
        }
    }

    async fn post(&self, notice: &LogoutNotice) -> Result<Outcome, Failure> {
        let parts = &self.0.parts;
        let Some(terms) = self.0.issuers.get(&notice.issuer) else {
            return Ok(Outcome::Unwanted);
        };
        // Switched off or not: to hear that a session ended does no harm.
        let client = parts.clients.known(&notice.issuer, &notice.client).await?;
        let Some(client) = client else {
            return Ok(Outcome::Unwanted);
        };
        let Some(uri) = &client.logout.backchannel else {
            return Ok(Outcome::Unwanted);
        };
        if parts.clock.now().since(notice.ended) > LONGEST {
            return Ok(Outcome::GivenUp);
        }
        let tokens = &parts.tokens;
        let token = tokens.mint_logout(terms, &client, &notice.user, &notice.session)?;
        let limits = Limits::body(ANSWER).within(DEADLINE);
        let form = [("logout_token", token.as_str())];
        match parts.outbound.post_form(uri, &form, limits).await {
            Ok(answer) if answer.status.is_success() => Ok(Outcome::Told),
            Ok(answer) if answer.status == StatusCode::BAD_REQUEST => Ok(Outcome::Refused),
            Ok(answer) => Err(OutboundError::Status(answer.status).into()),
            Err(OutboundError::Busy) => Ok(Outcome::NoRoom),
            Err(error) => Err(error.into()),
        }
    }

    fn over(&self, notice: &LogoutNotice) {
        let whom = (notice.issuer.clone(), notice.client.clone());
        if self.0.patience.over(&whom) {
            tracing::info!(client = %notice.client, "logout tokens are taken again");
        }
    }

    async fn failed(&self, notice: &LogoutNotice, failure: &Failure) -> Result<(), StoreError> {
        let parts = &self.0.parts;
        let (now, whom) = (
            parts.clock.now(),
            (notice.issuer.clone(), notice.client.clone()),
        );
        let rest = self.0.patience.failed(&whom, now);
        if let Some(Rest { first: true, .. }) = rest {
            tracing::warn!(
                client = %notice.client, error = %failure,
                "a client takes no logout tokens; it rests between trials"
            );
        } else {
            tracing::debug!(
                client = %notice.client, error = %failure, tries = notice.tries,
                "a client was not told of a logout"
            );
        }
        let [chance] = parts.rng.bytes::<1>().unwrap_or([128]);
        let again = now.plus(pause(notice.tries, chance));
        let rest = rest.map(|rest| rest.until);
        parts.store.postpone_logout(notice, again, rest).await
    }

    fn audit(&self, notice: &LogoutNotice, reason: &'static str) {
        self.0.parts.audit.record(AuditRecord {
            at: self.0.parts.clock.now(),
            kind: AuditKind::Logout,
            ok: reason == "backchannel_told",
            reason,
            user: Some(notice.user.clone()),
            session: Some(notice.session.clone()),
            issuer: Some(notice.issuer.clone()),
            client: Some(notice.client.clone()),
            route: None,
            address: None,
            request: None,
        });
    }
}
