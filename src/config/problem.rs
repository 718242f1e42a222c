//! One mistake in a file, and the list that all of them are put on.

use std::fmt::Display;
use std::ops::Range;

use super::code::Code;
use super::document::Document;
use super::place::Place;

/// Whether a file with this problem may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It may not.
    Error,
    /// It may.
    Warning,
}

/// One mistake.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// Whether the file may be used.
    pub severity: Severity,
    /// Where, in bytes; absent when the whole file is meant.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// A few words at the mark.
    pub label: Option<String>,
    /// Another place that has to do with it.
    pub also: Vec<(Range<usize>, String)>,
    /// What to do.
    pub help: Vec<String>,
    /// What the marked text should probably be.
    pub replacement: Option<String>,
}

impl Problem {
    /// An error at `span`.
    pub fn error(code: Code, span: Option<Range<usize>>, message: impl Display) -> Self {
        Self {
            code,
            severity: Severity::Error,
            span,
            message: message.to_string(),
            label: None,
            also: Vec::new(),
            help: Vec::new(),
            replacement: None,
        }
    }

    /// Says what to do.
    pub fn help(&mut self, text: impl Display) -> &mut Self {
        self.help.push(text.to_string());
        self
    }

    /// Says a few words at the mark.
    pub fn label(&mut self, text: impl Display) -> &mut Self {
        self.label = Some(text.to_string());
        self
    }

    /// Points to another place.
    pub fn also(&mut self, span: Option<Range<usize>>, label: impl Display) -> &mut Self {
        self.also.extend(span.map(|span| (span, label.to_string())));
        self
    }

    /// Says what the marked text should probably be.
    pub fn replace(&mut self, text: impl Display) -> &mut Self {
        self.replacement = Some(text.to_string());
        self
    }
}

/// Every mistake found so far.
pub struct Problems<'d> {
    /// The file they are in.
    pub doc: &'d Document<'d>,
    /// In the order they were found.
    pub list: Vec<Problem>,
}

impl<'d> Problems<'d> {
    /// An empty list for `doc`.
    pub const fn new(doc: &'d Document<'d>) -> Self {
        Self {
            doc,
            list: Vec::new(),
        }
    }

    /// An error in the value at `place`.
    pub fn error(&mut self, code: Code, place: &Place, message: impl Display) -> &mut Problem {
        let span = self.doc.span_of_value(place);
        self.push(Problem::error(code, span, message))
    }

    /// An error about the key at `place`.
    pub fn error_at_key(
        &mut self,
        code: Code,
        place: &Place,
        message: impl Display,
    ) -> &mut Problem {
        let span = self.doc.span_of_key(place);
        self.push(Problem::error(code, span, message))
    }

    /// A warning about the value at `place`.
    pub fn warning(&mut self, code: Code, place: &Place, message: impl Display) -> &mut Problem {
        let problem = self.error(code, place, message);
        problem.severity = Severity::Warning;
        problem
    }

    /// Whether the file may not be used.
    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    }

    fn push(&mut self, problem: Problem) -> &mut Problem {
        let at = self.list.len();
        self.list.push(problem);
        #[expect(clippy::indexing_slicing, reason = "the element was pushed above")]
        &mut self.list[at]
    }
}
