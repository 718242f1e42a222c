//! Heads, as they are read: host, method and target.

mod framing;
mod hostile;
mod paths;

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
        scheme: None,
        tls: None,
        authority: None,
        headers: &headers,
    };
    Address::read(&head).map(|address| (address.authority(), address.path_and_query()))
}

fn path(target: &str) -> Result<String, Refused> {
    read(target, "app.test").map(|(_, path)| path)
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
            scheme: None,
            tls: None,
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
            scheme: None,
            tls: None,
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
fn the_scheme_is_that_of_the_connection() {
    let headers = headers(&[("host", "app.test")]);
    let read = |scheme, tls| {
        let head = Head {
            method: &Method::GET,
            version: Version::HTTP_2,
            target: b"/",
            scheme,
            tls,
            authority: None,
            headers: &headers,
        };
        Address::read(&head).map(|_| ())
    };
    for (scheme, tls) in [
        (None, Some(true)),
        (Some("https"), Some(true)),
        (Some("http"), Some(false)),
        (Some("http"), None),
        (Some("https"), None),
    ] {
        assert_eq!(read(scheme, tls), Ok(()), "{scheme:?} {tls:?}");
    }
    for (scheme, tls) in [
        (Some("http"), Some(true)),
        (Some("https"), Some(false)),
        (Some("ftp"), None),
        (Some(""), Some(true)),
    ] {
        let refused = read(scheme, tls);
        assert_eq!(refused, Err(Refused::SchemeMismatch), "{scheme:?} {tls:?}");
    }
}
