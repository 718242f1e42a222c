//! How much of everything, and what text people may be shown.

use super::{Able, Fault, Field};
use crate::base::text::is_plain;
use crate::model::Client;

/// Longest name, in bytes.
const NAME: usize = 255;
/// Longest contact or context class, in bytes.
const WORD: usize = 254;

pub(super) fn check(client: &Client, _: Able<'_>, faults: &mut Vec<Fault>) {
    let name = &client.name;
    if name.trim().is_empty() || name.len() > NAME || !is_plain(name) {
        faults.push(Fault::new(
            Field::Name,
            "cannot be shown to people",
            "a name has 1 to 255 bytes, no control characters and none that change the direction \
             of text",
        ));
    }
    words(Field::Contacts, &client.about.contacts, 16, faults);
    words(Field::Acr, &client.defaults.acr_values, 16, faults);
}

fn words(field: Field, list: &[String], most: usize, faults: &mut Vec<Fault>) {
    if list.len() > most {
        faults.push(Fault::new(
            field,
            "has too many elements",
            "name 16 at most",
        ));
        return;
    }
    for (at, word) in list.iter().enumerate() {
        if word.is_empty() || word.len() > WORD || !is_plain(word) {
            let help = "1 to 254 bytes without control characters";
            faults.push(Fault::new(field, "has an element that is no text", help).item(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, faulty};
    use super::*;

    #[test]
    fn a_name_is_short_plain_text() {
        for (name, right) in [
            ("Partner Shop", true),
            ("K\u{e1}va & \u{1f375} <b>", true),
            ("{{7*7}}", true),
            ("", false),
            ("  ", false),
            ("a\nb", false),
            ("a\u{202e}b", false),
            ("a\u{200b}b", false),
            (&"n".repeat(256), false),
        ] {
            let mut app = client();
            app.name = name.to_owned();
            assert_eq!(faulty(&app).is_empty(), right, "{name:?}");
        }
    }

    #[test]
    fn lists_and_their_words_have_bounds() {
        let mut app = client();
        app.about.contacts = vec!["ops@example.net".to_owned(); 17];
        app.defaults.acr_values = vec![String::new()];
        assert_eq!(faulty(&app), [Field::Contacts, Field::Acr]);
    }
}
