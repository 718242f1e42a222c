//! `doorward explain`: the request path's own code, run on a request that was never sent.

mod answer;
mod bearer;
mod headers;
mod question;
#[cfg(test)]
mod tests;
mod untaken;

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};

use super::{ConfigFile, Exit, block_on, print, print_json};
use crate::config::Settings;
use crate::gateway::Listen;
use crate::gateway::route::RouteTable;
pub(super) use answer::Answer;
pub(super) use question::{Question, SignedIn, invented, moment, stored};

/// Say which route and rule a request meets, why, and what the app would be told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The URL, as in a browser's address bar.
    url: String,
    #[command(flatten)]
    file: ConfigFile,
    /// A person in storage, by user name or e-mail address.
    #[arg(long, value_name = "LOGIN", group = "who")]
    user: Option<String>,
    /// Somebody in these groups, without looking into storage.
    #[arg(long, value_name = "GROUP", value_delimiter = ',', group = "who")]
    groups: Option<Vec<String>>,
    /// Nobody is signed in; the default.
    #[arg(long, group = "who")]
    anonymous: bool,
    /// The method.
    #[arg(long, default_value = "GET")]
    method: Method,
    /// A header field of the request, such as "X-Api: 1"; once for each.
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The client's address, for `require.ip`.
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
    /// When, for `require.time`: RFC 3339, such as 2026-03-02T08:30:00Z. Default now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// How long ago the person signed in, for `require.fresh`: such as 20m. Default just now.
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    signed_in: Option<Duration>,
    /// By what they signed in: pwd, otp, hwk, mfa.
    #[arg(long, value_name = "AMR", value_delimiter = ',', default_value = "pwd")]
    amr: Vec<String>,
    /// The subject of the client's certificate, for `require.client_cert`.
    #[arg(long, value_name = "DN")]
    certificate: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let settings = args.file.load_quietly()?;
    let table = RouteTable::build(&settings.site, &settings.routes)?;
    let question = args.question(&settings)?;
    let ports = ports(&settings);
    let answer = Answer::find(&table, &question, &ports);
    if args.json {
        print_json(&answer.json());
    } else {
        print(&answer.text());
    }
    Ok(answer.exit())
}

/// A field as it stands in a request.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("write it as \"NAME: VALUE\"")?;
    let name = name.parse().map_err(|_| "that is not a header name")?;
    let value = value.trim().parse();
    Ok((name, value.map_err(|_| "that is not a header value")?))
}

/// The ports under which requests are taken.
pub(super) fn ports(settings: &Settings) -> Vec<u16> {
    let listened = settings
        .listen
        .main
        .iter()
        .filter_map(|listen| match listen {
            Listen::Tcp(address) => Some(address.port()),
            Listen::Unix(_) => None,
        });
    listened.chain([settings.site.port]).collect()
}

impl Args {
    fn question(&self, settings: &Settings) -> anyhow::Result<Question> {
        let user = match (&self.user, &self.groups) {
            (Some(login), _) => Some(block_on(stored(login, settings))?),
            (None, Some(groups)) => Some(invented(groups)),
            (None, None) => None,
        };
        let mut question = Question::new(&self.url, self.method.clone(), user);
        question.address = self.ip;
        question.headers = self.headers.iter().cloned().collect();
        if let Some(at) = &self.at {
            question.now = moment(at)?;
        }
        question.signed_in = SignedIn::read(self.signed_in, &self.amr)?;
        if let Some(name) = &self.certificate {
            question.certified(name)?;
        }
        Ok(question)
    }
}
