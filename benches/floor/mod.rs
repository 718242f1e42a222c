//! The smallest proxy that the HTTP library allows: every request goes to one upstream. Whatever
//! Doorward costs more than this is its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use pingora::modules::http::HttpModules;
use pingora::proxy::{ProxyHttp, Session};
use pingora::server::configuration::ServerConf;
use pingora::upstreams::peer::HttpPeer;
use tokio::net::TcpListener;
use tokio::sync::watch;

struct Floor(SocketAddr);

#[async_trait]
impl ProxyHttp for Floor {
    type CTX = ();

    fn new_ctx(&self) {}

    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn upstream_peer(&self, _: &mut Session, (): &mut ()) -> pingora::Result<Box<HttpPeer>> {
        Ok(Box::new(HttpPeer::new(self.0, false, String::new())))
    }
}

/// Starts it in front of `upstream`, in the current runtime, as Doorward does.
pub async fn start(upstream: SocketAddr) -> SocketAddr {
    let conf = ServerConf {
        upstream_keepalive_pool_size: 1024,
        ..ServerConf::default()
    };
    let mut service = pingora::proxy::http_proxy_service(&Arc::new(conf), Floor(upstream));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    service.add_tcp(&address.to_string());
    let (forever, shutdown) = watch::channel(false);
    std::mem::forget(forever);
    tokio::spawn(async move {
        use pingora::services::Service as _;
        service.start_service(None, shutdown, 1).await;
    });
    while tokio::net::TcpStream::connect(address).await.is_err() {
        tokio::task::yield_now().await;
    }
    address
}
