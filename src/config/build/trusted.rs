//! `[trusted_issuer.NAME]`: issuers that are not ours and whose word is taken at routes.

use url::Url;

use super::{Context, Placed};
use crate::base::GroupName;
use crate::base::hosts::is_loopback_host;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::trusted::{PeopleWord, TrustedGroups};
use crate::config::schema::{self, File};
use crate::config::suggest;
use crate::keys::ForeignAlg;
use crate::tokens::trusted::{GroupClaim, KeysAt, People, TrustedIssuer};

/// The `typ` of access tokens (RFC 9068 2.1).
const TYPE: &str = "at+jwt";

/// Reads every one that says who it is.
pub fn build(file: &File, ctx: &mut Context<'_, '_>) -> Vec<Placed<TrustedIssuer>> {
    let all = Place::root().key("trusted_issuer");
    let mut issuers: Vec<Placed<TrustedIssuer>> = Vec::new();
    for (name, trusted) in &file.trusted_issuer {
        let place = all.key(name);
        check_name(file, name, &place, ctx);
        let http = file.outbound.danger_allow_http;
        let Some(it) = one((name, trusted), http, &place, ctx) else {
            continue;
        };
        if let Some(twin) = issuers.iter().find(|other| other.it.url == it.url) {
            let first = ctx.problems.doc.span_of_value(&twin.place.key("issuer"));
            ctx.problems
                .error(
                    Code::TrustedIssuer,
                    &place.key("issuer"),
                    "this issuer is trusted twice, and nobody could say which rules count",
                )
                .also(first, "the first is here");
        }
        issuers.push(Placed { place, it });
    }
    issuers
}

fn check_name(file: &File, name: &str, place: &Place, ctx: &mut Context<'_, '_>) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || name.len() > 32 || !name.bytes().all(plain) {
        ctx.problems.error_at_key(
            Code::TrustedIssuer,
            place,
            "a trusted issuer's NAME is 1 to 32 letters, digits, `-` and `_`",
        );
    }
    let own = file.issuer.contains_key(name) || (file.issuer.is_empty() && name == "default");
    if own {
        ctx.problems
            .error_at_key(
                Code::TrustedIssuer,
                place,
                format_args!("`{name}` is an issuer of this file's own"),
            )
            .help("routes say whose tokens they take by NAME: choose another");
    }
}

fn one(
    (name, trusted): (&str, &schema::TrustedIssuer),
    http: bool,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<TrustedIssuer> {
    let url = trusted.issuer.clone()?;
    check_url(&url, http, &place.key("issuer"), ctx);
    let keys = match &trusted.jwks_uri {
        Some(uri) => {
            check_url(uri, http, &place.key("jwks_uri"), ctx);
            KeysAt::Jwks(uri.clone())
        }
        None => KeysAt::Discovered,
    };
    let audiences = trusted.audiences.clone()?;
    some_texts(&audiences, &place.key("audiences"), ctx);
    let types = trusted.types.clone();
    let types = types.unwrap_or_else(|| vec![TYPE.to_owned()]);
    if types.is_empty() {
        none(&place.key("types"), ctx);
    }
    let people = people(trusted.people);
    if let (Some(_), People::Known | People::Nobody) = (&trusted.groups, people) {
        ctx.problems
            .error(
                Code::Pointless,
                &place.key("groups"),
                "groups are read for people who are taken by their claims, and nobody is",
            )
            .help("add people = \"claims\", or remove `groups`");
    }
    Some(TrustedIssuer {
        name: name.to_owned(),
        url,
        keys,
        audiences,
        algs: algs(trusted.algorithms.as_deref(), &place.key("algorithms"), ctx),
        types,
        login: trusted.login.clone().unwrap_or_else(|| "email".to_owned()),
        people,
        groups: trusted.groups.as_ref().map(groups),
    })
}

/// Plain http on this machine is spoken of where the rules for calls are.
fn check_url(text: &str, http: bool, place: &Place, ctx: &mut Context<'_, '_>) {
    let read = Url::parse(text).ok();
    let good = read.is_some_and(|url| {
        let http = http || url.host_str().is_some_and(is_loopback_host);
        (url.scheme() == "https" || (url.scheme() == "http" && http))
            && url.has_host()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if !good {
        ctx.problems.error(
            Code::TrustedIssuer,
            place,
            "an issuer and its keys have an absolute https address without a fragment",
        );
    }
}

fn some_texts(list: &[String], place: &Place, ctx: &mut Context<'_, '_>) {
    if list.is_empty() || list.iter().any(String::is_empty) {
        none(place, ctx);
    }
}

/// TOK-12: a token that is for somebody else opens nothing, so somebody has to be named.
fn none(place: &Place, ctx: &mut Context<'_, '_>) {
    ctx.problems.error(
        Code::TrustedIssuer,
        place,
        format_args!("`{place}` names at least one, and none is empty"),
    );
}

fn algs(given: Option<&[String]>, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<ForeignAlg> {
    let Some(given) = given else {
        return ForeignAlg::ALL.to_vec();
    };
    if given.is_empty() {
        none(place, ctx);
    }
    let mut algs = Vec::new();
    for (n, name) in given.iter().enumerate() {
        if let Some(alg) = ForeignAlg::parse(name) {
            algs.push(alg);
            continue;
        }
        let shown = crate::config::walk::printable(name);
        let all = ForeignAlg::ALL.iter().map(|alg| alg.as_str());
        ctx.problems
            .error(
                Code::Algorithms,
                &place.item(n),
                format_args!("`{shown}` is no signature that is checked here"),
            )
            .help(format_args!("there are {}", suggest::list(all)));
    }
    algs
}

const fn people(word: Option<PeopleWord>) -> People {
    match word {
        None | Some(PeopleWord::Known) => People::Known,
        Some(PeopleWord::Claims) => People::Claims,
        Some(PeopleWord::Nobody) => People::Nobody,
    }
}

fn groups(given: &TrustedGroups) -> GroupClaim {
    let map = given.map.iter();
    GroupClaim {
        claim: given.claim.clone().unwrap_or_else(|| "groups".to_owned()),
        map: map
            .map(|(theirs, ours)| (theirs.clone(), GroupName::new(ours)))
            .collect(),
    }
}
