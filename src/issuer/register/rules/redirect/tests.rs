//! Hostile addresses, and good ones.

use super::*;
use crate::issuer::register::rules::tests::{able, client, faulty};
use crate::model::client::{Flows, GrantKind, ResponseType};

const HOSTILE: &[&str] = &[
    "https://*.example.net/cb",
    "https://shop.example.net/*",
    "https://shop.example.net/cb#x",
    "https://shop.example.net/cb#",
    "/cb",
    "shop.example.net/cb",
    "http://shop.example.net/cb",
    "http://localhost.evil.test/cb",
    "https://user@shop.example.net/cb",
    "https://shop.example.net/a/../cb",
    "https://shop.example.net/%2e%2e/cb",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " JaVaScRiPt:alert(1)",
    "\tjavascript:alert(1)",
    "java\nscript:alert(1)",
    "javascript://shop.example.net/%0aalert(1)",
    "vbscript:x",
    "data:text/html,x",
    "file:///etc/passwd",
    "blob:https://shop.example.net/x",
    "about:blank",
    "myapp:/cb",
    "https://shop.example.net/c b",
    "https://shop.example.net\\@evil.test/",
    "https:/cb",
    "https:shop.example.net/cb",
    "https:///shop.example.net/cb",
    "http:/localhost/cb",
    "HTTPS:/cb",
    "https://a.example'/cb",
    "https://a,b.example/cb",
    "https://shop.example.net/cb?code=x",
    "https://shop.example.net/cb?a=b&state=x",
    "https://shop.example.net/cb?error",
    "https://shop.example.net/cb?%63ode=x",
    "https://shop.example.net/cb?iss=https://evil.test",
    "https://shop.example.net/cb?id_token=x",
    "",
];

#[test]
fn auz_08_only_exact_and_safe_uris_are_registered() {
    for good in [
        "https://shop.example.net/cb",
        "https://shop.example.net/cb?x=1",
        "https://shop.example.net/cb?dummy1=lorem&dummy2=ipsum",
        "https://shop.example.net/cb?postcode=1",
        "http://127.0.0.1/cb",
        "http://localhost:3000/cb",
        "http://[::1]:9/cb",
        "com.example.app:/oauth",
        "HTTPS://Shop.example.net/cb",
        "https://xn--bcher-kva.example/cb",
    ] {
        let mut app = client();
        app.about.application = Application::Native;
        app.redirect_uris = vec![good.to_owned()];
        assert_eq!(
            crate::issuer::register::rules::faults(&app, able()),
            [],
            "{good}"
        );
    }
    for bad in HOSTILE {
        for application in [Application::Web, Application::Native] {
            let mut app = client();
            app.about.application = application;
            app.redirect_uris.push((*bad).to_owned());
            let faults = crate::issuer::register::rules::faults(&app, able());
            let [fault] = faults.as_slice() else {
                panic!("{bad}: {faults:?}");
            };
            assert_eq!(fault.code(), "invalid_redirect_uri", "{bad}");
            assert_eq!(fault.item, Some(1), "{bad}");
        }
    }
}

#[test]
fn an_address_after_logout_may_hold_a_code_but_no_state() {
    let uri = |uri: &str| {
        let mut app = client();
        app.post_logout_redirect_uris = vec![uri.to_owned()];
        faulty(&app)
    };
    assert_eq!(uri("https://shop.example.net/bye?code=1"), []);
    assert_eq!(
        uri("https://shop.example.net/bye?state=1"),
        [Field::PostLogoutRedirectUris]
    );
    assert_eq!(uri("javascript:x"), [Field::PostLogoutRedirectUris]);
}

#[test]
fn a_web_client_with_tokens_in_its_redirects_is_on_a_public_host() {
    let app = |uri: &str, application| {
        let mut app = client();
        app.about.application = application;
        app.redirect_uris = vec![uri.to_owned()];
        app.flows = Flows {
            response_types: vec![ResponseType::parse("id_token").unwrap()],
            grants: vec![GrantKind::Implicit],
        };
        faulty(&app)
    };
    for local in [
        "http://localhost:3000/cb",
        "https://localhost/cb",
        "http://127.0.0.1/cb",
    ] {
        assert_eq!(app(local, Application::Web), [Field::RedirectUris]);
        assert_eq!(app(local, Application::Native), []);
    }
    assert_eq!(
        app("https://localhost.emobix.example/cb", Application::Web),
        []
    );
}

#[test]
fn a_scheme_of_its_own_belongs_to_a_native_client() {
    let mut app = client();
    app.redirect_uris = vec!["com.example.app:/cb".to_owned()];
    assert_eq!(faulty(&app), [Field::RedirectUris]);
    app.about.application = application_of(&app.redirect_uris);
    assert_eq!(faulty(&app), []);
    assert_eq!(
        application_of(&["http://localhost/cb".to_owned()]),
        Application::Web
    );
}

proptest::proptest! {
    #[test]
    fn whatever_is_registered_is_an_address_that_browsers_read_alike(uri in "(https?|javascript|app\\.x):/{0,3}[a-z.@\\\\:%#?&=* ]{0,30}") {
        if address_fault(&uri).is_none() {
            let url = Url::parse(&uri).unwrap();
            proptest::prop_assert!(url.fragment().is_none());
            proptest::prop_assert!(!matches!(url.scheme(), "javascript" | "data" | "file"));
            proptest::prop_assert!(url.scheme() != "http" || url.host_str().is_some_and(is_loopback_host));
        }
    }
}
