//! A steady crowd: a number of kept-alive connections, each asking as soon as it was answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 32;

/// What the crowd asks, and for how long.
pub struct Load {
    request: Arc<str>,
    time: Duration,
}

/// What came of it.
pub struct Done {
    pub requests: u64,
    pub took: Duration,
}

impl Load {
    /// `GET` at `host` with further header `lines`.
    pub fn new(host: &str, lines: &str, time: Duration) -> Self {
        let request = format!(
            "GET /projects/42/issues?page=3 HTTP/1.1\r\nHost: {host}\r\nUser-Agent: load\r\n\
             Accept: text/html\r\nAccept-Encoding: gzip\r\n{lines}\r\n"
        );
        Self {
            request: request.into(),
            time,
        }
    }

    /// A short run that is not counted.
    pub async fn warm_up(&self, address: SocketAddr) {
        self.run_for(address, Duration::from_millis(500)).await;
    }

    /// One round.
    pub async fn run(&self, address: SocketAddr) -> Done {
        self.run_for(address, self.time).await
    }

    async fn run_for(&self, address: SocketAddr, time: Duration) -> Done {
        let (enough, requests) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let mut crowd = JoinSet::new();
        let started = Instant::now();
        for _ in 0..CONNECTIONS {
            let request = Arc::clone(&self.request);
            let (enough, requests) = (Arc::clone(&enough), Arc::clone(&requests));
            crowd.spawn(async move {
                let mut socket = TcpStream::connect(address).await.unwrap();
                socket.set_nodelay(true).unwrap();
                let mut buffer = vec![0; 256 * 1024];
                while !enough.load(Ordering::Relaxed) {
                    socket.write_all(request.as_bytes()).await.unwrap();
                    read_answer(&mut socket, &mut buffer).await;
                    requests.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        tokio::time::sleep(time).await;
        enough.store(true, Ordering::Relaxed);
        while let Some(joined) = crowd.join_next().await {
            joined.unwrap();
        }
        Done {
            requests: requests.load(Ordering::Relaxed),
            took: started.elapsed(),
        }
    }
}

/// Reads one answer; anything but 200 ends the benchmark.
async fn read_answer(socket: &mut TcpStream, buffer: &mut [u8]) {
    let mut filled = 0;
    loop {
        let read = socket.read(&mut buffer[filled..]).await.unwrap();
        assert_ne!(read, 0, "the connection was closed");
        filled += read;
        let Some(head) = buffer[..filled]
            .windows(4)
            .position(|end| end == b"\r\n\r\n")
        else {
            continue;
        };
        let text = std::str::from_utf8(&buffer[..head]).unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        if filled >= head + 4 + length(text) {
            return;
        }
    }
}

fn length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap())
}
