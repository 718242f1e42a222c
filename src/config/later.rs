//! What the documented surface has and this version does not: said so, never ignored.

use super::place::Place;

const TEXTS: &str = "words of your own, by language";
const SHEETS: &str = "style sheets of your own";
/// Keys, by the pattern of their place, and what they are for.
const KEYS: &[(&str, &str)] = &[
    ("brand.texts", TEXTS),
    ("issuer.*.brand.texts", TEXTS),
    ("tenant.*.brand.texts", TEXTS),
    ("brand.css", SHEETS),
    ("issuer.*.brand.css", SHEETS),
    ("tenant.*.brand.css", SHEETS),
    ("provider", "signing in with another provider"),
    ("mail", "sending mail"),
    ("issuer.*.host", "issuers on hosts of their own"),
    ("users[].url", "directories"),
    ("users[].bind", "directories"),
    ("users[].base", "directories"),
    ("users[].groups", "directories"),
    ("login.second_factor", "second factors"),
    ("login.password.min_score", "judging passwords"),
    ("login.password.breached", "refusing breached passwords"),
    ("route[].fail", "routes that never trust a lease"),
    ("route[].limits.requests", "request rates"),
    ("telemetry.otlp", "OpenTelemetry"),
    ("admin", "administration pages"),
    ("include", "configurations in several files"),
];

/// Where ways in are listed.
const LISTS: &[&str] = &["login.methods[]", "tenant.*.login[]"];
const PROVIDERS: &str = "signing in with another provider";
/// Ways in, and what they are for.
const METHODS: &[(&str, &str)] = &[
    ("passkey", "passkeys"),
    ("magic_link", "sign-in links by mail"),
    ("google", PROVIDERS),
    ("seznam", PROVIDERS),
    ("microsoft", PROVIDERS),
    ("github", PROVIDERS),
    ("gitlab", PROVIDERS),
    ("facebook", PROVIDERS),
    ("apple", PROVIDERS),
];

/// Words, by the pattern of their place, and what they are for.
const WORDS: &[(&str, &str, &str)] = &[
    ("users[].kind", "ldap", "directories"),
    ("users[].kind", "scim", "directories"),
    ("users[].signup", "open", "signing up without an invitation"),
];

/// What the key at `place` is for, when a later version will know it.
pub fn key(place: &Place) -> Option<&'static str> {
    KEYS.iter()
        .find(|(pattern, _)| place.is(pattern))
        .map(|(_, purpose)| *purpose)
}

/// What `word` at `place` is for, when a later version will know it.
pub fn word(place: &Place, word: &str) -> Option<&'static str> {
    let mut methods = METHODS
        .iter()
        .filter(|(known, _)| *known == word && LISTS.iter().any(|list| place.is(list)))
        .map(|(_, purpose)| *purpose);
    let mut words = WORDS
        .iter()
        .filter(|(pattern, known, _)| *known == word && place.is(pattern))
        .map(|(_, _, purpose)| *purpose);
    methods.next().or_else(|| words.next())
}
