//! For programs: one object.

use serde_json::{Value, json};

use super::Report;
use crate::config::problem::Severity;

/// Renders every problem.
pub fn render(report: &Report) -> Value {
    let problems: Vec<Value> = report
        .problems
        .iter()
        .map(|problem| {
            let (line, column) = report.position(problem);
            json!({
                "code": problem.code.id(),
                "severity": match problem.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                "file": report.name,
                "line": line,
                "column": column,
                "message": problem.message,
                "help": problem.help,
                "replacement": problem.replacement,
            })
        })
        .collect();
    json!({
        "file": report.name,
        "ok": report.errors() == 0,
        "errors": report.errors(),
        "warnings": report.warnings(),
        "problems": problems,
    })
}
