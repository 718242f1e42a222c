//! The one colour of buttons and links, in the light and the dark theme. It is text on every
//! surface, so it has to be read on each of them (WCAG 2.2, 1.4.3).

use super::colour::Colour;

/// The least contrast of text (WCAG 2.2 AA, 1.4.3).
const LEAST: f64 = 4.5;
/// How much of black or white is in the shade of a button under the pointer, in percent.
const DEEPER: u8 = 20;

/// One of the two looks that pages have, by what the person's system prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on light surfaces.
    Light,
    /// Light text on dark surfaces.
    Dark,
}

impl Theme {
    /// The surfaces that accents stand on: `--ground`, `--card` and `--note-ground` of the style
    /// sheet.
    const fn surfaces(self) -> [&'static str; 3] {
        match self {
            Self::Light => ["#f3f5f4", "#ffffff", "#eef4f1"],
            Self::Dark => ["#0f1412", "#181f1c", "#1d2824"],
        }
    }

    /// Where shades go that can be read better.
    const fn away(self) -> Colour {
        match self {
            Self::Light => Colour::BLACK,
            Self::Dark => Colour::WHITE,
        }
    }

    /// What is written on a button.
    const fn on_accent(self) -> Colour {
        match self {
            Self::Light => Colour::WHITE,
            Self::Dark => Colour::BLACK,
        }
    }

    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The least contrast of `colour` with a surface of this theme.
    pub fn contrast(self, colour: Colour) -> f64 {
        let surfaces = self.surfaces().into_iter().filter_map(Colour::parse);
        surfaces
            .map(|surface| surface.contrast(colour))
            .fold(21.0, f64::min)
    }

    /// Whether `colour` can be read in this theme.
    pub fn reads(self, colour: Colour) -> bool {
        self.contrast(colour) >= LEAST
    }

    /// The nearest shade of `colour` that can be read in this theme: itself, if it can.
    #[must_use]
    pub fn readable(self, colour: Colour) -> Colour {
        (0..=100)
            .map(|percent| colour.mixed(self.away(), percent))
            .find(|shade| self.reads(*shade))
            .unwrap_or(self.away())
    }
}

/// A colour for each theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    /// In the light theme.
    pub light: Colour,
    /// In the dark theme.
    pub dark: Colour,
}

impl Accent {
    /// An accent from its colour in the light theme: no colour can be read in both, so the dark
    /// theme has a lighter shade of it.
    pub fn of(light: Colour) -> Self {
        Self {
            light,
            dark: Theme::Dark.readable(light),
        }
    }

    /// The style sheet that gives pages this accent; goes after the one of every page.
    pub fn css(&self) -> String {
        let rule = |theme: Theme, accent: Colour| {
            let (deep, on) = (accent.mixed(theme.away(), DEEPER), theme.on_accent());
            format!(":root{{--accent:{accent};--accent-deep:{deep};--on-accent:{on}}}")
        };
        format!(
            "{}\n@media (prefers-color-scheme:dark){{{}}}\n",
            rule(Theme::Light, self.light),
            rule(Theme::Dark, self.dark)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surfaces_are_those_of_the_style_sheet() {
        let sheet = include_str!("../assets/doorward.css");
        let (light, dark) = sheet.split_once("prefers-color-scheme: dark").unwrap();
        for (theme, part) in [(Theme::Light, light), (Theme::Dark, dark)] {
            for (name, colour) in ["ground", "card", "note-ground"]
                .iter()
                .zip(theme.surfaces())
            {
                let line = format!("--{name}: {colour};");
                assert!(part.contains(&line), "{line}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_colour_its_shades_can_be_read(text in "#[0-9a-f]{6}") {
            let colour = Colour::parse(&text).unwrap();
            for theme in [Theme::Light, Theme::Dark] {
                let shade = theme.readable(colour);
                proptest::prop_assert!(theme.reads(shade), "{text} {theme:?}");
                // So can the words on a button, under the pointer too.
                for button in [shade, shade.mixed(theme.away(), DEEPER)] {
                    let contrast = button.contrast(theme.on_accent());
                    proptest::prop_assert!(contrast >= LEAST, "{text} {theme:?} {contrast}");
                }
            }
        }
    }

    #[test]
    fn one_colour_becomes_a_lighter_one_at_night() {
        let accent = Accent::of(Colour::parse("#0b6e4f").unwrap());
        assert_eq!(accent.light.to_string(), "#0b6e4f");
        assert!(Theme::Dark.reads(accent.dark) && !Theme::Dark.reads(accent.light));
        let css = accent.css();
        assert!(css.starts_with(":root{--accent:#0b6e4f;"), "{css}");
        assert_eq!(css.matches("--on-accent:").count(), 2, "{css}");
    }
}
