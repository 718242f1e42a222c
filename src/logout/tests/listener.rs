//! A relying party that listens on this machine.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A relying party: answers as it is told to, and keeps what it was sent.
pub struct Listener {
    at: SocketAddr,
    status: Arc<Mutex<u16>>,
    received: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    pub async fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let status = Arc::new(Mutex::new(status));
        let received = Arc::<Mutex<Vec<String>>>::default();
        let (says, keeps) = (status.clone(), received.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !is_whole(&request) {
                    let mut part = [0; 4096];
                    let read = stream.read(&mut part).await.unwrap();
                    request.extend_from_slice(&part[..read]);
                }
                keeps.lock().push(String::from_utf8(request).unwrap());
                let status = *says.lock();
                let answer = format!(
                    "HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self {
            at,
            status,
            received,
        }
    }

    pub fn uri(&self) -> String {
        format!("http://{}/out", self.at)
    }

    pub fn says(&self, status: u16) {
        *self.status.lock() = status;
    }

    pub fn count(&self) -> usize {
        self.received.lock().len()
    }

    /// The token of the last request, which must be a form with nothing else in it.
    pub fn token(&self) -> String {
        let requests = self.received.lock();
        let request = requests.last().unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("post /out http/1.1\r\n"), "{head}");
        assert!(head.contains("content-type: application/x-www-form-urlencoded"));
        body.strip_prefix("logout_token=").unwrap().to_owned()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.unwrap().parse().unwrap()
}
