//! `[[route]]`.

use http::Method;

use super::{Context, Placed, host_fault, identity, path_fault};
use crate::base::RouteId;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{self, File, OnAnonymousWord};
use crate::config::{suggest, text};
use crate::gateway::{OnAnonymous, RouteLimits, RouteMatch, RouteSettings, Upstream, UpstreamTls};
use crate::policy::{self, Allow, CONDITIONS, Rule};

/// Reads every route that can be told apart from others.
pub fn build(file: &File, ctx: &mut Context<'_, '_>) -> Vec<Placed<RouteSettings>> {
    file.route
        .iter()
        .enumerate()
        .filter_map(|(n, route)| {
            let place = Place::root().key("route").item(n);
            let it = one(route, &place, ctx)?;
            Some(Placed { place, it })
        })
        .collect()
}

fn one(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Option<RouteSettings> {
    let origin = ctx.problems.doc.origin(place);
    let id = route.id.as_deref().map(|id| {
        check_id(id, &place.key("id"), ctx);
        RouteId::new(id)
    });
    let allow = allow(route, &place.key("allow"), ctx);
    let upstreams = upstreams(route, &place.key("upstream"), ctx);
    let identity = identity::build(route.identity.as_ref(), &place.key("identity"), ctx);
    let limits = limits(&route.limits, &place.key("limits"), ctx);
    let upstream_tls = upstream_tls(route, &upstreams, &place.key("upstream_tls"), ctx);
    let matches = route
        .matches
        .as_ref()
        .and_then(|matches| requests(matches, &place.key("match"), ctx));
    Some(RouteSettings {
        id: id?,
        matches: matches?,
        rule: Rule {
            allow,
            origin: origin.clone(),
        },
        upstreams,
        upstream_tls,
        identity,
        on_anonymous: match route.on_anonymous {
            None | Some(OnAnonymousWord::Auto) => OnAnonymous::Auto,
            Some(OnAnonymousWord::Redirect) => OnAnonymous::Redirect,
            Some(OnAnonymousWord::Unauthorized) => OnAnonymous::Unauthorized,
        },
        limits,
        origin,
    })
}

fn check_id(id: &str, place: &Place, ctx: &mut Context<'_, '_>) {
    let plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if id.is_empty() || id.len() > 64 || !plain {
        ctx.problems.error(
            Code::RouteId,
            place,
            "a route's id is 1 to 64 letters, digits, `-`, `_` and `.`",
        );
    }
}

fn requests(
    matches: &schema::Match,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<RouteMatch> {
    let path = matches.path.as_deref().unwrap_or("/");
    if let Err(fault) = path_fault(path) {
        ctx.problems.error(
            Code::Path,
            &place.key("path"),
            format_args!("the route's path {fault}"),
        );
    }
    let methods = methods(matches, &place.key("methods"), ctx);
    let host = match host_fault(matches.host.as_deref()?) {
        Ok(host) => host,
        Err(fault) => {
            ctx.problems
                .error(
                    Code::Host,
                    &place.key("host"),
                    format_args!("the route's host {fault}"),
                )
                .help("write the host alone, such as \"wiki.example.com\"");
            return None;
        }
    };
    Some(RouteMatch {
        host,
        path: path.to_owned(),
        methods,
    })
}

fn methods(matches: &schema::Match, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Method> {
    let Some(given) = &matches.methods else {
        return Vec::new();
    };
    if given.is_empty() {
        ctx.problems
            .error(Code::Method, place, "a route without methods takes nothing")
            .help("leave `methods` out for all of them");
    }
    let mut methods = Vec::new();
    for (n, text) in given.iter().enumerate() {
        let read = Method::from_bytes(text.as_bytes()).ok();
        let upper = text.bytes().all(|byte| byte.is_ascii_uppercase());
        match read {
            Some(method)
                if upper
                    && method != Method::CONNECT
                    && method != Method::TRACE
                    && !methods.contains(&method) =>
            {
                methods.push(method);
            }
            Some(_) | None => {
                let problem = ctx.problems.error(
                    Code::Method,
                    &place.item(n),
                    "not an upper-case method that is forwarded, or named twice",
                );
                if !upper {
                    problem.help(format_args!(
                        "did you mean \"{}\"?",
                        text.to_ascii_uppercase()
                    ));
                }
            }
        }
    }
    methods
}

fn allow(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Allow> {
    let Some(given) = &route.allow else {
        return Vec::new();
    };
    if given.is_empty() {
        ctx.problems
            .error(Code::NoAllow, place, "an empty `allow` lets nobody in")
            .help("write for example [\"authenticated\"], or [\"anyone\"] to let everybody in");
    }
    let read: Vec<_> = given
        .iter()
        .enumerate()
        .filter_map(|(n, text)| entry(text, &place.item(n), ctx))
        .collect();
    for (whole, name) in [
        (Allow::Anyone, "anyone"),
        (Allow::Authenticated, "authenticated"),
    ] {
        if read.contains(&whole) && read.len() > 1 {
            ctx.problems
                .warning(
                    Code::AllowPointless,
                    place,
                    format_args!("with \"{name}\" the other entries change nothing"),
                )
                .help(format_args!("keep \"{name}\" alone, or remove it"));
            break;
        }
    }
    read
}

fn entry(text: &str, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Allow> {
    match policy::parse(text) {
        Ok(entry) => Some(entry),
        Err(fault) => {
            let shown = crate::config::walk::printable(text);
            let problem = ctx.problems.error(
                Code::Allow,
                place,
                format_args!("\"{shown}\" cannot be read: {fault}"),
            );
            let (key, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
            let keys = CONDITIONS.iter().map(|condition| condition.key);
            match suggest::nearest(key, keys) {
                Some(near) if near != key => problem
                    .help(format_args!("did you mean \"{near}{rest}\"?"))
                    .replace(format_args!("\"{near}{rest}\"")),
                Some(_) | None => problem.help(format_args!("entries are {}", entries())),
            };
            None
        }
    }
}

/// `anyone`, `group:NAME` and so on.
fn entries() -> String {
    let forms: Vec<String> = CONDITIONS
        .iter()
        .map(|condition| match condition.argument {
            Some(argument) => format!("{}:{argument}", condition.key),
            None => condition.key.to_owned(),
        })
        .collect();
    suggest::list(forms.iter().map(String::as_str))
}

fn upstreams(route: &schema::Route, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Upstream> {
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
        .filter_map(|(n, text)| {
            let place = if given.is_list() {
                place.item(n)
            } else {
                place.clone()
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

fn upstream_tls(
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
    let mut file = |path: Option<&String>, key: &str| {
        path.map(|path| {
            let path = ctx.around.path(path);
            if let Err(failed) = std::fs::File::open(&path) {
                ctx.problems.error(
                    Code::UpstreamTls,
                    &place.key(key),
                    format_args!("cannot read {}: {failed}", path.display()),
                );
            }
            path
        })
    };
    UpstreamTls {
        ca: file(given.ca.as_ref(), "ca"),
        client_cert: file(given.client_cert.as_ref(), "client_cert"),
    }
}

fn limits(limits: &schema::Limits, place: &Place, ctx: &mut Context<'_, '_>) -> RouteLimits {
    let default = RouteLimits::default();
    RouteLimits {
        body: limits
            .body
            .as_ref()
            .and_then(|given| text::size(given, &place.key("body"), ctx.problems)),
        timeout: limits
            .timeout
            .as_ref()
            .and_then(|given| text::duration(given, &place.key("timeout"), ctx.problems))
            .unwrap_or(default.timeout),
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
