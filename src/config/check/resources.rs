//! A scope says which API a token is for, so each belongs to one; and what is named is there.

use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::suggest;
use crate::model::{Client, ClientAuthMethod, Resource};

/// Looks at every resource, and at every client that names one.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for (n, resource) in draft.resources.iter().enumerate() {
        let before = draft.resources.get(..n).unwrap_or_default();
        id_is_its_own(resource, before, draft, ctx);
        scopes_are_its_own(resource, before, draft, ctx);
        servers_are_there(resource, &draft.clients, ctx);
    }
    for client in &draft.clients {
        names_what_is_there(client, &draft.resources, ctx);
    }
}

fn id_is_its_own(
    resource: &Placed<Resource>,
    before: &[Placed<Resource>],
    draft: &Draft,
    ctx: &mut Context<'_, '_>,
) {
    let place = resource.place.key("id");
    let id = &resource.it.id;
    if let Some(first) = before.iter().find(|other| other.it.id == *id) {
        let first = ctx.problems.doc.span_of_value(&first.place.key("id"));
        ctx.problems
            .error(Code::Resource, &place, "a resource has this id already")
            .also(first, "the first is here");
    }
    if draft.issuers.iter().any(|issuer| issuer.it.url == *id) {
        ctx.problems.error(
            Code::Resource,
            &place,
            "this is an issuer's own address, which is the audience of userinfo",
        );
    } else if draft
        .issuers
        .iter()
        .any(|issuer| is_like(id, &issuer.it.url))
    {
        ctx.problems
            .error(
                Code::Resource,
                &place,
                "this is an issuer's own address but for its spelling: whoever reads a token could \
                 take one for the other",
            )
            .help("name the API by an address of its own, such as \"https://api.example.com\"");
    }
}

/// Whether servers that are not exact take one address for the other: by a slash at the end, the
/// case of the host, or the usual port.
fn is_like(id: &str, issuer: &str) -> bool {
    let normal = |text: &str| {
        let url = url::Url::parse(text).ok()?;
        Some(url.as_str().trim_end_matches('/').to_owned())
    };
    normal(id).is_some_and(|id| normal(issuer) == Some(id))
}

fn scopes_are_its_own(
    resource: &Placed<Resource>,
    before: &[Placed<Resource>],
    draft: &Draft,
    ctx: &mut Context<'_, '_>,
) {
    for scope in resource.it.scopes.keys() {
        let place = resource.place.key("scopes").key(scope);
        let taken = before
            .iter()
            .find(|other| other.it.scopes.contains_key(scope));
        if let Some(other) = taken {
            let first = other.place.key("scopes").key(scope);
            let first = ctx.problems.doc.span_of_key(&first);
            ctx.problems
                .error_at_key(
                    Code::Resource,
                    &place,
                    format_args!("`{scope}` is a scope of another resource already"),
                )
                .also(first, "it is here")
                .help("put the API's name in front, as in \"bookings:read\"");
        }
        let mut issuers = draft.issuers.iter();
        if issuers.any(|issuer| issuer.it.catalogue.knows(scope)) {
            ctx.problems
                .error_at_key(
                    Code::Resource,
                    &place,
                    format_args!("`{scope}` is a scope of the issuer itself"),
                )
                .help("put the API's name in front, as in \"bookings:read\"");
        }
    }
}

/// Whoever introspects must prove who it is (RFC 7662 2.1). Clients of the store are not seen here.
fn servers_are_there(
    resource: &Placed<Resource>,
    clients: &[Placed<Client>],
    ctx: &mut Context<'_, '_>,
) {
    for (n, server) in resource.it.servers.iter().enumerate() {
        let place = resource.place.key("servers").item(n);
        match clients.iter().find(|client| client.it.id == *server) {
            Some(client) if client.it.auth == ClientAuthMethod::None => {
                ctx.problems
                    .error(
                        Code::Resource,
                        &place,
                        format_args!(
                            "the client `{server}` is public, and anybody could pose as it"
                        ),
                    )
                    .help("give it a `secret`");
            }
            Some(client) => may_see_its_tokens(resource, (client, &place), clients, ctx),
            None => {
                let known = clients.iter().map(|client| client.it.id.as_str());
                let problem = ctx.problems.warning(
                    Code::Resource,
                    &place,
                    format_args!("there is no client `{server}` in this file"),
                );
                match suggest::nearest(server.as_str(), known) {
                    Some(near) => problem.help(format_args!("did you mean `{near}`?")),
                    None => problem.help("register it with `doorward client add`"),
                };
            }
        }
    }
}

/// A server reads the tokens of its own issuer: there somebody must be able to ask for them.
fn may_see_its_tokens(
    resource: &Placed<Resource>,
    (server, place): (&Placed<Client>, &Place),
    clients: &[Placed<Client>],
    ctx: &mut Context<'_, '_>,
) {
    let asks = |client: &Client| {
        let mut scopes = resource.it.scopes.keys();
        client.resources.contains(&resource.it.id) || scopes.any(|s| client.scopes.contains(s))
    };
    let others = clients.iter().filter(|client| client.it.id != server.it.id);
    let askers: Vec<_> = others.filter(|client| asks(&client.it)).collect();
    let issuer = &server.it.issuer;
    if askers.is_empty() || askers.iter().any(|client| client.it.issuer == *issuer) {
        return;
    }
    ctx.problems
        .warning(
            Code::Resource,
            place,
            format_args!(
                "`{}` is a client of the issuer `{issuer}`, and no other client of the file can \
                 ask there for tokens of this resource",
                server.it.id
            ),
        )
        .help("name a client of the issuer whose tokens it is to read");
}

fn names_what_is_there(
    client: &Placed<Client>,
    resources: &[Placed<Resource>],
    ctx: &mut Context<'_, '_>,
) {
    let known = || resources.iter().map(|resource| resource.it.id.as_str());
    for (n, id) in client.it.resources.iter().enumerate() {
        if known().any(|known| known == id) {
            continue;
        }
        let problem = ctx.problems.error(
            Code::Resource,
            &client.place.key("resources").item(n),
            format_args!("there is no resource `{id}`"),
        );
        match suggest::nearest(id, known()) {
            Some(near) => problem
                .help(format_args!("did you mean `{near}`?"))
                .replace(format_args!("\"{near}\"")),
            None => problem.help("add a [[resource]] with that id"),
        };
    }
}
