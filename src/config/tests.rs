//! Whole files: what they say when they are wrong, and what they mean when they are right.

use proptest::prelude::*;

use super::*;
use crate::gateway::{Listen, TlsSource, Upstream};
use crate::policy::Allow;
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

#[test]
fn the_nine_line_production_file_loads() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["auth.pem", "auth.key"] {
        std::fs::write(dir.path().join(name), "PEM").unwrap();
    }
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
    assert!(matches!(settings.listen.tls, Some(TlsSource::Files { .. })));
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
    assert_eq!(wiki.rule.allow, [Allow::Authenticated]);
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
fn a_mistake_is_shown_with_its_line_a_caret_and_what_to_do() {
    assert_eq!(
        problems("public_url = \"http://localhost:8080\"\n[session]\nidel = \"8h\"\n"),
        "\
error[C002]: `session` has no key `idel`
 --> doorward.toml:3:1
  |
3 | idel = \"8h\"
  | ^^^^
  |
  = help: did you mean `idle`?

doorward.toml: 1 error
"
    );
}

#[test]
fn two_places_that_contradict_each_other_are_both_shown() {
    let text = with_site(
        "[[route]]\nid = \"a\"\nmatch = { host = \"x.localhost\" }\nallow = [\"anyone\"]\n\
         upstream = \"http://127.0.0.1:1\"\n[[route]]\nid = \"b\"\nmatch = { host = \
         \"X.localhost\", path = \"/\" }\nallow = [\"anyone\"]\nupstream = \
         \"http://127.0.0.1:2\"\n",
    );
    assert_eq!(
        problems(&text),
        "\
error[C053]: routes `a` and `b` take the same requests
 --> doorward.toml:9:9
  |
4 | match = { host = \"x.localhost\" }
  |         ------------------------ route `a`
...
9 | match = { host = \"X.localhost\", path = \"/\" }
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: tell them apart by host, path or methods; order never matters

doorward.toml: 1 error
"
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = r#"
public_url = "auth.example.com"
colour = "red"
[listen]
ops = 9090
[session]
idle = "soon"
[issuer.a]
path = "/login/x"
[client.shop]
issuer = "b"
redirect_uris = ["/cb"]
[[route]]
id = "wiki"
match = { host = "*.example.com" }
upstream = "ftp://x"
allow = ["grup:x"]
"#;
    let mut found = codes(text);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "C002", "C004", "C006", "C020", "C031", "C040", "C041", "C051", "C056", "C059"
        ]
    );
}

#[test]
fn mistakes_of_syntax_are_told_with_the_others() {
    let text = "public_url = \"http://localhost:8080\n[session]\nidel = \"8h\"\n";
    let found = codes(text);
    assert!(found.contains(&"C001"), "{found:?}");
    assert!(found.contains(&"C002"), "{found:?}");
}

#[test]
fn an_empty_file_says_what_is_needed() {
    let text = problems("");
    assert!(text.contains("the file needs `public_url`"), "{text}");
}

#[test]
fn what_later_versions_have_is_refused_and_never_ignored() {
    let text = with_site(
        "[tenant.acme]\nname = \"Acme\"\n[mail]\nurl = \"outbox:\"\n[login]\nmethods = \
         [\"passkey\"]\nsecond_factor = {}\n[issuer.a]\ntenant_parameter = \"t\"\nclaims.plan = \
         \"x\"\n[[users]]\nkind = \"ldap\"\nurl = \"ldaps://x\"\n[[resource]]\nid = \"x\"\n",
    );
    let found = codes(&text);
    assert_eq!(found, ["C003"; 9]);
    let text = problems(&route(
        "allow = [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\nrequire = { fresh = \"1m\" }\n\
         identity = \"basic\"\nlimits = { requests = \"1/s\" }",
    ));
    assert_eq!(text.matches("error[C003]").count(), 3, "{text}");
}

#[test]
fn auz_a_route_without_allow_does_not_start() {
    let text = problems(&route("upstream = \"http://127.0.0.1:1\""));
    assert!(
        text.contains("error[C050]: the route does not say who may pass"),
        "{text}"
    );
    assert!(codes(&route("allow = []\nupstream = \"http://127.0.0.1:1\"")).contains(&"C050"),);
}

#[test]
fn ops_05_misspelt_words_get_a_suggestion() {
    let text = problems(&with_site(
        "[client.x]\nredirect_uris = [\"http://localhost/\"]\nconsent = \"alwais\"\n",
    ));
    assert!(text.contains("did you mean \"always\"?"), "{text}");
    let text = problems(&route(
        "allow = [\"authentcated\"]\nupstream = \"http://127.0.0.1:1\"\nidentity = \"jenkinz\"",
    ));
    assert!(text.contains("did you mean \"authenticated\"?"), "{text}");
    assert!(text.contains("did you mean \"jenkins\"?"), "{text}");
}

#[test]
fn fwd_02_nobody_is_trusted_by_default_and_everybody_never() {
    assert!(settings(SITE).listen.trusted_proxies.is_empty());
    assert_eq!(
        codes(&with_site(
            "listen.trusted_proxies = [\"0.0.0.0/0\", \"::/0\"]"
        )),
        ["C024", "C024"]
    );
}

#[test]
fn cks_01_plain_http_is_for_this_machine_only() {
    assert_eq!(codes("public_url = \"http://auth.example.com\""), ["C020"]);
    assert_eq!(codes("public_url = \"https://auth.example.com\""), ["C021"]);
    assert_eq!(
        codes("public_url = \"https://a.example\"\nlisten.http = \"0.0.0.0:80\""),
        ["C021"]
    );
    assert_eq!(
        codes(
            "public_url = \"https://a.example\"\nlisten = { http = \"0.0.0.0:80\", \
             trusted_proxies = [\"10.0.0.2\"] }"
        ),
        [""; 0]
    );
    let local = settings(SITE);
    assert_eq!(
        local.listen.main,
        [Listen::Tcp("127.0.0.1:8080".parse().unwrap())]
    );
    assert!(local.listen.redirect.is_empty());
    assert_eq!(
        codes("public_url = \"https://a.example\"\nlisten.https = \"[::]:443\""),
        ["C023"]
    );
}

#[test]
fn ops_04_the_ops_listener_is_never_on_the_public_port() {
    assert_eq!(
        codes(&with_site("listen.ops = \"127.0.0.1:8080\"")),
        ["C022"]
    );
    assert!(
        settings(&with_site("listen.ops = \"off\""))
            .listen
            .ops
            .is_none()
    );
    let loud = examine_here(&with_site("listen.ops = \"0.0.0.0:9090\""));
    assert!(loud.settings.is_some());
    assert_eq!(loud.report.warnings(), 1);
}

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

#[test]
fn a_route_on_the_sites_host_keeps_off_the_sites_pages() {
    let on = |host: &str, path: &str| {
        with_site(&format!(
            "[[route]]\nid = \"a\"\nmatch = {{ host = \"{host}\", path = \"{path}\" }}\nallow = \
             [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\n"
        ))
    };
    for path in ["/login", "/connect/token", "/jwks/", "/_doorward/me"] {
        assert_eq!(codes(&on("localhost", path)), ["C055"], "{path}");
    }
    assert_eq!(codes(&on("other.localhost", "/login")), [""; 0]);
    assert_eq!(codes(&on("other.localhost", "/_doorward/x")), ["C055"]);
    assert_eq!(codes(&on("localhost", "/")), [""; 0]);
}

#[test]
fn a_client_is_public_without_a_secret_and_then_uses_pkce() {
    let client = |rest: &str| {
        with_site(&format!(
            "[client.shop]\nredirect_uris = [\"https://shop.example/cb\"]\n{rest}\n"
        ))
    };
    let public = settings(&client("")).clients.remove(0);
    assert_eq!(public.auth, crate::model::ClientAuthMethod::None);
    assert!(public.secrets.is_empty());
    assert_eq!(public.origin, "doorward.toml:2");
    assert_eq!(public.issuer.as_str(), "default");
    assert_eq!(codes(&client("pkce = \"optional\"")), ["C042"]);
    let confidential = settings(&client("secret = { env = \"SHOP\" }\npkce = \"optional\""))
        .clients
        .remove(0);
    assert_eq!(confidential.secrets.len(), 1);
}

#[test]
fn ops_05_secrets_have_exactly_one_source_and_are_not_weak() {
    let client = |rest: &str| {
        with_site(&format!(
            "[client.shop]\nredirect_uris = [\"https://shop.example/cb\"]\n{rest}\n"
        ))
    };
    assert_eq!(codes(&client("secret = \"0123456789abcdef\"")), ["C010"]);
    assert_eq!(
        codes(&client("secret = { file = \"x\", env = \"SHOP\" }")),
        ["C011"]
    );
    assert_eq!(codes(&client("secret = {}")), ["C011"]);
    assert_eq!(codes(&client("secret = { env = \"NOT_SET\" }")), ["C012"]);
    assert_eq!(codes(&client("secret = { file = \"missing\" }")), ["C012"]);
    assert_eq!(codes(&client("secret = { cred = \"x\" }")), ["C012"]);
    let mut short = codes(&client("secret = \"short\""));
    short.sort_unstable();
    assert_eq!(short, ["C010", "C013"]);
}

#[test]
fn a_secret_can_come_from_the_environment_alone_but_not_twice() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shop");
    std::fs::write(&file, "0123456789abcdef\n").unwrap();
    let name = "DOORWARD__CLIENT__SHOP__SECRET_FILE";
    let around = Surroundings::of("/nowhere", [(name, file.to_str().unwrap())]);
    let client = with_site("[client.shop]\nredirect_uris = [\"https://shop.example/cb\"]\n");
    let read = examine_text("doorward.toml", &client, &around);
    let client_read = read.settings.unwrap().clients.remove(0);
    let hash = crate::base::encoding::sha256("0123456789abcdef");
    assert!(matches!(
        client_read.secrets.as_slice(),
        [crate::model::client::ClientSecretHash::Configured(found)] if *found == hash
    ));
    let twice = format!("{client}secret = {{ env = \"SHOP\" }}\n");
    let report = examine_text("doorward.toml", &twice, &around).report;
    assert_eq!(report.problems()[0].code.id(), "C011", "{report}");
}

#[test]
fn ops_01_a_secret_in_the_file_is_not_in_the_report() {
    // The line that is shown is the file's own; what a secret was read as is never printed.
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("k"), "canary-canary").unwrap();
    let text = with_site("storage.key = { file = \"k\" }\nstorage.url = { env = \"URL\" }\n");
    let around = Surroundings::of(dir.path(), [("URL", "mysql://canary@x")]);
    let report = examine_text("doorward.toml", &text, &around).report;
    assert_eq!(report.errors(), 2, "{report}");
    assert!(!report.to_string().contains("canary"), "{report}");
    let settings = settings(&with_site(
        "storage.url = \"postgres://u:canary@db/x\"\n[client.a]\nredirect_uris = \
         [\"http://localhost/\"]\nsecret = \"canary-canary-canary\"\n",
    ));
    assert!(!format!("{settings:?}").contains("canary"));
}

#[test]
fn identity_headers_are_names_that_cannot_do_harm() {
    let custom = |headers: &str| {
        route(&format!(
            "allow = [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\nidentity = {{ preset = \
             \"none\", headers = {{ {headers} }} }}"
        ))
    };
    for bad in [
        "Host",
        "Cookie",
        "Connection",
        "Content-Length",
        "Transfer_Encoding",
        "X-Forwarded-For",
        "Sec-Fetch-Site",
        "doorward_assertion",
        "\"bad name\"",
        "\"\"",
    ] {
        assert_eq!(codes(&custom(&format!("{bad} = \"x\""))), ["C061"], "{bad}");
    }
    assert_eq!(codes(&custom("X-User = \"a\", x_user = \"b\"")), ["C061"]);
    assert_eq!(codes(&custom("X-User = \"{user.emial}\"")), ["C062"]);
    assert_eq!(codes(&custom("X-User = \"{user.email\"")), ["C062"]);
    assert_eq!(codes(&custom("X-User = \"a\\nb\"")), ["C062"]);
    let sent = settings(&custom(
        "X-User = \"{user.email}\", X-Who = \"mr {user.name}\"",
    ))
    .routes
    .remove(0)
    .identity;
    assert_eq!(sent.headers.len(), 2);
    assert!(sent.assertion.is_none());
}

#[test]
fn upstreams_are_read_and_plain_ones_across_the_network_are_a_warning() {
    let text = route(
        "allow = [\"group:staff\", \"user:Bob@Partner.net\"]\nupstream = [\"http://10.0.0.7:3000\", \
         \"https://app.example.com\", \"unix:/run/app.sock\"]",
    );
    let wiki = settings(&text).routes.remove(0);
    assert_eq!(
        wiki.upstreams,
        [
            Upstream::Http {
                host: "10.0.0.7".to_owned(),
                port: 3000
            },
            Upstream::Https {
                host: "app.example.com".to_owned(),
                port: 443
            },
            Upstream::Unix("/run/app.sock".into()),
        ]
    );
    let plain = route("allow = [\"anyone\"]\nupstream = \"http://app.example.com\"");
    assert_eq!(codes(&plain), ["C057"]);
    for bad in [
        "http://a/path",
        "ftp://a",
        "a:80",
        "http://u@a",
        "unix:",
        "http://",
    ] {
        let text = route(&format!("allow = [\"anyone\"]\nupstream = \"{bad}\""));
        assert_eq!(codes(&text), ["C056"], "{bad}");
    }
}

#[test]
fn json_and_sarif_say_the_same_as_the_human_form() {
    let report =
        examine_here("public_url = \"http://localhost:8080\"\n[session]\nidel = 1\n").report;
    let json = report.json();
    assert_eq!(json["ok"], false);
    let problem = &json["problems"][0];
    assert_eq!(problem["code"], "C002");
    assert_eq!(
        (&problem["line"], &problem["column"]),
        (&3.into(), &1.into())
    );
    assert_eq!(problem["replacement"], "idle");
    let sarif = report.sarif();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "C002");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], 3);
    assert_eq!(region["endColumn"], 5);
}

#[test]
fn a_demo_keeps_nothing() {
    let settings = settings(&with_site("storage.url = \"sqlite::memory:\""));
    assert!(matches!(settings.store.database, Database::Memory));
    assert!(matches!(settings.store.key, MasterKeySource::Ephemeral));
}

#[test]
fn every_documented_key_is_known_or_said_to_come_later() {
    // The keys of the documented surface, one per line; the walk must know each of them.
    for key in [
        "storage.url",
        "session.post_replay",
        "listen.tls.acme",
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

proptest! {
    #[test]
    fn no_text_whatever_makes_loading_panic(text in "\\PC{0,200}") {
        let report = examine_here(&text).report;
        let _ = (report.human(true), report.json(), report.sarif());
    }

    #[test]
    fn no_text_of_toml_pieces_makes_loading_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "public_url", "=", "\"http://localhost:1\"", "\n", "[", "]", "[[route]]", "[[users]]",
                "listen", ".", "tls", "{", "}", ",", "match", "host", "\"é\"", "allow", "[issuer.a]",
                "inherit", "\"a\"", "client", "-1", "1e9", "true", "\r\n", "#", "'", "\"\"\"", "id",
                "0x", "1979-05-27", "upstream", "identity", "headers", "path", "\t", "secret", "env",
            ]),
            0..40,
        )
    ) {
        let report = examine_here(&pieces.concat()).report;
        let _ = (report.human(false), report.json(), report.sarif());
    }

    #[test]
    fn a_mangled_good_file_never_panics(at in 0usize..400, with in "\\PC{0,3}") {
        let good = include_str!("../../config/doorward.toml");
        let mut text = good.to_owned();
        let at = text.char_indices().map(|(n, _)| n).nth(at * 7 % text.chars().count()).unwrap_or(0);
        text.insert_str(at, &with);
        let _ = examine_here(&text).report.human(false);
    }
}

/// A folder with the files that shipped examples name.
fn example_folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["auth.pem", "auth.key", "ca.pem", "client.pem"] {
        std::fs::write(dir.path().join(name), "PEM").unwrap();
    }
    for name in ["shop.secret", "ci.secret"] {
        std::fs::write(dir.path().join(name), "0123456789abcdef0123456789abcdef\n").unwrap();
    }
    dir
}

#[test]
fn shipped_files_have_no_mistakes_and_no_warnings() {
    let dir = example_folder();
    for (name, text) in [
        ("doorward.toml", include_str!("../../config/doorward.toml")),
        ("minimal.toml", include_str!("../../config/minimal.toml")),
    ] {
        let outcome = examine_text(name, text, &Surroundings::of(dir.path(), []));
        assert!(outcome.report.problems().is_empty(), "{}", outcome.report);
        assert!(outcome.settings.is_some());
    }
}

#[test]
fn the_annotated_file_shows_every_key_there_is() {
    let text = include_str!("../../config/doorward.toml");
    let definitions = json_schema()["definitions"].as_object().unwrap();
    for table in std::iter::once(json_schema()).chain(definitions.values()) {
        let Some(properties) = table["properties"].as_object() else {
            continue;
        };
        for key in properties.keys() {
            // Clients can override two keys of their issuer, and endpoints can be named one by
            // one: described, not shown in full.
            let elsewhere = [
                "env",
                "cred",
                "userinfo",
                "end_session",
                "revoke",
                "jwks",
                "id_token_alg",
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
fn a_master_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("master.key");
    let around = Surroundings::of(dir.path(), []);
    let errors = || examine_text("doorward.toml", SITE, &around).report.errors();
    assert_eq!(
        errors(),
        0,
        "a key that is not there yet is made at the first start"
    );
    crate::keys::MasterKey::create(&path, &crate::base::Rng::system()).unwrap();
    assert_eq!(errors(), 0);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(errors(), 1);
}

#[test]
fn a_misspelt_key_is_not_missing_as_well() {
    assert_eq!(codes("publik_url = \"http://localhost:8080\""), ["C002"]);
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let report = load(Path::new("/nowhere/doorward.toml")).unwrap_err();
    assert_eq!(report.problems()[0].code, Code::NoFile);
    assert!(report.human(false).contains("doorward init"), "{report}");
}

#[test]
fn the_page_about_configuration_names_every_preset_and_every_section_key() {
    let page = include_str!("../../docs/configuration.md");
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
    let shipped = include_str!("../../config/doorward.schema.json");
    assert_eq!(
        shipped.trim_end(),
        format!("{:#}", json_schema()),
        "run: doorward config schema > config/doorward.schema.json"
    );
}
