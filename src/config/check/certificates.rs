//! The certificates of files: each can be read, belongs to its key and lasts; and every host that is
//! served has one.

use crate::base::{Clock, Timestamp};
use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::config::files;
use crate::config::place::Place;
use crate::gateway::tls::{Stated, load_pair};
use crate::gateway::{PemFiles, TlsSource};

/// Reads every pair of files.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    let Some(TlsSource::Files(pairs)) = &draft.listen.tls else {
        return;
    };
    let tls = Place::root().key("listen").key("tls");
    let listed = ctx.problems.doc.has(&tls.item(0));
    let now = Clock::system().now();
    let mut stated = Vec::new();
    for (n, pair) in pairs.iter().enumerate() {
        let place = if listed { tls.item(n) } else { tls.clone() };
        stated.extend(one(pair, &place, now, ctx));
    }
    // What an unreadable one is for cannot be said.
    if !stated.is_empty() && stated.len() == pairs.len() && draft.acme.is_none() {
        cover(draft, &stated, ctx);
    }
}

fn one(
    pair: &PemFiles,
    place: &Place,
    now: Timestamp,
    ctx: &mut Context<'_, '_>,
) -> Option<Stated> {
    // Files that cannot be opened were said already.
    if [&pair.cert, &pair.key]
        .into_iter()
        .any(|path| files::probe(path).is_err())
    {
        return None;
    }
    let stated = match load_pair(pair) {
        Ok(kept) => kept.stated,
        Err(error) => {
            ctx.problems
                .error(Code::Certificate, &place.key("cert"), &error)
                .help("`cert` is the certificate with its chain, `key` its private key, both PEM");
            return None;
        }
    };
    let until = stated.until.rfc3339();
    let until = until.split('T').next().unwrap_or_default();
    if stated.until <= now {
        ctx.problems
            .warning(
                Code::CertificateEnds,
                &place.key("cert"),
                format_args!("this certificate ended on {until}: browsers turn people away"),
            )
            .help("renew it; a running server takes the new files over by itself");
    } else if stated.from > now {
        ctx.problems.warning(
            Code::CertificateEnds,
            &place.key("cert"),
            format_args!(
                "this certificate does not count before {}",
                stated.from.rfc3339()
            ),
        );
    } else if stated.ends_soon(now) {
        ctx.problems
            .warning(
                Code::CertificateEnds,
                &place.key("cert"),
                format_args!("this certificate ends soon, on {until}"),
            )
            .help("renew it; a running server takes the new files over by itself");
    }
    Some(stated)
}

/// Says which hosts no certificate is for: clients refuse to connect to them.
fn cover(draft: &Draft, stated: &[Stated], ctx: &mut Context<'_, '_>) {
    let covered = |host: &str| stated.iter().any(|stated| stated.covers(host));
    let site = draft.site.iter().filter(|site| {
        // An address is never asked for by name.
        site.host.parse::<std::net::IpAddr>().is_err()
            && !site.host.starts_with('[')
            && !covered(&site.host)
    });
    let site = site.map(|site| (Place::root().key("public_url"), site.host.as_str()));
    let routes = draft.routes.iter().filter_map(|route| {
        let host = route.it.matches.host.as_str();
        let place = route.place.key("match").key("host");
        (!covered(host)).then_some((place, host))
    });
    let mut said: Vec<&str> = Vec::new();
    let uncovered: Vec<_> = site.chain(routes).collect();
    for (place, host) in uncovered {
        if said.contains(&host) {
            continue;
        }
        said.push(host);
        ctx.problems
            .warning(
                Code::Uncovered,
                &place,
                format_args!("none of the certificates is for {host}"),
            )
            .help("browsers warn of it: add a certificate to `listen.tls`, which takes a list");
    }
}
