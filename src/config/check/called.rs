//! Addresses that Doorward is to call are such as it calls. What a name leads to is not asked here:
//! it may be another thing tomorrow.

use url::Url;

use crate::base::hosts::is_loopback_host;
use crate::config::build::{Context, Draft, Placed};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::model::Client;
use crate::model::client::{ClientKeys, SubjectType};
use crate::outbound::OutboundSettings;
use crate::tokens::trusted::KeysAt;

/// Looks at what every client names, and at the hosts that describe clients.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for client in &draft.clients {
        for (place, uri, use_) in of(client) {
            uri_is_called(uri, (&place, use_), &draft.outbound, ctx);
        }
        sector(client, &draft.outbound, ctx);
    }
    for trusted in &draft.trusted {
        let url = match &trusted.it.keys {
            KeysAt::Jwks(url) => (trusted.place.key("jwks_uri"), url),
            KeysAt::Discovered => (trusted.place.key("issuer"), &trusted.it.url),
        };
        uri_is_called(url.1, (&url.0, "the issuer's keys"), &draft.outbound, ctx);
    }
    for issuer in &draft.issuers {
        let place = issuer.place.key("registration").key("metadata_hosts");
        for (n, host) in issuer.it.registration.metadata_hosts.iter().enumerate() {
            let place = place.item(n);
            // One that is inherited is judged where it stands.
            if ctx.problems.doc.has(&place) {
                host_is_called(host, &place, &draft.outbound, ctx);
            }
        }
    }
}

/// What a client names to be called, and what for.
fn of(client: &Placed<Client>) -> Vec<(Place, &str, &'static str)> {
    let (it, at) = (&client.it, |key: &str| client.place.key(key));
    let mut all = Vec::new();
    if let Some(ClientKeys::JwksUri(uri)) = &it.keys {
        all.push((at("jwks_uri"), uri.as_str(), "the client's keys"));
    }
    for (n, uri) in it.security.request_uris.iter().enumerate() {
        // A fragment is the object's hash (OpenID Connect Core 6.2).
        let uri = uri.split('#').next().unwrap_or_default();
        all.push((at("request_uris").item(n), uri, "its request objects"));
    }
    if let Some(uri) = &it.logout.backchannel {
        let place = at("backchannel_logout_uri");
        all.push((place, uri.as_str(), "its notices of a logout"));
    }
    all
}

fn uri_is_called(
    uri: &str,
    (place, what): (&Place, &str),
    outbound: &OutboundSettings,
    ctx: &mut Context<'_, '_>,
) {
    // What is no address at all is complained about elsewhere.
    let Ok(url) = Url::parse(uri) else { return };
    if is_out_of_reach(&url, outbound) {
        ctx.problems
            .error(
                Code::NeverCalled,
                place,
                format_args!("{what} are at an address that is not public, which is never called"),
            )
            .help(allowing(&url));
    }
    // Other http addresses are none that a client may have at all.
    let at_home = url.host_str().is_some_and(is_loopback_host);
    if url.scheme() == "http" && at_home && !outbound.danger_allow_http {
        ctx.problems
            .error(
                Code::NeverCalled,
                place,
                format_args!("{what} are at an http address, and only https is called"),
            )
            .help(
                "write an https address; on a machine for tests alone, add \
                 `danger_allow_http = true` to [outbound]",
            );
    }
}

/// The document of a sector is read where a client registers itself, not for one of the file: there
/// its host alone counts.
fn sector(client: &Placed<Client>, outbound: &OutboundSettings, ctx: &mut Context<'_, '_>) {
    let uri = match &client.it.subject_type {
        SubjectType::Pairwise { sector_uri } => sector_uri.as_deref(),
        SubjectType::Public => None,
    };
    let Some(Ok(url)) = uri.map(Url::parse) else {
        return;
    };
    if is_out_of_reach(&url, outbound) {
        ctx.problems
            .warning(
                Code::NeverCalled,
                &client.place.key("sector_identifier_uri"),
                "the sector's document is at an address that is not public, which is never called: \
                 no other client could join the sector by registering itself",
            )
            .help(allowing(&url));
    }
}

fn host_is_called(
    host: &str,
    place: &Place,
    outbound: &OutboundSettings,
    ctx: &mut Context<'_, '_>,
) {
    let Ok(url) = Url::parse(&format!("https://{host}/")) else {
        return;
    };
    if is_out_of_reach(&url, outbound) {
        ctx.problems
            .error(
                Code::NeverCalled,
                place,
                "the host's address is not public and is never called: no client of it could be \
                 described",
            )
            .help(allowing(&url));
    }
}

fn is_out_of_reach(url: &Url, outbound: &OutboundSettings) -> bool {
    url.host()
        .is_some_and(|host| !outbound.reach.may_reach(&host))
}

/// What to type where the address is meant.
fn allowing(url: &Url) -> String {
    let network = match url.host() {
        Some(url::Host::Ipv4(address)) => address.to_string(),
        Some(url::Host::Ipv6(address)) => address.to_canonical().to_string(),
        Some(url::Host::Domain(_)) | None => "127.0.0.1".to_owned(),
    };
    format!("name a public address, or add it to [outbound]: `allow_private = [\"{network}\"]`")
}
