//! The guarded socket.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use bytes::{Buf, Bytes};
use http::StatusCode;
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::tls::{SslDigest, TlsRef};
use pingora::protocols::{
    ALPN, GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl,
    Stream, TimingDigest, UniqueID, UniqueIDType,
};
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::phase::{Connection, Phase};
use super::scan::{HeadScan, Scanned};
use super::stall::Stalling;
use super::{HEAD_DEADLINE, IDLE};

/// Head and body of a small answer leave in one write.
const WRITE_BUFFER: usize = 16 * 1024;

/// Called with the status of every head that was refused here.
pub type Refusals = Arc<dyn Fn(StatusCode) + Send + Sync>;

/// A connection whose request heads are watched.
pub struct Guard {
    io: BufWriter<Stalling>,
    connection: Arc<Connection>,
    scan: HeadScan,
    /// The request that `scan` and `deadline` are about.
    request: u32,
    deadline: Pin<Box<Sleep>>,
    /// The answer of ours that takes the place of everything else.
    refusal: Option<Bytes>,
    refusals: Refusals,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard(..)")
    }
}

impl Guard {
    /// Watches `stream`. HTTP/2 is left to its own limits after the handshake.
    pub fn new(stream: Stream, connection: Arc<Connection>, refusals: Refusals) -> Self {
        if matches!(stream.selected_alpn_proto(), Some(ALPN::H2)) {
            connection.set(Phase::Open);
        }
        Self {
            io: BufWriter::with_capacity(WRITE_BUFFER, Stalling::new(stream)),
            request: connection.request(),
            connection,
            scan: HeadScan::default(),
            deadline: Box::pin(sleep(HEAD_DEADLINE)),
            refusal: None,
            refusals,
        }
    }

    fn stream(&self) -> &Stream {
        self.io.get_ref().stream()
    }

    /// A new request is awaited: the head starts anew, and so does the wait for it.
    fn notice_next_request(&mut self) {
        let request = self.connection.request();
        if request == self.request {
            return;
        }
        // The first request of a connection has had its deadline since the connection began.
        let wait = if request == 1 { HEAD_DEADLINE } else { IDLE };
        self.request = request;
        self.scan = HeadScan::default();
        self.deadline.as_mut().reset(Instant::now() + wait);
    }

    fn poll_head(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.notice_next_request();
        if self.deadline.as_mut().poll(cx).is_ready() {
            if self.scan.is_empty() {
                // Nothing was asked, so nothing is answered: the end of the stream.
                return Poll::Ready(Ok(()));
            }
            self.refuse(StatusCode::REQUEST_TIMEOUT);
            return self.poll_refusal(cx);
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        let first = self.scan.is_empty();
        let scanned = self
            .scan
            .feed(buf.filled().get(before..).unwrap_or_default());
        match scanned {
            Scanned::More if first => {
                self.deadline.as_mut().reset(Instant::now() + HEAD_DEADLINE);
            }
            Scanned::More => {}
            Scanned::Complete => self.connection.set(Phase::Parsed),
            Scanned::Refused(status) => {
                buf.set_filled(before);
                self.refuse(status);
                return self.poll_refusal(cx);
            }
        }
        Poll::Ready(Ok(()))
    }

    fn refuse(&mut self, status: StatusCode) {
        if self.refusal.is_none() {
            (self.refusals)(status);
            self.refusal = Some(plain_answer(status));
        }
    }

    /// Sends our answer, then ends the connection.
    fn poll_refusal<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.poll_send_refusal(cx))?;
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }

    fn poll_send_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(answer) = self.refusal.as_mut().filter(|answer| !answer.is_empty()) {
            let sent = ready!(Pin::new(&mut self.io).poll_write(cx, answer))?;
            answer.advance(sent);
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }
}

/// An answer that says no more than its status.
fn plain_answer(status: StatusCode) -> Bytes {
    let reason = status.canonical_reason().unwrap_or("Error");
    let code = status.as_u16();
    let body = format!("{code} {reason}\n");
    Bytes::from(format!(
        "HTTP/1.1 {code} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

/// The status of an answer that the library wrote by itself.
fn status_of(answer: &[u8]) -> StatusCode {
    answer
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| answer.strip_prefix(b"HTTP/1.0 "))
        .and_then(|rest| rest.get(..3))
        .and_then(|code| StatusCode::from_bytes(code).ok())
        .unwrap_or(StatusCode::BAD_REQUEST)
}

impl AsyncRead for Guard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.refusal.is_some() {
            return self.poll_refusal(cx);
        }
        match self.connection.phase() {
            Phase::Head => self.poll_head(cx, buf),
            Phase::Parsed | Phase::Open => Pin::new(&mut self.io).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Guard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.refusal.is_none() {
            if self.connection.phase() == Phase::Open {
                return Pin::new(&mut self.io).poll_write(cx, buf);
            }
            self.refuse(status_of(buf));
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_send_refusal(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send_refusal(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[async_trait]
impl Shutdown for Guard {
    async fn shutdown(&mut self) {
        let _ = tokio::io::AsyncWriteExt::flush(self).await;
        self.io.get_mut().shutdown().await;
    }
}

#[async_trait]
impl Peek for Guard {}

impl UniqueID for Guard {
    fn id(&self) -> UniqueIDType {
        self.stream().id()
    }
}

impl Ssl for Guard {
    fn get_ssl(&self) -> Option<&TlsRef> {
        self.stream().get_ssl()
    }

    fn get_ssl_digest(&self) -> Option<Arc<SslDigest>> {
        self.stream().get_ssl_digest()
    }

    fn selected_alpn_proto(&self) -> Option<ALPN> {
        self.stream().selected_alpn_proto()
    }
}

impl GetTimingDigest for Guard {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        self.stream().get_timing_digest()
    }
}

impl GetProxyDigest for Guard {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        self.stream().get_proxy_digest()
    }
}

impl GetSocketDigest for Guard {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        self.stream().get_socket_digest()
    }
}
