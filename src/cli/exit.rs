//! How a command ended: the process's exit code is an interface (sysexits).

use std::process::ExitCode;

use super::BadConfig;
use crate::identity::passwords::HashError;
use crate::server::master::KeyMismatch;
use crate::store::StoreError;

/// How a command ended; scripts rely on the numbers (sysexits, and four for `explain`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done. `explain`: the request would pass.
    Done = 0,
    /// It did not work.
    Failed = 1,
    /// `explain`: the request would be denied.
    Denied = 10,
    /// `explain`: somebody would have to sign in.
    LoginNeeded = 11,
    /// `explain`: no route takes the request.
    NoRoute = 12,
    /// Something that is needed cannot be reached or used.
    Unreachable = 69,
    /// It would work later.
    TryAgain = 75,
    /// The configuration is wrong.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// How a command that did not work ended: the cause decides, however deep it is.
pub fn of(failed: &anyhow::Error) -> Exit {
    let exits = failed.chain().find_map(|cause| {
        if cause.is::<BadConfig>() || cause.is::<KeyMismatch>() {
            Some(Exit::Config)
        } else if let Some(store) = cause.downcast_ref() {
            Some(of_store(store))
        } else if let Some(HashError::Busy(_)) = cause.downcast_ref() {
            Some(Exit::TryAgain)
        } else {
            None
        }
    });
    exits.unwrap_or(Exit::Failed)
}

fn of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::Url => Exit::Config,
        StoreError::Unavailable(_)
        | StoreError::Full
        | StoreError::File { .. }
        | StoreError::Opening { .. }
        | StoreError::NotADatabase
        | StoreError::Migration(_) => Exit::Unreachable,
        StoreError::Conflict(_) | StoreError::Corrupt(_) | StoreError::Rng(_) => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn the_cause_decides_however_deep_it_is() {
        let lost = Err::<(), _>(StoreError::Unavailable("it cannot be reached"));
        let lost = lost.context("while adding ada").unwrap_err();
        assert_eq!(of(&lost), Exit::Unreachable);
        assert_eq!(of(&StoreError::Conflict("a user").into()), Exit::Failed);
        assert_eq!(of(&BadConfig.into()), Exit::Config);
    }

    #[test]
    fn exit_codes_are_those_of_the_documentation() {
        let numbers = [
            Exit::Done,
            Exit::Failed,
            Exit::Denied,
            Exit::LoginNeeded,
            Exit::NoRoute,
            Exit::Unreachable,
            Exit::TryAgain,
            Exit::Config,
        ]
        .map(|exit| exit as u8);
        assert_eq!(numbers, [0, 1, 10, 11, 12, 69, 75, 78]);
    }
}
