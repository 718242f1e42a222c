//! The trail on disk: whole, torn, changed.

use std::path::Path;

use parking_lot::Mutex;

use super::super::chain::{Verified, verify};
use super::lines::json;
use super::*;
use crate::base::Timestamp;
use crate::model::AuditKind;

fn record(reason: &'static str) -> AuditRecord {
    AuditRecord {
        at: Timestamp::from_seconds(0),
        kind: AuditKind::Login,
        ok: false,
        reason,
        user: Some("u_1".into()),
        session: None,
        issuer: None,
        client: None,
        route: None,
        address: Some("192.0.2.1".parse().unwrap()),
        request: Some("r_1".into()),
    }
}

fn write(file: &Path, chain: bool, reasons: &[&'static str]) {
    let settings = AuditFile {
        file: file.to_path_buf(),
        chain,
    };
    let audit = Audit::start(Some(&settings), None, &Metrics::new().unwrap()).unwrap();
    for reason in reasons {
        audit.record(record(reason));
    }
    audit.flush();
}

fn check(file: &Path) -> Verified {
    verify(io::BufReader::new(std::fs::File::open(file).unwrap())).unwrap()
}

#[test]
fn a_record_is_one_json_line_with_documented_keys() {
    assert_eq!(
        json(&record("wrong_password"), None),
        concat!(
            r#"{"ts":"1970-01-01T00:00:00.000Z","event":"login","ok":false,"#,
            r#""reason":"wrong_password","user.id":"u_1","#,
            r#""client.address":"192.0.2.1","request_id":"r_1"}"#
        )
    );
}

#[test]
fn a_chain_goes_on_over_restarts_and_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("audit.jsonl");
    write(&file, true, &["a", "b"]);
    write(&file, true, &["c"]);
    assert!(matches!(check(&file), Verified::Whole { lines: 3, .. }));
}

#[test]
fn a_changed_or_removed_line_breaks_the_chain_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("audit.jsonl");
    write(&file, true, &["a", "b", "c"]);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"b\"", "\"x\"")).unwrap();
    assert!(matches!(check(&file), Verified::Broken { line: 3, .. }));
    let without_second: String = text
        .lines()
        .enumerate()
        .filter(|(n, _)| *n != 1)
        .flat_map(|(_, line)| [line, "\n"])
        .collect();
    std::fs::write(&file, without_second).unwrap();
    assert!(matches!(check(&file), Verified::Broken { line: 2, .. }));
}

#[test]
fn a_line_torn_by_a_crash_is_found_and_never_continued() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("audit.jsonl");
    write(&file, true, &["a"]);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}{{\"ts\":\"19")).unwrap();
    assert!(matches!(check(&file), Verified::Broken { line: 2, .. }));
    write(&file, true, &["b"]);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 3);
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["reason"], "b");
}

#[test]
fn an_audit_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("audit.jsonl");
    write(&file, false, &["a"]);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn records_are_handed_on_as_well() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let forward: Forward = Arc::new(move |record| sink.lock().push(record.reason));
    let audit = Audit::start(None, Some(forward), &Metrics::new().unwrap()).unwrap();
    audit.record(record("a"));
    assert_eq!(*seen.lock(), ["a"]);
}
