//! Issuers and the clients of each.

use super::*;

#[test]
fn issuers_inherit_everything_but_their_path() {
    let text = with_site(
        "[issuer.production]\npath = \"/production/oidc\"\naccess_token = \"5m\"\nalgs = \
         [\"ES256\"]\nendpoints = \"oauth\"\n[issuer.beta]\npath = \"/beta/oidc\"\ninherit = \
         \"production\"\nid_token = \"2m\"\n",
    );
    let settings = settings(&text);
    let beta = settings
        .issuers
        .iter()
        .find(|i| i.id.as_str() == "beta")
        .unwrap();
    assert_eq!(beta.url, "http://localhost:8080/beta/oidc");
    assert_eq!(beta.access_token.as_secs(), 300);
    assert_eq!(beta.id_token.as_secs(), 120);
    assert_eq!(beta.endpoints.authorize, "/oauth/authorize");
    assert_eq!(beta.algs, [crate::model::Algorithm::ES256]);
}

#[test]
fn inheritance_from_nobody_or_oneself_is_an_error() {
    let chain = |a: &str, b: &str| {
        with_site(&format!(
            "[issuer.a]\npath = \"/a\"\ninherit = \"{a}\"\n[issuer.b]\npath = \"/b\"\ninherit = \"{b}\"\n"
        ))
    };
    assert_eq!(codes(&chain("b", "a")), ["C030", "C030"]);
    assert_eq!(codes(&chain("a", "a")), ["C030"]);
    assert_eq!(codes(&chain("c", "a")), ["C030"]);
}

#[test]
fn issuers_never_overlap_each_other_or_the_sites_pages() {
    for (a, b) in [("/x", "/x"), ("/x", "/x/y"), ("", "")] {
        let text = with_site(&format!(
            "[issuer.a]\npath = \"{a}\"\n[issuer.b]\npath = \"{b}\"\n"
        ));
        assert_eq!(codes(&text), ["C031"], "{a} {b}");
    }
    let beside = with_site("[issuer.a]\npath = \"\"\n[issuer.b]\npath = \"/b\"\n");
    assert_eq!(settings(&beside).issuers.len(), 2);
    for page in ["/login", "/account/x", "/assets", "/_doorward"] {
        let text = with_site(&format!("[issuer.a]\npath = \"{page}\"\n"));
        assert_eq!(codes(&text), ["C031"], "{page}");
    }
    let text =
        with_site("[issuer.a]\npath = \"/a\"\nendpoints = { token = \"/connect/authorize\" }\n");
    assert_eq!(codes(&text), ["C032"]);
    let text = with_site("[issuer.a]\nendpoints = { token = \"/login/token\" }\n");
    assert_eq!(codes(&text), ["C032"]);
}
