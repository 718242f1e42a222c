//! `[brand]`, `[issuer.NAME] brand` and `[tenant.NAME] brand`.

use schemars::JsonSchema;
use serde::Deserialize;

/// How pages look. What is left out is as it would be without.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Brand {
    /// What stands at the head of each page. A tenant's own name by default, then the issuer's,
    /// then "Doorward".
    pub name: Option<String>,
    /// The file of an image: SVG, PNG, WebP, JPEG, GIF or ICO, of at most 256 KiB. Or one for each
    /// theme.
    pub logo: Option<Themed>,
    /// The colour of buttons and links, such as "#0b6e4f"; the dark theme takes a lighter shade of it.
    /// Or one for each theme.
    pub accent: Option<Themed>,
}

/// One for both themes, or one for each.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Themed {
    /// For both.
    One(String),
    /// For each.
    Each(Themes),
}

/// One for each theme.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Themes {
    /// For the light theme.
    #[schemars(required)]
    pub light: Option<String>,
    /// For the dark theme.
    #[schemars(required)]
    pub dark: Option<String>,
}
