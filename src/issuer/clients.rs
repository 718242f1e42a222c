//! Which client is meant.

use std::sync::Arc;

use super::state::At;
use crate::base::ClientId;
use crate::model::Client;
use crate::store::StoreError;

/// The client of this id at the issuer, unless it is switched off.
pub async fn find(at: &At, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
    at.state.clients.load(at.issuer.id(), id).await
}

pub use crate::identity::clients::Use;

/// Notes that a client was given tokens. Nothing depends on it now, so a failure is only told.
pub async fn used(at: &At, client: &Client, by: Use) {
    let now = at.state.clock.now();
    if let Err(error) = at.state.clients.note_use(client, by, now).await {
        tracing::warn!(%error, client = %client.id, "the use of a client was not noted");
    }
}
