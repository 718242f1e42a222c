//! User codes: short enough to be typed, long enough not to be guessed in their ten minutes.

use crate::base::encoding::sha256;
use crate::base::{IssuerId, Rng, RngFailed};

/// Consonants only: no words, nothing that looks like something else (RFC 8628 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// 20^8: almost 35 bits.
const LENGTH: usize = 8;

/// A code as a person types it, without its dash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// A fresh one.
    pub fn random(rng: &Rng) -> Result<Self, RngFailed> {
        let mut letters = String::new();
        while letters.len() < LENGTH {
            let bytes = rng.bytes::<16>()?;
            // 240 is the largest multiple of 20: beyond it some letters would come more often.
            let fair = bytes.iter().filter(|byte| **byte < 240);
            let more = fair.filter_map(|byte| LETTERS.get(usize::from(byte % 20)));
            letters.extend(more.map(|letter| char::from(*letter)));
        }
        letters.truncate(LENGTH);
        Ok(Self(letters))
    }

    /// Reads what somebody typed: in any case, with dashes and spaces anywhere.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 4 * LENGTH {
            return None;
        }
        let typed = text.chars().filter(|c| !matches!(c, '-' | ' '));
        let letters: String = typed.map(|c| c.to_ascii_uppercase()).collect();
        let known = letters.bytes().all(|byte| LETTERS.contains(&byte));
        (known && letters.len() == LENGTH).then_some(Self(letters))
    }

    /// In two halves, as it is shown.
    pub fn shown(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }

    /// What the store keeps.
    pub fn hash(&self, issuer: &IssuerId) -> [u8; 32] {
        sha256(format!("user_code\0{issuer}\0{}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::UserCode;
    use crate::base::Rng;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = UserCode::random(&Rng::system()).unwrap();
        let shown = code.shown();
        assert_eq!((shown.len(), shown.find('-')), (9, Some(4)));
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " ")] {
            assert_eq!(UserCode::parse(&typed), Some(code.clone()), "{typed}");
        }
        for bad in [
            "",
            "BCDF",
            "BCDF-GHJA",
            "BCDF-GHJK-L",
            "BCDF_GHJK",
            "BCDF-GHJÉ",
        ] {
            assert_eq!(UserCode::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_code_or_not(text in "\\PC{0,60}") {
            if let Some(code) = UserCode::parse(&text) {
                prop_assert_eq!(UserCode::parse(&code.shown()), Some(code));
            }
        }
    }
}
