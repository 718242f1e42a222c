//! What identity headers say: always one value, never a byte that could end it, never a group that
//! could be read as two.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;

use crate::base::Secret;
use crate::gateway::identity::{IdentityHeaders, IdentityValue};
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
    let saying = Saying { identity, user };
    identity
        .headers
        .iter()
        .filter_map(|header| {
            let value = HeaderValue::from_maybe_shared(saying.bytes(&header.value)?).ok()?;
            Some((header.name.clone(), value))
        })
        .collect()
}

/// A person, and how a route's app is told of them.
struct Saying<'a> {
    identity: &'a IdentityHeaders,
    user: Option<&'a User>,
}

impl Saying<'_> {
    fn bytes(&self, value: &IdentityValue) -> Option<Bytes> {
        let text = match value {
            IdentityValue::Username => self.fact("user.username"),
            IdentityValue::Subject => self.fact("user.sub"),
            IdentityValue::Email => self.fact("user.email"),
            IdentityValue::Name => self.fact("user.name"),
            IdentityValue::Groups => self.fact("user.groups"),
            IdentityValue::Template(template) => self.fill(template),
            IdentityValue::Basic(password) => return self.basic(password),
            IdentityValue::Secret(secret) => Some(secret.expose_secret().clone()),
        };
        let text = text.filter(|text| !text.is_empty())?;
        Some(self.identity.encoding.bytes(text))
    }

    /// Fills `{user.email}` and its like; `None` when something it names is not known.
    fn fill(&self, template: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, tail)) = rest.split_once('{') {
            let (name, after) = tail.split_once('}')?;
            out.push_str(before);
            out.push_str(&self.fact(name)?);
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    fn fact(&self, name: &str) -> Option<String> {
        let user = self.user?;
        let text = match name {
            "user.groups" => self.groups(user),
            "user.sub" | "user.id" => self.plain(user.id.as_str()),
            "user.username" => self.plain(&user.username),
            "user.name" => self.plain(&user.name),
            "user.email" => self.plain(user.email.as_deref()?),
            name => self.plain(user.attributes.get(name.strip_prefix("user.attr.")?)?),
        };
        (!text.is_empty()).then_some(text)
    }

    fn plain(&self, text: &str) -> String {
        self.identity.encoding.fact(text, |_, _| false)
    }

    /// The groups that the app is told of, each of which reads back as itself.
    fn groups(&self, user: &User) -> String {
        let told = user.groups.iter().map(crate::base::GroupName::as_str);
        let told = told.filter(|name| self.identity.tells(name));
        let separator = self.identity.separator;
        let names: Vec<String> = told
            .map(|name| {
                let last = name.chars().count().saturating_sub(1);
                // Space at the ends would be trimmed and so make another group of it; `%` too, so
                // that the encoding can be undone in one way only.
                self.identity.encoding.fact(name, |at, char| {
                    let edge = char.is_whitespace() && (at == 0 || at == last);
                    char == separator || char == '%' || edge
                })
            })
            .collect();
        names.join(&String::from(separator))
    }

    /// `Authorization: Basic` (RFC 7617 2) with the person's user name and a password that all share:
    /// for apps that read nothing but the user of CGI. A colon would end the name.
    fn basic(&self, password: &Secret<String>) -> Option<Bytes> {
        let encoding = self.identity.encoding;
        let user = &self.user?.username;
        let name = encoding.fact(user, |_, char| matches!(char, ':' | '%'));
        let mut pair = encoding.bytes(name).to_vec();
        pair.push(b':');
        pair.extend_from_slice(password.expose_secret().as_bytes());
        Some(Bytes::from(format!("Basic {}", STANDARD.encode(pair))))
    }
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
