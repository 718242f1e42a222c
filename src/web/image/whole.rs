//! Whether an image is there from its first byte to its last. What its pixels say is not looked at.

/// Whether an image of this `kind` (a media type) is complete.
pub fn is_whole(body: &[u8], kind: &str) -> bool {
    match kind {
        "image/png" => png(body),
        "image/jpeg" => body.windows(2).any(|two| two == [0xff, 0xd9]),
        "image/gif" => gif(body),
        "image/webp" => webp(body).unwrap_or(false),
        "image/x-icon" => icon(body).unwrap_or(false),
        _ => true,
    }
}

/// A header and a trailer; some programs fill up with zeros behind it.
fn gif(body: &[u8]) -> bool {
    let last = body.iter().rfind(|byte| **byte != 0);
    body.len() > 13 && last == Some(&b';')
}

/// PNG 5.2 to 5.6: chunks without gaps, from a header with a size over some data to the end.
fn png(body: &[u8]) -> bool {
    let mut rest = body.get(8..).unwrap_or_default();
    let (mut first, mut data) = (true, false);
    while let Some((kind, content, behind)) = chunk(rest) {
        match kind {
            b"IHDR" if first => {
                let (width, height) = (content.get(..4), content.get(4..8));
                let nothing = Some(&[0; 4][..]);
                if content.len() != 13 || width == nothing || height == nothing {
                    return false;
                }
            }
            _ if first => return false,
            b"IDAT" => data = true,
            b"IEND" => return data,
            _ => {}
        }
        (first, rest) = (false, behind);
    }
    false
}

/// The kind and content of a chunk, and what follows it and its checksum.
fn chunk(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (length, rest) = text.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (kind, rest) = rest.split_at_checked(4)?;
    let (content, rest) = rest.split_at_checked(length)?;
    let (_checksum, rest) = rest.split_at_checked(4)?;
    Some((kind, content, rest))
}

/// A RIFF file says how long it is.
fn webp(body: &[u8]) -> Option<bool> {
    let length: [u8; 4] = body.get(4..8)?.try_into().ok()?;
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    Some(length > 12 && length <= body.len() - 8)
}

/// A table of pictures, and each of them within the file.
fn icon(body: &[u8]) -> Option<bool> {
    let count = u16::from_le_bytes(body.get(4..6)?.try_into().ok()?);
    let number = |entry: &[u8], at: usize| {
        let four: [u8; 4] = entry.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(four)).ok()
    };
    let table = body.get(6..6 + 16 * usize::from(count))?;
    let mut entries = table.chunks(16);
    Some(
        count > 0
            && entries.all(|entry| {
                let end = number(entry, 8).zip(number(entry, 12));
                end.and_then(|(length, at)| at.checked_add(length))
                    .is_some_and(|end| end <= body.len())
            }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunked(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut all = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, content) in chunks {
            all.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
            all.extend([&kind[..], content, &[0; 4]].concat());
        }
        all
    }

    #[test]
    fn a_png_is_whole_from_its_header_to_its_end() {
        let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0];
        let good = chunked(&[(b"IHDR", &header), (b"IDAT", b"x"), (b"IEND", b"")]);
        assert!(is_whole(&good, "image/png"));
        for end in 0..good.len() {
            assert!(!is_whole(&good[..end], "image/png"), "{end}");
        }
        let mut flat = header;
        flat[3] = 0;
        for bad in [
            chunked(&[(b"IHDR", &flat), (b"IDAT", b"x"), (b"IEND", b"")]),
            chunked(&[(b"IDAT", b"x"), (b"IHDR", &header), (b"IEND", b"")]),
            chunked(&[(b"IHDR", &header), (b"IEND", b"")]),
            chunked(&[(b"IHDR", &header[..12]), (b"IDAT", b"x"), (b"IEND", b"")]),
            [&good[..8], &[0xff; 40]].concat(),
        ] {
            assert!(!is_whole(&bad, "image/png"), "{bad:?}");
        }
    }

    #[test]
    fn other_images_are_whole_when_their_ends_are_there() {
        let icon = |length: u32| {
            let head = [0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0];
            [
                &head[..],
                &length.to_le_bytes(),
                &22u32.to_le_bytes(),
                b"data",
            ]
            .concat()
        };
        for (good, kind) in [
            (&b"\xff\xd8\xff\xe0data\xff\xd9"[..], "image/jpeg"),
            (b"GIF89a\x01\0\x01\0\0\0\0data;", "image/gif"),
            (b"RIFF\x0d\0\0\0WEBPVP8 \x01\0\0\0x", "image/webp"),
            (&icon(4), "image/x-icon"),
            (b"<svg/>", "image/svg+xml"),
        ] {
            assert!(is_whole(good, kind), "{kind}");
        }
        for (bad, kind) in [
            (&b"\xff\xd8\xff\xe0data"[..], "image/jpeg"),
            (b"GIF89a\x01\0\x01\0\0\0\0data", "image/gif"),
            (b"GIF8", "image/gif"),
            (b"RIFF\x0e\0\0\0WEBPVP8 \x01\0\0", "image/webp"),
            (b"RIFF\x04\0\0\0WEBP", "image/webp"),
            (b"\0\0\x01\0\0\0", "image/x-icon"),
            (b"\0\0\x01\0\x01\0", "image/x-icon"),
            (&icon(5), "image/x-icon"),
        ] {
            assert!(!is_whole(bad, kind), "{kind} {bad:?}");
        }
    }
}
