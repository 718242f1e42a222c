//! `require`: what must hold besides `allow`.

use http::{HeaderName, HeaderValue, Method};

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{ClientCert, Require};
use crate::config::spans::Span;
use crate::config::{suggest, text};
use crate::keys::DistinguishedName;
use crate::model::Acr;
use crate::policy::{Hours, Requirement};

/// Reads the table, in the order in which requirements are judged.
pub fn build(
    given: Option<&Require>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Vec<Requirement> {
    let Some(given) = given else {
        return Vec::new();
    };
    let mut all = of_request(given, place, ctx);
    all.extend(of_person(given, place, ctx));
    all
}

fn of_request(given: &Require, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Requirement> {
    let mut all = Vec::new();
    if let Some(ip) = &given.ip {
        let place = place.key("ip");
        nothing_named(ip, &place, ctx);
        let what = "not an address or a network";
        let networks = text::networks(ip, &place, what, ctx.problems);
        all.push(Requirement::Address(networks));
    }
    if let Some(methods) = &given.methods {
        all.push(Requirement::Method(read_methods(
            methods,
            &place.key("methods"),
            ctx,
        )));
    }
    for (name, value) in &given.header {
        all.extend(header(name, value, &place.key("header").key(name), ctx));
    }
    if let Some(time) = &given.time {
        let hours = Hours::parse(
            time.days.as_deref(),
            (time.from.as_deref(), time.to.as_deref()),
            time.zone.as_deref(),
        );
        match hours {
            Ok(hours) => all.push(Requirement::Hours(hours)),
            Err(fault) => {
                let place = place.key("time");
                let at = place.key(fault.key());
                let at = if ctx.problems.doc.has(&at) { at } else { place };
                ctx.problems.error(Code::Requirement, &at, fault);
            }
        }
    }
    match &given.client_cert {
        None | Some(ClientCert::Whether(false)) => {}
        Some(ClientCert::Whether(true)) => all.push(Requirement::Certificate(None)),
        Some(ClientCert::Of(of)) => {
            let text = of.subject.as_deref();
            let subject = text.map(DistinguishedName::parse);
            if subject == Some(None) {
                ctx.problems
                    .error(
                        Code::Requirement,
                        &place.key("client_cert").key("subject"),
                        "not a distinguished name",
                    )
                    .help("write it as RFC 4514 does: \"CN=laptop-7,O=Example\"");
            }
            all.extend(
                subject
                    .flatten()
                    .map(|one| Requirement::Certificate(Some(one))),
            );
        }
    }
    all
}

fn of_person(given: &Require, place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Requirement> {
    let mut all = Vec::new();
    if let Some(groups) = &given.groups {
        nothing_named(groups, &place.key("groups"), ctx);
        all.extend(
            groups
                .iter()
                .map(|name| Requirement::Group(name.as_str().into())),
        );
    }
    if given.second_factor {
        all.push(Requirement::SecondFactor);
    }
    if given.passkey {
        all.push(Requirement::Passkey);
    }
    if let Some(written) = &given.acr {
        let known = Acr::ALL.into_iter().find(|class| class.as_str() == written);
        if known.is_none() {
            let names = Acr::ALL.map(Acr::as_str);
            ctx.problems
                .error(
                    Code::Requirement,
                    &place.key("acr"),
                    "there is no such authentication context class here",
                )
                .help(format_args!("classes are {}", suggest::list(names)));
        }
        all.extend(known.map(Requirement::Acr));
    }
    let mut span = |text: Option<&String>, key: &str| {
        text.and_then(|text| Span::FRESH.read(text, &place.key(key), ctx.problems))
    };
    all.extend(span(given.fresh.as_ref(), "fresh").map(Requirement::Fresh));
    all.extend(span(given.session_age.as_ref(), "session_age").map(Requirement::SessionAge));
    all.extend(span(given.idle.as_ref(), "idle").map(Requirement::Idle));
    all
}

fn nothing_named(list: &[String], place: &Place, ctx: &mut Context<'_, '_>) {
    if list.is_empty() {
        ctx.problems
            .error(Code::Requirement, place, "an empty list lets nothing pass")
            .help("name something, or leave the key out");
    }
}

fn read_methods(given: &[String], place: &Place, ctx: &mut Context<'_, '_>) -> Vec<Method> {
    nothing_named(given, place, ctx);
    let mut methods = Vec::new();
    for (n, text) in given.iter().enumerate() {
        let upper = text.bytes().all(|byte| byte.is_ascii_uppercase());
        match Method::from_bytes(text.as_bytes()) {
            Ok(method) if upper => methods.push(method),
            Ok(_) | Err(_) => {
                ctx.problems
                    .error(Code::Method, &place.item(n), "not an upper-case method")
                    .help("write for example \"GET\"");
            }
        }
    }
    methods
}

fn header(
    name: &str,
    value: &str,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) -> Option<Requirement> {
    let read = name.parse::<HeaderName>().ok();
    let visible = HeaderValue::from_str(value).is_ok() && value.trim() == value;
    if read.is_none() || !visible {
        ctx.problems.error(
            Code::Requirement,
            place,
            "a header is a name, and a text without controls or spaces at its ends",
        );
        return None;
    }
    read.map(|name| Requirement::Header {
        name,
        value: value.into(),
    })
}
