//! Where a password may come from: standard input or a terminal. Never the command line, which
//! other users of the machine can read.

use std::io::{IsTerminal, Read};

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use crate::base::Secret;
use crate::identity::passwords::MAX_PASSWORD;

/// The one line on standard input.
pub fn from_stdin() -> anyhow::Result<Secret<String>> {
    let input = std::io::stdin();
    if input.is_terminal() {
        bail!("standard input is a terminal, which would show the password; use --ask-password");
    }
    from(input.lock())
}

/// One line, with or without its end.
pub(super) fn from(input: impl Read) -> anyhow::Result<Secret<String>> {
    let mut text = Zeroizing::new(String::new());
    // Two bytes for the end of the line and one to notice that there is more.
    let limit = u64::try_from(MAX_PASSWORD)?.saturating_add(3);
    input
        .take(limit)
        .read_to_string(&mut text)
        .context("the password on standard input is not UTF-8")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    Ok(Secret::new(line.to_owned()))
}

/// Asks twice on the terminal.
pub fn asked() -> anyhow::Result<Secret<String>> {
    if !std::io::stdin().is_terminal() {
        bail!("there is no terminal to ask for a password on; use --password-stdin");
    }
    let typed = inquire::Password::new("Password:")
        .with_custom_confirmation_message("Once more:")
        .with_custom_confirmation_error_message("that was something else")
        .prompt()?;
    Ok(Secret::new(typed))
}
