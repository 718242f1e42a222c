//! Routes: who, where to, and with which headers.

use super::*;

#[test]
fn auz_a_route_without_allow_does_not_start() {
    let text = problems(&route("upstream = \"http://127.0.0.1:1\""));
    assert!(
        text.contains("error[C050]: the route does not say who may pass"),
        "{text}"
    );
    assert!(codes(&route("allow = []\nupstream = \"http://127.0.0.1:1\"")).contains(&"C050"),);
}

#[test]
fn a_route_on_the_sites_host_keeps_off_the_sites_pages() {
    let on = |host: &str, path: &str| {
        with_site(&format!(
            "[[route]]\nid = \"a\"\nmatch = {{ host = \"{host}\", path = \"{path}\" }}\nallow = \
             [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\n"
        ))
    };
    for path in ["/login", "/connect/token", "/jwks/", "/_doorward/me"] {
        assert_eq!(codes(&on("localhost", path)), ["C055"], "{path}");
    }
    assert_eq!(codes(&on("other.localhost", "/login")), [""; 0]);
    assert_eq!(codes(&on("other.localhost", "/_doorward/x")), ["C055"]);
    assert_eq!(codes(&on("localhost", "/")), [""; 0]);
}

#[test]
fn identity_headers_are_names_that_cannot_do_harm() {
    let custom = |headers: &str| {
        route(&format!(
            "allow = [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\nidentity = {{ preset = \
             \"none\", headers = {{ {headers} }} }}"
        ))
    };
    for bad in [
        "Host",
        "Cookie",
        "Connection",
        "Content-Length",
        "Transfer_Encoding",
        "X-Forwarded-For",
        "Sec-Fetch-Site",
        "doorward_assertion",
        "\"bad name\"",
        "\"\"",
    ] {
        assert_eq!(codes(&custom(&format!("{bad} = \"x\""))), ["C061"], "{bad}");
    }
    assert_eq!(codes(&custom("X-User = \"a\", x_user = \"b\"")), ["C061"]);
    assert_eq!(codes(&custom("X-User = \"{user.emial}\"")), ["C062"]);
    assert_eq!(codes(&custom("X-User = \"{user.email\"")), ["C062"]);
    assert_eq!(codes(&custom("X-User = \"a\\nb\"")), ["C062"]);
    let sent = settings(&custom(
        "X-User = \"{user.email}\", X-Who = \"mr {user.name}\"",
    ))
    .routes
    .remove(0)
    .identity;
    assert_eq!(sent.headers.len(), 2);
    assert!(sent.assertion.is_none());
}

#[test]
fn upstreams_are_read_and_plain_ones_across_the_network_are_a_warning() {
    let text = route(
        "allow = [\"group:staff\", \"user:Bob@Partner.net\"]\nupstream = [\"http://10.0.0.7:3000\", \
         \"https://app.example.com\", \"unix:/run/app.sock\"]",
    );
    let wiki = settings(&text).routes.remove(0);
    assert_eq!(
        wiki.upstreams,
        [
            Upstream::Http {
                host: "10.0.0.7".to_owned(),
                port: 3000
            },
            Upstream::Https {
                host: "app.example.com".to_owned(),
                port: 443
            },
            Upstream::Unix("/run/app.sock".into()),
        ]
    );
    let plain = route("allow = [\"anyone\"]\nupstream = \"http://app.example.com\"");
    assert_eq!(codes(&plain), ["C057"]);
    for bad in [
        "http://a/path",
        "ftp://a",
        "a:80",
        "http://u@a",
        "unix:",
        "http://",
    ] {
        let text = route(&format!("allow = [\"anyone\"]\nupstream = \"{bad}\""));
        assert_eq!(codes(&text), ["C056"], "{bad}");
    }
}

fn matching(matches: &str) -> String {
    with_site(&format!(
        "[[route]]\nid = \"a\"\nmatch = {{ {matches} }}\nallow = [\"anyone\"]\nupstream = \
         \"http://127.0.0.1:1\"\n"
    ))
}

#[test]
fn a_route_can_be_for_a_wildcard_an_expression_and_headers() {
    let text = matching(
        "host = \"*.Apps.Example.com\", path = \"/api\", path_regex = \"/api/v[0-9]+\", headers = { \
         X-Api = \"1\" }",
    );
    let matches = settings(&text).routes.remove(0).matches;
    assert_eq!(matches.host, "*.apps.example.com");
    assert_eq!(matches.path_regex.as_deref(), Some("/api/v[0-9]+"));
    let [(name, value)] = matches.headers.as_slice() else {
        panic!("{matches:?}");
    };
    assert_eq!(
        (name.as_str(), value.as_bytes()),
        ("x-api", b"1".as_slice())
    );
}

#[test]
fn wildcards_expressions_and_headers_that_cannot_be_used_are_errors() {
    for (bad, code) in [
        ("host = \"*\"", "C059"),
        ("host = \"*.*.example.com\"", "C059"),
        ("host = \"a*.example.com\"", "C059"),
        ("host = \"x.*.example.com\"", "C059"),
        ("host = \"*.10.0.0.1\"", "C059"),
        ("host = \"*.[::1]\"", "C059"),
        ("host = \"a.test\", path_regex = \"/(\"", "C063"),
        ("host = \"a.test\", path_regex = \"/a)|(.*\"", "C063"),
        ("host = \"a.test\", headers = { Host = \"x\" }", "C066"),
        ("host = \"a.test\", headers = { Cookie = \"x\" }", "C066"),
        ("host = \"a.test\", headers = { \"a b\" = \"x\" }", "C066"),
        ("host = \"a.test\", headers = { X-A = \" x\" }", "C066"),
        (
            "host = \"a.test\", headers = { X-A = \"x\", x-a = \"y\" }",
            "C066",
        ),
    ] {
        assert_eq!(codes(&matching(bad)), [code], "{bad}");
    }
    let said = problems(&matching("host = \"a.test\", path_regex = \"/(\""));
    assert!(said.contains("unclosed group"), "{said}");
}
