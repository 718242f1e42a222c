//! Several certificates, chosen by the name that a client asks for; and what a connection for one
//! name is worth for another.

use std::io::{Read as _, Write as _};

use super::certificates::{Issued, issue};
use super::routes;
use crate::support::wire;
use crate::support::{Doorward, Recorder, Setup, http2, wait_for};

/// Certificates for the site, for one app, and for everything below `app.test`.
struct Several {
    server: Doorward,
    site: Issued,
    secret: Issued,
    apps: Issued,
    upstream: Recorder,
}

impl Several {
    fn start(more: &str) -> Self {
        let upstream = Recorder::start();
        let site = issue(&["gw.test", "open.test", "app.test"]);
        let secret = issue(&["secret.test"]);
        let apps = issue(&["*.app.test"]);
        let listed = "https = \"127.0.0.1:@PORT@\"\ntls = [\
            { cert = \"@DIR@/site.pem\", key = \"@DIR@/site.key\" },\
            { cert = \"@DIR@/secret.pem\", key = \"@DIR@/secret.key\" },\
            { cert = \"@DIR@/apps.pem\", key = \"@DIR@/apps.key\" }]\n";
        let setup = Setup::listening("https://gw.test:@PORT@", listed, true);
        for (name, issued) in [("site", &site), ("secret", &secret), ("apps", &apps)] {
            put(setup.dir(), name, issued);
        }
        std::fs::write(setup.dir().join("clients.pem"), &site.authority).unwrap();
        let setup = setup
            .listen("client_certificates = { trust = [\"@DIR@/clients.pem\"] }")
            .with(&routes(&upstream.url()))
            .with(&more.replace("@UPSTREAM@", &upstream.url()));
        Self {
            server: setup.start(),
            site,
            secret,
            apps,
            upstream,
        }
    }

    /// The certificate that is given to somebody who asks for `name`.
    fn leaf(&self, name: &str) -> Vec<u8> {
        let mut stream = wire::connect(self.server.port()).unwrap();
        let mut client = wire::tls_client(name, &self.authorities());
        client.complete_io(&mut stream).unwrap();
        client.peer_certificates().unwrap()[0].to_vec()
    }

    /// All authorities, for clients that want no more than to see.
    fn authorities(&self) -> Vec<u8> {
        let all = [&self.site, &self.secret, &self.apps];
        all.map(|issued| issued.authority.as_str()).concat().into()
    }

    fn ask(&self, server_name: &str, host: &str) -> u16 {
        let head = format!("GET /x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let all = self.authorities();
        let answer =
            wire::exchange_tls(self.server.port(), &all, server_name, head.as_bytes()).unwrap();
        answer.status
    }
}

fn put(dir: &std::path::Path, name: &str, issued: &Issued) {
    // The key first: a look in between finds two that do not match, and keeps what it has.
    let key = issued.key.serialize_pem();
    std::fs::write(dir.join(format!("{name}.key")), key).unwrap();
    std::fs::write(dir.join(format!("{name}.pem")), issued.leaf.pem()).unwrap();
}

/// Whoever shows a certificate may enter.
const GUARDED: &str = "[[route]]\nid = \"guarded\"\nmatch = { host = \"guarded.app.test\" }\n\
    allow = [\"anyone\"]\nrequire = { client_cert = true }\nupstream = [\"@UPSTREAM@\"]\n";

#[test]
fn a_client_gets_the_certificate_for_the_name_that_it_asks_for() {
    let several = Several::start("");
    for (name, issued) in [
        ("gw.test", &several.site),
        ("open.test", &several.site),
        ("secret.test", &several.secret),
        ("wiki.app.test", &several.apps),
    ] {
        assert_eq!(several.leaf(name), issued.leaf.der().to_vec(), "{name}");
    }
    assert_eq!(several.ask("open.test", "open.test"), 200);
}

#[test]
fn h2x_15_an_unknown_name_or_none_gets_the_first_certificate_and_no_other_rights() {
    let several = Several::start(GUARDED);
    let site = several.site.leaf.der().to_vec();
    for name in ["unknown.test", "a.b.app.test", "127.0.0.1"] {
        let mut stream = wire::connect(several.server.port()).unwrap();
        let mut client = wire::tls_client_of_anybody(name);
        client.complete_io(&mut stream).unwrap();
        assert_eq!(
            client.peer_certificates().unwrap()[0].to_vec(),
            site,
            "{name}"
        );
        for (host, status) in [("unknown.test", 421), ("guarded.app.test", 421)] {
            let mut stream = wire::connect(several.server.port()).unwrap();
            let mut client = wire::tls_client_of_anybody(name);
            let mut tls = rustls::Stream::new(&mut client, &mut stream);
            let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            tls.write_all(head.as_bytes()).unwrap();
            assert_eq!(
                wire::read_answer(&mut tls).unwrap().status,
                status,
                "{name}"
            );
        }
    }
    several.upstream.saw_nothing();
}

#[test]
fn pth_17_a_connection_for_another_host_does_not_lead_to_a_route_that_wants_a_certificate() {
    let several = Several::start(GUARDED);
    // By its own name there is no certificate to see, which is another answer.
    assert_eq!(several.ask("guarded.app.test", "guarded.app.test"), 403);
    for name in ["open.test", "secret.test", "wiki.app.test"] {
        assert_eq!(several.ask(name, "guarded.app.test"), 421, "{name}");
        assert_eq!(several.ask(name, "GUARDED.App.test"), 421, "{name}");
    }
    several.upstream.saw_nothing();
    // Elsewhere a connection may be shared, as browsers do.
    assert_eq!(several.ask("gw.test", "open.test"), 200);
}

#[test]
fn pth_17_an_http_2_connection_is_not_shared_with_a_route_that_wants_a_certificate() {
    let several = Several::start(GUARDED);
    let ask = |server_name: &str, host: &str| {
        let fields = [
            (":method", &b"GET"[..]),
            (":scheme", b"https"),
            (":authority", host.as_bytes()),
            (":path", b"/x"),
        ];
        let request = http2::Request {
            fields: &fields,
            body: None,
        };
        let all = several.authorities();
        http2::exchange(several.server.port(), &all, server_name, &request).status
    };
    assert_eq!(ask("open.test", "open.test"), Some(200));
    several.upstream.forget();
    assert_eq!(ask("open.test", "guarded.app.test"), Some(421));
    assert_eq!(ask("guarded.app.test", "guarded.app.test"), Some(403));
    several.upstream.saw_nothing();
}

#[test]
fn pth_17_a_client_hello_in_pieces_says_the_same() {
    let several = Several::start(GUARDED);
    for (name, status) in [("open.test", 421), ("guarded.app.test", 403)] {
        let mut stream = wire::connect(several.server.port()).unwrap();
        let mut client = wire::tls_client(name, &several.authorities());
        let mut hello = Vec::new();
        client.write_tls(&mut hello).unwrap();
        // One handshake message in many records (RFC 8446 5.1).
        for piece in hello[5..].chunks(40) {
            let length = u16::try_from(piece.len()).unwrap().to_be_bytes();
            let record = [&[0x16, 3, 1][..], &length, piece].concat();
            stream.write_all(&record).unwrap();
        }
        let mut tls = rustls::Stream::new(&mut client, &mut stream);
        tls.write_all(b"GET / HTTP/1.1\r\nHost: guarded.app.test\r\nConnection: close\r\n\r\n")
            .unwrap();
        assert_eq!(
            wire::read_answer(&mut tls).unwrap().status,
            status,
            "{name}"
        );
    }
    several.upstream.saw_nothing();
}

/// A `ClientHello` of `version` (3, 1 for TLS 1.0) for `open.test` with these cipher suites, which
/// says nothing of newer versions.
fn hello(version: [u8; 2], suites: &[u16]) -> Vec<u8> {
    let suites: Vec<u8> = suites.iter().flat_map(|one| one.to_be_bytes()).collect();
    let name = b"open.test";
    let length = |bytes: usize| u16::try_from(bytes).unwrap().to_be_bytes();
    let mut server_name = vec![0, 0];
    server_name.extend(length(name.len() + 5));
    server_name.extend(length(name.len() + 3));
    server_name.push(0);
    server_name.extend(length(name.len()));
    server_name.extend(name);
    // Groups and signatures that any server of then and now can use.
    server_name.extend([0, 10, 0, 4, 0, 2, 0, 23]);
    server_name.extend([0, 13, 0, 8, 0, 6, 4, 3, 4, 1, 2, 1]);
    let mut body = version.to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(length(suites.len()));
    body.extend(suites);
    body.extend([1, 0]);
    body.extend(length(server_name.len()));
    body.extend(server_name);
    let mut message = vec![1, 0];
    message.extend(length(body.len()));
    message.extend(body);
    let mut record = vec![0x16, 3, 1];
    record.extend(length(message.len()));
    record.extend(message);
    record
}

/// The alert (RFC 5246 7.2) with which the server answers; `None` for anything else.
fn alert(server: &Doorward, hello: &[u8]) -> Option<u8> {
    let mut stream = wire::connect(server.port()).unwrap();
    stream.write_all(hello).unwrap();
    let mut answer = Vec::new();
    let _ = stream.take(7).read_to_end(&mut answer);
    match answer[..] {
        [0x15, 3, _, 0, 2, 2, alert] => Some(alert),
        _ => None,
    }
}

#[test]
fn h2x_15_old_versions_and_broken_ciphers_are_refused() {
    const PROTOCOL_VERSION: u8 = 70;
    const HANDSHAKE_FAILURE: u8 = 40;
    let several = Several::start("");
    let ecdhe_gcm = 0xc02b;
    for version in [[3, 0], [3, 1], [3, 2]] {
        let refused = alert(
            &several.server,
            &hello(version, &[ecdhe_gcm, 0xc013, 0x002f]),
        );
        assert_eq!(refused, Some(PROTOCOL_VERSION), "{version:?}");
    }
    // RC4, 3DES, CBC with SHA-1, RSA key exchange, no encryption, anonymous.
    for suite in [
        0x0005, 0xc011, 0x000a, 0xc012, 0x002f, 0xc013, 0xc009, 0x009c, 0x0001, 0x0034,
    ] {
        let refused = alert(&several.server, &hello([3, 3], &[suite]));
        assert_eq!(refused, Some(HANDSHAKE_FAILURE), "{suite:#06x}");
    }
    // The same hello with a good suite is answered: it is the suite that is refused.
    assert_eq!(alert(&several.server, &hello([3, 3], &[ecdhe_gcm])), None);
}

#[test]
fn each_certificate_is_renewed_while_the_server_runs() {
    let several = Several::start("");
    let renewed = issue(&["secret.test", "late.test"]);
    put(several.server.dir(), "secret", &renewed);
    let new = renewed.leaf.der().to_vec();
    let leaf = |name: &str| {
        let mut stream = wire::connect(several.server.port()).unwrap();
        let mut client = wire::tls_client_of_anybody(name);
        client.complete_io(&mut stream).unwrap();
        client.peer_certificates().unwrap()[0].to_vec()
    };
    wait_for("the new certificate", || {
        (leaf("secret.test") == new).then_some(())
    });
    assert_eq!(leaf("late.test"), new);
    assert_eq!(leaf("gw.test"), several.site.leaf.der().to_vec());
    let metrics = wire::get(several.server.ops_port(), "/metrics").text();
    for name in ["gw.test", "secret.test", "*.app.test"] {
        let line = format!("doorward_certificate_not_after_timestamp_seconds{{name=\"{name}\"}} ");
        assert!(metrics.contains(&line), "{metrics}");
    }
}
