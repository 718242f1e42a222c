use proptest::prelude::*;

use super::*;

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(
            http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
            value.parse().unwrap(),
        );
    }
    map
}

fn read(target: &str, host: &str) -> Result<(String, String), Refused> {
    let headers = headers(&[("host", host)]);
    let head = Head {
        method: &Method::GET,
        version: Version::HTTP_11,
        target: target.as_bytes(),
        authority: None,
        headers: &headers,
    };
    Address::read(&head).map(|address| (address.authority(), address.path_and_query()))
}

fn path(target: &str) -> Result<String, Refused> {
    read(target, "app.test").map(|(_, path)| path)
}

#[test]
fn plain_paths_go_through_as_they_are() {
    for target in [
        "/",
        "/a/b/",
        "/a.b/c-d_e~f",
        "/a/.hidden/..c/d..",
        "/caf%C3%A9?q=100%&x=/../;",
        "/@me/a+b,c=d:e",
        "/100%25",
    ] {
        assert_eq!(path(target).as_deref(), Ok(target), "{target}");
    }
}

#[test]
fn pth_09_what_needs_no_escape_is_unescaped_before_it_is_judged() {
    assert_eq!(path("/%61dmin/x").as_deref(), Ok("/admin/x"));
    assert_eq!(path("/%41dmin/x").as_deref(), Ok("/Admin/x"));
    assert_eq!(path("/%7e%2d%5f").as_deref(), Ok("/~-_"));
    assert_eq!(path("/caf%c3%a9").as_deref(), Ok("/caf%C3%A9"));
}

#[test]
fn pth_01_dot_segments_are_refused() {
    for target in ["/public/../admin/x", "/./admin/x", "/a/..", "/a/.", "/.."] {
        assert_eq!(path(target), Err(Refused::PathDots), "{target}");
    }
}

#[test]
fn pth_02_encoded_dot_segments_are_refused() {
    for target in [
        "/public/%2e%2e/admin/x",
        "/public/.%2E/admin/x",
        "/public/%2e./admin/x",
        "/public/%2e",
    ] {
        assert_eq!(path(target), Err(Refused::PathDots), "{target}");
    }
    assert_eq!(
        path("/public/%2e%2e%2fadmin/x"),
        Err(Refused::PathSlash),
        "the slash is seen first"
    );
}

#[test]
fn pth_03_escapes_within_escapes_are_refused() {
    for target in [
        "/public/%252e%252e/admin/x",
        "/public/%25%32%65%252e/admin/x",
        "/a%2561",
        "/a%25%36%31",
        "/%25u002e",
    ] {
        assert_eq!(path(target), Err(Refused::PathTwiceEscaped), "{target}");
    }
}

#[test]
fn pth_04_semicolons_are_refused_in_every_spelling() {
    for target in [
        "/public/..;/admin/x",
        "/public;a/..;b/admin",
        "/admin;x=y/panel",
        "/%3b/../admin",
        "/%3B",
    ] {
        assert_eq!(path(target), Err(Refused::PathParameter), "{target}");
    }
}

#[test]
fn pth_05_backslashes_are_refused_in_every_spelling() {
    for target in [r"/public\..\admin", "/public/%5c..%5cadmin", "/admin%5Cx"] {
        assert_eq!(path(target), Err(Refused::PathSlash), "{target}");
    }
}

#[test]
fn pth_06_empty_segments_are_refused() {
    for target in ["//admin/x", "/admin//x", "/public//../admin", "/a//"] {
        assert_eq!(path(target), Err(Refused::PathSlash), "{target}");
    }
}

#[test]
fn pth_07_encoded_slashes_are_refused() {
    for target in ["/admin%2fx", "/public%2F..%2fadmin%2fx"] {
        assert_eq!(path(target), Err(Refused::PathSlash), "{target}");
    }
}

#[test]
fn pth_08_control_characters_are_refused() {
    for target in [
        "/admin%00",
        "/public/%00/../admin",
        "/x%0d%0aX-Auth-User:%20bob",
        "/x%0a",
        "/x%7f",
        "/x\u{1}",
    ] {
        assert_eq!(path(target), Err(Refused::PathControl), "{target}");
    }
}

#[test]
fn overlong_and_broken_escapes_are_refused() {
    for target in [
        "/%c0%ae/",
        "/%e0%80%ae",
        "/%f0%80%80%ae",
        "/%",
        "/%4",
        "/%zz",
        "/%u002e",
    ] {
        assert_eq!(path(target), Err(Refused::PathEscape), "{target}");
    }
}

#[test]
fn pth_12_the_query_is_not_part_of_the_path() {
    let headers = headers(&[("host", "app.test")]);
    let head = Head {
        method: &Method::GET,
        version: Version::HTTP_11,
        target: b"/admin/x?/public/",
        authority: None,
        headers: &headers,
    };
    let address = Address::read(&head).unwrap();
    assert_eq!(address.path, "/admin/x");
    assert_eq!(address.query, Some("/public/"));
}

#[test]
fn targets_that_are_no_path_are_refused() {
    for target in [
        "*",
        "?x=1",
        "admin",
        "",
        "ftp://app.test/",
        "http://app.test?x",
        "app.test:443",
    ] {
        assert_eq!(path(target), Err(Refused::TargetForm), "{target}");
    }
}

#[test]
fn absolute_form_is_rewritten_and_must_name_the_same_host() {
    assert_eq!(path("http://app.test/admin/x").as_deref(), Ok("/admin/x"));
    assert_eq!(path("HTTPS://APP.test").as_deref(), Ok("/"));
    assert_eq!(path("http://other.test/"), Err(Refused::AuthorityMismatch));
    assert_eq!(
        path("http://app.test@evil.test/"),
        Err(Refused::HostMalformed)
    );
    assert_eq!(path("http://app.test:81/"), Err(Refused::AuthorityMismatch));
}

#[test]
fn pth_15_one_host_has_one_spelling() {
    for (sent, forwarded) in [
        ("SECRET.TEST", "secret.test"),
        ("secret.test:443", "secret.test:443"),
        ("[::1]:8080", "[::1]:8080"),
    ] {
        assert_eq!(read("/", sent).unwrap().0, forwarded);
    }
    for odd in [
        "secret.test.",
        "secret.test:x",
        "secret.test:",
        "secret.test:0",
        "secret.test:+1",
        "secret.test:99999",
        "a@secret.test",
        "secret.test/x",
        "a b",
        "",
        ".",
        "a..b",
        "[::1",
        "[zz]",
        "se%63ret.test",
    ] {
        assert_eq!(read("/", odd), Err(Refused::HostMalformed), "{odd}");
    }
}

#[test]
fn the_host_is_named_exactly_once() {
    let read = |fields: &[(&str, &str)], authority| {
        let headers = headers(fields);
        let head = Head {
            method: &Method::GET,
            version: Version::HTTP_2,
            target: b"/",
            authority,
            headers: &headers,
        };
        Address::read(&head).map(|address| address.authority())
    };
    assert_eq!(read(&[], None), Err(Refused::HostMissing));
    assert_eq!(
        read(&[("host", "a.test"), ("host", "a.test")], None),
        Err(Refused::HostRepeated)
    );
    assert_eq!(
        read(&[("host", "a.test")], Some("b.test")),
        Err(Refused::AuthorityMismatch)
    );
    assert_eq!(read(&[], Some("a.test")).as_deref(), Ok("a.test"));
}

#[test]
fn only_listed_methods_are_served() {
    let headers = headers(&[("host", "app.test")]);
    for name in ["get", "GeT", "FOO", "TRACE", "CONNECT", "PRI"] {
        let method = Method::from_bytes(name.as_bytes()).unwrap();
        let head = Head {
            method: &method,
            version: Version::HTTP_11,
            target: b"/",
            authority: None,
            headers: &headers,
        };
        assert_eq!(Address::read(&head), Err(Refused::Method), "{name}");
        assert_eq!(Refused::Method.status(), 405);
    }
}

#[test]
fn a_long_target_is_414() {
    let refused = path(&format!("/{}", "a".repeat(MAX_TARGET))).unwrap_err();
    assert_eq!(refused.status(), 414);
}

#[test]
fn body_framing_is_plain_or_refused() {
    let check =
        |fields: &[(&str, &str)], raw: &str| check_framing(&headers(fields), || raw.to_owned());
    assert_eq!(check(&[("content-length", "5")], ""), Ok(()));
    assert_eq!(check(&[("content-length", "0")], ""), Ok(()));
    assert_eq!(
        check(&[("transfer-encoding", "Chunked")], "POST / HTTP/1.1\r\n"),
        Ok(())
    );
    for length in [
        "+5",
        "-0",
        "0x5",
        "5, 5",
        "05",
        "",
        "1_0",
        "99999999999999999999",
    ] {
        assert_eq!(
            check(&[("content-length", length)], ""),
            Err(Refused::Length),
            "{length:?}"
        );
    }
    assert_eq!(
        check(&[("content-length", "5"), ("content-length", "5")], ""),
        Err(Refused::Length)
    );
    for coding in [
        "xchunked",
        "gzip, chunked",
        "chunked, identity",
        "chunked;q=1",
        ",chunked",
        "",
    ] {
        assert_eq!(
            check(&[("transfer-encoding", coding)], ""),
            Err(Refused::TransferCoding),
            "{coding:?}"
        );
    }
    assert_eq!(
        check(
            &[("transfer-encoding", "chunked")],
            "POST / HTTP/1.1\r\nHost: a\r\ncontent-LENGTH: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        Err(Refused::TransferCoding)
    );
    let large = "x".repeat(MAX_HEAD);
    assert_eq!(
        check(&[("x-large", &large)], ""),
        Err(Refused::HeadTooLarge)
    );
}

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
            authority: None,
            headers: &map,
        };
        let _ = Address::read(&head);
    }
}
