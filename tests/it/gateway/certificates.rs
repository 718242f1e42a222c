//! Certificates of somebody else's: those of the site from files, and those of apps behind.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;

use super::routes;
use crate::support::upstream::ok;
use crate::support::{Recorder, Setup, wire};

/// An authority and a certificate of its for some names.
pub(super) struct Issued {
    pub(super) authority: String,
    pub(super) leaf: rcgen::Certificate,
    pub(super) key: KeyPair,
}

pub(super) fn issue(names: &[&str]) -> Issued {
    issue_until(names, 2040)
}

/// The same, good until the beginning of a year.
fn issue_until(names: &[&str], year: i32) -> Issued {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut leaf = CertificateParams::new(names).unwrap();
    leaf.not_after = rcgen::date_time_ymd(year, 1, 1);
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    Issued {
        authority,
        leaf,
        key,
    }
}

const ASK: &[u8] = b"GET /x HTTP/1.1\r\nHost: open.test\r\nConnection: close\r\n\r\n";

#[test]
fn certificate_files_are_served_and_the_protocol_is_negotiated() {
    let upstream = Recorder::start();
    let issued = issue(&["gw.test", "open.test"]);
    let server = Setup::certificate(&issued.leaf.pem(), &issued.key.serialize_pem())
        .with(&routes(&upstream.url()))
        .start();
    let authority = issued.authority.as_bytes();
    let answer = wire::exchange_tls(server.port(), authority, "open.test", ASK).unwrap();
    assert_eq!(answer.status, 200);
    for (offered, chosen) in [
        (&[&b"h2"[..], b"http/1.1"][..], Some(&b"h2"[..])),
        (&[b"http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let mut tls =
            wire::connect_tls_speaking(server.port(), authority, "open.test", offered).unwrap();
        tls.conn.complete_io(&mut tls.sock).unwrap();
        assert_eq!(tls.conn.alpn_protocol(), chosen);
    }
    // Whoever trusts another authority gets no connection.
    let other = issue(&["open.test"]);
    let answer = wire::exchange_tls(server.port(), other.authority.as_bytes(), "open.test", ASK);
    assert!(answer.is_none());
}

/// An app that speaks TLS; gives its port.
fn app(issued: &Issued) -> u16 {
    let key = PrivateKeyDer::try_from(issued.key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.leaf.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            // Each on its own thread: a pooled connection stays open.
            std::thread::spawn(move || serve(config, stream));
        }
    });
    port
}

fn serve(config: Arc<rustls::ServerConfig>, stream: TcpStream) {
    let tls = rustls::ServerConnection::new(config).unwrap();
    let mut tls = rustls::StreamOwned::new(tls, stream);
    while let Ok(Some(asked)) = wire::read_message(&mut tls, false, |_| {}) {
        let answer = ok("text/plain", &asked.start_line);
        if tls.write_all(&answer).is_err() {
            break;
        }
    }
}

#[test]
fn srf_06_an_app_behind_tls_is_trusted_by_its_own_authority_and_its_name_only() {
    let (ours, others) = (issue(&["localhost"]), issue(&["localhost"]));
    let elsewhere = issue(&["elsewhere.test"]);
    let expired = issue_until(&["localhost"], 2020);
    let setup = Setup::plain();
    for (name, authority) in [
        ("ours.pem", &ours.authority),
        ("others.pem", &others.authority),
        ("elsewhere.pem", &elsewhere.authority),
        ("expired.pem", &expired.authority),
    ] {
        std::fs::write(setup.dir().join(name), authority).unwrap();
    }
    let route = |host: &str, port: u16, ca: &str| {
        format!(
            "[[route]]\nid = \"{host}\"\nmatch = {{ host = \"{host}.test\" }}\n\
             allow = [\"anyone\"]\nupstream = [\"https://localhost:{port}\"]\n\
             upstream_tls = {{ ca = \"@DIR@/{ca}\" }}\n"
        )
    };
    let unnamed = |host: &str, port: u16| {
        route(host, port, "").replace("upstream_tls = { ca = \"@DIR@/\" }\n", "")
    };
    let port = app(&ours);
    let server = setup
        .with(&route("trusted", port, "ours.pem"))
        .with(&route("unknown", port, "others.pem"))
        .with(&route("misnamed", app(&elsewhere), "elsewhere.pem"))
        .with(&route("expired", app(&expired), "expired.pem"))
        // Nobody's authority: what the machine trusts, which this is not.
        .with(&unnamed("self-signed", port))
        .start();
    let ask = |host: &str| {
        let head = format!("GET /x HTTP/1.1\r\nHost: {host}.test\r\nConnection: close\r\n\r\n");
        wire::exchange(server.port(), head.as_bytes()).unwrap()
    };
    // More than once, and the trusted one first: no route may use a connection of another's.
    for _ in 0..2 {
        let answer = ask("trusted");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text(), "GET /x HTTP/1.1");
        assert_eq!(ask("unknown").status, 502);
        for host in ["misnamed", "expired", "self-signed"] {
            assert_eq!(ask(host).status, 502, "{host}");
        }
    }
}
