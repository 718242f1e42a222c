use proptest::prelude::*;

use super::*;
use crate::gateway::presets::Preset;

fn strip() -> Strip {
    let mut strip = Strip::new(&[], "https://gw.test");
    strip.names.insert("x-configured".to_owned());
    strip
}

fn after(lines: &[(&'static str, &str)]) -> Vec<(String, String)> {
    after_with(lines, &IdentityHeaders::default())
}

fn after_with(lines: &[(&'static str, &str)], identity: &IdentityHeaders) -> Vec<(String, String)> {
    after_token(lines, identity, None)
}

fn after_token(
    lines: &[(&'static str, &str)],
    identity: &IdentityHeaders,
    token: Option<TokenUse>,
) -> Vec<(String, String)> {
    let mut request = RequestHeader::build("GET", b"/", None).unwrap();
    for (name, value) in lines {
        request.append_header(*name, value.as_bytes()).unwrap();
    }
    strip().apply(&mut request, identity, token);
    request
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

fn survives(name: &'static str) -> bool {
    !after(&[(name, "bob")]).is_empty()
}

#[test]
fn hdr_01_hdr_02_identity_names_are_removed_in_every_letter_case() {
    for name in [
        "X-Auth-User",
        "x-auth-user",
        "X-AUTH-USER",
        "x-AuTh-uSeR",
        "X-Configured",
        "Remote-User",
        "Doorward-Assertion",
        "Doorward-Anything",
    ] {
        assert!(!survives(name), "{name}");
    }
}

#[test]
fn hdr_03_twins_that_cgi_would_fold_are_removed() {
    for name in [
        "X_Auth_User",
        "X-Auth_User",
        "HTTP_X_AUTH_USER",
        "HTTP-X-Auth-User",
        "X.Auth.User",
        "X~Auth~User",
        "REMOTE_USER",
        "Content_Length",
        "Transfer_Encoding",
    ] {
        assert!(!survives(name), "{name}");
    }
}

#[test]
fn hdr_06_every_line_of_a_name_is_removed() {
    assert_eq!(
        after(&[("X-Auth-User", "bob"), ("x-auth-user", "carol, dave")]),
        []
    );
}

#[test]
fn hdr_09_presets_are_removed_even_where_no_route_uses_them() {
    for preset in PRESETS {
        let sent = preset.headers();
        for name in sent
            .headers
            .iter()
            .map(|header| &header.name)
            .chain(&sent.assertion)
            // Apps have credentials of their own; the header has a rule of its own.
            .filter(|name| !name.eq_ignore_ascii_case("authorization"))
        {
            assert!(strip().removes(&name.to_ascii_lowercase()), "{name}");
        }
    }
}

#[test]
fn hdr_21_hdr_22_fwd_01_what_only_proxies_may_say_is_removed() {
    for name in [
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Forwarded-Server",
        "X-Forwarded-Method",
        "X-Forwarded-Uri",
        "X-ForwardedFor",
        "Forwarded",
        "X-Real-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Original-URL",
        "X-Original-URI",
        "X-Original-Method",
        "X-Rewrite-URL",
        "X-Envoy-Original-Path",
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "Proxy",
    ] {
        assert!(!survives(name), "{name}");
    }
}

#[test]
fn what_apps_need_stays() {
    for name in [
        "Accept",
        "User-Agent",
        "X-Requested-With",
        "X-CSRF-Token",
        "Origin",
        "Referer",
        "traceparent",
        "If-None-Match",
        "Sec-WebSocket-Key",
        "DAV",
    ] {
        assert!(survives(name), "{name}");
    }
}

#[test]
fn hdr_20_our_cookies_stay_here_and_crumbs_are_joined() {
    assert_eq!(
        after(&[
            ("Cookie", "a=1; __Host-doorward=secret"),
            ("Cookie", "__host-doorward-start=x"),
            ("Cookie", "b=2"),
        ]),
        [("cookie".to_owned(), "a=1; b=2".to_owned())]
    );
    assert_eq!(after(&[("Cookie", "__Host-doorward=secret")]), []);
}

#[test]
fn hdr_20_tokens_of_ours_stay_here_and_an_apps_own_credentials_pass() {
    let jwt = |head: &str, body: &str| {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("Bearer {}.{}.sig", part(head), part(body))
    };
    for ours in [
        "Bearer dw_rt_abc".to_owned(),
        "bearer  dw_rt_abc".to_owned(),
        "dw_rt_abc".to_owned(),
        "DPoP dw_rt_abc".to_owned(),
        "Token token=\"dw_rt_abc\", realm=x".to_owned(),
        "Bearer glpat-123, Bearer dw_rt_abc".to_owned(),
        jwt(
            r#"{"typ":"at+jwt"}"#,
            r#"{"iss":"https://gw.test/production/oidc"}"#,
        ),
        jwt(
            r#"{"typ":"identity+jwt"}"#,
            r#"{"iss":"https://other.test"}"#,
        ),
    ] {
        assert_eq!(after(&[("Authorization", &ours)]), [], "{ours}");
    }
    for theirs in [
        "Basic YWxpY2U6eA==".to_owned(),
        "Bearer glpat-123".to_owned(),
        "Negotiate YIIdw_rt+abc/def==".to_owned(),
        "glpat-123".to_owned(),
        jwt(r#"{"typ":"JWT"}"#, r#"{"iss":"https://gw.test.evil"}"#),
    ] {
        assert_eq!(after(&[("Authorization", &theirs)]).len(), 1, "{theirs}");
    }
}

#[test]
fn a_route_that_writes_authorization_lets_none_of_the_clients_through() {
    let mut identity = Preset::find("none").unwrap().headers();
    identity.headers.push(crate::gateway::IdentityHeader {
        name: "AUTHORIZATION".to_owned(),
        value: crate::gateway::IdentityValue::Username,
    });
    assert_eq!(
        after_with(&[("Authorization", "Basic eA==")], &identity),
        []
    );
}

proptest! {
    #[test]
    fn hdr_03_no_folding_of_an_identity_name_survives(
        separators in prop::collection::vec(prop::sample::select(vec!['-', '_', '.', '~', '!']), 2),
        upper in any::<bool>(),
        prefix in prop::sample::select(vec!["", "HTTP_", "http-"]),
    ) {
        let mut name = format!("{prefix}x{}auth{}user", separators[0], separators[1]);
        if upper {
            name = name.to_uppercase();
        }
        prop_assert!(strip().removes(&name.to_ascii_lowercase()));
    }
}

#[test]
fn hdr_20_the_token_that_let_a_request_in_goes_on_where_the_route_says_so() {
    let lines = [
        ("authorization", "Bearer another-issuers"),
        ("dpop", "proof"),
    ];
    let none = IdentityHeaders::default();
    assert_eq!(after_token(&lines, &none, Some(TokenUse::Kept)), []);
    let forwarded = after_token(&lines, &none, Some(TokenUse::Forwarded));
    let left = (
        "authorization".to_owned(),
        "Bearer another-issuers".to_owned(),
    );
    assert_eq!(forwarded, [left]);
    // What the route writes itself is written, whatever came.
    let mut writes = IdentityHeaders::default();
    writes
        .headers
        .push(crate::gateway::identity::IdentityHeader {
            name: "Authorization".to_owned(),
            value: crate::gateway::identity::IdentityValue::Username,
        });
    assert_eq!(after_token(&lines, &writes, Some(TokenUse::Forwarded)), []);
}
