//! The guarded socket.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http::StatusCode;
use pingora::protocols::{ALPN, Stream};
use tokio::io::{AsyncRead, AsyncWrite, BufWriter, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::body::Body;
use super::phase::{Connection, Phase};
use super::refusal::{plain_answer, reason_of, status_of};
use super::scan::{HeadScan, Scanned};
use super::stall::Stalling;
use super::{HEAD_DEADLINE, IDLE};

/// Head and body of a small answer leave in one write.
const WRITE_BUFFER: usize = 16 * 1024;

/// Called with the reason for every request that was refused here, as it is counted.
pub type Refusals = Arc<dyn Fn(&'static str) + Send + Sync>;

/// How much of the next requests is read ahead; whoever sends more waits.
const AHEAD: usize = 16 * 1024;

/// A connection whose request heads and chunked bodies are watched.
pub struct Guard {
    pub(super) io: BufWriter<Stalling>,
    connection: Arc<Connection>,
    scan: HeadScan,
    /// The request that `scan` and `deadline` are about.
    request: u32,
    deadline: Pin<Box<Sleep>>,
    /// The rest of that request.
    body: Body,
    /// What came after it.
    held: BytesMut,
    /// Whether anything of an answer to it has been written.
    answered: bool,
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
            body: Body::default(),
            held: BytesMut::new(),
            answered: false,
            refusal: None,
            refusals,
        }
    }

    pub(super) fn stream(&self) -> &Stream {
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
        self.answered = false;
        self.deadline.as_mut().reset(Instant::now() + wait);
    }

    fn poll_head(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.notice_next_request();
        if self.deadline.as_mut().poll(cx).is_ready() {
            if self.scan.is_empty() {
                // Nothing was asked, so nothing is answered: the end of the stream.
                return Poll::Ready(Ok(()));
            }
            self.refuse(StatusCode::REQUEST_TIMEOUT, "head_too_slow");
            return self.poll_refusal(cx);
        }
        let before = buf.filled().len();
        let replayed = ready!(self.poll_next(cx, buf))?;
        let first = self.scan.is_empty();
        let scanned = self
            .scan
            .feed(buf.filled().get(before..).unwrap_or_default());
        match scanned {
            Scanned::More if first => {
                self.deadline.as_mut().reset(Instant::now() + HEAD_DEADLINE);
            }
            Scanned::More => {}
            Scanned::Complete => {
                self.body = self.scan.body();
                let head_end = buf.filled().len() - self.scan.behind();
                if !self.take_own(buf, head_end, replayed) {
                    buf.set_filled(before);
                    return self.poll_refuse_body(cx);
                }
                self.connection.set(Phase::Parsed);
            }
            Scanned::Refused(status) => {
                buf.set_filled(before);
                self.refuse(status, reason_of(status));
                return self.poll_refusal(cx);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// The next bytes: what was held back, then what comes. Whether they were held back.
    fn poll_next(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<bool>> {
        if self.held.is_empty() {
            ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
            return Poll::Ready(Ok(false));
        }
        let count = self.held.len().min(buf.remaining());
        buf.put_slice(&self.held.split_to(count));
        if self.held.is_empty() {
            // Nearly nobody does this twice; the room is given back.
            self.held = BytesMut::new();
        }
        Poll::Ready(Ok(true))
    }

    /// Everything after the head, which goes through as it is. Of what comes after the request only
    /// the end of the stream is told.
    fn poll_body(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        loop {
            let mut replayed = false;
            if !self.body.is_over() {
                replayed = ready!(self.poll_next(cx, buf))?;
            } else if self.held.len() < AHEAD {
                ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
            } else {
                // Whoever has answered this request asks for the next by itself.
                return Poll::Pending;
            }
            if buf.filled().len() == before {
                return Poll::Ready(Ok(()));
            }
            if !self.take_own(buf, before, replayed) {
                buf.set_filled(before);
                return self.poll_refuse_body(cx);
            }
            if buf.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Leaves in `buf` of what stands there from `from` on only what is this request's, and holds the
    /// rest back: before what is held, if it was `replayed` from there. Whether it can be read in one
    /// way only.
    fn take_own(&mut self, buf: &mut ReadBuf<'_>, from: usize, replayed: bool) -> bool {
        let read = buf.filled().get(from..).unwrap_or_default();
        let Some(own) = self.body.feed(read) else {
            return false;
        };
        let next = read.get(own..).unwrap_or_default();
        if !next.is_empty() {
            let after = if replayed {
                self.held.split()
            } else {
                BytesMut::new()
            };
            self.held.extend_from_slice(next);
            self.held.extend_from_slice(&after);
        }
        buf.set_filled(from + own);
        true
    }

    /// Nothing after a malformed chunk is read, and nobody waits for the rest of it.
    fn poll_refuse_body(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.answered {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        self.refuse(StatusCode::BAD_REQUEST, "body_malformed");
        self.poll_refusal(cx)
    }

    fn refuse(&mut self, status: StatusCode, reason: &'static str) {
        if self.refusal.is_none() {
            (self.refusals)(reason);
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
            Phase::Parsed | Phase::Open => self.poll_body(cx, buf),
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
                self.answered = true;
                return Pin::new(&mut self.io).poll_write(cx, buf);
            }
            let status = status_of(buf);
            self.refuse(status, reason_of(status));
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
