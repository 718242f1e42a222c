//! `doorward check`.

use clap::ValueEnum;

use super::{ConfigFile, Exit, print, print_json, styled};
use crate::config::{Code, examine};

/// Say every mistake in a configuration file at once.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    file: ConfigFile,
    /// The form of the answer.
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Say what a code such as C050 means, and look at no file; "all" for every code.
    #[arg(long, value_name = "CODE", conflicts_with = "format")]
    explain: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Lines with carets.
    Human,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// Runs the command.
pub fn run(args: &Args) -> Exit {
    if let Some(code) = &args.explain {
        return explain(code);
    }
    let report = examine(args.file.path()).report;
    match args.format {
        Format::Human => print(&report.human(styled(&std::io::stdout()))),
        Format::Json => print_json(&report.json()),
        Format::Sarif => print_json(&report.sarif()),
    }
    if report.errors() == 0 {
        Exit::Done
    } else {
        Exit::Config
    }
}

fn explain(wanted: &str) -> Exit {
    let found: Vec<_> = if wanted == "all" {
        Code::ALL.to_vec()
    } else {
        Code::find(wanted).into_iter().collect()
    };
    for code in &found {
        print(&format!(
            "{} {}\n    {}\n",
            code.id(),
            code.title(),
            code.explain()
        ));
    }
    if found.is_empty() {
        eprintln!("doorward: there is no code {wanted}");
        return Exit::Failed;
    }
    Exit::Done
}
