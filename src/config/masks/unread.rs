//! Secrets in what was not read as TOML: broken lines, and comments.
//!
//! There is no form to ask here, so names decide, and in doubt it is hidden.

use std::ops::Range;

use super::overlap;
use crate::config::suggest;

/// Parts of names that secrets have.
const NAMES: &[&str] = &[
    "secret",
    "passw",
    "passphrase",
    "pwd",
    "key",
    "token",
    "credential",
    "private",
    "bearer",
    "auth",
    "hmac",
    "header",
];

/// Whether something of this name may hold a secret, a slip of the finger included.
pub fn names_a_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let near = |part| suggest::nearest(part, NAMES.iter().copied()).is_some();
    NAMES.iter().any(|name| text.contains(name))
        || text.split(|c: char| !c.is_alphanumeric()).any(near)
}

/// What is secret wherever it stands: user names and passwords in URLs, and private keys.
pub fn anywhere(text: &str) -> Vec<Range<usize>> {
    let users = text.match_indices("//").filter_map(|(at, slashes)| {
        let start = at + slashes.len();
        let rest = text.get(start..)?;
        let end = rest.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c));
        let url = rest.get(..end.unwrap_or(rest.len()))?;
        // A password may have an `@` or a slash that should have been escaped.
        url.rfind('@').map(|length| start..start + length)
    });
    let keys = text
        .match_indices("PRIVATE KEY-----")
        .filter_map(|(at, head)| {
            let start = at + head.len();
            let rest = text.get(start..)?;
            Some(start..start + rest.find("-----END").unwrap_or(rest.len()))
        });
    users.chain(keys).collect()
}

/// What follows the name of a secret: in comments, and where the text is `broken`, everywhere, as
/// what was read there may have been read as something else than it was meant. A comment beside a
/// secret is hidden whole.
pub fn by_name(
    text: &str,
    read: &[Range<usize>],
    secret: &[Range<usize>],
    broken: bool,
) -> Vec<Range<usize>> {
    let mut going_on = GoingOn::default();
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = start..start + line.len();
        start = span.end;
        let mut marks = line.match_indices('#').map(|(at, _)| span.start + at);
        let comment = marks.find(|at| broken || !is_in(read, *at));
        let code = span.start..comment.unwrap_or(span.end);
        let hidden = text
            .get(code.clone())
            .filter(|_| broken)
            .and_then(|code| going_on.hidden(code));
        found.extend(hidden.map(|from| code.start + from..code.end));
        let beside = hidden.is_some() || secret.iter().any(|secret| overlap(secret, &code));
        found.extend(in_comment(text, code.end..span.end, beside));
    }
    found
}

/// What an earlier line began.
#[derive(Default)]
struct GoingOn {
    /// The quotes of a text over several lines that has not ended.
    quotes: Option<&'static str>,
    /// Braces and brackets that are open since a secret's name.
    open: usize,
    /// Whether the line before was hidden.
    hidden: bool,
    /// Whether all of the section is hidden.
    section: bool,
}

impl GoingOn {
    /// From where the line is hidden.
    fn hidden(&mut self, line: &str) -> Option<usize> {
        if let Some(quotes) = self.quotes {
            self.quotes = self.quotes.filter(|_| !line.contains(quotes));
            return Some(0);
        }
        let header = line.trim_start().starts_with('[') && !line.contains(['"', '\'', '=']);
        if header {
            *self = Self {
                section: names_a_secret(line),
                ..Self::default()
            };
        }
        let whole = self.open > 0 || self.hidden && !header && !line.contains('=');
        let from = if whole {
            Some(0)
        } else {
            self.after_name(line)
        };
        let rest = from.and_then(|from| line.get(from..)).unwrap_or_default();
        let count = |signs: [char; 2]| rest.matches(signs).count();
        self.open = (self.open + count(['{', '['])).saturating_sub(count(['}', ']']));
        self.hidden = !rest.trim().is_empty();
        let odd = |quotes: &&str| rest.matches(*quotes).count() % 2 == 1;
        self.quotes = ["\"\"\"", "'''"].into_iter().find(odd);
        from
    }

    /// After the name of a secret and its `=`, or after any `=` of a section of secrets.
    fn after_name(&self, line: &str) -> Option<usize> {
        let ends = |c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c);
        let mut words = line.split_inclusive(ends).scan(0, |at, word| {
            *at += word.len();
            Some((*at, word))
        });
        let named = words
            .find(|(_, word)| names_a_secret(word))
            .map(|(at, word)| {
                let end = word.chars().next_back().filter(|c| ends(*c));
                at - end.map_or(0, char::len_utf8)
            });
        let signs = |c: char| c == '=' || c == ':';
        let assigned = line.find(signs).filter(|_| self.section);
        let from = named.or(assigned)?;
        let after = line.get(from..)?.trim_start().strip_prefix(signs);
        Some(after.map_or(from, |after| line.len() - after.len()))
    }
}

fn is_in(spans: &[Range<usize>], at: usize) -> bool {
    let before = spans.partition_point(|span| span.start <= at);
    let near = spans.get(..before).and_then(<[_]>::last);
    near.is_some_and(|span| span.contains(&at))
}

/// What a comment hides.
fn in_comment(text: &str, span: Range<usize>, beside: bool) -> Option<Range<usize>> {
    let comment = text.get(span.clone())?;
    if beside {
        return Some(span.start.saturating_add(1).min(span.end)..span.end);
    }
    let mut signs = comment.match_indices(['=', ':']);
    signs
        .find(|(at, _)| comment.get(..*at).is_some_and(names_a_secret))
        .map(|(at, _)| span.start + at + 1..span.end)
}
