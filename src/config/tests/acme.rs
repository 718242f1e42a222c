//! Certificates that are ordered.

use super::*;

const LISTEN: &str = "public_url = \"https://auth.example.com\"\n";

fn with(section: &str) -> String {
    format!("{LISTEN}[acme]\n{section}\n")
}

#[test]
fn consent_is_all_that_has_to_be_said() {
    let read = settings(&with("agree_to_terms = true"));
    let acme = read.acme.unwrap();
    assert_eq!(
        acme.directory,
        "https://acme-v02.api.letsencrypt.org/directory"
    );
    assert_eq!((acme.contact.len(), acme.hosts), (0, None));
    assert!(matches!(read.listen.tls, Some(TlsSource::Ordered)));
    assert_eq!(read.listen.main, [Listen::Tcp("[::]:443".parse().unwrap())]);
    assert_eq!(read.listen.redirect, ["[::]:80".parse().unwrap()]);
    assert_eq!(codes(&with("")), ["C029"]);
    assert_eq!(codes(&with("agree_to_terms = false")), ["C029"]);
    assert!(
        settings("public_url = \"http://localhost:8080\"")
            .acme
            .is_none()
    );
}

#[test]
fn everything_can_be_said() {
    let text = with(
        "agree_to_terms = true\ndirectory = \"https://ca.example.com/acme\"\n\
         contact = [\"ops@example.com\", \"mailto:dev@example.com\"]\n\
         hosts = [\"Wiki.example.com\", \"wiki.example.com\", \"auth.example.com\"]\n\
         external_account = { kid = \"k\", hmac = { env = \"SHOP\" } }",
    );
    let acme = settings(&text).acme.unwrap();
    assert_eq!(
        acme.contact,
        ["mailto:ops@example.com", "mailto:dev@example.com"]
    );
    let hosts = ["wiki.example.com", "auth.example.com"].map(str::to_owned);
    assert_eq!(acme.hosts.unwrap(), hosts);
    assert_eq!(acme.external.unwrap().id, "k");
}

#[test]
fn what_no_authority_would_take_is_an_error() {
    let wrong = |line: &str| codes(&with(&format!("agree_to_terms = true\n{line}")));
    for line in [
        "directory = \"http://ca.example.com\"",
        "directory = \"letsencrypt\"",
        "contact = \"ops\"",
        "contact = \"ops@example.com?subject=a\"",
        "contact = \"a@b@c\"",
        "hosts = [\"*.example.com\"]",
        "hosts = [\"192.0.2.1\"]",
        "hosts = [\"localhost\"]",
        "hosts = [\"https://example.com\"]",
        "ca = \"none.pem\"",
        "external_account = { kid = \"k\" }",
        "external_account = { hmac = { env = \"SHOP\" } }",
    ] {
        assert_eq!(wrong(line), ["C029"], "{line}");
    }
}

#[test]
fn the_authority_has_to_find_somebody_at_port_80_and_tls_has_to_end_here() {
    let agreed = "[acme]\nagree_to_terms = true\n";
    let https = "public_url = \"https://a.example.com\"\nlisten.https = \"[::]:443\"\n";
    assert_eq!(codes(&format!("{https}{agreed}")), ["C029"]);
    let both = "public_url = \"https://a.example.com\"\n\
                listen = { https = \"[::]:443\", http = \"[::]:8080\" }\n";
    assert_eq!(codes(&format!("{both}{agreed}")), [""; 0]);
    let dev = "public_url = \"https://a.example.com\"\nlisten.tls = { dev = true }\n";
    assert_eq!(codes(&format!("{dev}{agreed}")), ["C029"]);
}
