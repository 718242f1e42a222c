//! SARIF 2.1.0, the form that code-scanning tools read.

use serde_json::{Value, json};

use super::Report;
use crate::config::code::Code;
use crate::config::problem::{Problem, Severity};

/// Renders every problem as a result of one run.
pub fn render(report: &Report) -> Value {
    let rules: Vec<Value> = Code::ALL
        .iter()
        .map(|code| {
            json!({
                "id": code.id(),
                "shortDescription": { "text": code.title() },
                "fullDescription": { "text": code.explain() },
            })
        })
        .collect();
    let results: Vec<Value> = report
        .problems
        .iter()
        .map(|problem| result(report, problem))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "doorward",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(report: &Report, problem: &Problem) -> Value {
    let (line, column) = report.position(problem);
    let (end_line, end_column) = report.end(problem);
    let text = std::iter::once(problem.message.as_str())
        .chain(problem.help.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(". ");
    json!({
        "ruleId": problem.code.id(),
        "level": match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": report.name },
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        }}],
    })
}
