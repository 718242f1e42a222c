//! `[acme]`.

use super::Context;
use super::site::host_fault;
use crate::acme::{AcmeSettings, ExternalAccount};
use crate::base::Secret;
use crate::base::encoding::from_base64url;
use crate::config::code::Code;
use crate::config::files;
use crate::config::place::Place;
use crate::config::schema;
use crate::config::secret;
use crate::gateway::{ListenSettings, TlsSource};

const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Reads the section; `None` when there is none: nothing is ordered.
pub fn build(
    acme: Option<&schema::Acme>,
    listen: &ListenSettings,
    ctx: &mut Context<'_, '_>,
) -> Option<AcmeSettings> {
    let section = acme?;
    let place = Place::root().key("acme");
    consent(section, &place, ctx);
    listeners(listen, &place, ctx);
    Some(AcmeSettings {
        directory: directory(section, &place.key("directory"), ctx),
        contact: contact(section, &place.key("contact"), ctx),
        hosts: hosts(section, &place.key("hosts"), ctx),
        ca: ca(section, &place.key("ca"), ctx),
        external: external(section, &place.key("external_account"), ctx),
    })
}

fn consent(section: &schema::Acme, place: &Place, ctx: &mut Context<'_, '_>) {
    if !section.agree_to_terms {
        ctx.problems
            .error(
                Code::Acme,
                place,
                "an authority gives certificates to those who agree to its terms",
            )
            .help("read them, and write `agree_to_terms = true`");
    }
}

/// The authority asks at port 80, and TLS has to end here.
fn listeners(listen: &ListenSettings, place: &Place, ctx: &mut Context<'_, '_>) {
    if matches!(listen.tls, Some(TlsSource::Dev { .. })) {
        ctx.problems
            .error(
                Code::Acme,
                place,
                "certificates come from `listen.tls.dev` and from an authority",
            )
            .help("take one of them out");
    }
    if listen.redirect.is_empty() {
        ctx.problems
            .error(
                Code::Acme,
                place,
                "the authority asks at port 80, and nothing listens there",
            )
            .help("add `listen.http = \"[::]:80\"`, which otherwise only redirects to https");
    }
}

fn directory(section: &schema::Acme, place: &Place, ctx: &mut Context<'_, '_>) -> String {
    let given = section.directory.as_deref().unwrap_or(LETS_ENCRYPT);
    let is_https = url::Url::parse(given).is_ok_and(|url| url.scheme() == "https");
    if !is_https {
        ctx.problems
            .error(
                Code::Acme,
                place,
                "an authority's directory is an https address",
            )
            .help(format_args!(
                "such as \"{LETS_ENCRYPT}\", which is the default"
            ));
    }
    given.to_owned()
}

fn contact(section: &schema::Acme, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<String> {
    let given = section.contact.iter().flat_map(schema::OneOrMany::as_slice);
    let mut read = Vec::new();
    for address in given {
        let bare = address.strip_prefix("mailto:").unwrap_or(address);
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && !b"<>,?&\"".contains(&byte))
        };
        let halves = bare.split_once('@');
        if halves.is_some_and(|(name, host)| plain(name) && plain(host) && !host.contains('@')) {
            read.push(format!("mailto:{bare}"));
        } else {
            ctx.problems
                .error(Code::Acme, place, "`contact` is an e-mail address")
                .help("such as \"ops@example.com\"");
        }
    }
    read
}

fn hosts(section: &schema::Acme, place: &Place, ctx: &mut Context<'_, '_>) -> Option<Vec<String>> {
    let given = section.hosts.as_ref()?;
    let mut read: Vec<String> = Vec::new();
    for (n, host) in given.iter().enumerate() {
        let fault = match host_fault(host) {
            Ok(host) if host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[') => {
                "is an address"
            }
            Ok(host) if !host.contains('.') => "is a name that no authority knows",
            Ok(host) => {
                if !read.contains(&host) {
                    read.push(host);
                }
                continue;
            }
            Err(fault) => fault,
        };
        ctx.problems
            .error(
                Code::Acme,
                &place.item(n),
                format_args!("a certificate cannot be ordered for this: it {fault}"),
            )
            .help("name hosts, such as \"wiki.example.com\"; for a wildcard, give files in `listen.tls`");
    }
    Some(read)
}

fn ca(
    section: &schema::Acme,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<std::path::PathBuf> {
    let path = ctx.around.path(section.ca.as_deref()?);
    if let Err(failed) = files::probe(&path) {
        let complaint = files::complaint(&path, &failed);
        ctx.problems.error(Code::Acme, place, complaint);
    }
    Some(path)
}

fn external(
    section: &schema::Acme,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<ExternalAccount> {
    let given = section.external_account.as_ref()?;
    let text = secret::text(given.hmac.as_ref(), &place.key("hmac"), ctx);
    let key = text
        .as_ref()
        .and_then(|text| from_base64url(text.expose_secret().trim_end_matches('=').as_bytes()));
    match (&given.kid, key) {
        (Some(id), Some(key)) if !id.is_empty() => Some(ExternalAccount {
            id: id.clone(),
            key: Secret::new(key),
        }),
        _ => {
            ctx.problems
                .error(
                    Code::Acme,
                    place,
                    "an external account is a `kid` and an `hmac` key in base64url",
                )
                .help(
                    "the authority gives both: { kid = \"...\", hmac = { file = \"acme.hmac\" } }",
                );
            None
        }
    }
}
