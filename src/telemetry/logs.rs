//! Log lines: their form, their filter, and what may never be in them.
//!
//! Libraries speak only from `warn` on, whatever the filter says, and the proxy library only about
//! its listeners: its error texts quote bytes of requests (cookies, codes).

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::LogFormat;
use crate::base::Clock;

/// The environment variable that narrows or widens what is logged, such as `debug` or
/// `warn,doorward::gateway=debug`.
pub const FILTER: &str = "DOORWARD_LOG";

/// Logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogsFailed {
    /// `DOORWARD_LOG` is not a filter.
    #[error("{FILTER} is not a log filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Something else logs already.
    #[error("logging is set up already")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Sends every log line of the process to standard error in `format`; `default` is the filter when
/// `DOORWARD_LOG` is not set.
pub fn init(format: LogFormat, default: &str, clock: Clock) -> Result<(), LogsFailed> {
    let wanted = std::env::var(FILTER).unwrap_or_else(|_| default.to_owned());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .event_format(Lines { format, clock });
    tracing_subscriber::registry()
        .with(EnvFilter::builder().parse(wanted)?)
        .with(lines)
        .try_init()?;
    Ok(())
}

struct Lines {
    format: LogFormat,
    clock: Clock,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut seen = Fields::default();
        event.record(&mut seen);
        let meta = event.metadata();
        let target = seen.target.as_deref().unwrap_or_else(|| meta.target());
        if !may_speak(target, *meta.level()) {
            return Ok(());
        }
        let line = match self.format {
            LogFormat::Json => self.json(*meta.level(), target, &seen),
            LogFormat::Pretty => self.pretty(*meta.level(), &seen),
        };
        writeln!(out, "{line}")
    }
}

impl Lines {
    fn json(&self, level: Level, target: &str, seen: &Fields) -> String {
        let mut line = Map::new();
        line.insert("ts".to_owned(), self.clock.now().rfc3339().into());
        line.insert(
            "level".to_owned(),
            level.as_str().to_ascii_lowercase().into(),
        );
        line.insert("msg".to_owned(), seen.message.clone().into());
        line.insert("target".to_owned(), target.into());
        for (name, value) in &seen.others {
            line.insert((*name).to_owned(), value.clone());
        }
        escape_separators(&Value::Object(line).to_string()).into_owned()
    }

    fn pretty(&self, level: Level, seen: &Fields) -> String {
        let mut line = format!(
            "{} {level:>5} {}",
            self.clock.now().rfc3339(),
            printable(&seen.message)
        );
        for (name, value) in &seen.others {
            let text = value
                .as_str()
                .map_or_else(|| Cow::Owned(value.to_string()), printable);
            let _ = write!(line, " {name}={text}");
        }
        line
    }
}

/// Whether a line of `target` may be written at all.
fn may_speak(target: &str, level: Level) -> bool {
    let of = |room: &str| {
        target
            .strip_prefix(room)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    if of("doorward") {
        return true;
    }
    if target.starts_with("pingora") {
        return level <= Level::WARN
            && (of("pingora_core::services") || of("pingora_core::listeners"));
    }
    level <= Level::WARN
}

/// The fields of one event, as JSON values.
#[derive(Default)]
struct Fields {
    message: String,
    target: Option<String>,
    others: Vec<(&'static str, Value)>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => {
                self.message = match value {
                    Value::String(text) => text,
                    other @ (Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::Array(_)
                    | Value::Object(_)) => other.to_string(),
                }
            }
            // What the bridge from the `log` crate adds.
            "log.target" => self.target = value.as_str().map(str::to_owned),
            "log.module_path" | "log.file" | "log.line" => {}
            name => self.others.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
}

/// JSON leaves a few characters bare that some readers take for the end of a line.
pub(super) fn escape_separators(json: &str) -> Cow<'_, str> {
    if json.contains(is_separator) {
        let mut out = String::with_capacity(json.len() + 16);
        for c in json.chars() {
            if is_separator(c) {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            } else {
                out.push(c);
            }
        }
        Cow::Owned(out)
    } else {
        Cow::Borrowed(json)
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{7f}'..='\u{9f}')
}

/// Text from outside, made safe for a terminal and for one line.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(|c: char| c.is_control() || is_separator(c)) {
        Cow::Owned(
            text.chars()
                .flat_map(|c| {
                    let escape = c.is_control() || is_separator(c);
                    let escaped = escape.then(|| c.escape_unicode());
                    let plain = (!escape).then_some(c);
                    escaped.into_iter().flatten().chain(plain)
                })
                .collect(),
        )
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;
    use crate::base::Timestamp;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn log(format: LogFormat, speak: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let clock = Clock::fake(Timestamp::from_seconds(0));
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .event_format(Lines { format, clock });
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, speak);
        let bytes = written.0.lock().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_one_flat_json_object() {
        let line = log(LogFormat::Json, || {
            tracing::warn!(target: "doorward::store", attempt = 3, route = "wiki", "retrying");
        });
        assert_eq!(
            line,
            concat!(
                r#"{"ts":"1970-01-01T00:00:00.000Z","level":"warn","msg":"retrying","#,
                r#""target":"doorward::store","attempt":3,"route":"wiki"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn ops_02_the_proxy_library_cannot_quote_requests_into_the_log() {
        let text = log(LogFormat::Json, || {
            tracing::error!(target: "pingora_proxy", "fail to proxy buf: Cookie: canary");
            tracing::debug!(target: "pingora_core::protocols::http", "canary");
            tracing::debug!(target: "h2::codec", "canary");
            tracing::info!(target: "doorwardish", "canary");
            tracing::warn!(target: "pingora_core::listeners", "too many open files");
        });
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }

    #[test]
    fn ops_03_a_message_from_outside_stays_on_its_line() {
        for format in [LogFormat::Json, LogFormat::Pretty] {
            let text = log(format, || {
                tracing::info!(
                    target: "doorward",
                    agent = "x\n{\"msg\":\"fake\"}\u{1b}[0m\u{2028}",
                    "bad\r\nmessage"
                );
            });
            assert_eq!(text.matches('\n').count(), 1, "{text:?}");
            assert!(!text.contains(['\r', '\u{1b}', '\u{2028}']), "{text:?}");
        }
    }
}
