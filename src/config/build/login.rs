//! `[[users]]` and `[login]`.

use std::collections::BTreeMap;

use super::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File, UsersKind};
use crate::config::text;
use crate::identity::{IdentitySettings, OwnerPermissions, Signup};
use crate::login::LoginSettings;

/// Where people come from, and how often they may try. Without `[[users]]` they are local.
pub fn identity(file: &File, ctx: &mut Context<'_, '_>) -> IdentitySettings {
    let users = Place::root().key("users");
    let mut local = file
        .users
        .iter()
        .enumerate()
        .filter(|(_, source)| matches!(source.kind, Some(UsersKind::Local)));
    if let (Some((first, _)), Some((second, _))) = (local.next(), local.next()) {
        let first = ctx.problems.doc.span_of_value(&users.item(first));
        ctx.problems
            .error(
                Code::Users,
                &users.item(second),
                "there is a second local source of people",
            )
            .also(first, "the first is here");
    }
    let throttle = &file.login.throttle;
    let place = Place::root().key("login").key("throttle");
    let default = IdentitySettings::default();
    let mut rate = |given: Option<&String>, key: &str, default| {
        given
            .and_then(|given| text::rate(given, &place.key(key), ctx.problems))
            .unwrap_or(default)
    };
    let per_account = rate(
        throttle.per_account.as_ref(),
        "per_account",
        default.per_account,
    );
    let per_ip = rate(throttle.per_ip.as_ref(), "per_ip", default.per_ip);
    let hashes_at_once = throttle
        .hashes_at_once
        .map_or(default.hashes_at_once, |n| n as usize);
    if !(1..=256).contains(&hashes_at_once) {
        ctx.problems.error(
            Code::OutOfRange,
            &place.key("hashes_at_once"),
            "between 1 and 256 passwords can be hashed at once",
        );
    }
    let signup = match file.users.first().and_then(|users| users.signup) {
        None | Some(schema::SignupWord::Invite) => Signup::Invite,
        Some(schema::SignupWord::Off) => Signup::Off,
    };
    IdentitySettings {
        per_account,
        per_ip,
        hashes_at_once,
        signup,
        owners: OwnerPermissions::default(),
    }
}

/// Ways in.
pub fn login(login: &schema::Login, ctx: &mut Context<'_, '_>) -> LoginSettings {
    let place = Place::root().key("login");
    let default = LoginSettings::default();
    if login.methods.as_ref().is_some_and(Vec::is_empty) {
        ctx.problems
            .error(
                Code::OutOfRange,
                &place.key("methods"),
                "nobody could sign in without a method",
            )
            .help("write methods = [\"password\"]");
    }
    let password_min_length = login
        .password
        .min_length
        .map_or(default.password_min_length, |n| n as usize);
    if !(8..=128).contains(&password_min_length) {
        ctx.problems
            .error(
                Code::OutOfRange,
                &place.key("password").key("min_length"),
                "passwords have at least 8 characters, and nobody can be asked for more than 128",
            )
            .help("NIST SP 800-63B allows nothing below 8; 12 is the default");
    }
    LoginSettings {
        password_min_length,
        tenants: BTreeMap::new(),
    }
}
