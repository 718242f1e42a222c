//! What clients prove themselves with.

use super::*;

fn client(rest: &str) -> String {
    with_site(&format!(
        "[client.c1]\nredirect_uris = [\"https://rp.example/cb\"]\n{rest}\n"
    ))
}

#[test]
fn a_method_without_what_it_needs_is_a_mistake() {
    for (rest, said) in [
        (
            "auth = \"private_key_jwt\"",
            "needs the client's public keys",
        ),
        (
            "auth = \"self_signed_tls_client_auth\"",
            "needs the client's public keys",
        ),
        (
            "auth = \"tls_client_auth\"",
            "no certificate could be recognised",
        ),
        (
            "auth = \"tls_client_auth\"\ntls = { san_dns = \"rp.example\" }",
            "the listener asks for none",
        ),
        (
            "certificate_bound_tokens = true",
            "the listener asks for none",
        ),
        (
            "auth = \"client_secret_jwt\"\nsecret = \"sixteen-bytes-ok\"",
            "at least 32 bytes",
        ),
        (
            "auth = \"private_key_jwt\"\njwks = { keys = [] }",
            "no key that can be used",
        ),
        (
            "auth = \"private_key_jwt\"\njwks = { keys = [{ kty = \"oct\" }] }",
            "no key that can be used",
        ),
        (
            "auth = \"private_key_jwt\"\nauth_alg = \"HS256\"",
            "`auth_alg` is no algorithm",
        ),
        (
            "profile = \"fapi2\"",
            "proves itself by keys or a certificate",
        ),
        ("tls = {}", "exactly one thing"),
        (
            "tls = { san_dns = \"a\", san_ip = \"b\" }",
            "exactly one thing",
        ),
        ("jwks = {}", "either `keys` or `file`"),
        ("profile = \"fapi2\"\nid_token_alg = \"RS256\"", "no RS256"),
    ] {
        let report = problems(&client(rest));
        assert!(report.contains(said), "{rest}: {report}");
    }
}

#[test]
fn a_client_that_signs_has_its_keys_in_the_file_or_at_an_address() {
    let key = "{ kty = \"OKP\", crv = \"Ed25519\", kid = \"1\", \
               x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }";
    for keys in [
        format!("jwks = {{ keys = [{key}] }}"),
        "jwks_uri = \"https://rp.example/jwks\"".to_owned(),
    ] {
        let text = client(&format!(
            "auth = \"private_key_jwt\"\nprofile = \"fapi2\"\n{keys}"
        ));
        assert_eq!(settings(&text).clients.len(), 1);
    }
}

#[test]
fn certificates_are_asked_for_where_tls_ends_here() {
    let text = with_site("listen.client_certificates = {}\n");
    assert!(
        problems(&text).contains("where TLS ends"),
        "{}",
        problems(&text)
    );
    let dir = tempfile::tempdir().unwrap();
    let text = "public_url = \"https://auth.example.com\"\n[listen]\ntls = { dev = true }\n\
                client_certificates = { trust = [\"ca.pem\"] }\n";
    let around = Surroundings::of(dir.path(), []);
    let report = examine_text("doorward.toml", text, &around).report;
    assert!(report.to_string().contains("ca.pem"), "{report}");
    std::fs::write(dir.path().join("ca.pem"), "PEM").unwrap();
    let settings = examine_text("doorward.toml", text, &around)
        .settings
        .unwrap();
    let asked = settings.listen.client_certificates.unwrap();
    assert_eq!(asked.trust, [dir.path().join("ca.pem")]);
    assert!(settings.issuers[0].client_certificates);
}
