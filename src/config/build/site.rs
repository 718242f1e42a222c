//! `public_url`, and what hosts and paths may look like.

use url::Url;

use super::Context;
use crate::base::hosts::is_loopback_host;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::File;
use crate::gateway::SiteSettings;

/// Reads `public_url`; the site's prefixes are filled in when the issuers are known.
pub fn build(file: &File, ctx: &mut Context<'_, '_>) -> Option<SiteSettings> {
    let place = Place::root().key("public_url");
    let version = Place::root().key("version");
    if file.version.is_some_and(|version| version != 1) {
        ctx.problems
            .error(Code::Version, &version, "this program reads version 1")
            .help("write `version = 1`, or run a program that knows this version");
    }
    let text = file.public_url.as_deref()?;
    let url = match read(text) {
        Ok(url) => url,
        Err(fault) => {
            ctx.problems
                .error(
                    Code::PublicUrl,
                    &place,
                    format_args!("`public_url` {fault}"),
                )
                .help("write scheme and host alone, such as \"https://auth.example.com\"");
            return None;
        }
    };
    let host = url.host_str()?.to_ascii_lowercase();
    let https = url.scheme() == "https";
    if !https && !is_loopback_host(&host) {
        ctx.problems
            .error(
                Code::PublicUrl,
                &place,
                "`public_url` is http, and its host is not this machine",
            )
            .label("browsers keep no secure cookie here")
            .help(
                "write https: with certificates in [listen] tls, or behind a proxy that \
                 terminates TLS ([listen] http on loopback and trusted_proxies); for a try-out \
                 use http://localhost:PORT",
            );
    }
    Some(SiteSettings {
        public_url: url.as_str().trim_end_matches('/').to_owned(),
        port: url.port_or_known_default()?,
        host,
        https,
        prefixes: Vec::new(),
        everywhere: Vec::new(),
    })
}

fn read(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment");
    }
    if !matches!(url.path(), "" | "/") {
        return Err("has a path; issuers have paths of their own");
    }
    match url.host() {
        None => Err("has no host"),
        Some(url::Host::Domain(name)) if name.ends_with('.') => {
            Err("has a host that ends in a dot")
        }
        Some(_) => Ok(url),
    }
}

/// What is wrong with a route's host, or its canonical (lower-case, IDNA) form.
pub fn host_fault(text: &str) -> Result<String, &'static str> {
    if text.contains("://") {
        return Err("is a URL, not a host");
    }
    if text.contains('*') {
        return Err("has a wildcard");
    }
    if text.contains('/') {
        return Err("has a path");
    }
    let bare_v6 = text.parse::<std::net::Ipv6Addr>().is_ok();
    if !text.starts_with('[') && text.contains(':') && !bare_v6 {
        return Err("has a port");
    }
    if text.ends_with('.') {
        return Err("ends in a dot");
    }
    let bracketed = if bare_v6 {
        format!("[{text}]")
    } else {
        text.to_owned()
    };
    match url::Host::parse(&bracketed) {
        // "127.1" and "0x7f000001" are read as addresses by some and as names by others.
        Ok(url::Host::Ipv4(address)) if address.to_string() != text => {
            Err("is an address in an unusual form")
        }
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err("is not a host"),
    }
}

/// Whether `path` is in the one plain form that requests are compared in.
pub fn path_fault(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        return Err("does not begin with a slash");
    }
    if path.contains("//") {
        return Err("has an empty segment");
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err("has a `.` or `..` segment");
    }
    if path.contains('*') {
        return Err("has a wildcard; a path takes everything below it anyway");
    }
    if path.contains(['?', '#']) {
        return Err("has a query or a fragment");
    }
    if path.contains([';', '\\', '%']) {
        return Err("has an escape, a `;` or a `\\`");
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has characters that a path cannot have");
    }
    Ok(())
}

/// Whether `path` can also be the path of something of our own: nothing in it may mean more than
/// itself where requests are matched.
pub fn own_path_fault(path: &str) -> Result<(), &'static str> {
    path_fault(path)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if path.chars().all(is_plain) {
        Ok(())
    } else {
        Err("has something other than letters, digits and - . _ ~ between its slashes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_canonical_or_refused() {
        assert_eq!(
            host_fault("Wiki.Example.COM"),
            Ok("wiki.example.com".to_owned())
        );
        assert_eq!(
            host_fault("bücher.example"),
            Ok("xn--bcher-kva.example".to_owned())
        );
        assert_eq!(host_fault("10.0.0.7"), Ok("10.0.0.7".to_owned()));
        assert_eq!(host_fault("::1"), Ok("[::1]".to_owned()));
        for bad in [
            "https://a.example",
            "*.example.com",
            "a.example:8080",
            "a.example/x",
            "a.example.",
            "127.1",
            "0x7f000001",
            "",
            "a b",
            "a@b",
        ] {
            assert!(host_fault(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_are_plain_or_refused() {
        for good in ["/", "/admin", "/admin/", "/a/b.c/~x"] {
            assert_eq!(path_fault(good), Ok(()), "{good}");
        }
        for bad in [
            "", "admin", "//", "/a//b", "/a/../b", "/.", "/a/*", "/a?x", "/a#x", "/a;x", "/a%2f",
            "/a\\b", "/ä", "/a b",
        ] {
            assert!(path_fault(bad).is_err(), "{bad}");
        }
        assert_eq!(own_path_fault("/a/b-1._~"), Ok(()));
        for bad in ["a", "/{x}", "/a/:b", "/a{b", "/a:b", "/a@b", "/a/{*rest}"] {
            assert!(own_path_fault(bad).is_err(), "{bad}");
        }
    }
}
