//! Forms that only our own pages can send: a browser cookie, a token that binds a form's purpose to
//! it, and what the browser itself says about where the form came from.
//!
//! A handler that changes anything takes [`Posted`], and cannot forget a check.

use std::time::Duration;

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use http::header::{COOKIE, ORIGIN, REFERER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::cookies::Outbox;
use super::{ErrorPage, Inbound, Kit, Params};
use crate::base::encoding::{base64url, from_base64url};
use crate::base::{Opaque, RngFailed, opaque};
use crate::flow::OwnPath;
use crate::keys::Purpose;
use crate::session::cookie::{self, Found};

/// The browser cookie.
pub const BROWSER_COOKIE: &str = "__Host-doorward-browser";
/// The form field that holds the token.
pub const FIELD: &str = "csrf";

const LIFETIME: Duration = Duration::from_hours(30 * 24);
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A browser, before anybody has signed in with it. Says nothing about who sits there.
#[derive(Debug)]
pub struct Browser(Opaque<opaque::Browser>);

impl Browser {
    /// A browser nobody has seen; also given at sign-in, so that whatever an earlier cookie was
    /// known to is worth nothing afterwards.
    pub fn fresh(kit: &Kit) -> Result<Self, RngFailed> {
        Opaque::mint(kit.rng()).map(Self)
    }

    /// The `Set-Cookie` value that makes the browser this one.
    pub fn set_cookie(&self) -> String {
        cookie::set(BROWSER_COOKIE, self.0.reveal(), LIFETIME)
    }

    /// The token of a form for `purpose`; goes into its `csrf` field.
    pub fn token(&self, kit: &Kit, purpose: &str) -> String {
        base64url(kit.sealer().mac(Purpose::Csrf, &self.bound(purpose)))
    }

    fn made(&self, kit: &Kit, purpose: &str, token: &str) -> bool {
        from_base64url(token).is_some_and(|mac| {
            kit.sealer()
                .mac_is(Purpose::Csrf, &self.bound(purpose), &mac)
        })
    }

    fn bound(&self, purpose: &str) -> Vec<u8> {
        [purpose.as_bytes(), b"\0", self.0.reveal().as_bytes()].concat()
    }

    fn from_cookie(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
        match cookie::find(lines, BROWSER_COOKIE) {
            Found::One(value) => Opaque::parse(std::str::from_utf8(value).ok()?).map(Self),
            Found::None | Found::Conflict => None,
        }
    }
}

impl<S> FromRequestParts<S> for Browser
where
    S: Sync,
    Kit: FromRef<S>,
{
    type Rejection = ErrorPage;

    /// The browser of the request, or a fresh one whose cookie goes out with the answer.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ErrorPage> {
        if let Some(known) = Self::from_cookie(&parts.headers) {
            return Ok(known);
        }
        let fresh = Self::fresh(&Kit::from_ref(state))?;
        Outbox::put(&parts.extensions, &fresh.set_cookie());
        Ok(fresh)
    }
}

/// A form of ours, read from its parameters.
pub trait Form: Sized {
    /// What it is for; a token for one purpose is no good for another.
    const PURPOSE: &'static str;
    /// Fields that may come more than once.
    const MAY_REPEAT: &'static [&'static str] = &[];

    /// Reads the fields. A missing field that a person could have left empty is not an error here:
    /// the page says so itself.
    fn read(params: &Params) -> Result<Self, ErrorPage>;
}

/// A form that one of our own pages sent from the browser it was shown in.
#[derive(Debug)]
pub struct Posted<T> {
    /// Its fields.
    pub form: T,
    /// The browser.
    pub browser: Browser,
}

impl<S, T> FromRequest<S> for Posted<T>
where
    S: Send + Sync,
    T: Form,
    Kit: FromRef<S>,
{
    type Rejection = ErrorPage;

    async fn from_request(request: Request, state: &S) -> Result<Self, ErrorPage> {
        let kit = Kit::from_ref(state);
        let refused = refuse(request.uri());
        // A form on a protected host is posted to that host.
        let host = request.extensions().get::<Inbound>();
        let host = host.map_or(kit.host(), |inbound| &inbound.host);
        if !sent_from_here(request.headers(), kit.origin_at(host).as_bytes()) {
            return Err(refused);
        }
        let Some(browser) = Browser::from_cookie(request.headers()) else {
            return Err(refused);
        };
        let params = Params::read_form(request).await?;
        if let Some(name) = params.duplicate(T::MAY_REPEAT) {
            let shown: String = name.chars().take(40).collect();
            return Err(ErrorPage::bad_request(format!(
                "The form holds the field “{shown}” twice."
            )));
        }
        let token = params.find(FIELD).unwrap_or_default();
        if !browser.made(&kit, T::PURPOSE, token) {
            return Err(refused);
        }
        let form = T::read(&params)?;
        Ok(Self { form, browser })
    }
}

/// 403, with the way back to the page: forms are posted to the address of the page that holds them.
fn refuse(address: &http::Uri) -> ErrorPage {
    let page = address
        .path_and_query()
        .and_then(|target| OwnPath::parse(target.as_str()));
    let error = ErrorPage::forbidden_form();
    match page {
        Some(page) => error.link("Open the page again", page.as_str()),
        None => error,
    }
}

/// What the browser says about where the form came from. Each thing it says must be right; the
/// token is asked for in any case.
fn sent_from_here(headers: &HeaderMap, own: &[u8]) -> bool {
    let all = |name: HeaderName, right: &dyn Fn(&[u8]) -> bool| {
        headers
            .get_all(name)
            .iter()
            .all(|value| right(value.as_bytes()))
    };
    // `none` is a person's own doing, which posts no forms; `null` is no origin of ours.
    all(SEC_FETCH_SITE, &|site| site == b"same-origin")
        && all(ORIGIN, &|origin| origin == own)
        // A page under plain http can be written by anybody on the way (CVE-2025-24358): the whole
        // origin counts, scheme and port too.
        && all(REFERER, &|referer| {
            referer.strip_prefix(own).is_some_and(|rest| {
                matches!(rest.first(), None | Some(b'/' | b'?' | b'#'))
            })
        })
}
