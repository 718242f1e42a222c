//! Texts that nobody meant.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_text_whatever_makes_loading_panic(text in "\\PC{0,200}") {
        let report = examine_here(&text).report;
        let _ = (report.human(true), report.json(), report.sarif());
    }

    #[test]
    fn no_text_of_toml_pieces_makes_loading_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "public_url", "=", "\"http://localhost:1\"", "\n", "[", "]", "[[route]]", "[[users]]",
                "listen", ".", "tls", "{", "}", ",", "match", "host", "\"é\"", "allow", "[issuer.a]",
                "inherit", "\"a\"", "client", "-1", "1e9", "true", "\r\n", "#", "'", "\"\"\"", "id",
                "0x", "1979-05-27", "upstream", "identity", "headers", "path", "\t", "secret", "env",
            ]),
            0..40,
        )
    ) {
        let report = examine_here(&pieces.concat()).report;
        let _ = (report.human(false), report.json(), report.sarif());
    }

    #[test]
    fn a_mangled_good_file_never_panics(at in 0usize..400, with in "\\PC{0,3}") {
        let good = include_str!("../../../config/doorward.toml");
        let mut text = good.to_owned();
        let at = text.char_indices().map(|(n, _)| n).nth(at * 7 % text.chars().count()).unwrap_or(0);
        text.insert_str(at, &with);
        let _ = examine_here(&text).report.human(false);
    }
}
