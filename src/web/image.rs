//! Which kind of image some bytes are, and whether it is one that can be shown.

mod svg;
mod whole;

pub use svg::runs as svg_runs;
pub use whole::is_whole;

/// The kind of an image by its first bytes, whatever is said of it; an SVG by both.
pub fn kind_of(body: &[u8], said: Option<&str>) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 5] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"\0\0\x01\0", "image/x-icon"),
        (b"RIFF", "image/webp"),
    ];
    let begins = kinds.iter().find(|(first, _)| body.starts_with(first));
    match begins {
        Some((b"RIFF", kind)) => (body.get(8..12) == Some(b"WEBP")).then_some(*kind),
        Some((_, kind)) => Some(kind),
        None if said == Some("image/svg+xml") && svg::is_one(body) => Some("image/svg+xml"),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_what_its_first_bytes_say() {
        for (body, said, kind) in [
            (&b"\x89PNG\r\n\x1a\nx"[..], None, Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("text/html"), Some("image/jpeg")),
            (b"RIFFxxxxWEBPVP8", None, Some("image/webp")),
            (b"RIFFxxxxWAVE", Some("image/webp"), None),
            (b" <svg/>", Some("image/svg+xml"), Some("image/svg+xml")),
            (b"<html>", Some("text/html"), None),
            (b"<html>", Some("image/png"), None),
            (b"<html><svg/></html>", Some("image/svg+xml"), None),
            (b"", Some("image/svg+xml"), None),
        ] {
            assert_eq!(kind_of(body, said), kind, "{body:?} {said:?}");
        }
    }
}
