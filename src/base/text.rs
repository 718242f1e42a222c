//! Text that people are shown.

use std::time::Duration;

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

/// A span of time in the largest unit of which it is a whole number: `15 minutes`.
pub fn span_words(span: Duration) -> String {
    const UNITS: &[(u64, &str)] = &[
        (24 * 60 * 60, "day"),
        (60 * 60, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let seconds = span.as_secs();
    let unit = UNITS.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, name) = unit.copied().unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_in_its_largest_whole_unit() {
        for (seconds, words) in [
            (900, "15 minutes"),
            (60, "1 minute"),
            (5400, "90 minutes"),
            (86_400, "1 day"),
            (5, "5 seconds"),
        ] {
            assert_eq!(span_words(Duration::from_secs(seconds)), words);
        }
    }

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
