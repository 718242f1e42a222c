//! Identity header values: always one value, never a byte that could end it, never a group that
//! could be read as two.

use std::fmt::Write as _;

use bytes::Bytes;
use http::HeaderValue;

use crate::gateway::settings::{IdentityHeaders, IdentityValue};
use crate::model::User;

/// The headers that say who `user` is, in the order they are configured. What is not known about
/// the person is not sent.
pub fn identity_headers(identity: &IdentityHeaders, user: &User) -> Vec<(String, HeaderValue)> {
    headers_for(identity, Some(user))
}

/// What is sent along when nobody signed in: constants and shared secrets.
pub fn stranger_headers(identity: &IdentityHeaders) -> Vec<(String, HeaderValue)> {
    headers_for(identity, None)
}

fn headers_for(identity: &IdentityHeaders, user: Option<&User>) -> Vec<(String, HeaderValue)> {
    identity
        .headers
        .iter()
        .filter_map(|header| {
            let text = text_of(&header.value, user, identity.separator)?;
            let value = HeaderValue::from_maybe_shared(Bytes::from(text)).ok()?;
            Some((header.name.clone(), value))
        })
        .collect()
}

fn text_of(value: &IdentityValue, user: Option<&User>, separator: char) -> Option<String> {
    let text = match value {
        IdentityValue::Username => one_line(&user?.username),
        IdentityValue::Subject => one_line(user?.id.as_str()),
        IdentityValue::Email => one_line(user?.email.as_deref()?),
        IdentityValue::Name => one_line(&user?.name),
        IdentityValue::Groups => groups(user?, separator),
        IdentityValue::Template(template) => fill(template, user, separator)?,
        IdentityValue::Secret(secret) => one_line(secret.expose_secret()),
    };
    (!text.is_empty()).then_some(text)
}

/// Fills `{user.email}` and its like; `None` when something it names is not known.
fn fill(template: &str, user: Option<&User>, separator: char) -> Option<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('{') {
        let (name, after) = tail.split_once('}')?;
        out.push_str(&one_line(before));
        out.push_str(&fact(name, user?, separator)?);
        rest = after;
    }
    out.push_str(&one_line(rest));
    Some(out)
}

fn fact(name: &str, user: &User, separator: char) -> Option<String> {
    let text = match name {
        "user.sub" | "user.id" => one_line(user.id.as_str()),
        "user.username" => one_line(&user.username),
        "user.name" => one_line(&user.name),
        "user.email" => one_line(user.email.as_deref()?),
        "user.groups" => groups(user, separator),
        name => one_line(user.attributes.get(name.strip_prefix("user.attr.")?)?),
    };
    (!text.is_empty()).then_some(text)
}

fn groups(user: &User, separator: char) -> String {
    let mut out = String::new();
    for (index, group) in user.groups.iter().enumerate() {
        if index > 0 {
            out.push(separator);
        }
        let name = group.as_str();
        let last = name.chars().count().saturating_sub(1);
        for (at, char) in name.chars().enumerate() {
            // Space at the ends would be trimmed and so make another group of it.
            let edge = char.is_whitespace() && (at == 0 || at == last);
            // `%` too, so that the encoding can be undone in one way only.
            if char == separator || char == '%' || edge || breaks_lines(char) {
                escape(char, &mut out);
            } else {
                out.push(char);
            }
        }
    }
    out
}

fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if breaks_lines(char) {
            escape(char, &mut out);
        } else {
            out.push(char);
        }
    }
    out
}

/// Control characters of both sets and the Unicode line ends.
fn breaks_lines(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}')
}

fn escape(char: char, out: &mut String) {
    let mut buffer = [0; 4];
    for byte in char.encode_utf8(&mut buffer).bytes() {
        let _ = write!(out, "%{byte:02X}");
    }
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
