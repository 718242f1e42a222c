//! How long a body is: said in one way, or refused (RFC 9112 6).

use http::{HeaderMap, Method, Version, header};

use super::Refused;

/// The largest request head, in bytes of names and values.
pub const MAX_HEAD: usize = 32 * 1024;

/// Refuses what readers frame differently. `raw` is the head as it was received, asked for only
/// when it matters: the library below us drops `Content-Length` where `Transfer-Encoding` stands
/// beside it, so that the pair is visible in the raw bytes only.
pub fn check_framing<R: AsRef<[u8]>>(
    headers: &HeaderMap,
    raw: impl FnOnce() -> R,
) -> Result<(), Refused> {
    let mut size = 0;
    for (name, value) in headers {
        size += name.as_str().len() + value.len() + 4;
    }
    if size > MAX_HEAD {
        return Err(Refused::HeadTooLarge);
    }
    check_length(headers)?;
    if headers.contains_key(header::TRANSFER_ENCODING) {
        let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
        let chunked = codings
            .next()
            .is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
        if !chunked || codings.next().is_some() || names_length(raw().as_ref()) {
            return Err(Refused::TransferCoding);
        }
    }
    Ok(())
}

/// What HTTP/1.0 does not have: it knows no chunks (RFC 9112 6.1), and a request that is made to
/// carry a body has to state its length (RFC 1945 8.3).
pub fn check_old_framing(
    version: Version,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Refused> {
    if version != Version::HTTP_10 {
        return Ok(());
    }
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(Refused::TransferCoding);
    }
    let carries = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
    if carries && !headers.contains_key(header::CONTENT_LENGTH) {
        return Err(Refused::Length);
    }
    Ok(())
}

/// At most one `Content-Length`, plain digits without padding (RFC 9110 8.6 lets us refuse lists),
/// of a number that no reader's integers overflow at: the library takes 2^63 for no length.
fn check_length(headers: &HeaderMap) -> Result<(), Refused> {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else {
        return Ok(());
    };
    let text = length.as_bytes();
    let plain = !text.is_empty()
        && text.len() <= 18
        && text.iter().all(u8::is_ascii_digit)
        && (text.len() == 1 || text.first() != Some(&b'0'));
    if plain && lengths.next().is_none() {
        Ok(())
    } else {
        Err(Refused::Length)
    }
}

fn names_length(raw: &[u8]) -> bool {
    raw.split(|byte| *byte == b'\n').skip(1).any(|line| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(b"content-length")
    })
}
