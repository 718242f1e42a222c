//! `doorward policy`: what the rules should say, held against what they do say.

mod case;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use super::explain::{Answer, ports, stored};
use super::{ConfigFile, Exit, block_on, print, print_json};
use crate::config::Settings;
use crate::gateway::route::RouteTable;
use crate::model::User;
use case::Cases;
pub use case::Expected;

/// The rules of a configuration.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Run a table of expectations by the request path's own code.
    Test(TestArgs),
}

#[derive(Debug, clap::Args)]
struct TestArgs {
    /// The expectations: a TOML file of [[case]] tables.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigFile,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        PolicyCommand::Test(args) => test(args),
    }
}

fn test(args: &TestArgs) -> anyhow::Result<Exit> {
    let settings = args.config.load_quietly()?;
    let name = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file).with_context(|| format!("reading {name}"))?;
    let cases = Cases::read(&name, &text)?;
    let mut people = People::new(&settings);
    let failed = failures(&cases, &settings, &mut people)?;
    if args.json {
        print_json(&json!({ "cases": cases.list.len(), "failed": failed }));
    } else {
        let (all, wrong) = (cases.list.len(), failed.len());
        let mut told = failed.join("\n");
        if wrong > 0 {
            told.push('\n');
        }
        print(&format!("{told}{all} expectations, {wrong} failed\n"));
    }
    Ok(if failed.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// A line for each expectation that does not hold.
fn failures(
    cases: &Cases,
    settings: &Settings,
    people: &mut People<'_>,
) -> anyhow::Result<Vec<String>> {
    let table = RouteTable::build(&settings.site, &settings.routes)?;
    let ports = ports(settings);
    let mut failed = Vec::new();
    for (at, case) in &cases.list {
        let user = case.user.as_deref().map(|login| people.find(login));
        let user = user.transpose().with_context(|| at.clone())?;
        let question = case.question(user).with_context(|| at.clone())?;
        let answer = Answer::find(&table, &question, &ports);
        let (decision, reason) = answer.outcome();
        let as_wanted = case.reason.as_ref().is_none_or(|wanted| *wanted == reason);
        if decision != case.expect || !as_wanted {
            failed.push(format!(
                "{at}: {} {} by {}: expected {}{}, is {decision} ({reason})",
                question.method,
                question.url,
                case.who(),
                case.expect,
                case.reason
                    .as_ref()
                    .map(|reason| format!(" ({reason})"))
                    .unwrap_or_default(),
            ));
        }
    }
    Ok(failed)
}

/// People in storage, each looked up once.
struct People<'a> {
    settings: &'a Settings,
    known: BTreeMap<String, User>,
}

impl<'a> People<'a> {
    fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            known: BTreeMap::new(),
        }
    }

    fn find(&mut self, login: &str) -> anyhow::Result<User> {
        if let Some(user) = self.known.get(login) {
            return Ok(user.clone());
        }
        let user = block_on(stored(login, self.settings))?;
        self.known.insert(login.to_owned(), user.clone());
        Ok(user)
    }
}

impl Answer<'_> {
    /// The decision and its reason, each in one word where there is one.
    fn outcome(&self) -> (Expected, String) {
        match self {
            Self::NoRoute(why) => (Expected::NoRoute, why.clone()),
            Self::OtherMethods(_) => (Expected::NoRoute, "method_untaken".to_owned()),
            Self::Site => (Expected::Site, "site".to_owned()),
            Self::Route(at) => at.outcome(),
        }
    }
}

#[cfg(test)]
mod tests;
