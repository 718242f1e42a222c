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
    for token in [
        "/login/token",
        "/connect/authorize/consent",
        "/connect/jwks/../x",
        "/{token}",
        "/a/:token",
        "/t*",
    ] {
        let text = with_site(&format!(
            "[issuer.a]\nendpoints = {{ token = \"{token}\" }}\n"
        ));
        assert_eq!(codes(&text), ["C032"], "{token}");
    }
    for path in ["/{tenant}", "/a/:b", "/a/{*rest}"] {
        let text = with_site(&format!("[issuer.a]\npath = \"{path}\"\n"));
        assert_eq!(codes(&text), ["C031"], "{path}");
    }
}

/// Issuers of which the second inherits from the first, which says `rest`.
fn family(rest: &str) -> String {
    with_site(&format!(
        "[issuer.production]\npath = \"/p\"\n{rest}\n[issuer.beta]\npath = \"/b\"\ninherit = \
         \"production\"\n"
    ))
}

#[test]
fn custom_claims_are_read_with_their_scopes_and_inherited() {
    let settings = settings(&family(
        "claims.plan = \"{user.attr.plan | lower}\"\n\
         claims.department = { value = \"{user.attr.dept}\", scope = \"profile\" }\n\
         claims.\"https://corp.test/roles\" = \"{user.groups}\"\n\
         scope_claims.billing = [\"plan\", \"groups\"]",
    ));
    for issuer in &settings.issuers {
        let catalogue = &issuer.catalogue;
        let promised = |scope| catalogue.promised(scope).collect::<Vec<_>>();
        assert_eq!(
            promised("openid"),
            ["sub", "https://corp.test/roles", "plan"]
        );
        assert!(promised("profile").contains(&"department"));
        assert_eq!(promised("billing"), ["plan", "groups"]);
    }
}

#[test]
fn ten_02_a_claim_that_would_override_another_stops_the_start_and_says_why() {
    for name in [
        "sub",
        "iss",
        "aud",
        "exp",
        "groups",
        "tenant_sub",
        "email",
        "act.sub",
    ] {
        let said = problems(&family(&format!("claims.\"{name}\" = \"x\"")));
        assert!(said.contains("C035") && said.contains(name), "{said}");
        assert_eq!(said.matches("error[").count(), 1, "{said}");
    }
}

#[test]
fn a_mistake_in_a_custom_claim_says_what_was_meant() {
    for (claims, said) in [
        (
            "claims.plan = \"{user.atr.plan}\"",
            "nothing is called {user.atr.plan}",
        ),
        (
            "claims.plan = \"{user.emial}\"",
            "did you mean {user.email}?",
        ),
        (
            "claims.plan = \"{user.email | lowr}\"",
            "did you mean `lower`?",
        ),
        (
            "claims.plan = { value = \"{user.name\", scope = \"profile\" }",
            "needs a `}`",
        ),
        (
            "claims.plan = { value = \"x\", scope = \"a b\" }",
            "scope name",
        ),
        ("claims.plan = { value = \"x\", scop = \"a\" }", "scope"),
        (
            "scope_claims.billing = [\"plam\"]\nclaims.plan = \"x\"",
            "did you mean `plan`?",
        ),
    ] {
        let report = problems(&family(claims));
        assert!(report.contains(said), "{claims}: {report}");
    }
}

#[test]
fn clients_are_told_of_a_logout_only_where_nobody_overhears() {
    let client = |line: &str| {
        with_site(&format!(
            "[client.shop]\nredirect_uris = [\"https://shop.test/cb\"]\n{line}\n"
        ))
    };
    for good in [
        "backchannel_logout_uri = \"https://elsewhere.test/out\"",
        "backchannel_logout_uri = \"http://127.0.0.1:3000/out\"\n\
         [outbound]\nallow_private = [\"127.0.0.1\"]\ndanger_allow_http = true",
        "frontchannel_logout_uri = \"https://shop.test/out\"",
    ] {
        assert_eq!(codes(&client(good)), [""; 0], "{good}");
    }
    for bad in [
        "backchannel_logout_uri = \"http://shop.test/out\"",
        "backchannel_logout_uri = \"https://shop.test/out#x\"",
        "frontchannel_logout_uri = \"https://elsewhere.test/out\"",
    ] {
        assert_eq!(codes(&client(bad)), ["C047"], "{bad}");
    }
}

#[test]
fn session_management_is_off_unless_asked_for_and_inherited() {
    let text = with_site(
        "[issuer.a]\npath = \"/a\"\nsession_management = true\n\
         [issuer.b]\npath = \"/b\"\ninherit = \"a\"\n[issuer.c]\npath = \"/c\"\n",
    );
    let issuers = settings(&text).issuers;
    let watched: Vec<_> = issuers.iter().map(|i| i.session_management).collect();
    assert_eq!(watched, [true, true, false]);
}

const TENANTS: &str = "[tenant.acme]\nuuid = \"6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111\"\nname = \
                       \"Acme Fitness\"\n";

fn tenanted(rest: &str) -> String {
    with_site(&format!("{TENANTS}{rest}\n"))
}

#[test]
fn tenants_are_known_to_every_issuer_and_named_by_its_parameter() {
    let settings = settings(&tenanted(
        "[issuer.a]\npath = \"/a\"\ntenant_parameter = \"center_uuid\"\n[issuer.b]\npath = \
         \"/b\"\n[client.shop]\nissuer = \"a\"\nredirect_uris = [\"https://shop.test/cb\"]\n\
         tenants = [\"acme\"]",
    ));
    assert_eq!(settings.issuers[0].tenant_parameter, "center_uuid");
    assert_eq!(settings.issuers[1].tenant_parameter, "tenant");
    for issuer in &settings.issuers {
        let acme = issuer.catalogue.tenant(Some(&"acme".into())).unwrap();
        assert_eq!(acme.name, "Acme Fitness");
    }
}

#[test]
fn ten_01_a_tenant_has_a_uuid_of_its_own_in_its_one_form() {
    let uuid = "6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a112";
    for bad in [
        uuid.to_uppercase(),
        format!("{{{uuid}}}"),
        uuid.replace('-', ""),
        format!("urn:uuid:{uuid}"),
        "acme".to_owned(),
        String::new(),
    ] {
        let said = problems(&tenanted(&format!("[tenant.gym]\nuuid = \"{bad}\"")));
        assert!(said.contains("C048"), "{bad}: {said}");
    }
    let twin = tenanted("[tenant.gym]\nuuid = \"6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111\"");
    assert_eq!(codes(&twin), ["C048"]);
    assert_eq!(
        codes(&tenanted("[tenant.gym]\nname = \"The Gym\"")),
        ["C005"]
    );
    for taken in ["state", "client_id", "claims", "a b", ""] {
        let text = tenanted(&format!("[issuer.a]\ntenant_parameter = \"{taken}\""));
        assert_eq!(codes(&text), ["C036"], "{taken}");
    }
    let nobody =
        tenanted("[client.shop]\nredirect_uris = [\"https://shop.test/cb\"]\ntenants = [\"acne\"]");
    assert!(problems(&nobody).contains("did you mean `acme`?"));
}
