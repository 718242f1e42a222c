//! What wrong files say.

use super::*;

#[test]
fn a_mistake_is_shown_with_its_line_a_caret_and_what_to_do() {
    assert_eq!(
        problems("public_url = \"http://localhost:8080\"\n[session]\nidel = \"8h\"\n"),
        "\
error[C002]: `session` has no key `idel`
 --> doorward.toml:3:1
  |
3 | idel = \"8h\"
  | ^^^^
  |
  = help: did you mean `idle`?

doorward.toml: 1 error
"
    );
}

#[test]
fn two_places_that_contradict_each_other_are_both_shown() {
    let text = with_site(
        "[[route]]\nid = \"a\"\nmatch = { host = \"x.localhost\" }\nallow = [\"anyone\"]\n\
         upstream = \"http://127.0.0.1:1\"\n[[route]]\nid = \"b\"\nmatch = { host = \
         \"X.localhost\", path = \"/\" }\nallow = [\"anyone\"]\nupstream = \
         \"http://127.0.0.1:2\"\n",
    );
    assert_eq!(
        problems(&text),
        "\
error[C053]: routes `a` and `b` take the same requests
 --> doorward.toml:9:9
  |
4 | match = { host = \"x.localhost\" }
  |         ------------------------ route `a`
...
9 | match = { host = \"X.localhost\", path = \"/\" }
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: tell them apart by host, path, methods or headers; order never matters

doorward.toml: 1 error
"
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = r#"
public_url = "auth.example.com"
colour = "red"
[listen]
ops = 9090
[session]
idle = "soon"
[issuer.a]
path = "/login/x"
[client.shop]
issuer = "b"
redirect_uris = ["/cb"]
[[route]]
id = "wiki"
match = { host = "x*.example.com" }
upstream = "ftp://x"
allow = ["grup:x"]
"#;
    let mut found = codes(text);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "C002", "C004", "C006", "C020", "C031", "C040", "C041", "C051", "C056", "C059"
        ]
    );
}

#[test]
fn mistakes_of_syntax_are_told_with_the_others() {
    let text = "public_url = \"http://localhost:8080\n[session]\nidel = \"8h\"\n";
    let found = codes(text);
    assert!(found.contains(&"C001"), "{found:?}");
    assert!(found.contains(&"C002"), "{found:?}");
}

#[test]
fn an_empty_file_says_what_is_needed() {
    let text = problems("");
    assert!(text.contains("the file needs `public_url`"), "{text}");
}

#[test]
fn what_later_versions_have_is_refused_and_never_ignored() {
    let text = with_site(
        "[mail]\nurl = \"outbox:\"\n[login]\nmethods = \
         [\"passkey\"]\nsecond_factor = {}\n[issuer.a]\nhost = \"x\"\n\
         [[users]]\nkind = \"ldap\"\nurl = \"ldaps://x\"\n",
    );
    let found = codes(&text);
    assert_eq!(found, ["C003"; 6]);
    let text = problems(&route(
        "allow = [\"anyone\"]\nupstream = \"http://127.0.0.1:1\"\nfail = \"closed\"\n\
         limits = { requests = \"1/s\" }",
    ));
    assert_eq!(text.matches("error[C003]").count(), 2, "{text}");
}

#[test]
fn ops_05_misspelt_words_get_a_suggestion() {
    let text = problems(&with_site(
        "[client.x]\nredirect_uris = [\"http://localhost/\"]\nconsent = \"alwais\"\n",
    ));
    assert!(text.contains("did you mean \"always\"?"), "{text}");
    let text = problems(&route(
        "allow = [\"authentcated\"]\nupstream = \"http://127.0.0.1:1\"\nidentity = \"jenkinz\"",
    ));
    assert!(text.contains("did you mean \"authenticated\"?"), "{text}");
    assert!(text.contains("did you mean \"jenkins\"?"), "{text}");
}

#[test]
fn json_and_sarif_say_the_same_as_the_human_form() {
    let report =
        examine_here("public_url = \"http://localhost:8080\"\n[session]\nidel = 1\n").report;
    let json = report.json();
    assert_eq!(json["ok"], false);
    let problem = &json["problems"][0];
    assert_eq!(problem["code"], "C002");
    assert_eq!(
        (&problem["line"], &problem["column"]),
        (&3.into(), &1.into())
    );
    assert_eq!(problem["replacement"], "idle");
    let sarif = report.sarif();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "C002");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], 3);
    assert_eq!(region["endColumn"], 5);
}

#[test]
fn a_misspelt_key_is_not_missing_as_well() {
    assert_eq!(codes("publik_url = \"http://localhost:8080\""), ["C002"]);
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let report = load(Path::new("/nowhere/doorward.toml")).unwrap_err();
    assert_eq!(report.problems()[0].code, Code::NoFile);
    assert!(report.human(false).contains("doorward init"), "{report}");
}
