//! Where secrets come from, and where they never go.

use super::*;

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
fn a_demo_keeps_nothing() {
    let settings = settings(&with_site("storage.url = \"sqlite::memory:\""));
    assert!(matches!(settings.store.database, Database::Memory));
    assert!(matches!(settings.store.key, MasterKeySource::Ephemeral));
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
fn a_secret_in_a_pipe_is_refused_and_not_waited_for() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
    let tls =
        "public_url = \"https://a.example\"\nlisten.tls = { cert = \"pipe\", key = \"pipe\" }\n";
    let around = Surroundings::of(dir.path(), []);
    for (text, codes) in [
        (with_site("storage.key.file = \"pipe\""), vec!["C012"]),
        (with_site("storage.url.file = \"pipe\""), vec!["C012"]),
        (tls.to_owned(), vec!["C023", "C023"]),
    ] {
        let report = examine_text("doorward.toml", &text, &around).report;
        let found: Vec<_> = report
            .problems()
            .iter()
            .map(|problem| problem.code.id())
            .collect();
        assert_eq!(found, codes, "{report}");
        assert!(
            report.to_string().contains("it is a pipe, not a file"),
            "{report}"
        );
    }
    assert_eq!(load(&pipe).unwrap_err().problems()[0].code, Code::NoFile);
}
