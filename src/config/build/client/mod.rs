//! `[client.ID]`.

mod more;

use super::{Context, Placed};
use crate::base::encoding::sha256;
use crate::base::scope::is_scope_name;
use crate::base::{ClientId, IssuerId, ScopeSet, TenantId};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File};
use crate::config::{secret, suggest};
use crate::model::client::{ClientSecretHash, KeptSecret};
use crate::model::{Client, ClientAuthMethod, Login};

/// What a client may ask for when nothing is said.
const SCOPES: &[&str] = &["openid", "profile", "email"];
/// The fewest characters of a secret that cannot be guessed by trying.
const SECRET: usize = 16;
/// RFC 7518 3.2: as long as the code that is made with it.
const CODE_SECRET: usize = 32;

/// Reads every client.
pub fn build(file: &File, ctx: &mut Context<'_, '_>) -> Vec<Placed<Client>> {
    file.client
        .iter()
        .map(|(id, client)| {
            let place = Place::root().key("client").key(id);
            let it = one(id, client, &place, file, ctx);
            Placed { place, it }
        })
        .collect()
}

fn one(
    id: &str,
    client: &schema::Client,
    place: &Place,
    file: &File,
    ctx: &mut Context<'_, '_>,
) -> Client {
    let visible = id.bytes().all(|byte| byte.is_ascii_graphic());
    if id.is_empty() || id.len() > 128 || !visible {
        ctx.problems.error_at_key(
            Code::ClientId,
            place,
            "a client id is 1 to 128 visible ASCII characters",
        );
    }
    let confidential = is_confidential(client, place, ctx);
    let secrets = secrets(client, &place.key("secret"), ctx);
    let flows = more::flows(client.flows.as_deref());
    if !flows.response_types.is_empty() {
        needs_redirect_uri(place, ctx);
    }
    Client {
        id: ClientId::new(id),
        issuer: issuer(client, place, file, ctx),
        name: client.name.clone().unwrap_or_else(|| id.to_owned()),
        secrets,
        auth: client.auth.unwrap_or(if confidential {
            ClientAuthMethod::ClientSecret
        } else {
            ClientAuthMethod::None
        }),
        redirect_uris: client.redirect_uris.clone().unwrap_or_default(),
        post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
        scopes: scopes(client, &place.key("scopes"), ctx),
        consent: client.consent.unwrap_or_default(),
        pkce: client.pkce.unwrap_or_default(),
        id_token_claims: client.id_token_claims,
        id_token_alg: client.id_token_alg,
        algs: more::algs(client),
        keys: more::keys(client, place, ctx),
        tls: more::tls(client, place, ctx),
        flows,
        subject_type: more::subject_type(client),
        security: more::security(client),
        defaults: more::defaults(client),
        about: more::about(client),
        logout: more::logout(client),
        tenants: client.tenants.iter().map(TenantId::new).collect(),
        resources: client.resources.clone(),
        policy: client.policy.clone(),
        registered: None,
        owner: owner(client, place, ctx),
        disabled: false,
        origin: ctx.problems.doc.origin(place),
    }
}

fn needs_redirect_uri(place: &Place, ctx: &mut Context<'_, '_>) {
    let uris = place.key("redirect_uris");
    if !ctx.problems.doc.has(&uris) {
        ctx.problems
            .error(
                Code::Missing,
                place,
                format_args!("`{place}` needs `redirect_uris`"),
            )
            .help("a client that signs nobody in by a browser says so: flows = [\"client_credentials\"]");
    }
}

/// A client with a secret, even one that cannot be read, is not a public one.
fn is_confidential(client: &schema::Client, place: &Place, ctx: &Context<'_, '_>) -> bool {
    let name = place.key("secret").variable();
    client.secret.is_some()
        || ctx.problems.doc.has(&place.key("secret"))
        || ctx.around.variable(&name).is_some()
        || ctx.around.variable(&format!("{name}_FILE")).is_some()
}

fn owner(client: &schema::Client, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Login> {
    let given = client.owner.as_deref()?;
    let login = Login::parse(given);
    if login.is_none() {
        ctx.problems.error(
            Code::Permission,
            &place.key("owner"),
            "the owner is a person's user name or e-mail address",
        );
    }
    login
}

fn secrets(
    client: &schema::Client,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Vec<ClientSecretHash> {
    let Some(text) = secret::text(client.secret.as_ref(), place, ctx) else {
        return Vec::new();
    };
    if text.expose_secret().chars().count() < SECRET {
        ctx.problems
            .error(
                Code::SecretWeak,
                place,
                format_args!("a client secret has at least {SECRET} characters"),
            )
            .help("make one: openssl rand -base64 32");
    }
    let hash = sha256(text.expose_secret().as_bytes());
    if client.auth != Some(ClientAuthMethod::ClientSecretJwt) {
        return vec![ClientSecretHash::Configured(hash)];
    }
    if text.expose_secret().len() < CODE_SECRET {
        ctx.problems
            .error(
                Code::SecretWeak,
                place,
                format_args!("a secret for `client_secret_jwt` has at least {CODE_SECRET} bytes"),
            )
            .help("make one: openssl rand -base64 32");
    }
    vec![ClientSecretHash::Kept(hash, KeptSecret::Plain(text))]
}

fn issuer(
    client: &schema::Client,
    place: &Place,
    file: &File,
    ctx: &mut Context<'_, '_>,
) -> IssuerId {
    let names: Vec<&str> = if file.issuer.is_empty() {
        vec!["default"]
    } else {
        file.issuer.keys().map(String::as_str).collect()
    };
    match (client.issuer.as_deref(), names.as_slice()) {
        (Some(name), names) => {
            if !names.contains(&name) {
                let place = place.key("issuer");
                let problem = ctx.problems.error(
                    Code::UnknownIssuer,
                    &place,
                    format_args!("there is no issuer `{name}`"),
                );
                match suggest::nearest(name, names.iter().copied()) {
                    Some(near) => problem
                        .help(format_args!("did you mean `{near}`?"))
                        .replace(format_args!("\"{near}\"")),
                    None => problem.help(format_args!(
                        "issuers are {}",
                        suggest::list(names.iter().copied())
                    )),
                };
            }
            IssuerId::new(name)
        }
        (None, [only]) => IssuerId::new(only),
        (None, names) => {
            // The section may name one that could not be read.
            if !ctx.problems.doc.has(&place.key("issuer")) {
                ctx.problems
                    .error(
                        Code::UnknownIssuer,
                        place,
                        "the client does not say which issuer serves it",
                    )
                    .help(format_args!(
                        "add `issuer`: there are {}",
                        suggest::list(names.iter().copied())
                    ));
            }
            IssuerId::new("")
        }
    }
}

fn scopes(client: &schema::Client, place: &Place, ctx: &mut Context<'_, '_>) -> ScopeSet {
    let Some(given) = &client.scopes else {
        return SCOPES.iter().copied().collect();
    };
    for (n, scope) in given.iter().enumerate() {
        if !is_scope_name(scope) {
            ctx.problems.error(
                Code::Scope,
                &place.item(n),
                "a scope name is visible ASCII without spaces, quotes and backslashes",
            );
        }
    }
    given.iter().map(String::as_str).collect()
}
