//! Text that people are shown.

/// Whether text shows as what it is: no control characters, nothing invisible, nothing that turns
/// what follows around (UAX #9).
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|one| {
        one.is_control()
            || matches!(
                one,
                '\u{61c}'
                    | '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{feff}'
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_hides_or_turns_something_around_is_not_plain() {
        for good in [
            "",
            "K\u{e1}va & \u{1f375} <b>",
            "\u{645}\u{631}\u{62d}\u{628}\u{627}",
        ] {
            assert!(is_plain(good), "{good:?}");
        }
        for bad in [
            "a\nb", "a\0", "\u{85}", "\u{61c}", "\u{200e}", "\u{200f}", "\u{202a}", "\u{202e}",
            "\u{2066}", "\u{2069}", "\u{2028}", "\u{feff}",
        ] {
            assert!(!is_plain(bad), "{bad:?}");
        }
    }
}
