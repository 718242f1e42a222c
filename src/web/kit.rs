//! What every page and form of the site needs: where the site is and what seals its forms.

use std::sync::Arc;

use super::assets::{self, Asset};
use super::brand::{BrandSettings, Looks, Shown, Wearer};
use crate::base::Rng;
use crate::keys::Sealer;

/// The language of every page (BCP 47), whatever a request prefers.
pub const LANGUAGE: &str = "en";

/// The shared parts of the web doors. Cheap to clone.
#[derive(Clone)]
pub struct Kit {
    parts: Arc<Parts>,
    looks: Arc<Looks>,
    watchable: bool,
}

struct Parts {
    origin: String,
    host: String,
    https: bool,
    name: String,
    sealer: Sealer,
    rng: Rng,
}

/// The site's public URL is not an http(s) origin.
#[derive(Debug, thiserror::Error)]
#[error("the public URL is not an http or https origin")]
pub struct NotAnOrigin;

impl Kit {
    /// A kit for the site at `public_url` (`https://auth.example.com`); `name` is shown on pages.
    pub fn new(
        public_url: &str,
        name: &str,
        sealer: Sealer,
        rng: Rng,
    ) -> Result<Self, NotAnOrigin> {
        let url = url::Url::parse(public_url).map_err(|_| NotAnOrigin)?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(NotAnOrigin),
        };
        let parts = Arc::new(Parts {
            origin: url.origin().ascii_serialization(),
            host: url.host_str().ok_or(NotAnOrigin)?.to_owned(),
            https,
            name: name.to_owned(),
            sealer,
            rng,
        });
        Ok(Self {
            parts,
            looks: Arc::default(),
            watchable: false,
        })
    }

    /// The same kit, with or without a cookie that lets apps watch whether somebody is signed in
    /// (OpenID Connect Session Management).
    #[must_use]
    pub fn watchable(self, watchable: bool) -> Self {
        Self { watchable, ..self }
    }

    /// The same kit, with these looks for its pages.
    #[must_use]
    pub fn branded(self, brands: &BrandSettings) -> Self {
        Self {
            looks: Arc::new(Looks::new(brands)),
            ..self
        }
    }

    /// The looks of its pages.
    pub(super) fn looks(&self) -> &Looks {
        &self.looks
    }

    /// Whether apps may watch.
    pub const fn is_watchable(&self) -> bool {
        self.watchable
    }

    /// The site's own origin as browsers write it in `Origin` (RFC 6454 6.2).
    pub fn origin(&self) -> &str {
        &self.parts.origin
    }

    /// The same of another host that is reached as the site is.
    pub fn origin_at(&self, host: &str) -> std::borrow::Cow<'_, str> {
        if host == self.parts.host {
            return self.origin().into();
        }
        self.origin().replacen(&self.parts.host, host, 1).into()
    }

    /// The site's host, without port.
    pub fn host(&self) -> &str {
        &self.parts.host
    }

    /// Whether the site is reached by https.
    pub fn https(&self) -> bool {
        self.parts.https
    }

    /// What makes and checks form tokens.
    pub fn sealer(&self) -> &Sealer {
        &self.parts.sealer
    }

    /// Randomness for new browsers.
    pub fn rng(&self) -> &Rng {
        &self.parts.rng
    }

    /// The shell of a page that is served by the site.
    pub fn shell(&self) -> Shell<'_> {
        self.shell_of(&Wearer::default())
    }

    /// The same, with the look of an issuer or a tenant.
    pub fn shell_of(&self, wearer: &Wearer) -> Shell<'_> {
        self.shell_from("", wearer)
    }

    /// The shell of a page that is served on a protected host: its assets come from the site.
    pub fn shell_elsewhere(&self) -> Shell<'_> {
        self.shell_from(&self.parts.origin, &Wearer::default())
    }

    fn shell_from(&self, base: &str, wearer: &Wearer) -> Shell<'_> {
        let Shown { name, logo, sheet } = self.looks.of(wearer);
        let url = |asset: &Asset| asset.url(base);
        Shell {
            lang: LANGUAGE,
            name: name.unwrap_or(&self.parts.name),
            host: &self.parts.host,
            logo: logo.map(|(light, _)| url(light)),
            logo_dark: logo.and_then(|(_, dark)| dark.map(url)),
            brand_css: sheet.map(url),
            css: assets::CSS.url(base),
            js: assets::JS.url(base),
            icon: assets::ICON.url(base),
        }
    }
}

/// What `base.html` shows around every page; a field named `shell` of each template.
#[derive(Debug)]
pub struct Shell<'a> {
    /// The page's language (BCP 47).
    pub lang: &'static str,
    /// What the operator calls this place.
    pub name: &'a str,
    /// The logo's URL, where there is one.
    pub logo: Option<String>,
    /// Another one for the dark theme.
    pub logo_dark: Option<String>,
    /// The URL of a style sheet that goes after the one of every page.
    pub brand_css: Option<String>,
    /// The host people should find in the address bar.
    pub host: &'a str,
    /// The style sheet's URL.
    pub css: String,
    /// The script's URL; pages work without it.
    pub js: String,
    /// The icon's URL.
    pub icon: String,
}
