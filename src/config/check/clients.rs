//! Clients obey the rules of every client, whoever writes them down.

use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::issuer::rules::{self, Able, Fault, Field};
use crate::model::Client;

/// Looks at every client.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for client in &draft.clients {
        let mut issuers = draft.issuers.iter();
        let issuer = issuers.find(|issuer| issuer.it.id == client.it.issuer);
        let able = issuer.map_or(Able::anything(), |issuer| Able::of(&issuer.it));
        for fault in rules::faults(&client.it, able) {
            say(&fault, client, ctx);
        }
        twice(client, ctx);
    }
}

fn say(fault: &Fault, client: &Placed<Client>, ctx: &mut Context<'_, '_>) {
    let secret = client.place.key("secret");
    // A secret that could not be read was complained about where it stands.
    if fault.field == Field::AuthMethod
        && client.it.secrets.is_empty()
        && ctx.problems.doc.has(&secret)
    {
        return;
    }
    let key = fault.field.configured();
    let place = client.place.key(key);
    // So was a list that is not there at all.
    if fault.field == Field::RedirectUris && !ctx.problems.doc.has(&place) {
        return;
    }
    let place = match fault.item {
        // One word of `flows` stands for several response types.
        Some(at) if key == fault.field.registered() => place.item(at),
        Some(_) | None => place,
    };
    let redirect = matches!(
        fault.field,
        Field::RedirectUris | Field::PostLogoutRedirectUris
    );
    let said = if redirect && fault.item.is_some() {
        format!("the redirect URI {}", fault.what)
    } else {
        format!("`{key}` {}", fault.what)
    };
    ctx.problems
        .error(code(fault.field), &place, said)
        .help(fault.help);
}

fn code(field: Field) -> Code {
    match field {
        Field::RedirectUris | Field::PostLogoutRedirectUris | Field::RequestUris => {
            Code::RedirectUri
        }
        Field::IdTokenAlg
        | Field::UserinfoAlg
        | Field::ResponseAlg
        | Field::IntrospectionAlg
        | Field::RequestObjectAlg
        | Field::AuthAlg => Code::Algorithms,
        Field::Pkce => Code::PublicClient,
        Field::Jwks | Field::JwksUri | Field::TlsSubject | Field::RequireSignedRequest => {
            Code::ClientKeys
        }
        Field::ResponseTypes
        | Field::GrantTypes
        | Field::Name
        | Field::Contacts
        | Field::ClientUri
        | Field::LogoUri
        | Field::PolicyUri
        | Field::TosUri
        | Field::InitiateLoginUri
        | Field::BackchannelLogoutUri
        | Field::FrontchannelLogoutUri
        | Field::SectorIdentifierUri
        | Field::SubjectType
        | Field::AuthMethod
        | Field::Acr => Code::ClientMetadata,
    }
}

fn twice(client: &Placed<Client>, ctx: &mut Context<'_, '_>) {
    for (key, uris) in [
        ("redirect_uris", &client.it.redirect_uris),
        (
            "post_logout_redirect_uris",
            &client.it.post_logout_redirect_uris,
        ),
    ] {
        for (n, uri) in uris.iter().enumerate() {
            if uris.iter().take(n).any(|other| other == uri) {
                let place: Place = client.place.key(key).item(n);
                ctx.problems
                    .warning(Code::RedirectUri, &place, "the redirect URI is named twice")
                    .help("remove one of them");
            }
        }
    }
}
