//! For people: the line, the caret, and what to do.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::Report;
use crate::config::problem::{Problem, Severity};

/// Renders every problem and a last line that counts them.
pub fn render(report: &Report, styled: bool) -> String {
    let renderer = if styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for problem in &report.problems {
        out.push_str(&renderer.render(&[group(report, problem)]));
        out.push_str("\n\n");
    }
    if report.problems.is_empty() {
        let _ = writeln!(out, "{}: no mistakes", report.name);
    } else {
        let _ = writeln!(out, "{}: {}", report.name, super::tally(report));
    }
    out
}

fn group<'a>(report: &'a Report, problem: &'a Problem) -> Group<'a> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(problem.message.as_str())
        .id(problem.code.id());
    let group = match problem.span.as_ref() {
        Some(span) => title.element(snippet(report, problem, span)),
        None => title.element(Origin::path(report.name.as_str())),
    };
    group.elements(
        problem
            .help
            .iter()
            .map(|help| Level::HELP.message(help.as_str())),
    )
}

fn snippet<'a>(
    report: &'a Report,
    problem: &'a Problem,
    span: &Range<usize>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let mark = AnnotationKind::Primary
        .span(within(&report.text, span))
        .label(problem.label.as_deref());
    let others = problem.also.iter().map(|(span, label)| {
        AnnotationKind::Context
            .span(within(&report.text, span))
            .label(label.as_str())
    });
    Snippet::source(report.text.as_str())
        .path(report.name.as_str())
        .annotation(mark)
        .annotations(others)
}

/// A range the renderer can cut at: inside the text, between characters.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}
