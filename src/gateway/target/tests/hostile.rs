//! Whatever a hostile sender combines.

use proptest::prelude::*;

use super::*;

/// What a hostile sender would combine.
fn hostile_path() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/", "//", ".", "..", "%2e", "%2E", "%252e", "%2f", "%5c", "\\", ";", "%3b", "%00", "%25",
        "%", "a", "A", "admin", "public", "%61", "%e9", "%c0%ae", "%32%65", "~", "@", "%40", "+",
        "%0a", "?", "#", " ", "é",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #[test]
    fn canonical_paths_are_fixed_points_and_safe(raw in hostile_path()) {
        if let Ok(path) = canonical_path(&raw) {
            prop_assert_eq!(canonical_path(&path), Ok(path.clone()));
            let bytes: Vec<u8> = decoded(&path).collect();
            prop_assert!(bytes.iter().all(|byte| !matches!(byte, b'\\' | b';' | 0..=0x1f | 0x7f)));
            let segments: Vec<&[u8]> = bytes.split(|byte| *byte == b'/').collect();
            let last = segments.len() - 1;
            for (index, segment) in segments.iter().enumerate() {
                prop_assert!(!matches!(*segment, b"." | b".."));
                prop_assert!(!segment.is_empty() || index == 0 || index == last);
            }
            // A second decoding finds nothing more to decode.
            let twice = String::from_utf8_lossy(&bytes).into_owned();
            let again: Vec<u8> = percent_encoding::percent_decode_str(&twice).collect();
            prop_assert_eq!(again, twice.as_bytes());
        }
    }

    #[test]
    fn decoding_agrees_with_an_independent_decoder(raw in hostile_path()) {
        if let Ok(path) = canonical_path(&raw) {
            let ours: Vec<u8> = decoded(&path).collect();
            let theirs: Vec<u8> = percent_encoding::percent_decode_str(&raw).collect();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(target in prop::collection::vec(any::<u8>(), 0..64), host in "\\PC{0,20}") {
        let mut map = HeaderMap::new();
        if let Ok(value) = http::HeaderValue::from_str(&host) {
            map.insert(header::HOST, value);
        }
        let head = Head {
            method: &Method::GET,
            version: Version::HTTP_11,
            target: &target,
            scheme: None,
            tls: None,
            authority: None,
            headers: &map,
        };
        let _ = Address::read(&head);
    }
}
