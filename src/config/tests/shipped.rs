//! Files and pages that are shipped.

use super::*;

#[test]
fn the_nine_line_production_file_loads() {
    let dir = tempfile::tempdir().unwrap();
    let hosts = ["auth.example.com", "wiki.example.com"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(hosts).unwrap();
    std::fs::write(dir.path().join("auth.pem"), made.cert.pem()).unwrap();
    std::fs::write(
        dir.path().join("auth.key"),
        made.signing_key.serialize_pem(),
    )
    .unwrap();
    let text = r#"public_url = "https://auth.example.com"
listen.tls = { cert = "auth.pem", key = "auth.key" }
[[users]]
kind = "local"
[[route]]
id = "wiki"
match = { host = "wiki.example.com" }
allow = ["authenticated"]
upstream = ["http://127.0.0.1:3000"]
"#;
    let around = Surroundings::of(dir.path(), []);
    let Outcome { settings, report } = examine_text("doorward.toml", text, &around);
    let settings = settings.unwrap_or_else(|| panic!("{report}"));
    assert!(report.problems().is_empty(), "{report}");
    assert_eq!(settings.site.host, "auth.example.com");
    assert_eq!(settings.site.port, 443);
    assert_eq!(
        settings.listen.main,
        [Listen::Tcp("[::]:443".parse().unwrap())]
    );
    assert_eq!(settings.listen.redirect, ["[::]:80".parse().unwrap()]);
    assert_eq!(settings.listen.ops, Some("127.0.0.1:9090".parse().unwrap()));
    assert!(matches!(settings.listen.tls, Some(TlsSource::Files(_))));
    assert!(settings.listen.trusted_proxies.is_empty());
    assert!(
        matches!(settings.store.database, Database::Sqlite(path) if path == dir.path().join("doorward.db"))
    );
    assert!(
        matches!(settings.store.key, MasterKeySource::File(path) if path == dir.path().join("master.key"))
    );
    let issuer = &settings.issuers[0];
    assert_eq!(
        (issuer.url.as_str(), issuer.path.as_str()),
        ("https://auth.example.com", "")
    );
    let wiki = &settings.routes[0];
    assert_eq!(wiki.rule.allow, [Entry::Authenticated]);
    assert_eq!(wiki.origin, "doorward.toml:5");
    assert_eq!(wiki.matches.path, "/");
    assert_eq!(wiki.identity.headers.len(), 4);
    assert_eq!(
        wiki.identity.assertion.as_deref(),
        Some("Doorward-Assertion")
    );
    assert!(
        settings
            .site
            .prefixes
            .iter()
            .any(|prefix| prefix == "/connect/token")
    );
    assert!(settings.site.prefixes.iter().all(|prefix| prefix != "/"));
}

#[test]
fn every_documented_key_is_known_or_said_to_come_later() {
    // The keys of the documented surface, one per line; the walk must know each of them.
    for key in [
        "storage.url",
        "session.post_replay",
        "issuer.x.tenant_parameter",
        "client.x.backchannel_logout_uri",
        "client.x.tenants",
        "client.x.flows",
        "telemetry.otlp",
        "provider.x.preset",
        "tenant.x.uuid",
        "login.second_factor",
        "login.password.breached",
    ] {
        let text = with_site(&format!("{key} = true\n"));
        let found = examine_here(&text).report;
        assert!(
            found
                .problems()
                .iter()
                .all(|problem| problem.code != Code::UnknownKey),
            "{key}: {found}"
        );
        assert!(found.errors() > 0, "{key}");
    }
}

/// A folder with the files that shipped examples name.
fn example_folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["ca.pem", "client.pem"] {
        std::fs::write(dir.path().join(name), "PEM").unwrap();
    }
    let hosts = ["*.example.com", "*.apps.example.com"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(hosts).unwrap();
    std::fs::write(dir.path().join("auth.pem"), made.cert.pem()).unwrap();
    std::fs::write(
        dir.path().join("auth.key"),
        made.signing_key.serialize_pem(),
    )
    .unwrap();
    for name in ["shop.secret", "ci.secret", "trac.secret", "acme.hmac"] {
        std::fs::write(dir.path().join(name), "0123456789abcdef0123456789abcdef\n").unwrap();
    }
    dir
}

#[test]
fn shipped_files_have_no_mistakes_and_no_warnings() {
    let dir = example_folder();
    for (name, text) in [
        (
            "doorward.toml",
            include_str!("../../../config/doorward.toml"),
        ),
        ("minimal.toml", include_str!("../../../config/minimal.toml")),
    ] {
        let outcome = examine_text(name, text, &Surroundings::of(dir.path(), []));
        assert!(outcome.report.problems().is_empty(), "{}", outcome.report);
        assert!(outcome.settings.is_some());
    }
}

#[test]
fn the_annotated_file_shows_every_key_there_is() {
    let text = include_str!("../../../config/doorward.toml");
    let definitions = json_schema()["definitions"].as_object().unwrap();
    // A client has more keys than one example can show: the page about configuration has them all.
    let shown = definitions.iter().filter(|(name, _)| {
        !["Client", "EndpointPaths", "TlsSubject", "Jwks", "Jwk"].contains(&name.as_str())
    });
    for table in std::iter::once(json_schema()).chain(shown.map(|(_, table)| table)) {
        let Some(properties) = table["properties"].as_object() else {
            continue;
        };
        for key in properties.keys() {
            let elsewhere = [
                "env",
                "cred",
                "preset",
                "separator",
                "assertion",
                "id_token_claims",
                "dev",
            ];
            assert!(
                text.contains(key.as_str()) || elsewhere.contains(&key.as_str()),
                "{key}"
            );
        }
    }
}

#[test]
fn the_page_about_configuration_names_every_preset_and_every_section_key() {
    let page = include_str!("../../../docs/configuration.md");
    for preset in crate::gateway::presets::PRESETS {
        assert!(
            page.contains(&format!("`{}`", preset.name)),
            "{}",
            preset.name
        );
    }
    let definitions = json_schema()["definitions"].as_object().unwrap();
    for table in std::iter::once(json_schema()).chain(definitions.values()) {
        for key in table["properties"]
            .as_object()
            .into_iter()
            .flat_map(|keys| keys.keys())
        {
            assert!(page.contains(key.as_str()), "{key}");
        }
    }
}

#[test]
fn the_shipped_schema_is_the_one_the_program_prints() {
    let shipped = include_str!("../../../config/doorward.schema.json");
    assert_eq!(
        shipped.trim_end(),
        format!("{:#}", json_schema()),
        "run: doorward config schema > config/doorward.schema.json"
    );
}
