//! Colours as operators write them, and how well one can be read on another (WCAG 2.2).

use std::fmt;

/// A colour without transparency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// From `#rrggbb` or `#rgb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let nibbles: Vec<u8> = digits
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| digit.try_into().ok()))
            .collect::<Option<_>>()?;
        // `#fa0` is `#ffaa00`.
        let values: Vec<u8> = match nibbles.len() {
            3 => nibbles.iter().map(|nibble| nibble * 17).collect(),
            6 => {
                let (pairs, _) = nibbles.as_chunks::<2>();
                pairs.iter().map(|[high, low]| high * 16 + low).collect()
            }
            _ => return None,
        };
        values.try_into().ok().map(Self)
    }

    /// The contrast of the two, from 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// This colour with `percent` of `other` in it.
    #[must_use]
    pub fn mixed(self, other: Self, percent: u8) -> Self {
        let percent = u16::from(percent.min(100));
        let mix = |(own, its): (u8, u8)| {
            let sum = u16::from(own) * (100 - percent) + u16::from(its) * percent;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        let Self([red, green, blue]) = self;
        let Self([more_red, more_green, more_blue]) = other;
        Self([
            mix((red, more_red)),
            mix((green, more_green)),
            mix((blue, more_blue)),
        ])
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let linear = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        let Self([r, g, b]) = self;
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([r, g, b]) = self;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_written_with_three_or_six_digits() {
        let shown = |text: &str| Colour::parse(text).map(|colour| colour.to_string());
        assert_eq!(shown("#0B6e4f").as_deref(), Some("#0b6e4f"));
        assert_eq!(shown("#fa0").as_deref(), Some("#ffaa00"));
        for odd in [
            "",
            "#",
            "0b6e4f",
            "#0b6e4",
            "#0b6e4f00",
            "red",
            "#gggggg",
            "#+1+1+1",
        ] {
            assert_eq!(shown(odd), None, "{odd}");
        }
    }

    #[test]
    fn contrast_is_what_wcag_computes() {
        let contrast = |a: &str, b: &str| {
            let (a, b) = (Colour::parse(a).unwrap(), Colour::parse(b).unwrap());
            (a.contrast(b) * 100.0).round() / 100.0
        };
        // Known pairs: the two ends, one colour with itself, and the grey at the edge of AA.
        for (a, b, ratio) in [
            ("#000", "#fff", 21.0),
            ("#0b6e4f", "#0b6e4f", 1.0),
            ("#767676", "#ffffff", 4.54),
            ("#777777", "#ffffff", 4.48),
        ] {
            assert!((contrast(a, b) - ratio).abs() < 0.01, "{a} {b}");
            assert!((contrast(b, a) - ratio).abs() < 0.01, "{a} {b}");
        }
    }
}
