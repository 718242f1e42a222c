//! The operations listener: health and metrics on an address of its own, never the public one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::gateway::CannotListen;
use crate::store::Store;
use crate::telemetry::Metrics;

/// Longest wait for the database before it counts as gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether this process takes traffic: after everything is loaded, until it is asked to stop.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Says whether new traffic is welcome.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::SeqCst);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Clone)]
struct Ops {
    ready: Readiness,
    store: Store,
    metrics: Metrics,
}

/// Takes the address now, so that a taken port is known before anything is served.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, CannotListen> {
    let address_text = address.to_string();
    let bound = TcpListener::bind(address).await;
    bound.map_err(|cause| CannotListen {
        address: address_text,
        cause,
    })
}

/// Serves until the process ends.
pub async fn serve(listener: TcpListener, ready: Readiness, store: Store, metrics: Metrics) {
    if let Err(error) = axum::serve(listener, router(ready, store, metrics)).await {
        tracing::error!(%error, "the operations listener ended");
    }
}

fn router(ready: Readiness, store: Store, metrics: Metrics) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/healthz", get(livez))
        .route("/ping", get(livez))
        .route("/readyz", get(readyz))
        .route("/ready", get(readyz))
        .route("/startupz", get(startupz))
        .route("/metrics", get(metrics_text))
        .route("/version", get(version))
        .with_state(Ops {
            ready,
            store,
            metrics,
        })
}

/// The process runs. Says nothing of its database: a restart would not mend that.
async fn livez() -> &'static str {
    "ok\n"
}

/// Traffic is welcome: started, not stopping, and the database answers. One that can only be read is
/// told and no reason to stay away: whoever is signed in goes on.
async fn readyz(State(ops): State<Ops>) -> impl IntoResponse {
    if !ops.ready.is_set() {
        return (StatusCode::SERVICE_UNAVAILABLE, "starting or stopping\n");
    }
    match tokio::time::timeout(PATIENCE, ops.store.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, writable(&ops).await),
        Ok(Err(_)) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        ),
    }
}

async fn writable(ops: &Ops) -> &'static str {
    let writable = tokio::time::timeout(PATIENCE, ops.store.is_writable()).await;
    let writable = writable.unwrap_or(false);
    ops.metrics.store_writable(writable);
    if writable {
        "ok\n"
    } else {
        "ok, but the database cannot be written: nobody new can sign in\n"
    }
}

async fn startupz(State(ops): State<Ops>) -> impl IntoResponse {
    if ops.ready.is_set() {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting or stopping\n")
    }
}

async fn metrics_text(State(ops): State<Ops>) -> Response {
    writable(&ops).await;
    let committed = ops.store.committed();
    ops.metrics
        .store_committed(committed.commits, committed.changes);
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    match ops.metrics.render() {
        Ok(text) => (kind, text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn version() -> impl IntoResponse {
    let body = serde_json::json!({ "name": "doorward", "version": env!("CARGO_PKG_VERSION") });
    axum::Json(body)
}
