//! Reading an answer's body up to a bound, whatever its headers say about its length.

use bytes::{Bytes, BytesMut};

use super::{OutboundError, cause};

/// The whole body, unless it is longer than `most` bytes.
pub(super) async fn read(
    mut answer: reqwest::Response,
    most: usize,
) -> Result<Bytes, OutboundError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| cause(&error))? {
        if body.len() + chunk.len() > most {
            return Err(OutboundError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
