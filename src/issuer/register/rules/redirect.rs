//! Redirect URIs are exact, absolute and safe (RFC 9700 2.1, RFC 8252, OpenID Connect Registration 2).

use url::Url;

use super::{Able, Fault, Field};
use crate::base::hosts::is_loopback_host;
use crate::model::Client;
use crate::model::client::Application;
use crate::web::form_source;

/// Most URIs of one list.
const MOST: usize = 64;
/// Longest URI, in bytes.
const LONGEST: usize = 2048;

/// What answers of the authorization endpoint add: one that was registered would come twice, or be
/// taken for an answer.
const ANSWERS: &[&str] = &[
    "access_token",
    "code",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "id_token",
    "iss",
    "response",
    "session_state",
    "state",
    "token_type",
];
/// What is added after a logout (RP-Initiated Logout 3).
const AFTER_LOGOUT: &[&str] = &["state"];

/// What is wrong, and what to do.
type Wrong = (&'static str, &'static str);

pub(super) fn check(client: &Client, _: Able<'_>, faults: &mut Vec<Fault>) {
    let implicit = client
        .flows
        .response_types
        .iter()
        .any(|kind| kind.is_front_channel());
    let application = client.about.application;
    for (field, uris, reserved) in [
        (Field::RedirectUris, &client.redirect_uris, ANSWERS),
        (
            Field::PostLogoutRedirectUris,
            &client.post_logout_redirect_uris,
            AFTER_LOGOUT,
        ),
    ] {
        if uris.len() > MOST {
            faults.push(Fault::new(
                field,
                "has too many elements",
                "name 64 at most",
            ));
            continue;
        }
        let implicit = implicit && field == Field::RedirectUris;
        for (at, uri) in uris.iter().enumerate() {
            let wrong = address_fault(uri)
                .or_else(|| reserved_fault(uri, reserved))
                .or_else(|| kind_fault(uri, application, implicit));
            faults.extend(wrong.map(|(what, help)| Fault::new(field, what, help).item(at)));
        }
    }
    if client.redirect_uris.is_empty() && !client.flows.response_types.is_empty() {
        faults.push(Fault::new(
            Field::RedirectUris,
            "is empty, and nobody could sign in",
            "name the address to which people come back",
        ));
    }
}

/// Where an app with these redirect URIs runs, when nobody says: one with a scheme of its own is on
/// a person's device.
pub fn application_of(uris: &[String]) -> Application {
    let own =
        |uri: &String| Url::parse(uri).is_ok_and(|url| !matches!(url.scheme(), "http" | "https"));
    if uris.iter().any(own) {
        Application::Native
    } else {
        Application::Web
    }
}

/// What is wrong with an address that a browser is to be sent to, whoever registers it, and what to
/// do; `None` when nothing is.
fn address_fault(uri: &str) -> Option<Wrong> {
    const ABSOLUTE: &str = "write it whole, such as \"https://app.example.com/callback\"";
    if uri.len() > LONGEST {
        return Some(("is too long", "2048 bytes are the most"));
    }
    if uri.contains('*') {
        return Some((
            "has a wildcard",
            "name every URI: they are compared byte for byte",
        ));
    }
    let visible = uri.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible || uri.contains(['\\', '"', '<', '>']) {
        return Some(("has characters that a URI cannot have", ABSOLUTE));
    }
    let Ok(url) = Url::parse(uri) else {
        return Some(("is not absolute", ABSOLUTE));
    };
    if uri.contains('#') {
        return Some((
            "has a fragment",
            "remove everything from the `#` on (RFC 6749 3.1.2)",
        ));
    }
    // Browsers read a host into `https:/cb`; servers that compare bytes do not.
    let web = matches!(url.scheme(), "http" | "https");
    let rest = uri.get(url.scheme().len()..).unwrap_or_default();
    let host = rest
        .strip_prefix("://")
        .filter(|host| !host.starts_with('/'));
    if web && host.is_none() {
        return Some(("has no `//` and host after its scheme", ABSOLUTE));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(("holds a user name or password", ABSOLUTE));
    }
    let path = uri
        .split('?')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let dots = path.replace("%2e", ".");
    if dots.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Some((
            "has dot segments",
            "write the path as the browser will ask for it",
        ));
    }
    // Where no source of a content security policy stands for it, a browser stops at the form that
    // leads there.
    if web && form_source(uri).is_none() {
        return Some((
            "has a host with characters that no host name has",
            "use letters, digits, `-` and `.`",
        ));
    }
    scheme_fault(uri, &url)
}

/// Why codes cannot be sent to an address of this scheme.
fn scheme_fault(uri: &str, url: &Url) -> Option<Wrong> {
    match url.scheme() {
        "https" if url.host_str().is_some_and(|host| !host.is_empty()) => None,
        "http" if url.host_str().is_some_and(is_loopback_host) => None,
        "http" => Some((
            "is http",
            "codes would travel in plain text: use https, or a loopback address on the person's \
             own machine",
        )),
        // RFC 8252 7.1: a scheme of an app's own is a domain name in reverse.
        scheme if scheme.contains('.') && form_source(uri).is_some() => None,
        _ => Some((
            "has a scheme that cannot be trusted",
            "use https; apps use their domain in reverse, such as \"com.example.app:/callback\"",
        )),
    }
}

fn reserved_fault(uri: &str, reserved: &[&str]) -> Option<Wrong> {
    let (_, query) = uri.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .any(|(name, _)| reserved.contains(&&*name))
        .then_some((
            "has a parameter in its query that the answer will have",
            "remove `code`, `state`, `error` and the like from it",
        ))
}

/// What the kind of application rules out (OpenID Connect Registration 2, `application_type`).
fn kind_fault(uri: &str, application: Application, implicit: bool) -> Option<Wrong> {
    match application {
        Application::Native => return None,
        Application::Web => {}
    }
    let url = Url::parse(uri).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return Some((
            "has a scheme of an app's own",
            "only an app on a person's device is reached so: say that it is a native one",
        ));
    }
    let at_home = url.host_str().is_some_and(is_loopback_host);
    (implicit && (at_home || url.scheme() != "https")).then_some((
        "is on the person's own machine, which a web client with tokens in its redirects cannot be",
        "use https and a public host, or register a native application",
    ))
}

#[cfg(test)]
mod tests;
