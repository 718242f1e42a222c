//! What can be read, and comes to nothing.

use super::*;

fn client(rest: &str) -> String {
    with_site(&format!(
        "[client.c1]\nredirect_uris = [\"https://rp.example/cb\"]\n{rest}\n"
    ))
}

fn issuer(registration: &str) -> String {
    with_site(&format!("[issuer.main]\nregistration = {registration}\n"))
}

/// Warnings alone, as people read them.
fn warnings(text: &str) -> String {
    let Outcome { settings, report } = examine_here(text);
    assert!(settings.is_some(), "{report}");
    report.human(false)
}

#[test]
fn a_client_without_any_flow_is_the_server_of_an_api_or_a_mistake() {
    let said = problems(&client("flows = []"));
    assert!(said.contains("error[C073]"), "{said}");
    assert!(said.contains("never gets a token"), "{said}");
    let server = "[client.api]\nsecret = \"0123456789abcdef\"\nflows = []\n\
                  [[resource]]\nid = \"https://api.test\"\nservers = [\"api\"]\n";
    assert!(!codes(&with_site(server)).contains(&"C073"));
}

#[test]
fn what_is_named_twice_is_mentioned() {
    let tenant = "[tenant.acme]\nuuid = \"6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111\"\n";
    let text = client(&format!("tenants = [\"acme\", \"acme\"]\n{tenant}"));
    let said = warnings(&text);
    assert!(said.contains("`acme` is named twice"), "{said}");
    let api = "[[resource]]\nid = \"https://api.test\"\n";
    let text = client(&format!(
        "resources = [\"https://api.test\", \"https://api.test\"]\n{api}"
    ));
    let said = warnings(&text);
    assert!(said.contains("`https://api.test` is named twice"), "{said}");
}

#[test]
fn tenants_that_people_cannot_tell_apart_are_mentioned() {
    let two = |first: &str, second: &str| {
        with_site(&format!(
            "[tenant.a]\nuuid = \"6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111\"\nname = \"{first}\"\n\
             [tenant.b]\nuuid = \"6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a112\"\nname = \"{second}\"\n"
        ))
    };
    let said = warnings(&two("Acme", "Acme"));
    assert!(said.contains("another tenant is called \"Acme\""), "{said}");
    let said = warnings(&two("Acme", "ACME "));
    assert!(said.contains("another tenant is called"), "{said}");
    assert_eq!(codes(&two("Acme", "Acme North")), [""; 0]);
}

#[test]
fn registration_that_lets_nobody_in_or_gives_nothing_is_refused() {
    for (written, said) in [
        ("{ mode = \"open\", most = 0 }", "no app could register"),
        ("{ mode = \"token\", most = 0 }", "no app could register"),
        ("{ mode = \"open\", scopes = [] }", "could ask for nothing"),
        (
            "{ metadata_hosts = [\"app.example.com\"], scopes = [] }",
            "could ask for nothing",
        ),
        ("{ mode = \"open\", per_ip = \"0/10m\" }", "is not a rate"),
    ] {
        let text = problems(&issuer(written));
        assert!(text.contains(said), "{written}: {text}");
    }
    let text = warnings(&issuer("{ mode = \"open\", scopes = [\"email\"] }"));
    assert!(text.contains("without `openid`"), "{text}");
    // Where nobody registers, it is nobody's.
    assert_eq!(codes(&issuer("{ most = 0, scopes = [] }")), [""; 0]);
}

#[test]
fn limits_that_contradict_each_other_are_mentioned() {
    let text = warnings(&issuer(
        "{ mode = \"open\", most = 50, per_ip = \"51/10m\" }",
    ));
    assert!(text.contains("could take every place"), "{text}");
    for good in [
        "{ mode = \"open\", most = 50, per_ip = \"50/10m\" }",
        "{ mode = \"open\", most = 50 }",
    ] {
        assert_eq!(codes(&issuer(good)), [""; 0], "{good}");
    }
    let throttle = |written: &str| with_site(&format!("[login.throttle]\n{written}\n"));
    for bad in [
        "per_ip = \"3/15m\"",
        "per_account = \"50/1m\"",
        "per_ip = \"5/15m\"\nper_account = \"10/15m\"",
    ] {
        let text = warnings(&throttle(bad));
        assert!(text.contains("`per_account` never counts"), "{bad}: {text}");
    }
    for good in [
        "per_ip = \"30/15m\"",
        "per_ip = \"5/15m\"\nper_account = \"5/15m\"",
        // More at once, and fewer over time: each counts at some time.
        "per_ip = \"10/1h\"\nper_account = \"5/15m\"",
        "per_ip = \"5/1m\"\nper_account = \"10/15m\"",
    ] {
        assert_eq!(codes(&throttle(good)), [""; 0], "{good}");
    }
}

#[test]
fn request_uris_of_a_client_that_pushes_are_mentioned() {
    let uris = "request_uris = [\"https://rp.example/r\"]";
    let text = warnings(&client(&format!("require_par = true\n{uris}")));
    assert!(text.contains("nothing is ever fetched"), "{text}");
    assert_eq!(codes(&client(uris)), [""; 0]);
    assert_eq!(codes(&client("require_par = true")), [""; 0]);
}

#[test]
fn classes_that_nobody_reaches_are_mentioned() {
    for (written, said) in [
        (
            "[\"1\", \"gold\"]",
            "no authentication context class `gold`",
        ),
        ("[\"2\"]", "takes a second factor"),
    ] {
        let text = warnings(&client(&format!("default_acr_values = {written}")));
        assert!(text.contains("warning[C073]"), "{written}: {text}");
        assert!(text.contains(said), "{written}: {text}");
    }
    assert_eq!(codes(&client("default_acr_values = [\"1\"]")), [""; 0]);
}

#[test]
fn an_api_is_not_called_as_an_issuer_is_but_for_the_spelling() {
    let api = |id: &str| with_site(&format!("[[resource]]\nid = \"{id}\"\n"));
    for like in [
        "http://localhost:8080/",
        "http://LOCALHOST:8080",
        "http://localhost:8080//",
    ] {
        let text = problems(&api(like));
        assert!(text.contains("error[C046]"), "{like}: {text}");
        assert!(text.contains("but for its spelling"), "{like}: {text}");
    }
    assert!(problems(&api("http://localhost:8080")).contains("audience of userinfo"));
    assert_eq!(codes(&api("http://localhost:8080/api")), [""; 0]);
}
