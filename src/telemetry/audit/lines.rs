//! The audit file: lines that are there whole or not at all, chained where that is wanted.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;

use serde::Serialize;

use crate::base::{ClientId, IssuerId, RequestId, RouteId, SessionId, UserId};
use crate::model::AuditRecord;
use crate::telemetry::queue::Sink;
use crate::telemetry::{AuditFile, chain, logs};

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
pub fn json(record: &AuditRecord, prev: Option<&str>) -> String {
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
    logs::escape_separators(&json).into_owned()
}

/// The open file.
pub struct Lines {
    file: File,
    /// The hash the next line carries, where the file is chained.
    prev: Option<String>,
    /// The same as it was when the file last took a batch whole.
    written: Option<String>,
    /// A line was left unfinished, by a crash or a full disk.
    torn: bool,
}

impl Lines {
    /// Opens the file, or makes it with mode 0600.
    pub fn open(settings: &AuditFile) -> io::Result<Self> {
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
