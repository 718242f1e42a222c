//! The response headers that protect pages. Set in one place, for every answer of the site, so
//! that no page can forget them.

use std::sync::Arc;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Where the redirects after a page's form may lead besides the site itself. Browsers apply
/// `form-action` to them, and to where those redirect in turn: without the relying party's origins,
/// Chromium stops a sign-in at its end.
///
/// A response extension, read by the outer layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormTarget(Arc<str>);

impl FormTarget {
    /// The CSP sources that cover `uris`; `None` when there is none.
    pub fn covering(uris: impl IntoIterator<Item = impl AsRef<str>>) -> Option<Self> {
        let sources = Self::sources(uris);
        (!sources.is_empty()).then(|| Self(sources.join(" ").into()))
    }

    /// The same sources one by one, which [`Self::covering`] takes as well.
    pub fn sources(uris: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
        let mut sources: Vec<String> = Vec::new();
        for source in uris.into_iter().filter_map(|uri| form_source(uri.as_ref())) {
            if sources.len() < MOST_SOURCES && !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }

    /// The sources as written in the policy.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// More origins than this make a policy too long for its header.
const MOST_SOURCES: usize = 16;

/// The origins whose pages a page loads in frames: nobody else's.
///
/// A response extension, read by the outer layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameSources(Arc<str>);

impl FrameSources {
    /// The CSP sources of web addresses; `None` when there is none.
    pub fn covering(uris: impl IntoIterator<Item = impl AsRef<str>>) -> Option<Self> {
        let mut sources: Vec<String> = Vec::new();
        for source in uris.into_iter().filter_map(|uri| form_source(uri.as_ref())) {
            if source.contains("://") && !sources.contains(&source) {
                sources.push(source);
            }
        }
        (!sources.is_empty()).then(|| Self(sources.join(" ").into()))
    }
}

/// A page that others may frame, and its policy: it shows nothing, and does one thing by script.
///
/// A response extension, read by the outer layer.
#[derive(Clone, Debug)]
pub struct Framed(pub HeaderValue);

/// What a page may do beyond the usual.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowed<'a> {
    /// Where its form may lead.
    pub target: Option<&'a FormTarget>,
    /// What it loads in frames.
    pub frames: Option<&'a FrameSources>,
}

/// The CSP source that covers `uri`: the origin of an http(s) URI, the bare scheme of a native app's
/// own (RFC 8252 7.1). `None` for what can be neither.
pub fn form_source(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok()?;
    let source = match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        "javascript" | "data" | "blob" | "file" | "about" | "vbscript" => return None,
        // A parsed scheme is ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ): nothing to escape.
        scheme => format!("{scheme}:"),
    };
    // Hosts come out of the parser in ASCII; this holds whatever it lets through.
    let plain = source
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.:/[]_".contains(&byte));
    plain.then_some(source)
}

/// The policy of a page. `assets` is the origin that serves style and script when it is not the
/// page's own.
pub(super) fn content_security_policy(assets: &str, allowed: Allowed<'_>) -> String {
    let assets = if assets.is_empty() { "'self'" } else { assets };
    let target = allowed.target.map(|target| format!(" {}", target.as_str()));
    let frames = allowed
        .frames
        .map(|frames| format!("frame-src {}; ", frames.0));
    format!(
        "default-src 'none'; style-src {assets}; script-src {assets}; img-src {assets} data:; \
         connect-src 'self'; {}form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        frames.as_deref().unwrap_or_default(),
        target.as_deref().unwrap_or_default()
    )
}

/// Adds to an answer of the site what it lacks.
pub(super) fn protect(headers: &mut HeaderMap, https: bool, assets: &str, allowed: Allowed<'_>) {
    protect_page(headers, assets, allowed);
    let page = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    // A relying party may open the sign-in in a pop-up and needs the way back to its opener, so a
    // page on the way to one does not cut it; neither may a redirect.
    if page && allowed.target.is_none() {
        set_default(headers, OPENER_POLICY, "same-origin");
    }
    set_default(headers, RESOURCE_POLICY, "same-origin");
    if https {
        set_default(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// The same for a page that others may frame.
pub(super) fn protect_framed(headers: &mut HeaderMap, https: bool, Framed(policy): Framed) {
    protect_anything(headers);
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    // Relying parties that isolate themselves load only frames that agree to it.
    set_default(headers, RESOURCE_POLICY, "cross-origin");
    if https {
        set_default(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// What a page needs wherever it is served.
pub(super) fn protect_page(headers: &mut HeaderMap, assets: &str, allowed: Allowed<'_>) {
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(assets, allowed)) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    protect_anything(headers);
}

fn protect_anything(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set_default(headers, REFERRER_POLICY, "no-referrer");
    set_default(headers, CACHE_CONTROL, "no-store");
    set_default(
        headers,
        PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
}

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_the_origin_or_scheme_of_the_redirect_uri_only() {
        let covering = |uri| FormTarget::covering([uri]).map(|target| target.0.to_string());
        assert_eq!(
            covering("https://Shop.example.net/cb?x=1").as_deref(),
            Some("https://shop.example.net")
        );
        assert_eq!(
            covering("http://127.0.0.1:4000/cb").as_deref(),
            Some("http://127.0.0.1:4000")
        );
        assert_eq!(
            covering("com.example.app:/cb").as_deref(),
            Some("com.example.app:")
        );
        for uri in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/cb",
            "",
            "https://a b/",
        ] {
            assert_eq!(covering(uri), None, "{uri}");
        }
    }

    #[test]
    fn frames_are_of_web_origins_only_and_named_once() {
        let uris = [
            "https://shop.test/out?iss=x",
            "https://shop.test/other",
            "com.example.app:/out",
            "http://127.0.0.1:4000/out",
        ];
        let frames = FrameSources::covering(uris);
        let allowed = Allowed {
            frames: frames.as_ref(),
            ..Allowed::default()
        };
        let policy = content_security_policy("", allowed);
        assert!(policy.contains("; frame-src https://shop.test http://127.0.0.1:4000; "));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(FrameSources::covering(["javascript:alert(1)"]), None);
        assert!(!content_security_policy("", Allowed::default()).contains("frame-src"));
    }

    #[test]
    fn every_origin_is_named_once_the_first_one_first() {
        let uris = [
            "https://shop.test/cb",
            "javascript:alert(1)",
            "https://app.shop.test/bye",
            "https://shop.test/other",
        ];
        let target = FormTarget::covering(uris).unwrap();
        assert_eq!(target.as_str(), "https://shop.test https://app.shop.test");
        let many: Vec<_> = (0..99).map(|at| format!("https://s{at}.test/")).collect();
        let target = FormTarget::covering(&many).unwrap();
        assert_eq!(target.as_str().split(' ').count(), MOST_SOURCES);
    }
}
