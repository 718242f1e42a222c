//! Secrets: a text, a file, an environment variable or a credential; exactly one of them.

use std::path::PathBuf;

use super::build::Context;
use super::code::Code;
use super::files;
use super::place::Place;
use super::schema::{SecretSource, SecretValue};
use crate::base::Secret;

/// Where a secret comes from.
#[derive(Debug)]
pub enum Origin {
    /// It stands in the file.
    Literal(Secret<String>),
    /// A file.
    File(PathBuf),
    /// An environment variable's value.
    Variable(Secret<String>),
}

/// Finds where the secret at `place` comes from, its environment variables
/// (`DOORWARD__SECTION__KEY` and `.._FILE`) included; does not read files.
pub fn origin(
    value: Option<&SecretValue>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<Origin> {
    let name = place.variable();
    let outside = [
        ctx.around
            .variable(&name)
            .map(|text| Origin::Variable(Secret::new(text.to_owned()))),
        ctx.around
            .variable(&format!("{name}_FILE"))
            .map(|path| Origin::File(PathBuf::from(path))),
    ];
    let mut outside = outside.into_iter().flatten();
    match (outside.next(), outside.next(), value) {
        (Some(_), Some(_), _) => {
            ctx.problems.error(
                Code::SecretSources,
                place,
                format_args!("both {name} and {name}_FILE are set in the environment"),
            );
            None
        }
        (Some(_), None, Some(_)) => {
            ctx.problems
                .error(
                    Code::SecretSources,
                    place,
                    format_args!("`{place}` is set here and in the environment"),
                )
                .help(format_args!(
                    "unset {name} and {name}_FILE, or remove the key"
                ));
            None
        }
        (Some(origin), None, None) => Some(origin),
        (None, _, None) => None,
        (None, _, Some(SecretValue::Literal(text))) => {
            Some(Origin::Literal(Secret::new(text.clone())))
        }
        (None, _, Some(SecretValue::Source(source))) => named(source, place, ctx),
    }
}

/// The one source that a table names.
fn named(source: &SecretSource, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Origin> {
    match (&source.file, &source.env, &source.cred) {
        (Some(path), None, None) => Some(Origin::File(ctx.around.path(path))),
        (None, Some(name), None) => {
            let found = ctx.around.variable(name).map(str::to_owned);
            if found.is_none() {
                ctx.problems.error(
                    Code::SecretUnreadable,
                    &place.key("env"),
                    format_args!("the environment variable {name} is not set"),
                );
            }
            found.map(|text| Origin::Variable(Secret::new(text)))
        }
        (None, None, Some(name)) => {
            let found = ctx.around.credential(name);
            if found.is_none() {
                ctx.problems
                    .error(
                        Code::SecretUnreadable,
                        &place.key("cred"),
                        format_args!("there is no credential `{name}`"),
                    )
                    .help("systemd hands credentials over with LoadCredential= in the unit");
            }
            found.map(Origin::File)
        }
        (None, None, None) => {
            ctx.problems
                .error(
                    Code::SecretSources,
                    place,
                    format_args!("`{place}` names no source"),
                )
                .help("write { file = \"...\" }, { env = \"...\" } or { cred = \"...\" }");
            None
        }
        _ => {
            ctx.problems
                .error(
                    Code::SecretSources,
                    place,
                    format_args!("`{place}` names more than one source"),
                )
                .help("keep one of `file`, `env` and `cred`");
            None
        }
    }
}

/// The secret itself; one that stands in the file is a warning.
pub fn text(
    value: Option<&SecretValue>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<Secret<String>> {
    let text = match origin(value, place, ctx)? {
        Origin::Literal(text) => {
            ctx.problems
                .warning(
                    Code::SecretInFile,
                    place,
                    format_args!("the secret `{place}` is written in the file"),
                )
                .help("put it into a file of its own, mode 0600: { file = \"...\" }");
            text
        }
        Origin::Variable(text) => text,
        Origin::File(path) => read(&path, place, ctx)?,
    };
    if text.expose_secret().is_empty() {
        ctx.problems.error(
            Code::SecretWeak,
            place,
            format_args!("the secret `{place}` is empty"),
        );
        return None;
    }
    Some(text)
}

/// Reads a secret file; the line break that editors leave at its end is not part of it.
pub fn read(
    path: &std::path::Path,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<Secret<String>> {
    match files::read(path, files::SECRET) {
        Ok(text) => {
            let text = text.trim_end_matches(['\n', '\r']);
            Some(Secret::new(text.to_owned()))
        }
        Err(failed) => {
            let complaint = files::complaint(path, &failed);
            ctx.problems.error(Code::SecretUnreadable, place, complaint);
            None
        }
    }
}
