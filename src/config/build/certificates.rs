//! Certificates in `[listen]`: our own, and those that clients are asked for.

use super::Context;
use crate::config::code::Code;
use crate::config::files;
use crate::config::place::Place;
use crate::config::schema;
use crate::gateway::{ClientCertificates, PemFiles, TlsSource};

/// One source, or pairs of files.
pub fn sources(
    given: &schema::OneOrMany<schema::Tls>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<TlsSource> {
    let schema::OneOrMany::Many(many) = given else {
        return given
            .as_slice()
            .first()
            .and_then(|tls| source(tls, place, ctx));
    };
    let mut pairs = Vec::new();
    for (n, tls) in many.iter().enumerate() {
        match source(tls, &place.item(n), ctx) {
            Some(TlsSource::Files(pair)) => pairs.extend(pair),
            Some(TlsSource::Dev { .. } | TlsSource::Ordered) => {
                ctx.problems
                    .error(
                        Code::TlsSource,
                        &place.item(n),
                        "the development authority stands alone",
                    )
                    .help("write `tls = { dev = true }`, or list files only");
            }
            None => {}
        }
    }
    if many.is_empty() {
        ctx.problems
            .error(Code::TlsSource, place, "`tls` names no certificate")
            .help("give `cert` and `key`, or `dev = true`");
    }
    (!pairs.is_empty()).then_some(TlsSource::Files(pairs))
}

fn source(tls: &schema::Tls, place: &Place, ctx: &mut Context<'_, '_>) -> Option<TlsSource> {
    match (&tls.cert, &tls.key, tls.dev) {
        (Some(cert), Some(key), false) => {
            let file = |path: &str, name: &str, ctx: &mut Context<'_, '_>| {
                let path = ctx.around.path(path);
                if let Err(failed) = files::probe(&path) {
                    let complaint = files::complaint(&path, &failed);
                    ctx.problems
                        .error(Code::TlsSource, &place.key(name), complaint);
                }
                path
            };
            Some(TlsSource::Files(vec![PemFiles {
                cert: file(cert, "cert", ctx),
                key: file(key, "key", ctx),
            }]))
        }
        (None, None, true) => Some(TlsSource::Dev {
            dir: ctx.around.state("dev-ca"),
        }),
        (None, None, false) => {
            ctx.problems
                .error(Code::TlsSource, place, "`tls` names no certificate")
                .help("give `cert` and `key`, or `dev = true`")
                .help("to order certificates from an authority, write [acme] instead");
            None
        }
        (_, _, true) => {
            ctx.problems
                .error(
                    Code::TlsSource,
                    place,
                    "`dev` and certificate files exclude each other",
                )
                .help("keep `cert` and `key`, or `dev = true`");
            None
        }
        (cert, _, false) => {
            let absent = if cert.is_some() { "key" } else { "cert" };
            ctx.problems.error(
                Code::TlsSource,
                place,
                format_args!("`cert` and `key` belong together: `{absent}` is missing"),
            );
            None
        }
    }
}

/// Whether clients are asked for certificates, and whose are believed.
pub fn of_clients(
    listen: &schema::Listen,
    tls: bool,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<ClientCertificates> {
    let asked = listen.client_certificates.as_ref()?;
    let place = place.key("client_certificates");
    if !tls {
        ctx.problems
            .error(
                Code::TlsSource,
                &place,
                "certificates can be asked for only where TLS ends here",
            )
            .help("add `listen.tls`, or let the proxy in front keep clients' certificates out");
    }
    let mut trust = Vec::new();
    for (n, path) in asked.trust.iter().enumerate() {
        let path = ctx.around.path(path);
        if let Err(failed) = files::probe(&path) {
            let complaint = files::complaint(&path, &failed);
            ctx.problems
                .error(Code::TlsSource, &place.key("trust").item(n), complaint);
        }
        trust.push(path);
    }
    Some(ClientCertificates { trust })
}
