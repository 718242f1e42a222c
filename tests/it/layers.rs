//! The floors of the house: imports only go down, rooms on one floor never import each other, and
//! a few crates stay in the rooms that own them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the top; rooms on one line may not know each other.
const FLOORS: &[&[&str]] = &[
    &["cli", "server", "demo", "fuzzing"],
    &["config"],
    &["gateway", "issuer", "login"],
    &["web", "logout"],
    &["flow", "policy", "tokens"],
    &["session", "identity", "acme"],
    &["store", "outbound"],
    &["keys", "telemetry"],
    &["model"],
    &["base"],
];

/// The top floor composes: its rooms start one another (`cli` runs `server` and `demo`, `demo` runs
/// `server`), but never back.
const ON_TOP: &[(&str, &str)] = &[
    ("cli", "server"),
    ("cli", "demo"),
    ("demo", "server"),
    ("fuzzing", "server"),
];

/// What only some places may name, and which.
const CONFINED: &[(&[&str], &[&str])] = &[
    (
        &["pingora::", "pingora_core::", "pingora_proxy::"],
        &["gateway/", "server"],
    ),
    (&["sqlx::"], &["store/"]),
    (
        &["axum::"],
        &[
            "web/",
            "issuer/",
            "login/",
            "gateway/bearer/metadata",
            "gateway/embed",
            "gateway/signin",
            "gateway/jwks",
            "gateway/portal",
            "gateway/proxy",
            "demo/",
            "server",
            "fuzzing/site",
        ],
    ),
    (&["SystemTime", "jiff::Timestamp::now"], &["base/clock.rs"]),
    (&["getrandom::"], &["base/rng.rs"]),
    (&["openidconnect::"], &["demo/"]),
    (&["reqwest::"], &["outbound/", "demo/"]),
];

#[test]
fn imports_only_go_down() {
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        let Some(room) = room_of(&file) else { continue };
        let Some(floor) = floor_of(&room) else {
            wrong.insert(format!("{file}: the room `{room}` stands on no floor"));
            continue;
        };
        for other in rooms_named_in(&code(&text)) {
            let down = floor_of(&other).is_some_and(|its| its > floor);
            let composes = ON_TOP.contains(&(room.as_str(), other.as_str()));
            if other != room && !down && !composes {
                wrong.insert(format!("{file} imports crate::{other}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that do not go down:\n{}",
        lines(&wrong)
    );
}

#[test]
fn every_crate_stays_in_the_rooms_that_own_it() {
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        let text = code(&text);
        for (names, places) in CONFINED {
            let here = places.iter().any(|place| file.starts_with(place));
            for name in names.iter().filter(|name| !here && text.contains(**name)) {
                wrong.insert(format!("{file} names {name}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "used outside the rooms that own it:\n{}",
        lines(&wrong)
    );
}

#[test]
fn every_file_says_what_it_owns_and_stays_readable() {
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        if file.ends_with("tests.rs") || file.contains("/tests/") {
            continue;
        }
        if !text.starts_with("//!") {
            wrong.insert(format!("{file} begins without `//!`"));
        }
        let own = text.split("#[cfg(test)]").next().unwrap();
        let count = own.lines().count();
        if count > 300 {
            wrong.insert(format!("{file} has {count} lines: split it by noun"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", lines(&wrong));
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let text = "use crate::web::Page;\nuse crate::{base::Clock, keys, model::{User, Grant}};\n\
        fn f() { crate::store::open() }\n// crate::cli in a comment\n";
    let rooms: Vec<_> = rooms_named_in(&code(text)).into_iter().collect();
    assert_eq!(rooms, ["base", "keys", "model", "store", "web"]);
}

/// Where tokens of strangers are taken apart, each followed by the check of their signature.
const READERS: &[&str] = &[
    "keys/foreign/jws.rs",
    "issuer/client_auth/assertion.rs",
    "issuer/authorize/object/mod.rs",
    "tokens/dpop.rs",
    // An app of the demo: chooses the key by the header, and then verifies.
    "demo/app/assertion.rs",
    // Believes nothing: looks whether what is read keeps its promises.
    "fuzzing/tokens.rs",
];

#[test]
fn jwt_16_claims_that_nobody_verified_are_looked_at_in_no_other_place() {
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        let text = code(text.split("#[cfg(test)]").next().unwrap());
        let in_tests = file.ends_with("tests.rs") || file.contains("/tests/");
        let may = in_tests || READERS.contains(&file.as_str());
        let reads = text.contains("Jws::read");
        let undoes = [
            "insecure_",
            "dangerous",
            "decode_header",
            "disable_signature",
        ];
        if !may && (reads || undoes.iter().any(|name| text.contains(name))) {
            wrong.insert(file);
        }
    }
    assert!(wrong.is_empty(), "\n{}", lines(&wrong));
}

#[test]
fn jwt_17_private_rsa_operations_are_not_those_of_the_rsa_crate() {
    let manifest = include_str!("../../Cargo.toml");
    let named = manifest.lines().any(|line| line.starts_with("rsa "));
    assert!(!named && manifest.contains("aws-lc-rs = "));
    for (file, text) in sources() {
        let text = code(&text);
        let of_crate = text.contains("use rsa::") || text.contains(" rsa::");
        assert!(!of_crate, "{file} names the rsa crate");
    }
}

#[test]
fn jwt_18_secrets_are_compared_in_constant_time_or_not_at_all() {
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        for line in code(&text).lines() {
            let compares = line.contains("==") || line.contains("!=");
            let in_tests = file.ends_with("tests.rs") || file.contains("/tests/");
            if compares && line.contains("expose_secret()") && !in_tests {
                wrong.insert(format!("{file}: {}", line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", lines(&wrong));
}

/// Every source file: path below `src/`, and its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                let text = fs::read_to_string(&path).unwrap();
                files.push((name, text));
            }
        }
    }
    assert!(
        files.len() > 20,
        "the sources are not where they are looked for"
    );
    files
}

/// The text without strings and line comments, so that prose may name any room and any crate.
fn code(text: &str) -> String {
    let kept = text.lines().map(|line| {
        let unquoted = line.split('"').step_by(2).collect::<String>();
        unquoted.split("//").next().unwrap_or_default().to_owned()
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// The room a file stands in; `None` for the map itself and the binary.
fn room_of(file: &str) -> Option<String> {
    let room = file.split('/').next().unwrap().trim_end_matches(".rs");
    (!matches!(room, "lib" | "main")).then(|| room.to_owned())
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Every room that a `crate::` path leads into, groups in braces included.
fn rooms_named_in(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(heads(group)),
            None => rooms.extend(word(rest)),
        }
    }
    rooms
}

/// The first word of each item of a brace group.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0, true, Vec::new());
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if start && !sign.is_whitespace() => {
                found.extend(word(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    found
}

fn word(text: &str) -> Option<String> {
    let word: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    // Types and macros re-exported at the crate's root begin in upper case or are no room.
    word.starts_with(|c: char| c.is_lowercase()).then_some(word)
}

fn lines(all: &BTreeSet<String>) -> String {
    all.iter().cloned().collect::<Vec<_>>().join("\n")
}
