//! Certificates in files: what is wrong with them is said before anybody connects.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

/// How long one has been good, and will be, in days from now.
type Life = (u64, i64);
const GOOD: Life = (30, 60);

fn put(dir: &Path, name: &str, names: &[&str], (began, ends): Life) {
    const DAY: i64 = 86_400;
    let epoch = date_time_ymd(1970, 1, 1);
    let now = crate::base::Clock::system().now().seconds();
    let at = |days: i64| {
        let seconds = u64::try_from(now + days * DAY).unwrap();
        epoch + Duration::from_secs(seconds)
    };
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = at(-i64::try_from(began).unwrap());
    params.not_after = at(ends);
    let key = KeyPair::generate().unwrap();
    let made = params.self_signed(&key).unwrap();
    std::fs::write(dir.join(format!("{name}.pem")), made.pem()).unwrap();
    std::fs::write(dir.join(format!("{name}.key")), key.serialize_pem()).unwrap();
}

/// What is said of a site with these certificates and one route per host.
fn said(dir: &Path, tls: &str, hosts: &[&str]) -> Outcome {
    let mut text = format!("public_url = \"https://auth.example.com\"\nlisten.tls = {tls}\n");
    for host in hosts {
        let _ = write!(
            text,
            "[[route]]\nid = \"{}\"\nmatch = {{ host = \"{host}\" }}\nallow = [\"authenticated\"]\n\
             upstream = [\"http://127.0.0.1:1\"]\n",
            host.replace(['.', '*'], "-")
        );
    }
    examine_text("doorward.toml", &text, &Surroundings::of(dir, []))
}

fn kinds(outcome: &Outcome) -> Vec<&'static str> {
    let problems = outcome.report.problems().iter();
    problems.map(|problem| problem.code.id()).collect()
}

const ONE: &str = "{ cert = \"one.pem\", key = \"one.key\" }";
const TWO: &str =
    "[{ cert = \"one.pem\", key = \"one.key\" }, { cert = \"two.pem\", key = \"two.key\" }]";

#[test]
fn several_pairs_cover_every_host_exactly_or_by_wildcard() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "one", &["auth.example.com"], GOOD);
    put(dir.path(), "two", &["*.example.com", "wiki.test"], GOOD);
    let hosts = ["wiki.example.com", "*.example.com", "wiki.test"];
    let outcome = said(dir.path(), TWO, &hosts);
    assert_eq!(kinds(&outcome), [""; 0]);
    let Some(TlsSource::Files(pairs)) = outcome.settings.unwrap().listen.tls else {
        panic!("files");
    };
    assert_eq!(pairs.len(), 2);
    assert_eq!(pairs[1].key, dir.path().join("two.key"));
}

#[test]
fn a_host_that_no_certificate_is_for_is_named_once() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "one", &["*.example.com"], GOOD);
    let hosts = ["wiki.example.com", "a.b.example.com", "*.wiki.test"];
    let outcome = said(dir.path(), ONE, &hosts);
    assert_eq!(kinds(&outcome), ["C028", "C028"]);
    assert!(outcome.settings.is_some(), "a warning");
    put(dir.path(), "one", &["a.b.example.com", "*.wiki.test"], GOOD);
    assert_eq!(kinds(&said(dir.path(), ONE, &hosts)), ["C028", "C028"]);
}

#[test]
fn a_key_of_another_certificate_and_files_without_any_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "one", &["auth.example.com"], GOOD);
    put(dir.path(), "two", &["wiki.example.com"], GOOD);
    std::fs::copy(dir.path().join("two.key"), dir.path().join("one.key")).unwrap();
    let outcome = said(dir.path(), ONE, &[]);
    assert_eq!(kinds(&outcome), ["C026"]);
    assert!(outcome.settings.is_none());
    std::fs::write(dir.path().join("two.pem"), "nothing").unwrap();
    assert_eq!(kinds(&said(dir.path(), TWO, &[])), ["C026", "C026"]);
    std::fs::remove_file(dir.path().join("one.pem")).unwrap();
    assert_eq!(kinds(&said(dir.path(), ONE, &[])), ["C023"]);
}

#[test]
fn a_certificate_outside_its_time_or_near_its_end_is_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    for (life, told) in [
        (GOOD, vec![]),
        ((80, 10), vec!["C027"]),
        ((90, -1), vec!["C027"]),
        ((2, 4), vec![]),
    ] {
        put(dir.path(), "one", &["auth.example.com"], life);
        let outcome = said(dir.path(), ONE, &[]);
        assert_eq!(kinds(&outcome), told, "{life:?}");
        assert!(outcome.settings.is_some(), "{life:?}");
    }
}

#[test]
fn a_list_holds_files_and_at_least_one() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "one", &["auth.example.com"], GOOD);
    assert_eq!(kinds(&said(dir.path(), "[]", &[])), ["C023"]);
    let mixed = format!("[{ONE}, {{ dev = true }}]");
    assert_eq!(kinds(&said(dir.path(), &mixed, &[])), ["C023"]);
    let half = "[{ cert = \"one.pem\" }]";
    assert_eq!(kinds(&said(dir.path(), half, &[])), ["C023"]);
}
