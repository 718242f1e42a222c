//! The PROXY protocol: load balancers that pass connections on say in front of each whose it is.
//!
//! Peers that are named have to say so, and nobody else may: a header that is sometimes believed
//! and sometimes not there would let every client choose its address.

mod header;
#[cfg(test)]
mod header_tests;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Once;
use std::time::Duration;

pub use header::{Flaw, Parsed, Said, begins, parse};

use ipnet::IpNet;
use pingora::protocols::l4::stream::Stream as L4Stream;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;

use super::guard::HEAD_DEADLINE;
use crate::telemetry::Metrics;

/// How long the header may take: a sender writes it before anything else, in one piece.
const PATIENCE: Duration = Duration::from_secs(5);
/// As many of a stranger's first bytes as tell a header from anything else.
const START: usize = 12;

/// Who passes connections on and says whose they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Senders {
    /// By address.
    pub networks: Vec<IpNet>,
    /// Whoever connects to a unix socket.
    pub unix: bool,
}

impl Senders {
    fn is_empty(&self) -> bool {
        self.networks.is_empty() && !self.unix
    }

    /// Whether this peer (none: of a unix socket) has to send a header.
    fn include(&self, peer: Option<SocketAddr>) -> bool {
        match peer.map(|peer| peer.ip().to_canonical()) {
            Some(peer) => self.networks.iter().any(|net| net.contains(&peer)),
            None => self.unix,
        }
    }
}

/// Why a connection is closed before it has said anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// It begins without the header that this peer has to send.
    Missing,
    /// Its header is no header, or a part of one.
    Malformed,
    /// Its header does not come.
    Late,
    /// It has a header, and this peer may not send any.
    Untrusted,
}

impl Refusal {
    const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "proxy_header_missing",
            Self::Malformed => "proxy_header_malformed",
            Self::Late => "proxy_header_late",
            Self::Untrusted => "proxy_header_untrusted",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => {
                "a peer in `listen.proxy_protocol` does not send the PROXY header: let it, or take \
                 it out of the list"
            }
            Self::Malformed => "a peer in `listen.proxy_protocol` sends a broken PROXY header",
            Self::Late => "a peer in `listen.proxy_protocol` sends its PROXY header too slowly",
            Self::Untrusted => {
                "a peer sends a PROXY header that is not in `listen.proxy_protocol`: name it there, \
                 if it is a load balancer of yours"
            }
        })
    }
}

/// The beginning of connections.
pub(super) struct Arrivals {
    senders: Senders,
    metrics: Metrics,
}

impl Arrivals {
    pub(super) const fn new(senders: Senders, metrics: Metrics) -> Self {
        Self { senders, metrics }
    }

    /// Whether this peer's connections are other people's.
    pub(super) fn passes_on(&self, peer: Option<SocketAddr>) -> bool {
        self.senders.include(peer)
    }

    /// Whose connection this is, once what stands in front of it has been read; `Err` when it is
    /// to be closed.
    pub(super) async fn client(
        &self,
        stream: &mut L4Stream,
        peer: Option<SocketAddr>,
    ) -> Result<Option<SocketAddr>, Closed> {
        if self.senders.is_empty() {
            return Ok(peer);
        }
        let client = if self.passes_on(peer) {
            said(stream).await
        } else {
            stranger(stream).await
        };
        match client {
            Ok(Some(Said::Client(client))) => Ok(Some(client)),
            Ok(Some(Said::Sender)) => Ok(peer),
            Ok(None) => Err(Closed),
            Err(refusal) => {
                self.tell(refusal, peer);
                Err(Closed)
            }
        }
    }

    /// Counts every time, and warns the first time only: whoever does this does it always.
    fn tell(&self, refusal: Refusal, peer: Option<SocketAddr>) {
        static WARNED: [Once; 4] = [const { Once::new() }; 4];
        self.metrics.rejected(refusal.reason());
        let peer = peer.map_or_else(|| "unix".to_owned(), |peer| peer.ip().to_string());
        let Some(warned) = WARNED.get(refusal as usize) else {
            return;
        };
        warned.call_once(|| {
            tracing::warn!(
                %peer,
                reason = refusal.reason(),
                "{refusal} (said once, see doorward_requests_rejected_total)"
            );
        });
        tracing::debug!(%peer, reason = refusal.reason(), "a connection was closed");
    }
}

/// The connection is closed without an answer: nobody knows to whom it would go.
pub(super) struct Closed;

/// What the sender says; `None` when it closed without a byte, as the simplest health checks do.
async fn said(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Said>, Refusal> {
    timeout(PATIENCE, read(stream))
        .await
        .unwrap_or(Err(Refusal::Late))
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Said>, Refusal> {
    let mut bytes = Vec::with_capacity(128);
    loop {
        let more = match parse(&bytes) {
            Parsed::Whole(said) => return Ok(Some(said)),
            Parsed::Refused(Flaw::Missing) => return Err(Refusal::Missing),
            Parsed::Refused(Flaw::Malformed) => return Err(Refusal::Malformed),
            Parsed::More(more) => more,
        };
        let mut next = (&mut *stream).take(u64::try_from(more).unwrap_or(1));
        // An error ends a connection as its end does.
        if next.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return if bytes.is_empty() {
                Ok(None)
            } else {
                Err(Refusal::Malformed)
            };
        }
    }
}

/// A stranger's first bytes are looked at and put back. A header cut into pieces passes here and
/// is refused behind: it is neither TLS nor a request line.
async fn stranger(stream: &mut L4Stream) -> Result<Option<Said>, Refusal> {
    let mut start = [0; START];
    let Ok(Ok(read)) = timeout(HEAD_DEADLINE, stream.read(&mut start)).await else {
        return Ok(None);
    };
    let start = start.get(..read).unwrap_or_default();
    if begins(start) {
        return Err(Refusal::Untrusted);
    }
    stream.rewind(start);
    Ok((read > 0).then_some(Said::Sender))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt as _, duplex};

    use super::*;

    fn senders() -> Senders {
        Senders {
            networks: vec!["10.0.0.0/8".parse().unwrap()],
            unix: false,
        }
    }

    #[test]
    fn fwd_05_a_sender_is_known_in_one_form_of_its_address() {
        let includes = |address: &str| senders().include(Some(address.parse().unwrap()));
        assert!(includes("10.0.0.1:1"));
        assert!(includes("[::ffff:10.0.0.1]:1"));
        assert!(!includes("[::10.0.0.1]:1"));
        assert!(!includes("11.0.0.1:1"));
        assert!(!senders().include(None));
    }

    #[tokio::test]
    async fn what_follows_the_header_is_left_to_be_read() {
        let (mut near, mut far) = duplex(1024);
        far.write_all(b"PROXY TCP4 203.0.113.9 192.0.2.1 50000 443\r\nGET /")
            .await
            .unwrap();
        let client = "203.0.113.9:50000".parse().unwrap();
        assert_eq!(said(&mut near).await, Ok(Some(Said::Client(client))));
        let mut rest = [0; 5];
        near.read_exact(&mut rest).await.unwrap();
        assert_eq!(&rest, b"GET /");
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_that_trickles_is_given_up_at_the_deadline() {
        let (mut near, mut far) = duplex(1024);
        let sender = tokio::spawn(async move {
            for byte in b"PROXY TCP4 203.0.113.9" {
                if far.write_all(&[*byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let began = tokio::time::Instant::now();
        assert_eq!(said(&mut near).await, Err(Refusal::Late));
        assert_eq!(began.elapsed(), PATIENCE);
        drop(near);
        sender.await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_ends_within_its_header_is_told_from_one_without_a_byte() {
        let (mut near, far) = duplex(64);
        drop(far);
        assert_eq!(said(&mut near).await, Ok(None));
        let (mut near, mut far) = duplex(64);
        far.write_all(b"PROXY TCP4").await.unwrap();
        drop(far);
        assert_eq!(said(&mut near).await, Err(Refusal::Malformed));
    }
}
