//! What a client's section says that comes to nothing.

use crate::base::TenantId;
use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::model::client::Profile;
use crate::model::{Acr, Client};

/// Looks at every client.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for client in &draft.clients {
        has_a_use(client, draft, ctx);
        pushed_or_fetched(client, ctx);
        classes(client, ctx);
        twice(client, ctx);
    }
}

/// A client without flows is the server of an API, or nothing.
fn has_a_use(client: &Placed<Client>, draft: &Draft, ctx: &mut Context<'_, '_>) {
    let Client { id, flows, .. } = &client.it;
    let flows_to_nowhere = flows.response_types.is_empty() && flows.grants.is_empty();
    let mut resources = draft.resources.iter();
    if !flows_to_nowhere || resources.any(|resource| resource.it.servers.contains(id)) {
        return;
    }
    ctx.problems
        .error(
            Code::Pointless,
            &client.place.key("flows"),
            "a client without any flow never gets a token",
        )
        .help(
            "write flows = [\"code\"], or leave it out; the server of an API is named in the \
             `servers` of its [[resource]]",
        );
}

/// RFC 9126 2.1: what is pushed names no `request_uri`.
fn pushed_or_fetched(client: &Placed<Client>, ctx: &mut Context<'_, '_>) {
    let security = &client.it.security;
    let (pushed, why) = match security.profile {
        Profile::Fapi2 => (true, "`profile = \"fapi2\"`"),
        Profile::Oidc => (security.require_par, "`require_par`"),
    };
    if pushed && !security.request_uris.is_empty() {
        ctx.problems
            .warning(
                Code::Pointless,
                &client.place.key("request_uris"),
                format_args!(
                    "nothing is ever fetched from `request_uris`: under {why} requests are pushed, \
                     and one that is pushed names no address"
                ),
            )
            .help("remove `request_uris`: the client pushes its request objects themselves");
    }
}

/// Nobody signs in here by a second factor yet.
fn classes(client: &Placed<Client>, ctx: &mut Context<'_, '_>) {
    const REACHED: Acr = Acr::One;
    let place = client.place.key("default_acr_values");
    for (n, class) in client.it.defaults.acr_values.iter().enumerate() {
        if REACHED.among(std::slice::from_ref(class)).is_some() {
            continue;
        }
        let said = if Acr::ALL.iter().any(|known| known.as_str() == class) {
            format!("`{class}` takes a second factor, and no way in has one in this version")
        } else {
            format!("there is no authentication context class `{class}` here")
        };
        ctx.problems
            .warning(Code::Pointless, &place.item(n), said)
            .help(format_args!(
                "remove it: a password or a one-time link reaches \"{}\"",
                REACHED.as_str()
            ));
    }
}

fn twice(client: &Placed<Client>, ctx: &mut Context<'_, '_>) {
    let tenants = client.it.tenants.iter().map(TenantId::as_str);
    let resources = client.it.resources.iter().map(String::as_str);
    let requests = client.it.security.request_uris.iter().map(String::as_str);
    let classes = client.it.defaults.acr_values.iter().map(String::as_str);
    for (key, names) in [
        ("tenants", tenants.collect::<Vec<_>>()),
        ("resources", resources.collect()),
        ("request_uris", requests.collect()),
        ("default_acr_values", classes.collect()),
    ] {
        for (n, name) in names.iter().enumerate() {
            if names.iter().take(n).any(|other| other == name) {
                ctx.problems
                    .warning(
                        Code::Pointless,
                        &client.place.key(key).item(n),
                        format_args!("`{name}` is named twice"),
                    )
                    .help("remove one of them");
            }
        }
    }
}
