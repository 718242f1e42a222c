//! What `doorward check` says, in three forms.

mod human;
mod json;
mod sarif;

use std::fmt;

use super::document::{Document, position};
use super::problem::{Problem, Severity};

/// Every problem of one file.
#[derive(Clone, Debug)]
pub struct Report {
    name: String,
    /// With its secrets masked: nothing else of the file ever gets here.
    text: String,
    problems: Vec<Problem>,
}

impl Report {
    /// The problems of `doc`, in the order of the file.
    pub fn new(doc: &Document<'_>, problems: Vec<Problem>) -> Self {
        let masked = doc.masked();
        let problems = problems.into_iter().map(|problem| Problem {
            message: masked.scrub(problem.message),
            label: problem.label.map(|label| masked.scrub(label)),
            also: problem
                .also
                .into_iter()
                .map(|(span, label)| (span, masked.scrub(label)))
                .collect(),
            help: problem
                .help
                .into_iter()
                .map(|help| masked.scrub(help))
                .collect(),
            replacement: problem.replacement.map(|text| masked.scrub(text)),
            ..problem
        });
        let text = masked.text().to_owned();
        Self::of(doc.name.to_owned(), text, problems.collect())
    }

    /// A file that could not be read at all.
    pub fn unreadable(name: String, problem: Problem) -> Self {
        Self::of(name, String::new(), vec![problem])
    }

    fn of(name: String, text: String, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
        Self {
            name,
            text,
            problems,
        }
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The problems, in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    /// For people: each problem with its lines and a caret. `styled` for a terminal.
    pub fn human(&self, styled: bool) -> String {
        human::render(self, styled)
    }

    /// One JSON object.
    pub fn json(&self) -> serde_json::Value {
        json::render(self)
    }

    /// SARIF 2.1.0, for code-scanning tools.
    pub fn sarif(&self) -> serde_json::Value {
        sarif::render(self)
    }

    fn count(&self, severity: Severity) -> usize {
        self.problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    }

    /// Line and column, both from 1, where a problem begins.
    fn position(&self, problem: &Problem) -> (usize, usize) {
        problem
            .span
            .as_ref()
            .map_or((1, 1), |span| position(&self.text, span.start))
    }

    /// Line and column after the marked text.
    fn end(&self, problem: &Problem) -> (usize, usize) {
        problem
            .span
            .as_ref()
            .map_or((1, 1), |span| position(&self.text, span.end))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.human(false))
    }
}

impl std::error::Error for Report {}

/// `3 errors, 1 warning`.
fn tally(report: &Report) -> String {
    let of = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    match (report.errors(), report.warnings()) {
        (errors, 0) => of(errors, "error"),
        (0, warnings) => of(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", of(errors, "error"), of(warnings, "warning")),
    }
}
