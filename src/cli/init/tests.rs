//! What is written, and what never is.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn args(dir: &Path, public_url: &str) -> Args {
    Args {
        public_url: Some(public_url.to_owned()),
        app_host: Some("wiki.example.com".to_owned()),
        upstream: Some("http://127.0.0.1:3000".to_owned()),
        tls: None,
        cert: None,
        key: None,
        dir: dir.to_path_buf(),
        yes: true,
    }
}

#[test]
fn what_is_written_loads_and_the_key_is_private() {
    let dir = tempfile::tempdir().unwrap();
    for (n, url) in ["https://auth.example.com", "http://localhost:8080"]
        .iter()
        .enumerate()
    {
        let dir = dir.path().join(n.to_string());
        assert_eq!(run(&args(&dir, url)).unwrap(), Exit::Done);
        let outcome = crate::config::examine(&dir.join(FILE));
        assert!(outcome.report.problems().is_empty(), "{}", outcome.report);
        let mode = std::fs::metadata(dir.join(KEY))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(FILE);
    std::fs::write(&file, "mine").unwrap();
    assert!(run(&args(dir.path(), "http://localhost:8080")).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert!(!dir.path().join(KEY).exists());
}

#[test]
fn answers_that_make_no_good_file_write_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let failed = run(&args(dir.path(), "http://auth.example.com")).unwrap_err();
    assert!(failed.downcast_ref::<BadConfig>().is_some());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn text_from_outside_stays_inside_its_quotes() {
    let answers = Answers {
        public_url: "http://localhost:1\"\nx = 1\n\"".to_owned(),
        app_host: "a".to_owned(),
        upstream: "b".to_owned(),
        tls: Tls::None,
        cert: String::new(),
        key: String::new(),
    };
    let read: toml::Table = answers.text().parse().unwrap();
    assert!(!read.contains_key("x"));
}
