//! Where the service listens, and whom it believes.

use super::*;

#[test]
fn fwd_02_nobody_is_trusted_by_default_and_everybody_never() {
    assert!(settings(SITE).listen.trusted_proxies.is_empty());
    assert_eq!(
        codes(&with_site(
            "listen.trusted_proxies = [\"0.0.0.0/0\", \"::/0\"]"
        )),
        ["C024", "C024"]
    );
}

#[test]
fn fwd_05_load_balancers_are_named_one_by_one() {
    assert_eq!(settings(SITE).listen.proxy_protocol, Senders::default());
    let told = |list: &str| with_site(&format!("listen.proxy_protocol = {list}"));
    let named = settings(&told("[\"10.0.0.0/8\", \"2001:db8::5\"]"));
    assert_eq!(named.listen.proxy_protocol.networks.len(), 2);
    assert!(!named.listen.proxy_protocol.unix);
    assert_eq!(codes(&told("[\"0.0.0.0/0\"]")), ["C024"]);
    assert_eq!(codes(&told("[\"balancer\", \"::/0\"]")), ["C024", "C006"]);
    // There is no unix socket.
    assert_eq!(codes(&told("[\"unix\"]")), ["C025"]);
    let socket = "public_url = \"https://a.example\"\nlisten = { https = \"unix:/run/a\", \
                  proxy_protocol = [\"unix\"] }";
    assert!(settings(socket).listen.proxy_protocol.unix);
}

#[test]
fn cks_01_plain_http_is_for_this_machine_only() {
    assert_eq!(codes("public_url = \"http://auth.example.com\""), ["C020"]);
    assert_eq!(codes("public_url = \"https://auth.example.com\""), ["C021"]);
    assert_eq!(
        codes("public_url = \"https://a.example\"\nlisten.http = \"0.0.0.0:80\""),
        ["C021"]
    );
    assert_eq!(
        codes(
            "public_url = \"https://a.example\"\nlisten = { http = \"0.0.0.0:80\", \
             trusted_proxies = [\"10.0.0.2\"] }"
        ),
        [""; 0]
    );
    let local = settings(SITE);
    assert_eq!(
        local.listen.main,
        [Listen::Tcp("127.0.0.1:8080".parse().unwrap())]
    );
    assert!(local.listen.redirect.is_empty());
    assert_eq!(
        codes("public_url = \"https://a.example\"\nlisten.https = \"[::]:443\""),
        ["C023"]
    );
}

#[test]
fn ops_04_the_ops_listener_is_never_on_the_public_port() {
    assert_eq!(
        codes(&with_site("listen.ops = \"127.0.0.1:8080\"")),
        ["C022"]
    );
    assert!(
        settings(&with_site("listen.ops = \"off\""))
            .listen
            .ops
            .is_none()
    );
    let loud = examine_here(&with_site("listen.ops = \"0.0.0.0:9090\""));
    assert!(loud.settings.is_some());
    assert_eq!(loud.report.warnings(), 1);
}
