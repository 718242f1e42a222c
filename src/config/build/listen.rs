//! `[listen]`.

use std::net::SocketAddr;

use super::{Context, certificates};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema;
use crate::config::text;
use crate::gateway::{Listen, ListenSettings, Senders, SiteSettings, TlsSource};

/// Where health and metrics are when nothing is said.
const OPS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9090);

/// Reads the section; what is not given follows from `public_url` and from whether there is TLS.
pub fn build(
    file: &schema::File,
    site: Option<&SiteSettings>,
    ctx: &mut Context<'_, '_>,
) -> ListenSettings {
    let listen = &file.listen;
    let place = Place::root().key("listen");
    let tls = listen
        .tls
        .as_ref()
        .map(|tls| certificates::sources(tls, &place.key("tls"), ctx));
    let tls = tls.or(file.acme.as_ref().map(|_| Some(TlsSource::Ordered)));
    let https = addresses(listen.https.as_ref(), &place.key("https"), ctx);
    let http = addresses(listen.http.as_ref(), &place.key("http"), ctx);
    let trusted_proxies = text::networks(
        &listen.trusted_proxies,
        &place.key("trusted_proxies"),
        "a trusted proxy is an address or a network",
        ctx.problems,
    );
    let proxy_protocol = senders(&listen.proxy_protocol, &place.key("proxy_protocol"), ctx);
    let client_certificates = certificates::of_clients(listen, tls.is_some(), &place, ctx);
    let (main, redirect) = if tls.is_some() {
        with_tls(https, http, &place, ctx)
    } else {
        (without_tls(https, http, site, &place, ctx), Vec::new())
    };
    ListenSettings {
        main,
        redirect,
        ops: ops(listen.ops.as_deref(), &place.key("ops"), ctx),
        tls: tls.flatten(),
        client_certificates,
        trusted_proxies,
        proxy_protocol,
    }
}

fn senders(given: &[String], place: &Place, ctx: &mut Context<'_, '_>) -> Senders {
    let what = "a load balancer is an address, a network or \"unix\"";
    let mut senders = Senders::default();
    for (n, entry) in given.iter().enumerate() {
        if entry == "unix" {
            senders.unix = true;
        } else {
            let network = text::network(entry, &place.item(n), what, ctx.problems);
            senders.networks.extend(network);
        }
    }
    senders
}

fn with_tls(
    https: Option<Vec<Listen>>,
    http: Option<Vec<Listen>>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> (Vec<Listen>, Vec<SocketAddr>) {
    let any = |port| SocketAddr::new(std::net::Ipv6Addr::UNSPECIFIED.into(), port);
    // Whoever writes one address means to say which ports are taken.
    let redirect = http.unwrap_or_else(|| {
        if https.is_none() {
            vec![Listen::Tcp(any(80))]
        } else {
            Vec::new()
        }
    });
    let redirect = redirect
        .into_iter()
        .filter_map(|listen| match listen {
            Listen::Tcp(address) => Some(address),
            Listen::Unix(_) => {
                ctx.problems
                    .error(
                        Code::Listener,
                        &place.key("http"),
                        "a unix socket has nobody to redirect to https",
                    )
                    .help("with `tls`, `http` only redirects: give it an address, or leave it out");
                None
            }
        })
        .collect();
    (
        https.unwrap_or_else(|| vec![Listen::Tcp(any(443))]),
        redirect,
    )
}

fn without_tls(
    https: Option<Vec<Listen>>,
    http: Option<Vec<Listen>>,
    site: Option<&SiteSettings>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Vec<Listen> {
    let https = https.unwrap_or_default();
    if https.iter().any(|at| matches!(at, Listen::Tcp(_))) {
        ctx.problems
            .error(
                Code::TlsSource,
                &place.key("https"),
                "https without certificates",
            )
            .help("add `tls = { cert = \"a.pem\", key = \"a.key\" }`, or `tls = { dev = true }`");
        return https;
    }
    if http.is_some() || !https.is_empty() {
        return https.into_iter().chain(http.unwrap_or_default()).collect();
    }
    match site {
        Some(site) if !site.https => {
            let loopback = std::net::Ipv4Addr::LOCALHOST;
            vec![Listen::Tcp((loopback, site.port).into())]
        }
        Some(_) => {
            ctx.problems
                .error(
                    Code::NoTls,
                    place,
                    "`public_url` is https, and nothing says where TLS ends",
                )
                .help("certificates at hand: `listen.tls = { cert = \"a.pem\", key = \"a.key\" }`")
                .help(
                    "behind a proxy that terminates TLS: `listen.http = \"127.0.0.1:8080\"` and \
                     `listen.trusted_proxies = [\"127.0.0.1\"]`",
                );
            Vec::new()
        }
        None => Vec::new(),
    }
}

fn addresses(
    given: Option<&schema::OneOrMany<String>>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<Vec<Listen>> {
    let given = given?;
    let read = given
        .as_slice()
        .iter()
        .enumerate()
        .filter_map(|(n, text)| {
            let place = if given.is_list() {
                place.item(n)
            } else {
                place.clone()
            };
            address(text, &place, ctx)
        })
        .collect();
    Some(read)
}

fn address(text: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Listen> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Some(Listen::Unix(ctx.around.path(path)));
    }
    socket(text, place, ctx).map(Listen::Tcp)
}

fn socket(text: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<SocketAddr> {
    let read = text
        .parse::<SocketAddr>()
        .ok()
        .or_else(|| {
            let port = text.strip_prefix("localhost:")?.parse().ok()?;
            Some((std::net::Ipv4Addr::LOCALHOST, port).into())
        })
        .or_else(|| {
            let port = text.strip_prefix(':')?.parse().ok()?;
            Some((std::net::Ipv6Addr::UNSPECIFIED, port).into())
        });
    if read.is_none() {
        ctx.problems
            .error(
                Code::Unreadable,
                place,
                format_args!("`{place}` is not an address to listen on"),
            )
            .help("write address and port: \"[::]:443\", \"127.0.0.1:8080\", or \"unix:/path\"");
    }
    read
}

fn ops(text: Option<&str>, place: &Place, ctx: &mut Context<'_, '_>) -> Option<SocketAddr> {
    match text {
        None => Some(OPS),
        Some("off") => None,
        Some(text) => socket(text, place, ctx),
    }
}
