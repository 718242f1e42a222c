//! What may be said about a person, before it is stored.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

use crate::base::GroupName;
use crate::cli::desk::Desk;
use crate::identity::Signup;
use crate::model::Login;

/// Longest name and group, in bytes.
const LONGEST: usize = 254;
/// Longest value of an attribute, in bytes.
const LONGEST_VALUE: usize = 4096;

/// A user name.
pub fn login(typed: &str) -> anyhow::Result<Login> {
    Login::parse(typed).with_context(|| {
        format!(
            "{typed:?} cannot be a user name: it has 1 to {} bytes, no spaces and no control \
             characters",
            Login::MAX
        )
    })
}

/// A full name; may be empty.
pub fn name(typed: &str) -> anyhow::Result<String> {
    let name = typed.trim();
    if name.len() > LONGEST || name.chars().any(char::is_control) {
        bail!("a name has at most {LONGEST} bytes and no control characters");
    }
    Ok(name.to_owned())
}

/// An e-mail address: not whether it exists, only whether it could.
pub fn email(typed: &str) -> anyhow::Result<String> {
    let email = typed.trim();
    let whole = email
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if !whole || Login::parse(email).is_none() {
        bail!("{typed:?} is not an e-mail address, such as ada@example.com");
    }
    Ok(email.to_owned())
}

/// Groups, sorted, each once.
pub fn groups(typed: &[String]) -> anyhow::Result<Vec<GroupName>> {
    let mut groups = typed
        .iter()
        .map(|group| self::group(group))
        .collect::<anyhow::Result<Vec<_>>>()?;
    groups.sort();
    groups.dedup();
    Ok(groups)
}

fn group(typed: &str) -> anyhow::Result<GroupName> {
    let spaced = typed.trim() != typed;
    // A comma separates groups, here and in what most apps are sent.
    let splits = |c: char| c.is_control() || c == ',';
    if typed.is_empty() || typed.len() > LONGEST || spaced || typed.contains(splits) {
        bail!(
            "{typed:?} cannot be a group: it has 1 to {LONGEST} bytes, no space at either end, no \
             control characters and no comma"
        );
    }
    Ok(GroupName::new(typed))
}

/// Facts about a person, each `NAME=VALUE`; an empty value takes the fact away.
pub fn attributes(typed: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    typed.iter().map(|pair| attribute(pair)).collect()
}

fn attribute(typed: &str) -> anyhow::Result<(String, String)> {
    let (name, value) = typed
        .split_once('=')
        .with_context(|| format!("{typed:?} is not NAME=VALUE, such as department=Research"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.len() > LONGEST || !name.chars().all(plain) {
        bail!("{name:?} cannot be an attribute: letters, digits, `_`, `-` and `.`");
    }
    if value.len() > LONGEST_VALUE || value.chars().any(char::is_control) {
        bail!("an attribute has at most {LONGEST_VALUE} bytes and no control characters");
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Whether a one-time link would be of any use.
pub fn links_work(desk: &Desk) -> anyhow::Result<()> {
    match desk.settings.identity.signup {
        Signup::Invite => Ok(()),
        Signup::Off => bail!(
            "one-time links are switched off (signup = \"off\"); give a password with \
             --password-stdin or --ask-password"
        ),
    }
}
