//! `[tenant.NAME]`.

use std::collections::BTreeMap;

use super::Context;
use crate::base::TenantId;
use crate::base::text::is_plain;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File};
use crate::model::{LoginMethod, Tenant};

/// The longest name that pages show, in bytes.
const NAME: usize = 128;

/// Reads every tenant.
pub fn build(file: &File, ctx: &mut Context<'_, '_>) -> BTreeMap<TenantId, Tenant> {
    let mut tenants = BTreeMap::<TenantId, Tenant>::new();
    for (id, given) in &file.tenant {
        let place = Place::root().key("tenant").key(id);
        let Some(tenant) = one(id, given, &place, ctx) else {
            continue;
        };
        if let Some(twin) = tenants.values().find(|known| known.uuid == tenant.uuid) {
            let other = Place::root()
                .key("tenant")
                .key(twin.id.as_str())
                .key("uuid");
            let other = ctx.problems.doc.span_of_value(&other);
            ctx.problems
                .error(
                    Code::Tenant,
                    &place.key("uuid"),
                    "another tenant has this uuid already",
                )
                .also(other, "it is here")
                .help("make one: uuidgen");
        }
        is_told_apart(&tenant, &tenants, ctx);
        tenants.insert(tenant.id.clone(), tenant);
    }
    tenants
}

/// People know a tenant by its name.
fn is_told_apart(tenant: &Tenant, others: &BTreeMap<TenantId, Tenant>, ctx: &mut Context<'_, '_>) {
    let shown = |tenant: &Tenant| tenant.name.trim().to_lowercase();
    let Some(twin) = others.values().find(|other| shown(other) == shown(tenant)) else {
        return;
    };
    let at = |tenant: &Tenant| {
        Place::root()
            .key("tenant")
            .key(tenant.id.as_str())
            .key("name")
    };
    let other = ctx.problems.doc.span_of_value(&at(twin));
    ctx.problems
        .warning(
            Code::Tenant,
            &at(tenant),
            format_args!(
                "another tenant is called \"{}\", and people could not tell them apart",
                twin.name
            ),
        )
        .also(other, "it is here")
        .help("give each a `name` of its own");
}

fn one(
    id: &str,
    given: &schema::Tenant,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<Tenant> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if id.is_empty() || id.len() > 64 || !id.bytes().all(plain) {
        ctx.problems.error_at_key(
            Code::Tenant,
            place,
            "a tenant's name in the file is 1 to 64 letters, digits, `-`, `_` and `.`",
        );
    }
    let name = given.name.as_deref().unwrap_or(id);
    if name.trim().is_empty() || name.len() > NAME || !is_plain(name) {
        ctx.problems.error(
            Code::Tenant,
            &place.key("name"),
            format_args!(
                "a tenant's name has 1 to {NAME} bytes, no control characters and none that hide \
                 text or change its direction"
            ),
        );
    }
    // Said by the walk when it is missing.
    let uuid = given.uuid.as_deref()?;
    let parsed = uuid::Uuid::try_parse(uuid).ok();
    let canonical = parsed.map(|uuid| uuid.hyphenated().to_string());
    if canonical.as_deref() != Some(uuid) {
        let problem = ctx.problems.error(
            Code::Tenant,
            &place.key("uuid"),
            "a tenant's uuid is a UUID in lower case with its hyphens, as clients send it",
        );
        match canonical {
            Some(canonical) => problem.replace(format_args!("\"{canonical}\"")),
            None => problem.help("make one: uuidgen"),
        };
    }
    Some(Tenant {
        id: TenantId::new(id),
        uuid: uuid.to_owned(),
        name: name.to_owned(),
        login: ways_in(given.login.as_deref(), &place.key("login"), ctx),
    })
}

/// The ways in for its people: every one when it does not say.
fn ways_in(
    given: Option<&[LoginMethod]>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Vec<LoginMethod> {
    let Some(given) = given else {
        return LoginMethod::ALL.to_vec();
    };
    if given.is_empty() {
        ctx.problems
            .error(
                Code::OutOfRange,
                place,
                "nobody of this tenant could sign in without a method",
            )
            .help("write login = [\"password\"], or leave it out: every method is taken then");
    }
    for (n, method) in given.iter().enumerate() {
        if given.iter().take(n).any(|earlier| earlier == method) {
            ctx.problems.error(
                Code::OutOfRange,
                &place.item(n),
                "this method is in the list already",
            );
        }
    }
    given.to_vec()
}
