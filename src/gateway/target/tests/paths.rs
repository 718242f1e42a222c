//! Paths: one spelling, or refused.

use super::*;

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
        scheme: None,
        tls: None,
        authority: None,
        headers: &headers,
    };
    let address = Address::read(&head).unwrap();
    assert_eq!(address.path, "/admin/x");
    assert_eq!(address.query, Some("/public/"));
}
