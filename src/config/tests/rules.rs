//! Rules: what is read, and what is said of what cannot be.

use super::*;
use crate::policy::Requirement;

fn with(rule: &str) -> String {
    route(&format!("upstream = \"http://127.0.0.1:1\"\n{rule}"))
}

/// What is said of a file that may be used all the same.
fn warned(text: &str) -> String {
    let found = examine_here(text);
    assert!(found.settings.is_some(), "{}", found.report);
    found.report.human(false)
}

fn rule(text: &str) -> crate::policy::Rule {
    let found = examine_here(&with(text));
    let settings = found.settings.unwrap_or_else(|| panic!("{}", found.report));
    settings.routes[0].rule.clone()
}

#[test]
fn every_requirement_is_read() {
    let read = rule(
        r#"allow = ["authenticated"]
require.ip = ["10.0.0.0/8", "192.0.2.7"]
require.methods = ["GET"]
require.header = { "X-Edge" = "blue" }
require.time = { days = ["mon-fri"], from = "08:00", to = "18:00", zone = "+01:00" }
require.groups = ["a", "b"]
require.acr = "1"
require.fresh = "15m"
require.session_age = "8h"
require.idle = "30m""#,
    );
    let words: Vec<_> = read.require.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "ip 10.0.0.0/8 192.0.2.7/32",
            "methods GET",
            "header x-edge: blue",
            "time mon,tue,wed,thu,fri 08:00-18:00 +01:00",
            "groups a",
            "groups b",
            "acr 1",
            "fresh 15m",
            "session_age 8h",
            "idle 30m",
        ]
    );
}

#[test]
fn what_cannot_be_read_is_said_where_it_stands() {
    let said = problems(&with(
        r#"allow = ["authenticated"]
require.ip = ["10.0.0.0/40"]
require.methods = ["get"]
require.header = { "X Edge" = "blue" }
require.time = { from = "8" }
require.groups = []
require.acr = "gold"
require.fresh = "soon"
require.client_cert = { subject = "nonsense" }"#,
    ));
    for (place, code) in [
        ("require.ip", "C006"),
        ("require.methods", "C064"),
        ("X Edge", "C068"),
        ("from", "C068"),
        ("groups", "C068"),
        ("acr", "C068"),
        ("fresh", "C006"),
        ("nonsense", "C068"),
    ] {
        assert!(
            said.contains(code) && said.contains(place),
            "{place}: {said}"
        );
    }
    assert_eq!(said.matches("error[C068]").count(), 5, "{said}");
}

#[test]
fn what_nobody_can_meet_is_a_warning_and_a_certificate_nobody_vouches_for_an_error() {
    for required in ["second_factor = true", "passkey = true", "acr = \"2\""] {
        let text = with(&format!(
            "allow = [\"authenticated\"]\nrequire = {{ {required} }}"
        ));
        let said = warned(&text);
        assert!(said.contains("warning[C073]"), "{required}: {said}");
    }
    let said = problems(&with(
        "allow = [\"authenticated\"]\nrequire = { client_cert = true }",
    ));
    assert!(said.contains("error[C068]"), "{said}");
}

#[test]
fn a_policy_is_shared_and_a_route_can_make_it_stricter() {
    let text = with("policy = \"staff\"\nrequire = { fresh = \"15m\" }\ndeny = [\"user:eve\"]")
        + "[policy.staff]\nallow = [\"group:staff\"]\nrequire = { methods = [\"GET\"] }\n";
    let found = examine_here(&text);
    let settings = found.settings.unwrap_or_else(|| panic!("{}", found.report));
    assert!(found.report.problems().is_empty(), "{}", found.report);
    let rule = &settings.routes[0].rule;
    assert_eq!(rule.name.as_deref(), Some("staff"));
    assert_eq!(rule.allow, [Entry::Group("staff".into())]);
    assert_eq!(rule.deny.len(), 1);
    assert!(matches!(
        rule.require.as_slice(),
        [Requirement::Method(_), Requirement::Fresh(_)]
    ));
}

#[test]
fn a_route_says_who_may_pass_once() {
    let policy = "[policy.staff]\nallow = [\"group:staff\"]\n";
    for (rule, code, word) in [
        ("", "C050", "the route does not say who may pass"),
        ("deny = [\"user:eve\"]", "C050", "does not say who may pass"),
        (
            "policy = \"staff\"\nallow = [\"anyone\"]",
            "C067",
            "both say who may pass",
        ),
        ("policy = \"stafff\"", "C067", "did you mean `staff`?"),
    ] {
        let said = problems(&(with(rule) + policy));
        assert!(said.contains(code) && said.contains(word), "{rule}: {said}");
    }
    let said = problems("[policy.empty]\n");
    assert!(
        said.contains("the policy does not say who may pass"),
        "{said}"
    );
}

#[test]
fn what_denies_everybody_is_an_error_and_what_denies_nobody_a_warning() {
    let said = problems(&with("allow = [\"anyone\"]\ndeny = [\"authenticated\"]"));
    assert!(said.contains("turns everybody away"), "{said}");
    let said = warned(&with("allow = [\"anyone\"]\ndeny = [\"user:eve\"]"));
    assert!(said.contains("passes by not signing in"), "{said}");
    let said = warned(&with(
        "allow = [\"anyone\"]\nrequire = { groups = [\"staff\"] }",
    ));
    assert!(said.contains("unless they sign in"), "{said}");
    let said = problems(&with("allow = [\"tenant:acme\"]"));
    assert!(said.contains("there is no [tenant.acme]"), "{said}");
}

#[test]
fn a_client_names_a_policy_that_a_sign_in_can_be_judged_by() {
    let client = |policy: &str| {
        format!(
            "[client.shop]\nredirect_uris = [\"https://shop.example.net/cb\"]\npolicy = \
             \"{policy}\"\n[policy.staff]\nallow = [\"group:staff\"]\nrequire = {{ fresh = \"1h\" \
             }}\n[policy.edge]\nallow = [\"authenticated\"]\nrequire = {{ methods = [\"GET\"] }}\n"
        )
    };
    let found = settings(&with_site(&client("staff")));
    assert_eq!(found.clients[0].policy.as_deref(), Some("staff"));
    assert!(found.issuers[0].policies.contains_key("staff"));
    let said = problems(&with_site(&client("staf")));
    assert!(said.contains("did you mean `staff`?"), "{said}");
    let said = problems(&with_site(&client("edge")));
    assert!(said.contains("says nothing of a sign-in"), "{said}");
}
