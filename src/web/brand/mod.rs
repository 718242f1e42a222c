//! How pages look for whom: the site's own look, an issuer's over it, a tenant's over that. A look
//! is a name, a logo and an accent; no page has another layout, and nothing is loaded from elsewhere.

mod accent;
mod colour;

use std::collections::BTreeMap;

use bytes::Bytes;

pub use accent::{Accent, Theme};
pub use colour::Colour;

use super::assets::Asset;
use crate::base::{IssuerId, TenantId};

/// What an operator says about a look; what is left out is the look's below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// What people call it.
    pub name: Option<String>,
    /// Its picture.
    pub logo: Option<Logo>,
    /// The colour of buttons and links.
    pub accent: Option<Accent>,
}

/// A picture for each theme; the dark one is the light one where it is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// In the light theme.
    pub light: Picture,
    /// In the dark theme.
    pub dark: Option<Picture>,
}

/// An image in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its media type.
    pub kind: &'static str,
    /// Its bytes.
    pub body: Bytes,
}

/// Every look of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrandSettings {
    /// Of every page.
    pub site: Brand,
    /// Of pages of an issuer.
    pub issuers: BTreeMap<IssuerId, Brand>,
    /// Of pages of a request that is made in a tenant.
    pub tenants: BTreeMap<TenantId, Brand>,
}

/// Whose look a page has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wearer {
    /// The issuer that it belongs to.
    pub issuer: Option<IssuerId>,
    /// The tenant that access is asked for in.
    pub tenant: Option<TenantId>,
}

/// Looks, ready to be served.
#[derive(Debug, Default)]
pub(super) struct Looks {
    site: Look,
    issuers: BTreeMap<IssuerId, Look>,
    tenants: BTreeMap<TenantId, Look>,
}

/// One look, ready to be served.
#[derive(Debug, Default)]
struct Look {
    name: Option<String>,
    logo: Option<(Asset, Option<Asset>)>,
    sheet: Option<Asset>,
}

/// What a page shows of a look.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub name: Option<&'a str>,
    pub logo: Option<(&'a Asset, Option<&'a Asset>)>,
    pub sheet: Option<&'a Asset>,
}

impl Looks {
    /// Makes everything that pages of these looks load.
    pub fn new(settings: &BrandSettings) -> Self {
        let BrandSettings {
            site,
            issuers,
            tenants,
        } = settings;
        Self {
            site: Look::new(site),
            issuers: issuers
                .iter()
                .map(|(id, brand)| (id.clone(), Look::new(brand)))
                .collect(),
            tenants: tenants
                .iter()
                .map(|(id, brand)| (id.clone(), Look::new(brand)))
                .collect(),
        }
    }

    /// What a page of `wearer` shows: of each part, the nearest that is given.
    pub fn of(&self, wearer: &Wearer) -> Shown<'_> {
        let tenant = wearer.tenant.as_ref().and_then(|id| self.tenants.get(id));
        let issuer = wearer.issuer.as_ref().and_then(|id| self.issuers.get(id));
        let nearest = [tenant, issuer, Some(&self.site)];
        let nearest = || nearest.iter().copied().flatten();
        Shown {
            name: nearest().find_map(|look| look.name.as_deref()),
            logo: nearest().find_map(|look| {
                let (light, dark) = look.logo.as_ref()?;
                Some((light, dark.as_ref()))
            }),
            sheet: nearest().find_map(|look| look.sheet.as_ref()),
        }
    }

    /// The file of that name, if it is part of a look.
    pub fn find(&self, file: &str) -> Option<&Asset> {
        let looks = [&self.site]
            .into_iter()
            .chain(self.issuers.values())
            .chain(self.tenants.values());
        looks
            .flat_map(Look::assets)
            .find(|asset| asset.is_called(file))
    }
}

impl Look {
    fn new(brand: &Brand) -> Self {
        let sheet = brand.accent.as_ref().map(|accent| {
            Asset::new(
                "brand",
                "css",
                "text/css; charset=utf-8",
                accent.css().into(),
            )
        });
        let logo = brand.logo.as_ref().map(|logo| {
            let dark = logo.dark.as_ref().map(Picture::asset);
            (logo.light.asset(), dark)
        });
        Self {
            name: brand.name.clone(),
            logo,
            sheet,
        }
    }

    fn assets(&self) -> impl Iterator<Item = &Asset> {
        let logo = self.logo.iter();
        self.sheet
            .iter()
            .chain(logo.flat_map(|(light, dark)| [light].into_iter().chain(dark)))
    }
}

impl Picture {
    fn asset(&self) -> Asset {
        let extension = match self.kind {
            "image/svg+xml" => "svg",
            "image/x-icon" => "ico",
            kind => kind.rsplit('/').next().unwrap_or(kind),
        };
        Asset::new("logo", extension, self.kind, self.body.clone()).saved_not_shown()
    }
}
