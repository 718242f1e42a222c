//! `[[resource]]`.

use super::{Context, Placed};
use crate::base::ClientId;
use crate::base::scope::is_scope_name;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File};
use crate::config::spans::Span;
use crate::model::Resource;
use crate::model::resource::indicator_fault;

/// Reads every resource.
pub fn build(file: &File, ctx: &mut Context<'_, '_>) -> Vec<Placed<Resource>> {
    let list = Place::root().key("resource");
    file.resource
        .iter()
        .enumerate()
        .map(|(n, resource)| {
            let place = list.item(n);
            let it = one(resource, &place, ctx);
            Placed { place, it }
        })
        .collect()
}

fn one(resource: &schema::Resource, place: &Place, ctx: &mut Context<'_, '_>) -> Resource {
    let id = resource.id.clone().unwrap_or_default();
    if resource.id.is_some()
        && let Some(fault) = indicator_fault(&id)
    {
        ctx.problems
            .error(
                Code::Resource,
                &place.key("id"),
                format_args!("a resource's id {fault}"),
            )
            .help("write the API's own address, such as \"https://api.example.com\"");
    }
    let scopes = place.key("scopes");
    for (scope, description) in &resource.scopes {
        let place = scopes.key(scope);
        if !is_scope_name(scope) {
            ctx.problems.error_at_key(
                Code::Scope,
                &place,
                "a scope name is visible ASCII without spaces, quotes and backslashes",
            );
        }
        if description.trim().is_empty() {
            ctx.problems
                .error(
                    Code::Resource,
                    &place,
                    format_args!("people are asked about `{scope}`, and nothing says what it is"),
                )
                .help("say it in a few words, such as \"See your bookings\"");
        }
    }
    let access_token = resource.access_token.as_ref().and_then(|text| {
        let place = place.key("access_token");
        Span::TOKEN.read(text, &place, ctx.problems)
    });
    Resource {
        name: resource.name.clone().unwrap_or_else(|| id.clone()),
        id,
        scopes: resource.scopes.clone(),
        access_token,
        servers: resource.servers.iter().map(ClientId::new).collect(),
    }
}
