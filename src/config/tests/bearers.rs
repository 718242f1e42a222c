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
    assert_eq!(bearer.issuer, "default".into());
    assert_eq!(bearer.audience, "https://api.test");
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
