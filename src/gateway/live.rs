//! Requests that outlive their decision: a WebSocket, a stream, a long upload or download. When the session
//! behind one ends, the request is dropped with everything that belongs to it: the client's
//! connection or HTTP/2 stream, and the upstream's.

use std::future::Future;

use parking_lot::Mutex;

use crate::session::LiveGuard;

tokio::task_local! {
    static REQUEST: Slot;
}

/// What the request in progress is bound to.
#[derive(Default)]
struct Slot(Mutex<Option<LiveGuard>>);

/// Binds the request that the current task serves to a session: it is dropped when that ends.
pub fn bind(guard: LiveGuard) {
    let _ = REQUEST.try_with(|slot| *slot.0.lock() = Some(guard));
}

/// Runs `request` until it is done or the session it was bound to has ended; `None` then.
pub async fn run<T>(request: impl Future<Output = T>) -> Option<T> {
    REQUEST
        .scope(Slot::default(), async {
            tokio::pin!(request);
            tokio::select! {
                biased;
                done = &mut request => Some(done),
                () = bound_session_ended() => None,
            }
        })
        .await
}

/// Looks at the slot each time the task is polled: the binding appears while the request runs.
async fn bound_session_ended() {
    let guard = std::future::poll_fn(|_| {
        match REQUEST.try_with(|slot| slot.0.lock().take()).ok().flatten() {
            Some(guard) => std::task::Poll::Ready(guard),
            None => std::task::Poll::Pending,
        }
    });
    guard.await.ended().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Live;

    #[tokio::test]
    async fn a_bound_request_is_dropped_when_its_session_ends() {
        let live = Live::default();
        let session = "s".into();
        let request = async {
            bind(live.watch(&session, &"ada".into(), std::time::Duration::from_hours(1)));
            tokio::task::yield_now().await;
            live.end(&session);
            std::future::pending::<()>().await;
        };
        assert_eq!(run(request).await, None);
        assert_eq!(live.sessions(), 0);
    }

    #[tokio::test]
    async fn other_requests_run_to_their_end() {
        let live = Live::default();
        let request = async {
            bind(live.watch(
                &"a".into(),
                &"ada".into(),
                std::time::Duration::from_hours(1),
            ));
            live.end(&"b".into());
            tokio::task::yield_now().await;
            7
        };
        assert_eq!(run(request).await, Some(7));
        assert_eq!(run(async { 8 }).await, Some(8));
    }
}
