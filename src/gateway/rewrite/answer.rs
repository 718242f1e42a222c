//! The way back: addresses and cookies that an app knows by its own path and name.

use http::header::{CONTENT_LOCATION, LOCATION, SET_COOKIE};
use http::{HeaderName, HeaderValue};
use pingora::http::ResponseHeader;

use crate::gateway::settings::{Forwarding, Rewrite};

/// What an app may call itself, and how browsers reach it.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) struct Back<'a> {
    /// The route's rules.
    pub(in crate::gateway) forwarding: &'a Forwarding,
    /// The upstream's authority, and the host that the app was told.
    pub(in crate::gateway) inside: [Option<&'a str>; 2],
    /// `https`, or `http`.
    pub(in crate::gateway) scheme: &'a str,
    /// Host and port as the client sent them.
    pub(in crate::gateway) outside: &'a str,
}

/// Rewrites `Location`, `Content-Location`, and path and domain of `Set-Cookie`.
pub(in crate::gateway) fn rewrite_answer(answer: &mut ResponseHeader, back: &Back<'_>) {
    if back.forwarding.is_plain() {
        return;
    }
    for name in [LOCATION, CONTENT_LOCATION] {
        each(answer, &name, |text| back.address(text));
    }
    each(answer, &SET_COOKIE, |text| back.cookie(text));
}

/// Replaces the values for which `change` knows another.
fn each(answer: &mut ResponseHeader, name: &HeaderName, change: impl Fn(&str) -> Option<String>) {
    let new = |value: &HeaderValue| {
        let text = std::str::from_utf8(value.as_bytes()).ok()?;
        HeaderValue::from_str(&change(text)?).ok()
    };
    let values: Vec<_> = answer.headers.get_all(name).iter().cloned().collect();
    let changed: Vec<_> = values.iter().map(new).collect();
    if changed.iter().all(Option::is_none) {
        return;
    }
    answer.remove_header(name);
    for (value, changed) in values.into_iter().zip(changed) {
        let _ = answer.append_header(name.clone(), changed.unwrap_or(value));
    }
}

impl Back<'_> {
    /// The address for browsers, where it is one of the app's own and differs.
    fn address(&self, text: &str) -> Option<String> {
        let rewrite = &self.forwarding.rewrite;
        if text.starts_with('/') && !text.starts_with("//") {
            return outer(rewrite, text);
        }
        let rest = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"))
            .or_else(|| text.strip_prefix("//"))?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, local) = rest.split_at_checked(end)?;
        let same = |known: &str| known.eq_ignore_ascii_case(authority);
        let inside = self.inside.iter().flatten().any(|known| same(known));
        if !inside && !same(self.outside) {
            return None;
        }
        let local = if local.starts_with('/') {
            local.to_owned()
        } else {
            format!("/{local}")
        };
        let path = outer(rewrite, &local);
        if inside && !same(self.outside) {
            let path = path.unwrap_or(local);
            return Some(format!("{}://{}{path}", self.scheme, self.outside));
        }
        let written = text.strip_suffix(rest)?;
        Some(format!("{written}{authority}{}", path?))
    }

    /// The cookie with the path and without the domain that browsers know nothing of.
    fn cookie(&self, text: &str) -> Option<String> {
        let mut changed = false;
        let mut parts = Vec::new();
        for (n, part) in text.split(';').enumerate() {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim());
            if n > 0 && name.eq_ignore_ascii_case("domain") && self.is_inner_host(value) {
                changed = true;
                continue;
            }
            if n > 0
                && name.eq_ignore_ascii_case("path")
                && let Some(path) = outer_scope(&self.forwarding.rewrite, value)
            {
                changed = true;
                parts.push(format!(" {name}={path}"));
                continue;
            }
            parts.push(part.to_owned());
        }
        // Browsers take one with this name for the whole host only.
        let whole = text
            .trim_start()
            .get(..7)
            .is_some_and(|name| name.eq_ignore_ascii_case("__host-"));
        (changed && !whole).then(|| parts.join(";"))
    }

    fn is_inner_host(&self, domain: &str) -> bool {
        let domain = domain.strip_prefix('.').unwrap_or(domain);
        let host = |authority: &str| {
            let colon = authority.rfind(':').filter(|_| !authority.ends_with(']'));
            colon
                .and_then(|at| authority.get(..at))
                .unwrap_or(authority)
                .to_owned()
        };
        let inner = |known: &&str| host(known).eq_ignore_ascii_case(domain);
        self.inside.iter().flatten().any(inner) && !host(self.outside).eq_ignore_ascii_case(domain)
    }
}

/// The path outside for a path of the app's; `None` where it stays as it is. An app that heard of
/// `X-Forwarded-Prefix` says the outer path itself.
fn outer(rewrite: &Rewrite, local: &str) -> Option<String> {
    if rewrite.is_empty() || (!rewrite.strip.is_empty() && below(local, &rewrite.strip).is_some()) {
        return None;
    }
    let rest = below(local, &rewrite.prefix)?;
    let joined = format!("{}{rest}", rewrite.strip);
    Some(if joined.starts_with('/') {
        joined
    } else {
        format!("/{joined}")
    })
}

/// The same for the path of a cookie, which takes everything below it: one that takes more of the
/// app's host than the app has outside gets all that the app has.
fn outer_scope(rewrite: &Rewrite, scope: &str) -> Option<String> {
    let all = below(&rewrite.prefix, scope.trim_end_matches('/')).is_some();
    let path = if all && !rewrite.prefix.is_empty() {
        rewrite.strip.clone()
    } else {
        outer(rewrite, scope)?
    };
    // With a slash at its end it would not take the path without.
    Some(match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    })
}

/// What follows `prefix` in `path`, if the prefix ends at a segment's end.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?;
    let ends = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    ends.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::settings::UpstreamHost;

    fn forwarding(strip: &str, prefix: &str) -> Forwarding {
        Forwarding {
            rewrite: Rewrite {
                strip: strip.to_owned(),
                prefix: prefix.to_owned(),
            },
            host: UpstreamHost::Name("inner.test".to_owned()),
            ..Forwarding::default()
        }
    }

    fn back(forwarding: &Forwarding) -> Back<'_> {
        Back {
            forwarding,
            inside: [Some("10.0.0.7:3000"), Some("inner.test")],
            scheme: "https",
            outside: "app.test:8443",
        }
    }

    #[test]
    fn addresses_of_the_app_become_those_that_browsers_know() {
        let (both, strip, none) = (
            forwarding("/app", "/in"),
            forwarding("/app", ""),
            forwarding("", ""),
        );
        for (rule, said, heard) in [
            (&strip, "/login?x=1", "/app/login?x=1"),
            (&strip, "/", "/app/"),
            (&strip, "/app/login", "/app/login"),
            (&strip, "/apple", "/app/apple"),
            (
                &strip,
                "http://10.0.0.7:3000/x",
                "https://app.test:8443/app/x",
            ),
            (&strip, "http://INNER.test", "https://app.test:8443/app/"),
            (
                &strip,
                "https://app.test:8443/x",
                "https://app.test:8443/app/x",
            ),
            (&strip, "https://other.test/x", "https://other.test/x"),
            (&strip, "//other.test/x", "//other.test/x"),
            (&strip, "relative", "relative"),
            (&both, "/in/x", "/app/x"),
            (&both, "/in", "/app"),
            (&both, "/inside", "/inside"),
            (&none, "/x", "/x"),
            (&none, "http://10.0.0.7:3000/x", "https://app.test:8443/x"),
        ] {
            let said_back = back(rule).address(said).unwrap_or_else(|| said.to_owned());
            assert_eq!(said_back, heard, "{said}");
        }
    }

    #[test]
    fn cookies_get_the_outer_path_and_lose_the_inner_domain() {
        let strip = forwarding("/app", "");
        for (said, heard) in [
            ("a=b; Path=/; HttpOnly", "a=b; Path=/app; HttpOnly"),
            ("a=b;path=/x/", "a=b; path=/app/x"),
            ("a=b; Path=/app/x", "a=b; Path=/app/x"),
            ("a=b; Domain=.inner.test; Secure", "a=b; Secure"),
            ("a=b; Domain=10.0.0.7", "a=b"),
            ("a=b; Domain=test", "a=b; Domain=test"),
            ("path=/; x=y", "path=/; x=y"),
            ("__Host-a=b; Path=/; Secure", "__Host-a=b; Path=/; Secure"),
            ("a=b", "a=b"),
        ] {
            let changed = back(&strip).cookie(said).unwrap_or_else(|| said.to_owned());
            assert_eq!(changed, heard, "{said}");
        }
    }

    #[test]
    fn a_cookie_for_more_than_the_app_is_for_the_app() {
        for (prefix, said, heard) in [
            ("/in", "a=b; Path=/in; HttpOnly", "a=b; Path=/app; HttpOnly"),
            ("/in", "a=b; Path=/in/x", "a=b; Path=/app/x"),
            ("/in/deep", "a=b; Path=/in/", "a=b; Path=/app"),
            ("/in", "a=b; Path=/", "a=b; Path=/app"),
            ("/in", "a=b; Path=/inner", "a=b; Path=/inner"),
        ] {
            let rule = forwarding("/app", prefix);
            let changed = back(&rule).cookie(said).unwrap_or_else(|| said.to_owned());
            assert_eq!(changed, heard, "{said}");
        }
        let added = forwarding("", "/in");
        let heard = back(&added).cookie("a=b; Path=/in/");
        assert_eq!(heard.as_deref(), Some("a=b; Path=/"));
    }

    #[test]
    fn a_route_that_changes_nothing_leaves_every_answer_alone() {
        let plain = Forwarding::default();
        let mut answer = ResponseHeader::build(302, None).unwrap();
        let said = "http://10.0.0.7:3000/x";
        answer.insert_header(LOCATION, said).unwrap();
        rewrite_answer(&mut answer, &back(&plain));
        assert_eq!(answer.headers[LOCATION], said);
        rewrite_answer(&mut answer, &back(&forwarding("", "")));
        assert_eq!(answer.headers[LOCATION], "https://app.test:8443/x");
    }
}
