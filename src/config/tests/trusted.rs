//! Issuers that are not ours and whose tokens routes take.

use super::*;
use crate::tokens::trusted::{KeysAt, People};

fn file(trusted: &str, bearer: &str) -> String {
    with_site(&format!(
        "[trusted_issuer.corp]\n{trusted}\n[[route]]\nid = \"api\"\nmatch = {{ host = \
         \"api.localhost\" }}\nallow = [\"authenticated\"]\nupstream = \
         \"http://127.0.0.1:1\"\nbearer = {{ {bearer} }}\n"
    ))
}

const CORP: &str = "issuer = \"https://login.corp.example\"\naudiences = [\"urn:api\"]\n";
const TAKES: &str = "issuer = \"corp\", scopes = [\"read\"]";

#[test]
fn a_route_takes_the_tokens_of_another_issuer_by_its_name() {
    let settings = settings(&file(CORP, TAKES));
    let trusted = &settings.trusted[0];
    assert_eq!(trusted.url, "https://login.corp.example");
    assert_eq!(trusted.keys, KeysAt::Discovered);
    assert_eq!(
        (trusted.types.as_slice(), trusted.people),
        (&["at+jwt".to_owned()][..], People::Known)
    );
    let bearer = settings.routes[0].bearer.as_ref().unwrap();
    assert_eq!(bearer.trusted.as_ref().unwrap().name, "corp");
    assert!(bearer.access.is_none());
}

#[test]
fn tok_12_whom_its_tokens_are_for_and_whose_they_are_is_said() {
    for (trusted, bearer, code, why) in [
        (
            "issuer = \"https://login.corp.example\"\n",
            TAKES,
            "C005",
            "needs `audiences`",
        ),
        ("audiences = [\"x\"]\n", TAKES, "C005", "needs `issuer`"),
        (
            "issuer = \"https://login.corp.example\"\naudiences = []\n",
            TAKES,
            "C076",
            "names at least one",
        ),
        (
            "issuer = \"http://login.corp.example\"\naudiences = [\"x\"]\n",
            TAKES,
            "C076",
            "absolute https address",
        ),
        (
            "issuer = \"https://10.0.0.1\"\naudiences = [\"x\"]\n",
            TAKES,
            "C072",
            "never called",
        ),
        (
            CORP,
            "issuer = \"crop\", scopes = []",
            "C074",
            "did you mean `corp`?",
        ),
        (
            CORP,
            "issuer = \"corp\", audience = \"urn:other\"",
            "C074",
            "are never for `urn:other`",
        ),
    ] {
        let text = problems(&file(trusted, bearer));
        assert!(text.contains(code) && text.contains(why), "{text}");
    }
    let more = |line: &str| problems(&file(&format!("{CORP}{line}"), TAKES));
    let text = more("algorithms = [\"HS256\"]\n");
    assert!(text.contains("no signature that is checked here"), "{text}");
    let text = more("groups = { map = { a = \"b\" } }\n");
    assert!(text.contains("add people = \"claims\""), "{text}");
    let twice = format!("{}[trusted_issuer.again]\n{CORP}", file(CORP, TAKES));
    assert_eq!(codes(&twice), ["C076"]);
    let own = file(CORP, TAKES)
        .replace("corp]", "default]")
        .replace("\"corp\"", "\"default\"");
    assert!(problems(&own).contains("is an issuer of this file's own"));
}
