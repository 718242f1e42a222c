//! Addresses that clients name and that Doorward would never call.

use super::*;

fn client(rest: &str) -> String {
    with_site(&format!(
        "[client.c1]\nredirect_uris = [\"https://rp.example/cb\"]\n{rest}\n"
    ))
}

fn allowed(networks: &str, rest: &str) -> String {
    format!("{}[outbound]\nallow_private = [{networks}]\n", client(rest))
}

#[test]
fn an_address_that_is_not_public_is_refused_wherever_it_would_be_called() {
    for address in [
        "10.1.2.3",
        "127.0.0.1",
        "[::1]",
        "[::ffff:192.168.1.1]",
        "169.254.169.254",
        "172.16.0.9:8443",
        "[fe80::1]",
        "localhost",
        "app.localhost:8443",
    ] {
        for (key, written) in [
            ("jwks_uri", format!("jwks_uri = \"https://{address}/k\"")),
            (
                "request_uris",
                format!("request_uris = [\"https://rp.example/r\", \"https://{address}/r#h\"]"),
            ),
            (
                "backchannel_logout_uri",
                format!("backchannel_logout_uri = \"https://{address}/out\""),
            ),
        ] {
            let text = problems(&client(&written));
            assert!(text.contains("error[C072]"), "{key} {address}: {text}");
            assert!(text.contains("never called"), "{key} {address}: {text}");
            assert!(
                text.contains("allow_private = ["),
                "{key} {address}: {text}"
            );
        }
    }
}

#[test]
fn a_public_address_and_one_that_is_allowed_say_nothing() {
    for text in [
        client("jwks_uri = \"https://rp.example/k\""),
        client("backchannel_logout_uri = \"https://1.1.1.1/out\""),
        allowed("\"10.0.0.0/8\"", "jwks_uri = \"https://10.1.2.3/k\""),
        allowed("\"::1\"", "jwks_uri = \"https://localhost/k\""),
        allowed("\"127.0.0.1\"", "request_uris = [\"https://127.0.0.1/r\"]"),
    ] {
        assert!(
            !codes(&text).contains(&"C072"),
            "{text}: {:?}",
            codes(&text)
        );
    }
    let other = allowed("\"10.0.0.0/8\"", "jwks_uri = \"https://192.168.0.1/k\"");
    assert!(problems(&other).contains("allow_private = [\"192.168.0.1\"]"));
}

#[test]
fn plain_http_is_called_only_where_that_was_said() {
    let text = allowed("\"127.0.0.1\"", "jwks_uri = \"http://127.0.0.1:9/k\"");
    let said = problems(&text);
    assert!(said.contains("only https is called"), "{said}");
    assert!(said.contains("danger_allow_http = true"), "{said}");
    let text = format!("{text}danger_allow_http = true\n");
    assert!(!codes(&text).contains(&"C072"));
}

#[test]
fn a_sector_at_an_address_that_is_not_public_still_names_it_and_is_mentioned() {
    let sector = |host: &str| {
        client(&format!(
            "subject_type = \"pairwise\"\nsector_identifier_uri = \"https://{host}/s\""
        ))
    };
    let Outcome { settings, report } = examine_here(&sector("10.0.0.1"));
    assert!(settings.is_some(), "{report}");
    let text = report.human(false);
    assert!(text.contains("warning[C072]"), "{text}");
    assert!(!codes(&sector("rp.example")).contains(&"C072"));
}

#[test]
fn hosts_that_describe_clients_are_such_as_are_called() {
    let with = |hosts: &str, rest: &str| {
        with_site(&format!(
            "[issuer.main]\nregistration = {{ metadata_hosts = [{hosts}] }}\n\
             [issuer.beta]\npath = \"/beta\"\ninherit = \"main\"\n{rest}"
        ))
    };
    for host in ["localhost", "10.0.0.1", "[::1]", "192.168.0.1:8443"] {
        let text = with(&format!("\"app.example.com\", \"{host}\""), "");
        let said = problems(&text);
        assert!(said.contains("could be described"), "{host}: {said}");
        // Once, although a second issuer inherits it.
        assert_eq!(codes(&text), ["C072"], "{host}");
    }
    let good = with("\"app.example.com\"", "");
    assert_eq!(codes(&good), [""; 0]);
    let good = with(
        "\"10.0.0.1\"",
        "[outbound]\nallow_private = [\"10.0.0.1\"]\n",
    );
    assert_eq!(codes(&good), [""; 0]);
}
