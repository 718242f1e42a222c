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

#[test]
fn a_route_does_one_thing() {
    let route = |does: &str| route(&format!("allow = [\"anyone\"]\n{does}"));
    let up = "upstream = \"http://127.0.0.1:1\"";
    for good in [
        "redirect = { to = \"https://new.example.com{path}\" }",
        "answer = { body = \"ok\" }",
        "maintenance = true",
        &format!("{up}\nmaintenance = {{ retry_after = \"10m\" }}"),
        &format!("{up}\nmaintenance = false"),
    ] {
        assert_eq!(codes(&route(good)), [""; 0], "{good}");
    }
    for bad in [
        "",
        "maintenance = false",
        "redirect = { to = \"https://{path}\" }",
        "redirect = { to = \"/x\", status = 200 }",
        "answer = { status = 101 }",
        "answer = { status = 204, body = \"x\" }",
        "answer = { type = \"text\" }",
        &format!("{up}\nanswer = {{}}"),
    ] {
        assert_eq!(codes(&route(bad)), ["C069"], "{bad}");
    }
    assert_eq!(codes(&route("upstream = \"ftp://x\"")), ["C056"]);
}

#[test]
fn what_a_route_changes_can_harm_nobody() {
    let route = |changes: &str| {
        with_site(&format!(
            "[[route]]\nid = \"a\"\nmatch = {{ host = \"a.test\", path = \"/app/\" }}\nallow = \
             [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\n{changes}\n"
        ))
    };
    for good in [
        "rewrite = { strip = \"/app\", prefix = \"/in/\" }",
        "rewrite = { strip = \"/app/\" }",
        "rewrite = { prefix = \"/in\" }",
        "upstream_host = \"upstream\"",
        "upstream_host = \"app.internal:8080\"",
        "request_headers = { set = { X-Key = \"1\", Authorization = \"Bearer x\" }, remove = [\"Origin\"] }",
        "response_headers = { set = { Server = \"x\" }, remove = [\"Set-Cookie\"] }",
    ] {
        assert_eq!(codes(&route(good)), [""; 0], "{good}");
    }
    for (bad, code) in [
        ("rewrite = { strip = \"/ap\" }", "C063"),
        ("rewrite = { strip = \"/app/x\" }", "C063"),
        ("rewrite = { prefix = \"/in/../x\" }", "C063"),
        ("rewrite = { prefix = \"in\" }", "C063"),
        ("upstream_host = \"http://x\"", "C059"),
        ("upstream_host = \"x:0\"", "C059"),
        ("request_headers = { set = { Host = \"x\" } }", "C061"),
        (
            "request_headers = { set = { Content-Length = \"1\" } }",
            "C061",
        ),
        (
            "request_headers = { set = { Remote-User = \"root\" } }",
            "C061",
        ),
        (
            "request_headers = { set = { X-Forwarded-For = \"1\" } }",
            "C061",
        ),
        ("request_headers = { set = { x_user = \"1\" } }", "C061"),
        (
            "request_headers = { set = { Doorward-Assertion = \"1\" } }",
            "C061",
        ),
        (
            "request_headers = { set = { X-A = \"1\", x-a = \"2\" } }",
            "C061",
        ),
        ("request_headers = { set = { X-A = \"1\\n\" } }", "C061"),
        ("request_headers = { remove = [\"Cookie\"] }", "C061"),
        (
            "request_headers = { remove = [\"X-WEBAUTH-USER\"] }",
            "C061",
        ),
        (
            "response_headers = { set = { Set-Cookie = \"a=b\" } }",
            "C061",
        ),
        (
            "response_headers = { set = { Transfer-Encoding = \"x\" } }",
            "C061",
        ),
        ("response_headers = { remove = [\"a b\"] }", "C061"),
    ] {
        assert_eq!(codes(&route(bad)), [code], "{bad}");
    }
    let socket = with_site(
        "[[route]]\nid = \"a\"\nmatch = { host = \"a.test\" }\nallow = [\"anyone\"]\nupstream = \
         \"unix:/run/a\"\nupstream_host = \"upstream\"\n",
    );
    assert_eq!(codes(&socket), ["C059"]);
}

#[test]
fn upstreams_have_weights_a_protocol_and_a_health_check() {
    let wiki = |text: &str| {
        let text = route(&format!("allow = [\"anyone\"]\n{text}"));
        settings(&text).routes.remove(0)
    };
    let read = wiki(
        "upstream = [{ url = \"http://10.0.0.7:3000\", weight = 3 }, \"http://10.0.0.8\"]\nprotocol = \
         \"h2c\"\nhealth = { path = \"/healthz?full\", every = \"5s\", status = 204 }\nlimits = { connect \
         = \"1s\" }",
    );
    assert_eq!((read.upstreams.len(), read.pool.weights), (2, vec![3, 1]));
    assert_eq!(read.pool.protocol, crate::gateway::Protocol::Http2);
    let health = read.pool.health.unwrap();
    assert_eq!(
        (health.path.as_str(), health.every.as_secs()),
        ("/healthz?full", 5)
    );
    assert_eq!(read.limits.connect.as_secs(), 1);
    for (bad, code) in [
        (
            "upstream = { url = \"http://10.0.0.7\", weight = 0 }",
            "C056",
        ),
        ("upstream = [{ url = \"ftp://10.0.0.7\" }]", "C056"),
        ("upstream = \"http://10.0.0.7\"\nprotocol = \"h2\"", "C056"),
        (
            "upstream = \"https://10.0.0.7\"\nprotocol = \"h2c\"",
            "C056",
        ),
        (
            "upstream = \"http://10.0.0.7\"\nhealth = { path = \"x\" }",
            "C063",
        ),
        (
            "upstream = \"http://10.0.0.7\"\nhealth = { path = \"/x\", status = 99 }",
            "C056",
        ),
        (
            "upstream = \"https://10.0.0.7\"\nupstream_tls = { sni = \"a b\" }",
            "C058",
        ),
    ] {
        let text = route(&format!("allow = [\"anyone\"]\n{bad}"));
        assert_eq!(codes(&text), [code], "{bad}");
    }
}
