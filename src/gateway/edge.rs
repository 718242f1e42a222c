//! The layer between connections and the proxy: each request runs here until it is done or the
//! session it is bound to has ended.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::apps::{HttpServerApp, HttpServerOptions, ReusedHttpStream};
use pingora::protocols::http::ServerSession;
use pingora::proxy::HttpProxy;
use pingora::server::ShutdownWatch;
use pingora::server::configuration::ServerConf;

use super::proxy::Phases;
use super::state::Gateway;
use super::{guard, live};

/// An HTTP/2 connection without streams is closed after this long.
const H2_IDLE: Duration = Duration::from_secs(75);
/// Idle connections kept per process towards upstreams.
const POOL: usize = 1024;

/// The application that connections are handed to.
pub(super) struct Edge {
    proxy: Arc<HttpProxy<Phases>>,
    options: HttpServerOptions,
}

impl Edge {
    pub(super) fn new(gateway: Arc<Gateway>) -> Self {
        let conf = ServerConf {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            upstream_keepalive_pool_size: POOL,
            max_retries: 4,
            ..ServerConf::default()
        };
        let mut proxy = HttpProxy::new(Phases(gateway), Arc::new(conf));
        proxy.handle_init_modules();
        let mut options = HttpServerOptions::default();
        options.h2_idle_timeout = Some(H2_IDLE);
        Self {
            proxy: Arc::new(proxy),
            options,
        }
    }
}

#[async_trait]
impl HttpServerApp for Edge {
    async fn process_new_http(
        self: &Arc<Self>,
        session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        if !session.is_http2() {
            guard::begin();
        }
        let done = live::run(self.proxy.process_new_http(session, shutdown)).await;
        if done.is_none() {
            tracing::info!("a request was closed because its session ended");
        }
        done.flatten()
    }

    /// `None`: the library's own bounds, which cover CVE-2026-105297; options of ours would not.
    fn h2_options(&self) -> Option<pingora::protocols::http::v2::server::H2Options> {
        None
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        Some(&self.options)
    }

    async fn http_cleanup(&self) {
        self.proxy.http_cleanup().await;
    }
}
