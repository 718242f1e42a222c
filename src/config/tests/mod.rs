//! Whole files: what they say when they are wrong, and what they mean when they are right.

mod acme;
mod any_text;
mod bearers;
mod called;
mod certificates;
mod client_auth;
mod clients;
mod durations;
mod forward_auth;
mod issuers;
mod masks;
mod outbound;
mod pointless;
mod reports;
mod resources;
mod routes;
mod rules;
mod secrets;
mod shipped;
mod site;
mod tenants;
mod trusted;

use super::*;
use crate::gateway::{Listen, Senders, TlsSource, Upstream};
use crate::policy::Entry;
use crate::store::{Database, MasterKeySource};

fn surroundings() -> Surroundings {
    Surroundings::of("/nowhere", [("SHOP", "a-secret-that-is-long-enough")])
}

fn examine_here(text: &str) -> Outcome {
    examine_text("doorward.toml", text, &surroundings())
}

fn settings(text: &str) -> Settings {
    let Outcome { settings, report } = examine_here(text);
    settings.unwrap_or_else(|| panic!("{report}"))
}

fn problems(text: &str) -> String {
    let Outcome { settings, report } = examine_here(text);
    assert!(settings.is_none(), "{report}");
    report.human(false)
}

/// The codes of every problem, in the order of the file.
fn codes(text: &str) -> Vec<&'static str> {
    examine_here(text)
        .report
        .problems()
        .iter()
        .map(|problem| problem.code.id())
        .collect()
}

const SITE: &str = "public_url = \"http://localhost:8080\"\n";

fn with_site(rest: &str) -> String {
    format!("{SITE}{rest}")
}

/// A route that is right but for what `rest` says.
fn route(rest: &str) -> String {
    with_site(&format!(
        "[[route]]\nid = \"wiki\"\nmatch.host = \"wiki.localhost\"\n{rest}\n"
    ))
}
