//! `[telemetry]`.

use super::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema;
use crate::telemetry::{AuditFile, LogFormat, TelemetrySettings};

/// Reads the section.
pub fn build(telemetry: &schema::Telemetry, ctx: &mut Context<'_, '_>) -> TelemetrySettings {
    let log = match telemetry.log {
        None | Some(schema::LogWord::Json) => LogFormat::Json,
        Some(schema::LogWord::Pretty) => LogFormat::Pretty,
    };
    let audit = telemetry.audit.as_ref().and_then(|audit| {
        let file = ctx.around.path(audit.file.as_deref()?);
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            ctx.problems.error(
                Code::Unreadable,
                &Place::root().key("telemetry").key("audit").key("file"),
                format_args!("the folder of {} does not exist", file.display()),
            );
        }
        Some(AuditFile {
            file,
            chain: audit.chain,
        })
    });
    TelemetrySettings { log, audit }
}
