//! The audit trail: who did what, in an append-only file of JSON lines and in whatever else the
//! server hands in (the store).

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

use serde::Serialize;

use super::queue::{Queue, Sink};
use super::{AuditFile, Metrics, chain};
use crate::base::{ClientId, IssuerId, RequestId, RouteId, SessionId, UserId};
use crate::model::AuditRecord;

/// What else takes records, such as the store's queue. It must not wait.
pub type Forward = Arc<dyn Fn(&AuditRecord) + Send + Sync>;

/// Takes audit records; cheap to clone.
#[derive(Clone)]
pub struct Audit {
    file: Option<Arc<Queue<AuditRecord>>>,
    forward: Option<Forward>,
}

impl Audit {
    /// Opens the file, if there is to be one, and starts its writer.
    pub fn start(
        file: Option<&AuditFile>,
        forward: Option<Forward>,
        metrics: &Metrics,
    ) -> io::Result<Self> {
        let file = file
            .map(|settings| {
                let sink = Lines::open(settings)?;
                Queue::start("audit", metrics.log_lines_lost("audit"), sink).map(Arc::new)
            })
            .transpose()?;
        Ok(Self { file, forward })
    }

    /// Keeps nothing.
    pub const fn off() -> Self {
        Self {
            file: None,
            forward: None,
        }
    }

    /// Takes one record; never waits.
    pub fn record(&self, record: AuditRecord) {
        if let Some(forward) = &self.forward {
            forward(&record);
        }
        if let Some(file) = &self.file {
            file.push(record);
        }
    }

    /// Returns when everything recorded so far is in the file; blocks, for shutdown.
    pub fn flush(&self) {
        if let Some(file) = &self.file {
            file.flush();
        }
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Audit(..)")
    }
}

/// One line, in the order of its keys.
#[derive(Serialize)]
struct Line<'a> {
    ts: String,
    event: &'static str,
    ok: bool,
    reason: &'static str,
    #[serde(rename = "user.id", skip_serializing_if = "Option::is_none")]
    user: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a IssuerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a RouteId>,
    #[serde(rename = "client.address", skip_serializing_if = "Option::is_none")]
    address: Option<std::net::IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<&'a str>,
}

/// One record as a JSON object without a newline; `prev` is the hash of the line before.
fn json(record: &AuditRecord, prev: Option<&str>) -> String {
    let line = Line {
        ts: record.at.rfc3339(),
        event: record.kind.as_str(),
        ok: record.ok,
        reason: record.reason,
        user: record.user.as_ref(),
        session: record.session.as_ref(),
        issuer: record.issuer.as_ref(),
        client: record.client.as_ref(),
        route: record.route.as_ref(),
        address: record.address,
        request_id: record.request.as_ref(),
        prev,
    };
    let json = serde_json::to_string(&line).unwrap_or_default();
    super::logs::escape_separators(&json).into_owned()
}

struct Lines {
    file: File,
    /// The hash the next line carries, where the file is chained.
    prev: Option<String>,
    /// The same as it was when the file last took a batch whole.
    written: Option<String>,
    /// A line was left unfinished, by a crash or a full disk.
    torn: bool,
}

impl Lines {
    fn open(settings: &AuditFile) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .mode(0o600)
            .open(&settings.file)?;
        let last = last_line(&mut file)?;
        let prev = settings.chain.then(|| {
            last.as_ref()
                .map_or_else(|| chain::START.to_owned(), |last| chain::link(&last.body))
        });
        Ok(Self {
            file,
            written: prev.clone(),
            prev,
            torn: last.is_some_and(|last| last.torn),
        })
    }
}

impl Sink<AuditRecord> for Lines {
    fn format(&mut self, record: AuditRecord, batch: &mut Vec<u8>) {
        let line = json(&record, self.prev.as_deref());
        if self.prev.is_some() {
            self.prev = Some(chain::link(line.as_bytes()));
        }
        batch.extend_from_slice(line.as_bytes());
        batch.push(b'\n');
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        let before = self.file.seek(SeekFrom::End(0))?;
        let result = self.append(batch);
        if result.is_ok() {
            self.written.clone_from(&self.prev);
        } else {
            // A batch is in the file whole or not at all; the chain goes on where it was.
            self.prev.clone_from(&self.written);
            if self.file.set_len(before).is_err() {
                self.torn = true;
            }
        }
        result
    }
}

impl Lines {
    fn append(&mut self, batch: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.write_all(b"\n")?;
            self.torn = false;
        }
        self.file.write_all(batch)?;
        self.file.sync_data()
    }
}

struct LastLine {
    body: Vec<u8>,
    torn: bool,
}

/// The last line of a file, read backwards in pieces.
fn last_line(file: &mut File) -> io::Result<Option<LastLine>> {
    const PIECE: u64 = 4096;
    let mut start = file.seek(SeekFrom::End(0))?;
    let mut tail = Vec::new();
    while start > 0 {
        let size = PIECE.min(start);
        start -= size;
        file.seek(SeekFrom::Start(start))?;
        let mut piece = Vec::new();
        Read::by_ref(file).take(size).read_to_end(&mut piece)?;
        piece.append(&mut tail);
        tail = piece;
        let torn = tail.last() != Some(&b'\n');
        let body = tail.strip_suffix(b"\n").unwrap_or(&tail);
        if let Some(cut) = body.iter().rposition(|byte| *byte == b'\n') {
            let body = body.get(cut + 1..).unwrap_or_default().to_vec();
            return Ok(Some(LastLine { body, torn }));
        }
        if start == 0 {
            let body = body.to_vec();
            return Ok(Some(LastLine { body, torn }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use parking_lot::Mutex;

    use super::super::chain::{Verified, verify};
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
        verify(io::BufReader::new(File::open(file).unwrap())).unwrap()
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
}
