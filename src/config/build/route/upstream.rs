//! A route's `upstream` and `upstream_tls`: where requests go.

use crate::config::build::{Context, host_fault};
use crate::config::code::Code;
use crate::config::files;
use crate::config::place::Place;
use crate::config::schema::{self, UpstreamEntry};
use crate::gateway::{Upstream, UpstreamTls};

/// Reads the upstreams.
pub fn build(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Upstream> {
    let Some(given) = &route.upstream else {
        return Vec::new();
    };
    if given.as_slice().is_empty() {
        ctx.problems.error(
            Code::Upstream,
            place,
            "a route without upstreams leads nowhere",
        );
    }
    given
        .as_slice()
        .iter()
        .enumerate()
        .filter_map(|(n, entry)| {
            let place = if given.is_list() {
                place.item(n)
            } else {
                place.clone()
            };
            let (text, place) = match entry {
                UpstreamEntry::Url(text) => (text, place),
                UpstreamEntry::Table(table) => (table.url.as_ref()?, place.key("url")),
            };
            match upstream(text, ctx) {
                Ok(upstream) => {
                    warn_of_plain_text(&upstream, &place, ctx);
                    Some(upstream)
                }
                Err(fault) => {
                    ctx.problems
                        .error(Code::Upstream, &place, format_args!("the upstream {fault}"))
                        .help("write \"http://10.0.0.7:3000\", \"https://host\" or \"unix:/path\"");
                    None
                }
            }
        })
        .collect()
}

fn upstream(text: &str, ctx: &Context<'_, '_>) -> Result<Upstream, &'static str> {
    if let Some(path) = text.strip_prefix("unix:") {
        if path.is_empty() {
            return Err("names no socket");
        }
        return Ok(Upstream::Unix(ctx.around.path(path)));
    }
    let url = url::Url::parse(text).map_err(|_| "is not a URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http, https nor a unix socket");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password");
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err("has a path; paths are forwarded as they came");
    }
    let host = url.host_str().ok_or("has no host")?.to_owned();
    let port = url.port_or_known_default().ok_or("has no port")?;
    if port == 0 {
        return Err("has port 0");
    }
    Ok(if url.scheme() == "https" {
        Upstream::Https { host, port }
    } else {
        Upstream::Http { host, port }
    })
}

fn warn_of_plain_text(upstream: &Upstream, place: &Place, ctx: &mut Context<'_, '_>) {
    let Upstream::Http { host, .. } = upstream else {
        return;
    };
    if is_public(host) {
        ctx.problems
            .warning(
                Code::PlainUpstream,
                place,
                format_args!("{host} is not a private address: the app is reached in plain text"),
            )
            .help("use https to the upstream, or a private address");
    }
}

/// Whether traffic to `host` probably leaves the private network.
fn is_public(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(v4)) => {
            // 100.64.0.0/10 is shared address space (RFC 6598), where overlay networks live.
            let shared = v4.octets().first() == Some(&100)
                && v4
                    .octets()
                    .get(1)
                    .is_some_and(|byte| (64..128).contains(byte));
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared)
        }
        Ok(std::net::IpAddr::V6(v6)) => {
            !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local())
        }
        Err(_) => {
            // Names of one label and of private zones are inside by custom.
            const INSIDE: &[&str] = &[
                ".localhost",
                ".local",
                ".internal",
                ".lan",
                ".home.arpa",
                ".test",
                ".svc",
                ".cluster.local",
                ".intranet",
                ".private",
            ];
            host.contains('.') && !INSIDE.iter().any(|zone| host.ends_with(zone))
        }
    }
}

/// Reads what TLS towards them needs.
pub fn tls(
    route: &schema::Route,
    upstreams: &[Upstream],
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> UpstreamTls {
    let Some(given) = &route.upstream_tls else {
        return UpstreamTls::default();
    };
    let https = upstreams
        .iter()
        .any(|upstream| matches!(upstream, Upstream::Https { .. }));
    if !https && !upstreams.is_empty() {
        ctx.problems
            .error(
                Code::UpstreamTls,
                place,
                "`upstream_tls` is given, but no upstream is https",
            )
            .help("write the upstream as \"https://...\", or remove `upstream_tls`");
    }
    let sni = given.sni.as_ref().and_then(|name| match host_fault(name) {
        Ok(name) => Some(name),
        Err(fault) => {
            ctx.problems.error(
                Code::UpstreamTls,
                &place.key("sni"),
                format_args!("the name {fault}"),
            );
            None
        }
    });
    let mut file = |path: Option<&String>, key: &str| {
        path.map(|path| {
            let path = ctx.around.path(path);
            if let Err(failed) = files::probe(&path) {
                let complaint = files::complaint(&path, &failed);
                ctx.problems
                    .error(Code::UpstreamTls, &place.key(key), complaint);
            }
            path
        })
    };
    UpstreamTls {
        sni,
        ca: file(given.ca.as_ref(), "ca"),
        client_cert: file(given.client_cert.as_ref(), "client_cert"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn private_networks_and_inside_names_are_not_public() {
        for inside in [
            "10.0.0.7",
            "192.168.1.2",
            "127.0.0.1",
            "[::1]",
            "[fd00::1]",
            "100.64.3.3",
            "app",
            "wiki.internal",
            "app.default.svc.cluster.local",
            "x.localhost",
        ] {
            assert!(!is_public(inside), "{inside}");
        }
        for outside in [
            "203.0.113.9",
            "[2001:db8::1]",
            "app.example.com",
            "100.128.0.1",
        ] {
            assert!(is_public(outside), "{outside}");
        }
    }
}
