//! Reading the revocation feed.

use std::collections::HashMap;

use super::engine::read;
use super::{Store, StoreError};
use crate::base::Timestamp;
use crate::model::{Event, EventKey};

impl Store {
    /// Events not before `oldest` that are past what `seen` says of their writer, in each writer's
    /// order.
    ///
    /// A writer commits its own events in order, so a reader that remembers the last number of each
    /// never misses one.
    pub async fn events_since(
        &self,
        seen: &HashMap<String, i64>,
        oldest: Timestamp,
    ) -> Result<Vec<Event>, StoreError> {
        let writers = read!(
            self.engine(),
            (String, i64),
            "SELECT writer, MAX(seq) FROM events WHERE at >= $1 GROUP BY writer",
            oldest.millis()
        )?;
        let mut events = Vec::new();
        for (writer, last) in writers {
            let known = seen.get(&writer).copied().unwrap_or(0);
            if last <= known {
                continue;
            }
            let rows = read!(
                self.engine(),
                (i64, i64, String, String),
                "SELECT seq, at, kind, subject FROM events \
                 WHERE writer = $1 AND seq > $2 AND at >= $3 ORDER BY seq",
                &writer,
                known,
                oldest.millis()
            )?;
            events.extend(rows.into_iter().filter_map(|(seq, at, kind, subject)| {
                let key = EventKey::from_parts(&kind, &subject)?;
                Some(Event {
                    writer: writer.clone(),
                    seq,
                    at: Timestamp::from_millis(at),
                    key,
                })
            }));
        }
        Ok(events)
    }
}
