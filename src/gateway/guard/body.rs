//! Where a request ends: what comes after it is the next one's, and is not read before that one is
//! asked for.

use super::chunks::ChunkScan;

/// The bytes of a request after its head.
#[derive(Debug, Default)]
pub(super) struct Body {
    framing: Framing,
    /// Whether what follows may be a tunnel's, which has no requests.
    tunnel: bool,
}

/// How the end of a body is known.
#[derive(Debug, Default)]
enum Framing {
    /// So many bytes are left.
    Length(u64),
    Chunked(ChunkScan),
    /// Not in a way that is understood here. Such a request is refused, and its connection closed.
    #[default]
    Unknown,
}

impl Body {
    /// By what the head says: a coding, or a length (`None` if it is there and is none).
    pub(super) fn of(chunked: bool, length: Option<u64>, tunnel: bool) -> Self {
        let framing = if chunked {
            Framing::Chunked(ChunkScan::default())
        } else {
            length.map_or(Framing::Unknown, Framing::Length)
        };
        Self { framing, tunnel }
    }

    /// Whether nothing of the request is to come.
    pub(super) fn is_over(&self) -> bool {
        let over = match &self.framing {
            Framing::Length(left) => *left == 0,
            Framing::Chunked(scan) => scan.is_over(),
            Framing::Unknown => false,
        };
        over && !self.tunnel
    }

    /// Looks at the next bytes; how many of them are the request's, or `None` when they can be read
    /// in more than one way.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let own = match &mut self.framing {
            Framing::Length(left) => {
                let own = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                *left -= own as u64;
                own
            }
            Framing::Chunked(scan) => scan.feed(bytes)?,
            Framing::Unknown => bytes.len(),
        };
        Some(if self.tunnel { bytes.len() } else { own })
    }
}
