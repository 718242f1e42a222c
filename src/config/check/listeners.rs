//! Plain text stays at home, operations stay inside, and no two listeners want one address.

use std::net::SocketAddr;

use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::gateway::{Listen, ListenSettings};

/// Looks at every listener.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    let listen = &draft.listen;
    let place = Place::root().key("listen");
    plain_text(listen, &place, ctx);
    proxies(draft, &place, ctx);
    senders(listen, &place, ctx);
    operations(listen, &place, ctx);
    twice(listen, &place, ctx);
}

fn main_addresses(listen: &ListenSettings) -> impl Iterator<Item = SocketAddr> {
    listen.main.iter().filter_map(|at| match at {
        Listen::Tcp(address) => Some(*address),
        Listen::Unix(_) => None,
    })
}

fn plain_text(listen: &ListenSettings, place: &Place, ctx: &mut Context<'_, '_>) {
    let wants_tls = listen.tls.is_some() || ctx.problems.doc.has(&place.key("tls"));
    let exposed = main_addresses(listen).find(|address| !address.ip().is_loopback());
    let Some(address) = exposed.filter(|_| !wants_tls) else {
        return;
    };
    // https without certificates has been said.
    if !ctx.problems.doc.has(&place.key("http")) || !listen.trusted_proxies.is_empty() {
        return;
    }
    ctx.problems
        .error(
            Code::NoTls,
            &place.key("http"),
            format_args!("{address} takes passwords in plain text from the network"),
        )
        .help("listen on 127.0.0.1 or a unix socket, or add `tls`")
        .help(
            "behind a proxy on another machine that terminates TLS, name it: \
             trusted_proxies = [\"10.0.0.2\"]",
        );
}

fn proxies(draft: &Draft, place: &Place, ctx: &mut Context<'_, '_>) {
    let listen = &draft.listen;
    for (n, network) in listen.trusted_proxies.iter().enumerate() {
        if network.prefix_len() == 0 {
            ctx.problems
                .error(
                    Code::TrustsEverybody,
                    &place.key("trusted_proxies").item(n),
                    format_args!("{network} is everybody"),
                )
                .help("name the proxies in front of Doorward, and nobody else");
        }
    }
    let behind_proxy = draft.site.as_ref().is_some_and(|site| site.https)
        && listen.tls.is_none()
        && !ctx.problems.doc.has(&place.key("tls"))
        && main_addresses(listen).next().is_some();
    if behind_proxy
        && listen.trusted_proxies.is_empty()
        && main_addresses(listen).all(|address| address.ip().is_loopback())
    {
        ctx.problems
            .warning(
                Code::Listener,
                &place.key("http"),
                "every request will seem to come from the proxy in front",
            )
            .help("add trusted_proxies = [\"127.0.0.1\"], so that its X-Forwarded-For is believed");
    }
}

fn senders(listen: &ListenSettings, place: &Place, ctx: &mut Context<'_, '_>) {
    let place = place.key("proxy_protocol");
    if let Some(network) = listen
        .proxy_protocol
        .networks
        .iter()
        .find(|network| network.prefix_len() == 0)
    {
        ctx.problems
            .error(
                Code::TrustsEverybody,
                &place,
                format_args!("{network} is everybody"),
            )
            .help("name the load balancers in front of Doorward, and nobody else");
    }
    let unix = listen.main.iter().any(|at| matches!(at, Listen::Unix(_)));
    if listen.proxy_protocol.unix && !unix {
        ctx.problems
            .error(
                Code::Listener,
                &place,
                "`unix` is named, and no unix socket is listened on",
            )
            .help("listen on one, such as \"unix:/run/doorward/https.sock\", or take it out");
    }
}

fn operations(listen: &ListenSettings, place: &Place, ctx: &mut Context<'_, '_>) {
    let Some(ops) = listen.ops else {
        return;
    };
    let place = place.key("ops");
    let public = main_addresses(listen)
        .chain(listen.redirect.iter().copied())
        .find(|address| collide(*address, ops));
    if let Some(address) = public {
        ctx.problems
            .error(
                Code::OpsPublic,
                &place,
                format_args!("health and metrics ({ops}) are on the public listener {address}"),
            )
            .help("give `ops` a port of its own, such as \"127.0.0.1:9090\"");
    } else if !ops.ip().is_loopback() {
        ctx.problems
            .warning(
                Code::OpsPublic,
                &place,
                format_args!("health and metrics can be reached from the network at {ops}"),
            )
            .help(
                "fine where only the monitoring can reach it; otherwise write \"127.0.0.1:9090\"",
            );
    }
}

fn twice(listen: &ListenSettings, place: &Place, ctx: &mut Context<'_, '_>) {
    let addresses: Vec<_> = main_addresses(listen)
        .chain(listen.redirect.iter().copied())
        .collect();
    for (n, address) in addresses.iter().enumerate() {
        if addresses
            .iter()
            .take(n)
            .any(|other| collide(*other, *address))
        {
            ctx.problems
                .error(
                    Code::Listener,
                    &place.key("http"),
                    format_args!("{address} is listened on twice"),
                )
                .help("every listener has a port of its own");
        }
    }
}

/// Whether two listeners cannot both have what they want.
fn collide(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port()
        && a.port() != 0
        && (a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified())
}
