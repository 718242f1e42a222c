//! `[storage]` and `[session]`.

use std::path::PathBuf;
use std::time::Duration;

use super::Context;
use crate::base::Secret;
use crate::base::encoding::from_base64url;
use crate::config::code::Code;
use crate::config::files;
use crate::config::place::Place;
use crate::config::schema;
use crate::config::secret::{self, Origin};
use crate::config::spans::Span;
use crate::config::text;
use crate::keys::MasterKey;
use crate::session::SessionSettings;
use crate::store::{Database, MasterKeySource, StoreSettings};

/// Reads `[storage]`; by default a SQLite file and a key file where state goes.
pub fn store(storage: &schema::Storage, ctx: &mut Context<'_, '_>) -> Option<StoreSettings> {
    let place = Place::root().key("storage");
    let database = database(storage, &place.key("url"), ctx);
    let key = master_key(storage, &place.key("key"), database.as_ref(), ctx);
    Some(StoreSettings {
        database: database?,
        key: key?,
    })
}

fn database(
    storage: &schema::Storage,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<Database> {
    let before = ctx.problems.list.len();
    let url = match secret::origin(storage.url.as_ref(), place, ctx) {
        Some(Origin::Literal(url)) => {
            if holds_password(url.expose_secret()) {
                ctx.problems
                    .warning(
                        Code::SecretInFile,
                        place,
                        "the database password is written in the file",
                    )
                    .help("put the URL into a file of its own: url = { file = \"...\" }");
            }
            url
        }
        Some(Origin::Variable(url)) => url,
        Some(Origin::File(path)) => secret::read(&path, place, ctx)?,
        None if ctx.problems.list.len() > before || storage.url.is_some() => return None,
        None => return Some(Database::Sqlite(ctx.around.state("doorward.db"))),
    };
    let text = url.expose_secret();
    if let Some(path) = text.strip_prefix("sqlite:") {
        return sqlite(path, place, ctx);
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Some(Database::Postgres(url));
    }
    ctx.problems
        .error(
            Code::Unreadable,
            place,
            "`storage.url` names no engine that there is",
        )
        .help("write \"sqlite:///var/lib/doorward/doorward.db\" or \"postgres://user@host/db\"");
    None
}

fn sqlite(path: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Database> {
    if path == ":memory:" {
        return Some(Database::Memory);
    }
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains('?') {
        ctx.problems
            .error(
                Code::Unreadable,
                place,
                "a SQLite URL is \"sqlite:\" and a path, without parameters",
            )
            .help("write \"sqlite:///var/lib/doorward/doorward.db\"");
        return None;
    }
    Some(Database::Sqlite(ctx.around.path(path)))
}

fn holds_password(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.password().is_some())
}

fn master_key(
    storage: &schema::Storage,
    place: &Place,
    database: Option<&Database>,
    ctx: &mut Context<'_, '_>,
) -> Option<MasterKeySource> {
    let before = ctx.problems.list.len();
    let credential = matches!(
        &storage.key,
        Some(schema::SecretValue::Source(source)) if source.cred.is_some()
    );
    match secret::origin(storage.key.as_ref(), place, ctx) {
        None if ctx.problems.list.len() > before || storage.key.is_some() => None,
        None if matches!(database, Some(Database::Memory)) => Some(MasterKeySource::Ephemeral),
        None => file_key(ctx.around.state("master.key"), place, ctx),
        // A credential is given, never made.
        Some(Origin::File(path)) if credential => {
            let text = secret::read(&path, place, ctx)?;
            key_bytes(&text, place, ctx)
        }
        Some(Origin::File(path)) => file_key(path, place, ctx),
        Some(Origin::Variable(text)) => key_bytes(&text, place, ctx),
        Some(Origin::Literal(text)) => {
            ctx.problems
                .warning(
                    Code::SecretInFile,
                    place,
                    "the master key is written in the file",
                )
                .help("write key = { file = \"master.key\" }: it is made at the first start");
            key_bytes(&text, place, ctx)
        }
    }
}

/// A key file is made at the first start; one that is there must be one.
fn file_key(path: PathBuf, place: &Place, ctx: &mut Context<'_, '_>) -> Option<MasterKeySource> {
    if path.exists()
        && let Err(failed) = files::probe(&path)
    {
        let complaint = files::complaint(&path, &failed);
        ctx.problems.error(Code::SecretUnreadable, place, complaint);
        return None;
    }
    if path.exists()
        && let Err(fault) = MasterKey::load(&path)
    {
        ctx.problems
            .error(Code::SecretWeak, place, fault)
            .help("without this very key nothing that was sealed with it can be opened again");
        return None;
    }
    Some(MasterKeySource::File(path))
}

fn key_bytes(
    text: &Secret<String>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<MasterKeySource> {
    match from_base64url(text.expose_secret().trim()) {
        Some(bytes) if bytes.len() == 32 => Some(MasterKeySource::Given(Secret::new(bytes))),
        Some(_) | None => {
            ctx.problems
                .error(
                    Code::SecretWeak,
                    place,
                    "the master key is not 32 bytes in base64url",
                )
                .help(
                    "leave `key` out, or name a file that is not there yet: it is made at the \
                     first start",
                );
            None
        }
    }
}

/// Reads `[session]`.
pub fn session(session: &schema::Session, ctx: &mut Context<'_, '_>) -> SessionSettings {
    let place = Place::root().key("session");
    let default = SessionSettings::default();
    let mut read = |given: Option<&String>, key: &str, span: Span, default: Duration| {
        given
            .and_then(|given| span.read(given, &place.key(key), ctx.problems))
            .unwrap_or(default)
    };
    let idle = read(session.idle.as_ref(), "idle", Span::SESSION, default.idle);
    let max = read(session.max.as_ref(), "max", Span::SESSION, default.max);
    let default = default.lease.min(idle);
    let lease = read(session.lease.as_ref(), "lease", Span::LEASE, default);
    if idle > max {
        ctx.problems
            .error(
                Code::OutOfRange,
                &place.key("idle"),
                "a session cannot be idle longer than it may live",
            )
            .help("make `idle` at most `max`");
    }
    if lease > idle {
        ctx.problems
            .error(
                Code::OutOfRange,
                &place.key("lease"),
                "a lease is at most as long as `session.idle`",
            )
            .help("the default, \"10m\", suits nearly everybody");
    }
    SessionSettings {
        idle,
        max,
        lease,
        post_replay: post_replay(session, &place.key("post_replay"), ctx),
    }
}

fn post_replay(session: &schema::Session, place: &Place, ctx: &mut Context<'_, '_>) -> usize {
    const MOST: u64 = 1024 * 1024;
    let size = match session.post_replay.as_deref() {
        None => return SessionSettings::default().post_replay,
        Some("0") => 0,
        Some(text) => text::size(text, place, ctx.problems).unwrap_or_default(),
    };
    if size > MOST {
        ctx.problems
            .error(
                Code::OutOfRange,
                place,
                "a form that waits for a sign-in is at most 1 MiB",
            )
            .help("\"64KiB\", the default, holds what people type; \"0\" keeps nothing");
    }
    usize::try_from(size).unwrap_or_default()
}
