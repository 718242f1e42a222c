//! Routes that take access tokens.

use super::*;

const API: &str = "[[resource]]\nid = \"https://api.test\"\nname = \"Bookings\"\n\
     scopes = { \"booking:read\" = \"See your bookings\" }\n";

fn routes(bearers: &[(&str, &str)]) -> String {
    let route = |(path, bearer): &(&str, &str)| {
        let id = path.trim_matches('/').replace('/', "-");
        format!(
            "[[route]]\nid = \"r{id}\"\nmatch = {{ host = \"api.localhost\", path = \"{path}\" }}\n\
             allow = [\"authenticated\"]\nupstream = \"http://127.0.0.1:1\"\n{bearer}\n"
        )
    };
    let routes: String = bearers.iter().map(route).collect();
    with_site(&format!("{API}{routes}"))
}

fn bearer(table: &str) -> String {
    routes(&[("/", &format!("bearer = {{ {table} }}"))])
}

#[test]
fn a_route_takes_the_tokens_of_the_only_issuer_for_a_resource() {
    let text = bearer("audience = \"https://api.test\", scopes = [\"booking:read\"]");
    let route = settings(&text).routes.remove(0);
    let bearer = route.bearer.unwrap();
    let access = bearer.access.unwrap();
    assert_eq!(access.issuer, "default".into());
    assert_eq!(access.audience, "https://api.test");
    assert!(bearer.scopes.contains("booking:read"));
    assert!(!bearer.forward && !bearer.clients);
}

#[test]
fn tok_12_a_route_that_does_not_say_whom_tokens_are_for_does_not_start() {
    let text = problems(&bearer("scopes = [\"booking:read\"]"));
    assert!(text.contains("needs `audience`"), "{text}");
    let text = problems(&bearer("audience = \"\""));
    assert!(text.contains("error[C074]: there is no resource"), "{text}");
    // Nor does the issuer itself count: its tokens are for whoever asks who a person is.
    let text = problems(&bearer("audience = \"http://localhost:8080\""));
    assert!(text.contains("error[C074]: there is no resource"), "{text}");
    let text = problems(&bearer("audience = \"https://apl.test\""));
    assert!(text.contains("did you mean `https://api.test`?"), "{text}");
}

#[test]
fn whose_tokens_they_are_and_what_they_allow_is_there() {
    let audience = "audience = \"https://api.test\"";
    let text = problems(&bearer(&format!("{audience}, issuer = \"defalt\"")));
    assert!(text.contains("did you mean `default`?"), "{text}");
    let text = problems(&bearer(&format!("{audience}, scopes = [\"openid\"]")));
    assert!(
        text.contains("`openid` is no scope of that resource"),
        "{text}"
    );
    let two = "[issuer.a]\npath = \"/a\"\n[issuer.b]\npath = \"/b\"\n";
    let text = problems(&(bearer(audience) + two));
    assert!(
        text.contains("does not say whose tokens it takes"),
        "{text}"
    );
    assert!(text.contains("there are `a` and `b`"), "{text}");
}

#[test]
fn what_describes_itself_at_one_address_takes_the_same_tokens() {
    let other = "[[resource]]\nid = \"urn:x\"\n";
    let takes = |audience: &str| format!("bearer = {{ audience = \"{audience}\" }}");
    let (api, urn) = (takes("https://api.test"), takes("urn:x"));
    let both = routes(&[("/a", &api), ("/b", &urn)]);
    let methods = both.replace("path = \"/b\"", "path = \"/a\", methods = [\"GET\"]");
    assert_eq!(codes(&(methods + other)), ["C074"]);
    assert_eq!(
        codes(&(routes(&[("/a", &api), ("/b", &urn)]) + other)),
        [""; 0]
    );
}

#[test]
fn no_route_takes_the_address_at_which_tokens_are_described() {
    let here = "/.well-known/oauth-protected-resource/x";
    let api = "bearer = { audience = \"https://api.test\" }";
    assert_eq!(codes(&routes(&[("/", api), (here, "")])), ["C055"]);
    assert_eq!(codes(&routes(&[("/", ""), (here, "")])), [""; 0]);
}

#[test]
fn standing_tokens_need_no_resource_and_a_services_needs_scopes() {
    let text = bearer("personal = true, scopes = [\"git:read\"]");
    let bearer_of = |text: &str| settings(text).routes.remove(0).bearer.unwrap();
    let taken = bearer_of(&text);
    assert!(taken.personal && !taken.service && taken.access.is_none());
    assert_eq!(codes(&bearer("service = true")), ["C074"]);
    let both = "audience = \"https://api.test\", scopes = [\"booking:read\"], service = true";
    let taken = bearer_of(&bearer(both));
    assert!(taken.service && taken.access.is_some());
    let text = problems(&bearer("personal = true, forward = true"));
    assert!(text.contains("speaks of access tokens"), "{text}");
    let text = problems(&bearer("personal = true, issuer = \"default\""));
    assert!(text.contains("needs `audience`"), "{text}");
    let text = problems(&bearer("personal = true, scopes = [\"a b\"]"));
    assert!(text.contains("cannot be a scope's name"), "{text}");
}

#[test]
fn tokens_of_people_and_services_live_as_long_as_the_file_allows() {
    let days = |days: u64| std::time::Duration::from_hours(24 * days);
    let standing = settings(&with_site("")).standing;
    assert_eq!(
        (standing.personal, standing.service),
        (days(366), days(366))
    );
    let standing = settings(&with_site("[tokens]\npersonal = \"7d\"\n")).standing;
    assert_eq!((standing.personal, standing.service), (days(7), days(366)));
    assert_eq!(codes(&with_site("[tokens]\npersonal = \"1s\"\n")), ["C008"]);
}

#[test]
fn an_app_is_given_tokens_for_a_resource_and_nothing_else_in_their_place() {
    let given = |more: &str| routes(&[("/", &format!("identity = {{ bearer = {{ {more} }} }}"))]);
    let text = given("audience = \"https://api.test\", scopes = [\"booking:read\"]");
    let token = settings(&text).routes.remove(0).identity.bearer.unwrap();
    assert_eq!(
        (token.issuer, token.audience.as_str()),
        ("default".into(), "https://api.test")
    );
    assert!(token.scopes.contains("booking:read"));
    assert!(problems(&given("scopes = []")).contains("needs `audience`"));
    assert_eq!(codes(&given("audience = \"urn:none\"")), ["C074"]);
    assert_eq!(
        codes(&given(
            "audience = \"https://api.test\", scopes = [\"openid\"]"
        )),
        ["C074"]
    );
    let both = "identity = { bearer = { audience = \"https://api.test\" } }\n\
                bearer = { audience = \"https://api.test\", forward = true }";
    assert_eq!(codes(&routes(&[("/", both)])), ["C074"]);
    let basic = "identity = { headers = { Authorization = \"x\" }, \
                 bearer = { audience = \"https://api.test\" } }";
    assert!(problems(&routes(&[("/", basic)])).contains("only one fits"));
}

#[test]
fn what_people_saved_for_an_app_is_all_that_it_gets_in_authorization() {
    let with = |more: &str| routes(&[("/", &format!("credentials = \"basic\"\n{more}"))]);
    let route = settings(&with("")).routes.remove(0);
    assert_eq!(route.credentials, Some(crate::gateway::AppSignIn::Basic));
    for more in [
        "identity = { headers = { Authorization = \"x\" } }",
        "identity = { bearer = { audience = \"https://api.test\" } }",
        "bearer = { audience = \"https://api.test\", forward = true }",
    ] {
        assert_eq!(codes(&with(more)), ["C077"], "{more}");
    }
    let answers = with("").replace(
        "upstream = \"http://127.0.0.1:1\"",
        "answer = { status = 204 }",
    );
    assert_eq!(codes(&answers), ["C077"]);
    assert!(problems(&with("").replace("basic", "form")).contains("C004"));
}
