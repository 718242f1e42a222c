//! Which request headers never reach an app, whoever sent them.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderName, HeaderValue, header};
use pingora::http::RequestHeader;

use crate::gateway::bearer::standing_password;
use crate::gateway::identity::IdentityHeaders;
use crate::gateway::presets::PRESETS;
use crate::gateway::settings::RouteSettings;
use crate::session::cookie;
use crate::tokens::dpop;

/// Beginnings of names that belong to proxies. A client has no business with any of them.
const PREFIXES: &[&str] = &[
    "doorward-",
    "remote-",
    "x-remote-",
    "x-forwarded",
    "x-original-",
    "x-rewrite-",
    "x-envoy-",
    "x-auth-request-",
    "x-authenticated-",
    "x-webauth-",
    "x-authentik-",
    "x-pomerium-",
    "x-vouch-",
    "x-token-",
    "x-goog-authenticated-",
    "x-goog-iap-",
    "cf-access-",
    "tailscale-",
    "oidc-",
    "ssl-client-",
    "x-ssl-",
    "x-client-cert",
];

/// Whole names of the same kind: where a request came from, what it should be taken for.
const NAMES: &[&str] = &[
    "forwarded",
    "x-real-ip",
    "true-client-ip",
    "client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "fastly-client-ip",
    "x-host",
    "x-proxyuser-ip",
    "x-proxy-user",
    "x-proxy-roles",
    "x-proxy-role",
    "x-jwt-assertion",
    "x-user",
    "x-auth-user",
    "x-auth-email",
    "x-auth-groups",
    "sm-user",
    "auth-user",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "front-end-https",
    // httpoxy (CVE-2016-5385): CGI would make it the process's own HTTP_PROXY.
    "proxy",
];

/// What becomes of the access token that let a request in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// It stays here.
    Kept,
    /// The app gets it too.
    Forwarded,
}

/// Decides which headers are removed. Built once per configuration.
#[derive(Debug)]
pub struct Strip {
    names: HashSet<String, ahash::RandomState>,
    issuer: String,
}

impl Strip {
    /// Knows every name that any preset sends and any of `routes` is configured to send. `issuer`
    /// is what the `iss` of our own tokens begins with.
    pub fn new(routes: &[RouteSettings], issuer: &str) -> Self {
        let mut names: HashSet<String, ahash::RandomState> =
            NAMES.iter().map(|name| (*name).to_owned()).collect();
        for preset in PRESETS {
            collect(&preset.headers(), &mut names);
        }
        for route in routes {
            collect(&route.identity, &mut names);
        }
        // Apps have a use of their own for these two; they get rules of their own below.
        names.remove("authorization");
        names.remove("cookie");
        Self {
            names,
            issuer: issuer.to_owned(),
        }
    }

    /// Removes from `request` whatever only a proxy may say. `identity` is what this route sends,
    /// `token` what becomes of the access token that let the request in, if one did.
    pub fn apply(
        &self,
        request: &mut RequestHeader,
        identity: &IdentityHeaders,
        token: Option<TokenUse>,
    ) {
        let doomed: Vec<HeaderName> = request
            .headers
            .keys()
            .filter(|name| self.removes(name.as_str()))
            .cloned()
            .collect();
        for name in doomed {
            request.remove_header(&name);
        }
        self.strip_authorization(request, identity, token);
        strip_cookies(request);
    }

    /// Whether a header of this (lower-case) name is removed.
    ///
    /// Names are letters, digits and hyphens, or they are removed: CGI, WSGI and PHP turn every
    /// other character into the same underscore, so `x_auth_user` and `x.auth.user` are twins of
    /// `x-auth-user` (CVE-2025-64484).
    pub fn removes(&self, name: &str) -> bool {
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !plain {
            return true;
        }
        let core = name.strip_prefix("http-").unwrap_or(name);
        self.names.contains(core) || PREFIXES.iter().any(|prefix| core.starts_with(prefix))
    }

    /// An app's own credentials pass; tokens of ours stay here, and where the route writes the
    /// header itself nothing of the client's is left of it.
    fn strip_authorization(
        &self,
        request: &mut RequestHeader,
        identity: &IdentityHeaders,
        token: Option<TokenUse>,
    ) {
        let mut headers = identity.headers.iter();
        let writes = identity.bearer.is_some()
            || headers.any(|header| header.name.eq_ignore_ascii_case("authorization"));
        let mut lines = request.headers.get_all(header::AUTHORIZATION).iter();
        let strip = match token {
            Some(TokenUse::Forwarded) => writes,
            Some(TokenUse::Kept) => true,
            None => lines.any(|value| writes || self.is_our_token(value)),
        };
        if strip {
            request.remove_header(&header::AUTHORIZATION);
        }
        // A proof is for us, and was used up here.
        if token.is_some() {
            request.remove_header(dpop::HEADER);
        }
    }

    fn is_our_token(&self, value: &HeaderValue) -> bool {
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
            // Nobody's scheme has such bytes; what cannot be read is not passed on.
            return true;
        };
        // In Basic it is not to be seen.
        if standing_password(value).is_some() {
            return true;
        }
        // Whatever the scheme: `DPoP`, `Token token=".."` and none at all carry one just as well.
        let in_token = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_');
        text.split(|sign| !in_token(sign))
            .any(|word| self.issued(word))
    }

    /// Judged without a look at the signature: an expired token of ours is ours too.
    fn issued(&self, token: &str) -> bool {
        if token.starts_with("dw_") {
            return true;
        }
        let mut parts = token.split('.');
        let (Some(head), Some(body)) = (parts.next().and_then(json), parts.next().and_then(json))
        else {
            return false;
        };
        let says = |object: &serde_json::Value, key: &str| {
            object
                .get(key)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        says(&head, "typ") == "identity+jwt"
            || says(&body, "iss")
                .strip_prefix(&self.issuer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn collect(identity: &IdentityHeaders, names: &mut HashSet<String, ahash::RandomState>) {
    let all = identity.headers.iter().map(|header| &header.name);
    for name in all.chain(&identity.assertion) {
        names.insert(name.to_ascii_lowercase().replace('_', "-"));
    }
}

fn json(part: &str) -> Option<serde_json::Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Our cookies out; what is left goes on as one line, as HTTP/2 may have split it into crumbs
/// (RFC 9113 8.2.3).
fn strip_cookies(request: &mut RequestHeader) {
    let mut lines = request.headers.get_all(header::COOKIE).iter();
    let Some(first) = lines.next() else {
        return;
    };
    let mut kept = cookie::without_ours(first.as_bytes()).unwrap_or_default();
    for line in lines {
        if let Some(crumbs) = cookie::without_ours(line.as_bytes()) {
            if !kept.is_empty() {
                kept.extend_from_slice(b"; ");
            }
            kept.extend_from_slice(&crumbs);
        }
    }
    request.remove_header(&header::COOKIE);
    if kept.is_empty() {
        return;
    }
    if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(kept)) {
        // Cannot fail: the name is a constant and the value was one before.
        let _ = request.insert_header(header::COOKIE, value);
    }
}

#[cfg(test)]
#[path = "strip_tests.rs"]
mod tests;
