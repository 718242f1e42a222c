//! User name or e-mail address, and password.
//!
//! Unknown, disabled and password-less people take the same steps as everybody else and get the
//! same answer, so that nobody learns who exists.

use std::time::Duration;

use crate::base::{Secret, UserId};
use crate::identity::throttle::{Account, Counted};
use crate::identity::{Busy, ThrottleError};
use crate::login::device::Device;
use crate::login::record::{Event, record};
use crate::login::state::LoginState;
use crate::model::{Amr, AuditKind, Login, PasswordCredential, Proven, User};
use crate::web::{ErrorPage, Inbound};

/// In metrics and audit records.
pub(in crate::login) const NAME: &str = "password";

/// Notes an attempt for a tenant that takes no passwords.
pub(in crate::login) fn closed(state: &LoginState, inbound: &Inbound) {
    state.metrics.login(NAME, "wrong");
    record(
        state,
        inbound,
        Event {
            kind: AuditKind::Login,
            ok: false,
            reason: "method_not_allowed",
            user: None,
            session: None,
        },
    );
}

/// What an attempt came to.
pub(in crate::login) enum Outcome {
    /// They are who they say.
    Proven(Proven),
    /// They are, but have to choose another password first.
    MustChange(Proven),
    /// They are not, as far as anybody may know.
    Wrong,
    /// Too many attempts; when the next one is taken.
    Throttled(Duration),
    /// Every hashing slot is taken and the queue is full.
    Busy(Duration),
}

/// Somebody says who they are.
pub(in crate::login) struct Attempt<'a> {
    pub inbound: &'a Inbound,
    pub device: &'a Device,
    /// A user name or an e-mail address, as it was typed.
    pub typed: &'a str,
}

impl Attempt<'_> {
    /// Tries `password`. The limits come first, then the hash, which costs the same whoever it is;
    /// only then is looked at whether the person exists and may come in.
    pub async fn with(
        &self,
        state: &LoginState,
        password: Secret<String>,
    ) -> Result<Outcome, ErrorPage> {
        let typed = self.typed;
        let user = match Login::parse(typed) {
            Some(login) => state.directory.find(&login).await?,
            None => None,
        };
        // What cannot be a login is counted as it was typed.
        let login = Login::parse(typed).unwrap_or_else(|| Login::from_stored(typed.to_owned()));
        let account = Account::of(&login, user.as_ref());
        let counted = match self.count(state, account, user.as_ref()).await? {
            Ok(counted) => counted,
            Err(outcome) => return Ok(outcome),
        };
        let stored = load(state, user.as_ref()).await?;
        let phc = stored.as_ref().map(|stored| &*stored.phc);
        let verified = match state.passwords.verify(phc, password.clone()).await {
            Ok(verified) => verified,
            Err(Busy { retry_after }) => {
                state.throttle.not_tried(counted).await?;
                self.failed(state, user.as_ref(), "busy");
                return Ok(Outcome::Busy(retry_after));
            }
        };
        let (user, stored) = match (user, stored) {
            (Some(user), Some(stored)) if verified.right && !user.disabled => (user, stored),
            (user, _) => {
                let reason = reason(user.as_ref(), verified.right);
                self.failed(state, user.as_ref(), reason);
                return Ok(Outcome::Wrong);
            }
        };
        state.throttle.succeeded(counted).await?;
        let proven = Proven {
            user: user.id,
            epoch: user.epoch,
            amr: vec![Amr::Pwd],
            at: state.clock.now(),
        };
        if stored.must_change {
            return Ok(Outcome::MustChange(proven));
        }
        if verified.outdated
            && let Ok(phc) = state.passwords.hash(password).await
        {
            state.store.rehash_password(&stored, phc).await?;
        }
        Ok(Outcome::Proven(proven))
    }

    /// Counts the attempt; the inner error is what it came to without being tried.
    async fn count(
        &self,
        state: &LoginState,
        account: Account,
        user: Option<&User>,
    ) -> Result<Result<Counted, Outcome>, ErrorPage> {
        let epoch = user.map_or(0, |user| user.epoch);
        let device = self.device.known_for(&account, epoch);
        let from = self.inbound.client;
        match state.throttle.before_attempt(account, from, device).await {
            Ok(counted) => Ok(Ok(counted)),
            Err(ThrottleError::TooMany { retry_after }) => {
                self.failed(state, user, "throttled");
                Ok(Err(Outcome::Throttled(retry_after)))
            }
            Err(ThrottleError::Busy { retry_after }) => {
                self.failed(state, user, "busy");
                Ok(Err(Outcome::Busy(retry_after)))
            }
            Err(ThrottleError::Store(cause)) => Err(cause.into()),
        }
    }

    fn failed(&self, state: &LoginState, user: Option<&User>, reason: &'static str) {
        let outcome = match reason {
            "throttled" | "busy" => reason,
            _ => "wrong",
        };
        state.metrics.login(NAME, outcome);
        record(
            state,
            self.inbound,
            Event {
                kind: AuditKind::Login,
                ok: false,
                reason,
                user: user.map(|user| &user.id),
                session: None,
            },
        );
    }
}

/// Reads as much for somebody who does not exist as for anybody.
async fn load(
    state: &LoginState,
    user: Option<&User>,
) -> Result<Option<PasswordCredential>, ErrorPage> {
    let nobody = UserId::new("");
    let id = user.map_or(&nobody, |user| &user.id);
    Ok(state.store.load_password(id).await?)
}

fn reason(user: Option<&User>, right: bool) -> &'static str {
    match user {
        None => "unknown_user",
        Some(_) if right => "disabled",
        Some(_) => "wrong_password",
    }
}
