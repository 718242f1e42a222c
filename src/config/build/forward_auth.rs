//! `[forward_auth]`.

use ipnet::IpNet;

use super::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, CompatWord};
use crate::config::text;
use crate::gateway::{Compat, ForwardAuthSettings};

/// Reads the section; `None` when there is none, and so no door. `proxies`: those that are trusted
/// for what they say of requests that they forward here.
pub fn build(
    forward_auth: Option<&schema::ForwardAuth>,
    proxies: &[IpNet],
    ctx: &mut Context<'_, '_>,
) -> Option<ForwardAuthSettings> {
    let section = forward_auth?;
    let place = Place::root().key("forward_auth");
    let trusted = trusted(section, proxies, &place, ctx);
    let mut compat = Vec::new();
    for word in &section.compat {
        let one = match word {
            CompatWord::Oauth2Proxy => Compat::Oauth2Proxy,
            CompatWord::Authelia => Compat::Authelia,
        };
        if !compat.contains(&one) {
            compat.push(one);
        }
    }
    Some(ForwardAuthSettings { trusted, compat })
}

fn trusted(
    section: &schema::ForwardAuth,
    proxies: &[IpNet],
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Vec<IpNet> {
    let key = place.key("trusted");
    let Some(given) = &section.trusted else {
        if proxies.is_empty() {
            nobody(place, ctx);
        }
        return proxies.to_vec();
    };
    if given.is_empty() {
        nobody(&key, ctx);
    }
    let what = "a proxy that may ask is an address or a network";
    let read = text::networks(given, &key, what, ctx.problems);
    for (n, network) in read.iter().enumerate() {
        if network.prefix_len() == 0 {
            ctx.problems
                .error(
                    Code::TrustsEverybody,
                    &key.item(n),
                    format_args!("{network} is everybody"),
                )
                .help("name the proxies that ask, and nobody else");
        }
    }
    read
}

fn nobody(place: &Place, ctx: &mut Context<'_, '_>) {
    ctx.problems
        .error(
            Code::Pointless,
            place,
            "nobody may ask: the door would answer no proxy",
        )
        .help("name the proxies: `trusted = [\"127.0.0.1\"]`");
}
