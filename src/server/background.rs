//! What goes on without anybody asking: following the feed, turning keys, ending sessions that
//! nobody comes back to, removing what is past use.

use std::time::Duration;

use tokio::task::JoinSet;

use super::{Rooms, signals};
use crate::base::Clock;
use crate::session::{Feed, Sessions};
use crate::store::{Store, StoreError};
use crate::telemetry::Metrics;

/// How often what is past use is removed from the database.
const SWEEP: Duration = Duration::from_hours(1);
/// How often sessions that are past their time are looked for.
const EXPIRE: Duration = Duration::from_mins(1);
/// Sessions that end in one change.
const AT_ONCE: usize = 200;

/// Starts it all.
pub fn start(rooms: &Rooms, feed: Feed) -> JoinSet<()> {
    let (store, clock) = (rooms.store.clone(), rooms.clock.clone());
    let (sessions, metrics) = (rooms.sessions.clone(), rooms.metrics.clone());
    let mut tasks = JoinSet::new();
    tasks.spawn(feed.run(sessions.clone(), metrics.clone()));
    tasks.spawn(rooms.keyrings.clone().run());
    tasks.spawn(rooms.standing.clone().run());
    tasks.spawn(sweep(store.clone(), clock));
    tasks.spawn(expire(sessions, store, metrics));
    tasks.spawn(signals::tell_supervisor_we_live());
    tasks
}

/// Removes what is past use, for as long as the process runs.
async fn sweep(store: Store, clock: Clock) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tick.tick().await;
        match store.sweep(clock.now()).await {
            Ok(rows) => tracing::debug!(rows, "swept"),
            Err(error) => tracing::warn!(%error, "what is past use could not be removed"),
        }
    }
}

/// Ends sessions that are past their time, so that apps hear of it; counts who still must.
async fn expire(sessions: Sessions, store: Store, metrics: Metrics) {
    let mut tick = tokio::time::interval(EXPIRE);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = expire_all(&sessions, &store, &metrics).await {
            tracing::warn!(%error, "sessions past their time could not be ended");
        }
    }
}

async fn expire_all(
    sessions: &Sessions,
    store: &Store,
    metrics: &Metrics,
) -> Result<(), StoreError> {
    while sessions.expire(AT_ONCE).await? == AT_ONCE {}
    metrics.backchannel_logouts_waiting(store.count_logouts().await?);
    Ok(())
}
