//! Expectations that hold, and ones that do not.

use super::*;
use crate::config::{Surroundings, examine_text};

const RULES: &str = include_str!("../../../examples/policy-test/doorward.toml");
const CASES: &str = include_str!("../../../examples/policy-test/expectations.toml");

fn failed(cases: &str) -> Vec<String> {
    let around = Surroundings::of("/nowhere", []);
    let outcome = examine_text("doorward.toml", RULES, &around);
    let settings = outcome
        .settings
        .unwrap_or_else(|| panic!("{}", outcome.report));
    let cases = Cases::read("cases.toml", cases).unwrap();
    failures(&cases, &settings, &mut People::new(&settings)).unwrap()
}

#[test]
fn the_example_meets_its_expectations() {
    let none: [&str; 0] = [];
    assert_eq!(failed(CASES), none);
}

#[test]
fn an_expectation_that_fails_says_where_and_what_is_so_instead() {
    let wrong = CASES.replacen("expect = \"allow\"", "expect = \"deny\"", 1);
    let said = failed(&wrong);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("cases.toml:"), "{said:?}");
    assert!(
        said[0].ends_with("expected deny (group:staff), is allow (group:staff)"),
        "{said:?}"
    );
    let other = CASES.replacen("reason = \"not_from_here\"", "reason = \"denied\"", 1);
    let said = failed(&other);
    assert!(said[0].contains("expected deny (denied), is deny (not_from_here)"));
}

#[test]
fn a_file_that_means_nothing_is_refused() {
    for text in [
        "",
        "[[case]]\nurl = \"https://x/\"\n",
        "[[case]]\nurl = \"https://x/\"\nexpect = \"maybe\"\n",
        "[[case]]\nurl = \"https://x/\"\nexpect = \"deny\"\nusr = \"bob\"\n",
    ] {
        assert!(Cases::read("cases.toml", text).is_err(), "{text}");
    }
}
