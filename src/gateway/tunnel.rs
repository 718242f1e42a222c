//! Connections to upstreams for requests that ask for an upgrade.
//!
//! The library takes the end of a request's (empty) body for the end of the tunnel when the
//! upstream's 101 is read before that end was passed on, which happens with a fast upstream on a
//! busy machine: the socket is closed as soon as it is open. These connections let whatever was
//! written be followed up before anything is read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use pingora::connectors::L4Connect;
use pingora::protocols::l4::socket::SocketAddr;
use pingora::protocols::l4::stream::Stream;
use pingora::protocols::l4::virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream};
use pingora::{Error, ErrorType, OrErr as _, Result};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

const CONNECT: Duration = Duration::from_secs(5);

/// Makes such connections.
#[derive(Debug)]
pub(super) struct Tunnels;

#[async_trait]
impl L4Connect for Tunnels {
    async fn connect(&self, address: &SocketAddr) -> Result<Stream> {
        tokio::time::timeout(CONNECT, open(address))
            .await
            .unwrap_or_else(|_| Err(Error::new(ErrorType::ConnectTimedout)))
    }
}

async fn open(address: &SocketAddr) -> Result<Stream> {
    let failed = "opening a connection for an upgrade";
    let socket: Box<dyn VirtualSocket> = match address {
        SocketAddr::Inet(address) => {
            let socket = TcpStream::connect(address).await;
            let socket = socket.or_err(ErrorType::ConnectError, failed)?;
            socket
                .set_nodelay(true)
                .or_err(ErrorType::SocketError, failed)?;
            Box::new(Patient::new(socket))
        }
        SocketAddr::Unix(address) => {
            let path = address
                .as_pathname()
                .unwrap_or_else(|| std::path::Path::new(""));
            let socket = UnixStream::connect(path).await;
            Box::new(Patient::new(
                socket.or_err(ErrorType::ConnectError, failed)?,
            ))
        }
    };
    Ok(Stream::from(VirtualSocketStream::new(socket)))
}

/// A socket whose reader waits one turn after each write.
#[derive(Debug)]
struct Patient<S> {
    socket: S,
    wrote: bool,
}

impl<S> Patient<S> {
    fn new(socket: S) -> Self {
        Self {
            socket,
            wrote: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.wrote) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.wrote = true;
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync + std::fmt::Debug> VirtualSocket
    for Patient<S>
{
    /// Nothing to set: no delay is set already, and nothing else is asked for.
    fn set_socket_option(&self, _option: VirtualSockOpt) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn what_was_written_is_followed_up_before_anything_is_read() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut patient = Patient::new(near);
        far.write_all(b"answer").await.unwrap();
        patient.write_all(b"request").await.unwrap();
        let mut buffer = [0; 6];
        assert!(patient.read(&mut buffer).now_or_never().is_none());
        assert_eq!(
            patient.read(&mut buffer).now_or_never().unwrap().unwrap(),
            6
        );
    }
}
