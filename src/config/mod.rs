//! TOML to validated settings.
//!
//! Three things are kept apart: the form of the file (`schema`), settings that are known to be
//! right ([`Settings`]), and what the server builds from them. Between the first two, every
//! mistake is found before any of them is told: the text is parsed with positions (`document`),
//! walked against its form (`walk`), read section by section (`build`), and checked across
//! sections (`check`). Nothing is ignored.

mod build;
mod check;
mod code;
mod document;
mod files;
mod forms;
mod later;
mod masks;
mod place;
mod problem;
mod report;
mod schema;
mod secret;
mod sections;
mod settings;
mod spans;
mod suggest;
mod surroundings;
mod text;
mod walk;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use code::Code;
pub use forms::json_schema;
pub use problem::{Problem, Severity};
pub use report::Report;
pub use sections::Sections;
pub use settings::Settings;
pub use surroundings::Surroundings;

use build::{Context, Draft};
use document::Document;
use problem::Problems;

use crate::gateway::ForwardAuthSettings;

/// What reading a file gave.
#[derive(Debug)]
pub struct Outcome {
    /// The settings, unless there are errors.
    pub settings: Option<Settings>,
    /// Every error and every warning.
    pub report: Report,
}

/// Reads a file; every mistake in it is in the report.
pub fn load(path: &Path) -> Result<Settings, Report> {
    let Outcome { settings, report } = examine(path);
    settings.ok_or(report)
}

/// Reads a file, and keeps the warnings of a good one.
pub fn examine(path: &Path) -> Outcome {
    let name = path.display().to_string();
    match files::read(path, files::CONFIG) {
        Ok(text) => {
            let mut outcome = examine_text(&name, &text, &Surroundings::of_process(path));
            if let Some(settings) = &mut outcome.settings {
                settings.file = Some(path.to_path_buf());
            }
            outcome
        }
        Err(failed) => {
            let mut problem = Problem::error(Code::NoFile, None, files::complaint(path, &failed));
            problem.help("`doorward init` writes a first file; `-c FILE` names another one");
            Outcome {
                settings: None,
                report: Report::unreadable(name, problem),
            }
        }
    }
}

/// Reads a configuration given as text, `name` in messages; relative paths are those of the
/// process.
pub fn load_text(name: &str, text: &str) -> Result<Settings, Report> {
    let around = Surroundings::of_process(&PathBuf::from(name));
    let Outcome { settings, report } = examine_text(name, text, &around);
    settings.ok_or(report)
}

/// Reads a configuration given as text in surroundings of the caller's choice.
pub fn examine_text(name: &str, text: &str, around: &Surroundings) -> Outcome {
    let (doc, syntax) = Document::parse(name, text);
    let mut problems = Problems::new(&doc);
    problems.list = syntax;
    let mut settings = settings(&doc, &mut problems, around);
    if let Some(settings) = &mut settings {
        settings.sections = Sections::of(text);
    }
    if problems.has_errors() {
        settings = None;
    } else if settings.is_none() {
        // Never nothing without a reason: a section that gave nothing and said nothing.
        problems.list.push(Problem::error(
            Code::Missing,
            None,
            "the file is not complete",
        ));
    }
    let report = Report::new(&doc, problems.list);
    Outcome { settings, report }
}

fn settings(
    doc: &Document<'_>,
    problems: &mut Problems<'_>,
    around: &Surroundings,
) -> Option<Settings> {
    let kept = walk::conforming(doc.root(), problems);
    let file = match schema::File::deserialize(toml::de::Deserializer::from(kept)) {
        Ok(file) => file,
        Err(failed) => {
            // What the walk let pass and serde does not: said where serde says it.
            problems.list.push(Problem::error(
                Code::WrongType,
                failed.span(),
                failed.message(),
            ));
            return None;
        }
    };
    let mut ctx = Context { problems, around };
    let draft = build::draft(&file, &mut ctx);
    check::all(&draft, &mut ctx);
    finish(draft)
}

/// Settings, when every section could be read.
fn finish(draft: Draft) -> Option<Settings> {
    let issuers: Vec<_> = draft.issuers.into_iter().map(|placed| placed.it).collect();
    let mut site = draft.site?;
    site.prefixes = check::prefixes(&issuers);
    let compat = draft
        .forward_auth
        .iter()
        .flat_map(ForwardAuthSettings::prefixes);
    site.everywhere = compat.map(str::to_owned).collect();
    Some(Settings {
        file: None,
        sections: Sections::default(),
        site,
        listen: draft.listen,
        acme: draft.acme,
        store: draft.store?,
        session: draft.session,
        identity: draft.identity,
        login: draft.login,
        issuers,
        resources: draft
            .resources
            .into_iter()
            .map(|placed| placed.it)
            .collect(),
        tenants: draft.tenants,
        brands: draft.brands,
        clients: draft.clients.into_iter().map(|placed| placed.it).collect(),
        routes: draft.routes.into_iter().map(|placed| placed.it).collect(),
        forward_auth: draft.forward_auth,
        outbound: draft.outbound,
        trusted: draft.trusted.into_iter().map(|placed| placed.it).collect(),
        standing: draft.standing,
        telemetry: draft.telemetry,
    })
}

#[cfg(test)]
mod tests;
