//! No report quotes a secret, whatever is wrong and wherever.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

const CANARY: &str = "canary-Žluť-🐤-canary";

/// A file with the canary in every field that can hold a secret, one field per file; `E` is where
/// another mistake of the same line goes.
const FIELDS: &[(&str, &str)] = &[
    ("storage.url", "storage = { url = \"//S@x\", E }"),
    (
        "storage.url",
        "storage = { E, url = \"postgres://u:S@db/x\" }",
    ),
    ("storage.key", "storage = { key = 'S', E }"),
    ("client.*.secret", "client.a = { E, secret = \"S\" }"),
    (
        "client.*.secret",
        "client.a = { secret = \"\"\"\nS\nS\"\"\", E }",
    ),
    (
        "client.*.secret",
        "client.a = { E, secret = { value = \"S\", file = \"x\" } }",
    ),
    (
        "client.*.secret",
        "client.a = { E, secret = [\"S\", { x = \"S\" }] }",
    ),
    ("client.*.secret", "client.a = { E, secert = \"S\" }"),
    (
        "client.*.secret",
        "client.a = { E, client_secret = \"S\" } # was: S",
    ),
    (
        "route[].identity.headers.*",
        "route = [{ E, identity = { headers = { X-A = \"S\" } } }]",
    ),
    (
        "route[].identity.headers.*",
        "route = [{ E, identity = { headers = { X-A = \"{user.name} S {S}\", X-B = \"S\\n\" } } }]",
    ),
    (
        "acme.external_account.hmac",
        "acme = { external_account = { kid = \"x\", hmac = \"S\" }, E }",
    ),
    (
        "route[].identity.password",
        "route = [{ E, identity = { password = \"S\" } }]",
    ),
];

/// Where the form of the file has secrets, as patterns of places.
fn secret_fields(form: &'static Value, place: &str, found: &mut Vec<String>) {
    for form in forms::branches(form) {
        if form.get("writeOnly").is_some() {
            found.push(place.to_owned());
        }
        for (key, form) in form["properties"].as_object().into_iter().flatten() {
            secret_fields(form, &format!("{place}.{key}"), found);
        }
        if let Some(others) = form.get("additionalProperties").filter(|s| s.is_object()) {
            secret_fields(others, &format!("{place}.*"), found);
        }
        if let Some(items) = form.get("items") {
            secret_fields(items, &format!("{place}[]"), found);
        }
    }
}

fn assert_hidden(text: &str) {
    let report = examine_here(text).report;
    assert!(!report.problems().is_empty(), "{text}");
    for shown in [
        report.human(false),
        report.human(true),
        format!("{:#}", report.json()),
        format!("{:#}", report.sarif()),
        format!("{report:?}"),
    ] {
        assert!(!shown.contains("canary"), "{text}\n{shown}");
    }
}

#[test]
fn every_field_that_can_hold_a_secret_is_tried() {
    let mut fields = Vec::new();
    secret_fields(json_schema(), "", &mut fields);
    let fields: BTreeSet<_> = fields.iter().map(|field| &field[1..]).collect();
    let tried = FIELDS.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, tried);
}

#[test]
fn ops_01_no_report_shows_a_secret_beside_a_mistake() {
    for (_, line) in FIELDS {
        for mistake in ["colour = \"x\"", "idle = 1", "name = [1]"] {
            let line = line.replace('S', CANARY).replace('E', mistake);
            assert_hidden(&with_site(&line));
        }
    }
}

#[test]
fn ops_01_no_report_shows_a_secret_of_a_file_that_is_not_toml() {
    for (_, line) in FIELDS {
        let good = line
            .replace('S', CANARY)
            .replace("E, ", "")
            .replace(", E", "");
        for (at, _) in good
            .char_indices()
            .filter(|(_, c)| "{}[]=,'\"".contains(*c))
        {
            for with in ["", "=", "\"", "[", "{", " x "] {
                let mut bad = good.clone();
                bad.replace_range(at..=at, with);
                let shown = examine_here(&with_site(&bad)).report.human(false);
                assert!(!shown.contains("canary"), "{bad}\n{shown}");
            }
        }
    }
    for bad in [
        "[client.a\nsecret = \"S\"",
        "[client.a]\nsecret \"S\"",
        "[client.a]\nsecret = S",
        "[client.a]\nsecret = \"S\nname = 1",
        "[client.a]\nsecret = \"\"\"\nS\nS = S",
        "[client.a]\nsecret = \"0123456789abcdef\"\nsecret = \"S\"",
        "[client.a]\nredirect_uris = [\"x\"\nsecret = \"S\"",
        "[[route]]\nidentity.headers = {\nX-A = \"S\",\nX-B = \"S\"",
        "[[route]\n[route.identity.headers]\nX-A = \"S\"",
        "storage.url = postgres://u:S@db/x",
        "# secret = \"S\"\n]",
        "x = 1 # password: S\nx = 2",
    ] {
        assert_hidden(&with_site(&bad.replace('S', CANARY)));
    }
}

#[test]
fn what_is_hidden_keeps_its_width_and_the_rest_is_shown() {
    assert_eq!(
        problems(&with_site(
            "[client.a]\nredirect_uris = []\nsecret = \"0123456789abcdef\" # from the vault\n\
             [session]\nidle = \"soon\" # not yet\n"
        )),
        "\
error[C041]: `redirect_uris` is empty, and nobody could sign in
 --> doorward.toml:3:17
  |
3 | redirect_uris = []
  |                 ^^
  |
  = help: name the address to which people come back

warning[C010]: the secret `client.a.secret` is written in the file
 --> doorward.toml:4:10
  |
4 | secret = \"****************\" #***************
  |          ^^^^^^^^^^^^^^^^^^
  |
  = help: put it into a file of its own, mode 0600: { file = \"...\" }

error[C006]: `session.idle` is not a duration
 --> doorward.toml:6:8
  |
6 | idle = \"soon\" # not yet
  |        ^^^^^^
  |
  = help: write a number and a unit: \"10s\", \"30m\", \"8h\", \"90d\"

doorward.toml: 2 errors, 1 warning
"
    );
}

#[test]
fn a_header_is_shown_as_far_as_it_is_made_of_facts() {
    let text = route(
        "allow = [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\nidentity.headers.X-A = \"mr \
         {user.emial}\"",
    );
    let shown = problems(&text);
    assert!(shown.contains("X-A = \"***{user.emial}\""), "{shown}");
    assert!(shown.contains("did you mean {user.email}?"), "{shown}");
}

#[test]
fn user_names_and_passwords_in_urls_are_hidden_everywhere() {
    for line in [
        "public_url = \"https://u:S@x.example/\"",
        "[[route]]\nid = \"a\"\nmatch.host = \"x\"\nallow = [\"anyone\"]\nupstream = \"http://u:S@x\"",
        "[client.a]\nredirect_uris = [\"https://u:S/@x/cb\"]",
        "mail.url = \"smtps://u:S@x\"",
        "listen.tls = { cert = \"c\", key = \"-----BEGIN PRIVATE KEY-----S-----END PRIVATE KEY-----\", x = 1 }",
    ] {
        assert_hidden(&line.replace('S', "canary"));
    }
}

proptest::proptest! {
    #[test]
    fn masking_moves_nothing(text in "(\\PC|\n){0,200}") {
        let doc = Document::parse("x", &text).0;
        let masked = doc.masked().text();
        let shape = |text: &str| text.char_indices().map(|(at, c)| (at, c == '\n')).collect::<Vec<_>>();
        proptest::prop_assert_eq!(shape(masked), shape(&text));
    }
}
