//! A client that takes nothing of what waits for it. The deadline runs only while a write has to
//! wait, and starts anew with every byte that is taken: a silent WebSocket or event stream, to
//! which nothing is being written, never meets it.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pingora::protocols::Stream;
use pingora::protocols::http::ServerSession;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep, timeout};

use super::STALL;

/// A socket that is given up when its other end stops reading.
pub(super) struct Stalling {
    stream: Stream,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Stalling {
    pub(super) const fn new(stream: Stream) -> Self {
        Self {
            stream,
            waiting: None,
        }
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Closes the socket, unless the other end has been given up: saying goodbye is a write too.
    pub(super) async fn shutdown(&mut self) {
        if self.waiting.is_none() {
            let _ = timeout(STALL, self.stream.shutdown()).await;
        }
    }

    fn judge<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(STALL)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Stalling {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stalling {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, closed)
    }
}

/// The same for one HTTP/2 stream, whose client may read everything else and never make room for
/// this answer (RFC 9113 6.9): a piece of at most one read of the upstream's answer has to leave
/// within `patience`.
pub fn bound_stream(session: &mut ServerSession, patience: Duration) {
    if session.is_http2() {
        session.set_write_timeout(Some(patience));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use pingora::ErrorType;
    use pingora::http::ResponseHeader;
    use pingora::protocols::Digest;
    use pingora::protocols::http::v2::server::{H2Accept, HttpSession, handshake};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;

    /// A socket that holds 64 bytes which nobody has read.
    fn narrow() -> (Stalling, DuplexStream) {
        let (near, far) = duplex(64);
        (Stalling::new(Box::new(near)), far)
    }

    #[tokio::test(start_paused = true)]
    async fn dos_02_a_client_that_never_reads_is_given_up_at_the_deadline() {
        let (mut socket, _far) = narrow();
        let began = Instant::now();
        let error = socket.write_all(&[0; 65]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), STALL);
        // And is not waited for once more.
        socket.shutdown().await;
        assert_eq!(began.elapsed(), STALL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_slowly_gets_everything() {
        let (mut socket, mut far) = narrow();
        let writer = tokio::spawn(async move { socket.write_all(&[7; 128]).await });
        let mut read = 0;
        while read < 128 {
            sleep(STALL * 9 / 10).await;
            let some = far.read(&mut [0; 8]).await.unwrap();
            assert_ne!(some, 0, "it was given up");
            read += some;
        }
        writer.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_no_stall() {
        let (mut socket, mut far) = narrow();
        for _ in 0..3 {
            let mut read = [0; 128];
            tokio::try_join!(socket.write_all(&[7; 128]), far.read_exact(&mut read)).unwrap();
            sleep(STALL * 10).await;
        }
    }

    /// The connection's preface, settings that leave an answer no room, and a request for `/`.
    const NO_ROOM: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
        \x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\
        \x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x87\x84\x41\x01a";

    #[tokio::test]
    async fn dos_02_an_http2_answer_that_gets_no_room_is_given_up() {
        let (near, mut far) = duplex(4096);
        far.write_all(NO_ROOM).await.unwrap();
        let stream: Stream = Box::new(near);
        let mut connection = handshake(stream, None).await.unwrap();
        let digest = Arc::new(Digest::default());
        let accepted = HttpSession::from_h2_conn(&mut connection, digest).await;
        let Ok(Some(H2Accept::Session(session))) = accepted else {
            panic!("a request");
        };
        let mut session = ServerSession::H2(session);
        bound_stream(&mut session, Duration::from_millis(20));
        let answer = ResponseHeader::build(200, None).unwrap();
        session
            .write_response_header(Box::new(answer))
            .await
            .unwrap();
        let body = Bytes::from_static(b"never sent");
        let written = timeout(
            Duration::from_secs(30),
            session.write_response_body(body, true),
        );
        let error = written.await.expect("an end").unwrap_err();
        assert_eq!(error.etype(), &ErrorType::WriteTimedout);
    }
}
