//! What the fuzz targets of `fuzz/` call: one function for each parser of bytes that strangers send,
//! with what must hold of whatever comes in. A broken promise is a panic. Only there for those who
//! fuzz (`cfg(fuzzing)`) and for the tests, which replay every input of `fuzz/corpus`.

mod addresses;
mod issuer;
mod site;
#[cfg(test)]
mod structured_tests;
mod texts;
mod tokens;
mod wire;

/// A target: its name, also that of its folder in `fuzz/corpus`, and what it does with an input.
type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("addresses", addresses::addresses),
    ("authorize", site::authorize),
    ("chunked", wire::chunked),
    ("claims_mapping", texts::claims_mapping),
    ("claims_parameter", issuer::claims_parameter),
    ("client_authentication", issuer::client_authentication),
    ("configuration", texts::configuration),
    ("cookies", addresses::cookies),
    ("dpop", tokens::dpop),
    ("forwarded", addresses::forwarded),
    ("header_folding", wire::header_folding),
    ("jwks", tokens::jwks),
    ("jwt", tokens::jwt),
    ("metadata_document", issuer::metadata_document),
    ("parameters", texts::parameters),
    ("proxy_protocol", addresses::proxy_protocol),
    ("redirect_uri", issuer::redirect_uri),
    ("registration", issuer::registration),
    ("request_object", issuer::request_object),
    ("resources", issuer::resources),
    ("scopes", texts::scopes),
    ("subject_name", issuer::subject_name),
    ("tenants", issuer::tenants),
    ("tokens", site::tokens),
];

/// Runs one input through the target of this name.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    assert!(target.is_some(), "no fuzz target is called {name}");
    if let Some((_, run)) = target {
        run(input);
    }
}

/// Text of a line of its own, and what follows it.
fn first_line(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n');
    let end = end.unwrap_or(input.len());
    let (line, rest) = input.split_at(end);
    (line, rest.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    use super::*;

    fn names_in(folder: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().path());
        names
            .map(|path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn every_target_has_a_program_and_a_corpus_and_nothing_else_has() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let known: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names_in(&root.join("fuzz_targets")), known);
        assert_eq!(names_in(&root.join("corpus")), known);
        let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        for name in &known {
            let program = root.join("fuzz_targets").join(format!("{name}.rs"));
            let program = fs::read_to_string(program).unwrap();
            assert!(
                program.contains(&format!("run(\"{name}\", input)")),
                "{name}"
            );
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }

    /// The inputs of a target's corpus.
    fn inputs(name: &str) -> Vec<Vec<u8>> {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let entries = fs::read_dir(corpus.join(name)).unwrap();
        let paths: BTreeSet<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    /// What parsers trip over.
    const PIECES: &[&[u8]] = &[
        b"",
        b"&",
        b"=",
        b"%",
        b"%2e",
        b"%00",
        b"\0",
        b"\n",
        b"\r\n",
        b".",
        b"..",
        b"/",
        b"//",
        b"\\",
        b"\"",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b";",
        b"@",
        b"#",
        b"?",
        b" ",
        b"\t",
        b"null",
        b"-1",
        b"1e400",
        b"\xff",
        b"\xc3\xa9",
        b"\xe2\x80\x80",
        b"none",
        b"==",
        b"|",
        b"+",
        b"true",
    ];

    /// One input of each target with a piece replaced: by another one's, or by what parsers trip over.
    fn mangled() -> impl Strategy<Value = (usize, Vec<u8>)> {
        let places = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
        let piece = prop_oneof![
            3 => prop::sample::select(PIECES).prop_map(<[u8]>::to_vec),
            1 => prop::collection::vec(any::<u8>(), 0..8),
        ];
        let change = (places, 0..8_usize, piece);
        let changes = prop::collection::vec(change, 1..4);
        (0..TARGETS.len(), any::<prop::sample::Index>(), changes).prop_map(
            |(at, which, changes)| {
                let inputs = inputs(TARGETS[at].0);
                let mut input = which.get(&inputs).clone();
                for ((from, other), length, piece) in changes {
                    let start = from.index(input.len() + 1);
                    let end = (start + length).min(input.len());
                    if length == 7 {
                        let donor = other.get(&inputs);
                        let cut = from.index(donor.len() + 1);
                        input.splice(start.., donor[cut..].iter().copied());
                    } else {
                        input.splice(start..end, piece);
                    }
                }
                (at, input)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(4000)))]
        #[test]
        fn what_is_close_to_a_known_input_keeps_its_promises((at, input) in mangled()) {
            let (name, run) = TARGETS[at];
            let kept = std::panic::catch_unwind(|| run(&input));
            prop_assert!(kept.is_ok(), "{}: {}", name, input.escape_ascii());
        }
    }

    #[test]
    fn whatever_was_ever_found_still_keeps_its_promises() {
        for (name, run) in TARGETS {
            let inputs = inputs(name);
            assert!(inputs.len() >= 3, "{name}");
            for input in inputs {
                println!("{name}: {}", input.escape_ascii());
                run(&input);
            }
        }
    }
}
