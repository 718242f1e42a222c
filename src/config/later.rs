//! What the documented surface has and this version does not: said so, never ignored.

use super::place::Place;

/// Keys, by the pattern of their place, and what they are for.
const KEYS: &[(&str, &str)] = &[
    ("tenant.*.login", "ways in for each tenant"),
    ("tenant.*.brand", "branding"),
    ("provider", "signing in with another provider"),
    ("mail", "sending mail"),
    (
        "session.post_replay",
        "replaying a form after signing in again",
    ),
    ("listen.tls.acme", "certificates by ACME"),
    ("issuer.*.host", "issuers on hosts of their own"),
    ("users[].url", "directories"),
    ("users[].bind", "directories"),
    ("users[].base", "directories"),
    ("users[].groups", "directories"),
    ("login.second_factor", "second factors"),
    ("login.password.min_score", "judging passwords"),
    ("login.password.breached", "refusing breached passwords"),
    ("route[].require", "conditions besides `allow`"),
    ("route[].health", "health checks of upstreams"),
    ("route[].fail", "routes that never trust a lease"),
    ("route[].tell", "words of a rule's own on the denial page"),
    ("route[].bearer", "access tokens at routes"),
    ("route[].identity.groups", "filtering groups"),
    (
        "route[].identity.encoding",
        "other encodings of header values",
    ),
    ("route[].limits.requests", "request rates"),
    ("telemetry.otlp", "OpenTelemetry"),
    ("brand", "branding"),
    ("admin", "administration pages"),
    ("include", "configurations in several files"),
];

/// Words, by the pattern of their place, and what they are for.
const WORDS: &[(&str, &str, &str)] = &[
    ("users[].kind", "ldap", "directories"),
    ("users[].kind", "scim", "directories"),
    ("users[].signup", "open", "signing up without an invitation"),
    ("login.methods[]", "passkey", "passkeys"),
    ("login.methods[]", "magic_link", "sign-in links by mail"),
    (
        "login.methods[]",
        "google",
        "signing in with another provider",
    ),
    (
        "login.methods[]",
        "seznam",
        "signing in with another provider",
    ),
    (
        "login.methods[]",
        "microsoft",
        "signing in with another provider",
    ),
    (
        "login.methods[]",
        "github",
        "signing in with another provider",
    ),
    (
        "login.methods[]",
        "gitlab",
        "signing in with another provider",
    ),
    (
        "login.methods[]",
        "facebook",
        "signing in with another provider",
    ),
    (
        "login.methods[]",
        "apple",
        "signing in with another provider",
    ),
    ("route[].identity", "basic", "HTTP Basic towards apps"),
    (
        "route[].identity.preset",
        "basic",
        "HTTP Basic towards apps",
    ),
];

/// What the key at `place` is for, when a later version will know it.
pub fn key(place: &Place) -> Option<&'static str> {
    KEYS.iter()
        .find(|(pattern, _)| place.is(pattern))
        .map(|(_, purpose)| *purpose)
}

/// What `word` at `place` is for, when a later version will know it.
pub fn word(place: &Place, word: &str) -> Option<&'static str> {
    WORDS
        .iter()
        .find(|(pattern, known, _)| *known == word && place.is(pattern))
        .map(|(_, _, purpose)| *purpose)
}
