//! Redirect URIs are exact, absolute and safe (RFC 9700 2.1, RFC 8252).

use url::Url;

use crate::config::build::{Context, Draft, is_loopback_host};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::model::Algorithm;
use crate::web::form_source;

/// Looks at every URI that a browser may be sent to.
pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for client in &draft.clients {
        let lists = [
            ("redirect_uris", &client.it.redirect_uris),
            (
                "post_logout_redirect_uris",
                &client.it.post_logout_redirect_uris,
            ),
        ];
        for (key, uris) in lists {
            for (n, uri) in uris.iter().enumerate() {
                one(
                    uri,
                    uris.iter().take(n),
                    &client.place.key(key).item(n),
                    ctx,
                );
            }
        }
        algorithm(draft, client, ctx);
    }
}

fn one<'a>(
    uri: &str,
    mut earlier: impl Iterator<Item = &'a String>,
    place: &Place,
    ctx: &mut Context<'_, '_>,
) {
    if let Some((fault, help)) = fault(uri) {
        ctx.problems
            .error(
                Code::RedirectUri,
                place,
                format_args!("the redirect URI {fault}"),
            )
            .help(help);
    } else if earlier.any(|other| other == uri) {
        ctx.problems
            .warning(Code::RedirectUri, place, "the redirect URI is named twice")
            .help("remove one of them");
    }
}

/// What is wrong with a redirect URI, and what to do; `None` when nothing is.
pub fn fault(uri: &str) -> Option<(&'static str, &'static str)> {
    const ABSOLUTE: &str = "write it whole, such as \"https://app.example.com/callback\"";
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
fn scheme_fault(uri: &str, url: &Url) -> Option<(&'static str, &'static str)> {
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

fn algorithm(
    draft: &Draft,
    client: &crate::config::build::Placed<crate::model::Client>,
    ctx: &mut Context<'_, '_>,
) {
    let Some(alg) = client.it.id_token_alg else {
        return;
    };
    let issuer = draft
        .issuers
        .iter()
        .find(|issuer| issuer.it.id == client.it.issuer);
    // Every issuer has RS256 keys (OpenID Connect Discovery 3).
    let has = |algs: &[Algorithm]| alg == Algorithm::RS256 || algs.contains(&alg);
    if issuer.is_some_and(|issuer| !has(&issuer.it.algs)) {
        ctx.problems
            .error(
                Code::Algorithms,
                &client.place.key("id_token_alg"),
                format_args!("issuer `{}` has no {} keys", client.it.issuer, alg.as_str()),
            )
            .help("add it to the issuer's `algs`, or choose one of them");
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn only_exact_and_safe_uris_are_registered() {
        for good in [
            "https://shop.example.net/cb",
            "https://shop.example.net/cb?x=1",
            "http://127.0.0.1/cb",
            "http://localhost:3000/cb",
            "http://[::1]:9/cb",
            "com.example.app:/oauth",
            "HTTPS://Shop.example.net/cb",
            "https://xn--bcher-kva.example/cb",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "https://*.example.net/cb",
            "https://shop.example.net/*",
            "https://shop.example.net/cb#x",
            "https://shop.example.net/cb#",
            "/cb",
            "shop.example.net/cb",
            "http://shop.example.net/cb",
            "http://localhost.evil.test/cb",
            "https://user@shop.example.net/cb",
            "https://shop.example.net/a/../cb",
            "https://shop.example.net/%2e%2e/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/cb",
            "https://shop.example.net/c b",
            "https://shop.example.net\\@evil.test/",
            "https:/cb",
            "https:shop.example.net/cb",
            "https:///shop.example.net/cb",
            "http:/localhost/cb",
            "HTTPS:/cb",
            "https://a.example'/cb",
            "https://a,b.example/cb",
            "",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
