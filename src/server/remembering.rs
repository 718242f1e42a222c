//! What the rooms do about an event, and when events may have been missed.

use std::sync::Arc;

use crate::identity::{AppLogins, Clients, Directory};
use crate::session::Sessions;
use crate::session::feed::{self, Forget, Handler};
use crate::tokens::{Keyrings, StandingTokens};

/// Rooms that remember something which others may change.
pub(super) struct Remembering {
    pub sessions: Sessions,
    pub directory: Directory,
    pub clients: Clients,
    pub keyrings: Keyrings,
    pub standing: StandingTokens,
    pub app_logins: AppLogins,
}

impl Remembering {
    /// What each does about an event.
    pub fn handlers(&self) -> Vec<Handler> {
        let (sessions, directory) = (self.sessions.clone(), self.directory.clone());
        let (clients, keyrings) = (self.clients.clone(), self.keyrings.clone());
        let (standing, app_logins) = (self.standing.clone(), self.app_logins.clone());
        vec![
            Arc::new(move |event| feed::apply(&sessions, event)),
            Arc::new(move |event| directory.note(event)),
            Arc::new(move |event| clients.note(event)),
            Arc::new(move |event| keyrings.note(event)),
            Arc::new(move |event| standing.note(event)),
            Arc::new(move |event| app_logins.note(event)),
        ]
    }

    /// What each does when events may have been missed.
    pub fn forget(&self) -> Vec<Forget> {
        let (sessions, directory) = (self.sessions.clone(), self.directory.clone());
        let (clients, keyrings) = (self.clients.clone(), self.keyrings.clone());
        let (standing, app_logins) = (self.standing.clone(), self.app_logins.clone());
        vec![
            Arc::new(move |before| feed::forget(&sessions, before)),
            Arc::new(move |_| directory.forget()),
            Arc::new(move |_| clients.forget()),
            Arc::new(move |_| keyrings.forget()),
            Arc::new(move |_| standing.forget()),
            Arc::new(move |_| app_logins.forget()),
        ]
    }
}
