//! What is noted of the use of clients: one that registered itself, and that nobody has any use for, is
//! forgotten some day.

use std::time::Duration;

use super::Clients;
use crate::base::Timestamp;
use crate::model::Client;
use crate::store::StoreError;

/// How often the use of a client that acts alone is noted.
const ALONE_AGAIN: Duration = Duration::from_hours(24);

/// Who had tokens made for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A person: the client is of use to somebody.
    ByPeople,
    /// The client itself, which anybody who registers one can do at once: it counts for a while.
    Alone,
}

/// What was noted last.
#[derive(Clone, Copy)]
pub(super) enum Noted {
    ByPeople,
    Alone(Timestamp),
}

impl Clients {
    /// Notes that tokens were made for a client. One that registered itself and that nobody has any
    /// use for is forgotten some day.
    pub async fn note_use(
        &self,
        client: &Client,
        by: Use,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let noted = self.inner.used.get(&client.id);
        let fresh = |at: Timestamp| now.since(at) < ALONE_AGAIN;
        let known = match (noted, by) {
            (Some(Noted::ByPeople), Use::ByPeople | Use::Alone) => true,
            (Some(Noted::Alone(at)), Use::Alone) => fresh(at),
            (Some(Noted::Alone(_)), Use::ByPeople) | (None, Use::ByPeople | Use::Alone) => false,
        };
        if client.registered.is_none() || known {
            return Ok(());
        }
        let noted = match by {
            Use::ByPeople => {
                self.inner.store.note_client_use(&client.id).await?;
                Noted::ByPeople
            }
            Use::Alone => {
                self.inner.store.note_client_life(&client.id, now).await?;
                Noted::Alone(now)
            }
        };
        self.inner.used.insert(client.id.clone(), noted);
        Ok(())
    }
}
