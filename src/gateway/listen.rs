//! Sockets: bound before anything is served, accepted into our own runtime, drained at the end.
//!
//! The HTTP library could listen by itself, but it panics when an address is taken, waits a minute
//! for a TLS handshake and counts connections only after it.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pingora::apps::{HttpServerApp, ServerApp};
use pingora::listeners::tls::Acceptor;
use pingora::protocols::l4::stream::Stream as L4Stream;
use pingora::protocols::{GetSocketDigest as _, SocketDigest, Stream};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::caps::{Caps, Place};
use super::guard::{CONNECTION, Connection, Guard, Refusals};
use super::proxy_protocol::Arrivals;
use super::settings::Listen;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// After an accept that failed (no descriptors left), others get time to close theirs.
const BREATHER: Duration = Duration::from_millis(100);

/// An address could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {cause}")]
pub struct CannotListen {
    /// Where.
    pub address: String,
    /// Why.
    pub cause: io::Error,
}

/// A bound socket.
#[derive(Debug)]
pub struct Listener(Socket);

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Listener {
    /// Binds. A socket file that nobody answers on any more is replaced.
    pub async fn bind(listen: &Listen) -> Result<Self, CannotListen> {
        match listen {
            Listen::Tcp(address) => {
                let bound = TcpListener::bind(address).await;
                bound
                    .map(|listener| Self(Socket::Tcp(listener)))
                    .map_err(|cause| CannotListen {
                        address: address.to_string(),
                        cause,
                    })
            }
            Listen::Unix(path) => bind_unix(path).await.map_err(|cause| CannotListen {
                address: format!("unix:{}", path.display()),
                cause,
            }),
        }
    }

    /// The address it is bound to, for a TCP socket; says which port was chosen for port 0.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.0 {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix(..) => None,
        }
    }

    /// A connection and, unless it came by a unix socket, its other end.
    async fn accept(&self) -> io::Result<(L4Stream, Option<SocketAddr>)> {
        match &self.0 {
            Socket::Tcp(listener) => {
                let (socket, peer) = listener.accept().await?;
                // Small answers leave in one write already; nothing is gained by waiting for more.
                socket.set_nodelay(true)?;
                Ok((L4Stream::from(socket), Some(peer)))
            }
            Socket::Unix(listener, _) => {
                let (socket, _) = listener.accept().await?;
                Ok((L4Stream::from(socket), None))
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Socket::Unix(_, path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

async fn bind_unix(path: &PathBuf) -> io::Result<Listener> {
    if path.exists() && tokio::net::UnixStream::connect(path).await.is_err() {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    // Whoever may open the directory may connect: the proxy in front runs as somebody else.
    fs::set_permissions(path, fs::Permissions::from_mode(0o666))?;
    Ok(Listener(Socket::Unix(listener, path.clone())))
}

/// What every listener of a service shares.
pub(super) struct Service<A> {
    pub(super) app: Arc<A>,
    pub(super) caps: Caps,
    pub(super) arrivals: Arc<Arrivals>,
    pub(super) refusals: Refusals,
    pub(super) shutdown: watch::Receiver<bool>,
    /// How long requests in progress may take after the end was announced.
    pub(super) grace: Duration,
}

impl<A> Clone for Service<A> {
    fn clone(&self) -> Self {
        Self {
            app: Arc::clone(&self.app),
            caps: self.caps.clone(),
            arrivals: Arc::clone(&self.arrivals),
            refusals: Arc::clone(&self.refusals),
            shutdown: self.shutdown.clone(),
            grace: self.grace,
        }
    }
}

impl<A: HttpServerApp + Send + Sync + 'static> Service<A> {
    /// Accepts until the end is announced, then waits for the requests in progress: as long as
    /// they need, at most for the grace period.
    pub(super) async fn run(self, listener: Listener, tls: Option<Arc<Acceptor>>) {
        let mut shutdown = self.shutdown.clone();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        self.open(&mut connections, stream, peer, tls.clone());
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(BREATHER).await;
                    }
                },
                Some(_) = connections.join_next() => {}
                () = announced(&mut shutdown) => break,
            }
        }
        drop(listener);
        self.app.http_cleanup().await;
        let drained = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.grace, drained).await.is_err() {
            tracing::warn!(
                open = connections.len(),
                "connections were cut at the end of the grace period"
            );
            connections.shutdown().await;
        }
    }

    fn open(
        &self,
        connections: &mut JoinSet<()>,
        stream: L4Stream,
        peer: Option<SocketAddr>,
        tls: Option<Arc<Acceptor>>,
    ) {
        // Whom a connection that is passed on counts for is only known when it has said so.
        let direct = peer.filter(|_| !self.arrivals.passes_on(peer));
        let Some(mut place) = self.caps.take(direct.map(|peer| peer.ip())) else {
            // Closed without an answer: writing one would cost what there is too little of.
            return;
        };
        let service = self.clone();
        connections.spawn(async move {
            let Some(stream) = service.arrived(stream, peer, &mut place).await else {
                return;
            };
            if let Some(stream) = secure(stream, tls).await {
                service.serve(stream).await;
            }
            drop(place);
        });
    }

    /// From here on the stream knows its client, whoever passed it on.
    async fn arrived(
        &self,
        mut stream: L4Stream,
        peer: Option<SocketAddr>,
        place: &mut Place,
    ) -> Option<L4Stream> {
        let client = self.arrivals.client(&mut stream, peer).await.ok()?;
        if let Some(client) = client.filter(|_| client != peer)
            && !place.belongs_to(client.ip())
        {
            return None;
        }
        let digest = SocketDigest::from_raw_fd(stream.as_raw_fd());
        let _ = digest.peer_addr.set(client.map(Into::into));
        stream.set_socket_digest(digest);
        Some(stream)
    }

    async fn serve(self, stream: Stream) {
        let connection = Arc::new(Connection::default());
        let guard = Guard::new(stream, Arc::clone(&connection), self.refusals);
        let stream: Stream = Box::new(guard);
        CONNECTION
            .scope(connection, self.app.process_new(stream, &self.shutdown))
            .await;
    }
}

/// The end was announced, or whoever could announce it is gone.
async fn announced(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|ended| *ended).await;
}

/// The stream itself, or the TLS inside it.
async fn secure(stream: L4Stream, tls: Option<Arc<Acceptor>>) -> Option<Stream> {
    let Some(tls) = tls else {
        return Some(Box::new(stream));
    };
    match tokio::time::timeout(HANDSHAKE, tls.tls_handshake(stream)).await {
        Ok(Ok(stream)) => Some(Box::new(stream)),
        // Scanners and browsers that close early: nothing an operator could act on.
        Ok(Err(_)) | Err(_) => None,
    }
}
