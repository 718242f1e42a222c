//! API resources, and who may ask for them.

use std::time::Duration;

use super::*;

const BOOKINGS: &str = "[[resource]]\nid = \"https://api.test\"\nname = \"Bookings\"\n\
     scopes = { \"booking:read\" = \"See your bookings\" }\naccess_token = \"5m\"\n\
     servers = [\"api\"]\n";
const SERVER: &str = "[client.api]\nsecret = \"0123456789abcdef\"\nflows = []\n";

#[test]
fn a_resource_is_known_to_every_issuer_and_its_scopes_mean_something() {
    let file = with_site(&format!(
        "{BOOKINGS}{SERVER}[client.job]\nsecret = \"0123456789abcdef\"\n\
         flows = [\"client_credentials\"]\nscopes = [\"booking:read\"]\n\
         resources = [\"https://api.test\"]\n"
    ));
    let Outcome { settings, report } = examine_here(&file);
    let about_scopes = report
        .problems()
        .iter()
        .filter(|problem| problem.code == Code::Scope);
    assert_eq!(about_scopes.count(), 0, "{report}");
    let issuer = settings.unwrap().issuers.remove(0);
    let resource = issuer.resources.of_scope("booking:read").unwrap();
    assert_eq!(
        (&*resource.id, &*resource.name),
        ("https://api.test", "Bookings")
    );
    assert_eq!(resource.servers, ["api".into()]);
    assert_eq!(resource.access_token, Some(Duration::from_mins(5)));
    assert_eq!(issuer.longest_access_token(), issuer.access_token);
}

#[test]
fn tok_19_a_scope_belongs_to_one_api_and_an_api_has_an_address_of_its_own() {
    let more = |rest: &str| problems(&with_site(&format!("{BOOKINGS}{SERVER}{rest}")));
    let text =
        more("[[resource]]\nid = \"https://b.test\"\nscopes = { \"booking:read\" = \"x\" }\n");
    assert!(
        text.contains("is a scope of another resource already"),
        "{text}"
    );
    let text = more("[[resource]]\nid = \"https://b.test\"\nscopes = { email = \"x\" }\n");
    assert!(text.contains("is a scope of the issuer itself"), "{text}");
    let text = more("[[resource]]\nid = \"https://b.test\"\nscopes = { \"b:x\" = \" \" }\n");
    assert!(text.contains("nothing says what it is"), "{text}");
    let text = more("[[resource]]\nid = \"https://api.test\"\n");
    assert!(text.contains("a resource has this id already"), "{text}");
    let text = more("[[resource]]\nid = \"http://localhost:8080\"\n");
    assert!(text.contains("an issuer's own address"), "{text}");
    for bad in ["", "api", "https://b.test/#x"] {
        let text = more(&format!("[[resource]]\nid = \"{bad}\"\n"));
        assert!(text.contains("error[C046]"), "{text}");
    }
    let text = more("[[resource]]\nname = \"B\"\n");
    assert!(text.contains("needs `id`"), "{text}");
}

#[test]
fn what_names_a_resource_names_one_that_is_there() {
    let text = problems(&with_site(&format!(
        "{BOOKINGS}{SERVER}[client.x]\nredirect_uris = [\"http://localhost/\"]\n\
         resources = [\"https://apl.test\"]\n"
    )));
    assert!(text.contains("did you mean `https://api.test`?"), "{text}");
    let text = problems(&with_site(&format!(
        "{BOOKINGS}[client.api]\nredirect_uris = [\"http://localhost/\"]\n"
    )));
    assert!(text.contains("anybody could pose as it"), "{text}");
}

#[test]
fn only_a_client_that_signs_people_in_needs_a_redirect_uri() {
    let client = |flows: &str| {
        with_site(&format!(
            "[client.x]\nsecret = \"0123456789abcdef\"\n{flows}"
        ))
    };
    let text = problems(&client(""));
    assert!(text.contains("`client.x` needs `redirect_uris`"), "{text}");
    let text = problems(&client("flows = [\"code\", \"device\"]"));
    assert!(text.contains("needs `redirect_uris`"), "{text}");
    settings(&client("flows = [\"client_credentials\", \"device\"]"));
}

#[test]
fn a_server_is_a_client_of_an_issuer_whose_tokens_it_can_read() {
    let more = |rest: &str| {
        let issuers = "[issuer.main]\npath = \"/main\"\n[issuer.beta]\npath = \"/beta\"\n";
        let server = "[client.api]\nissuer = \"beta\"\nsecret = \"0123456789abcdef\"\nflows = []\n";
        let file = format!("{BOOKINGS}{issuers}{server}{rest}");
        examine_here(&with_site(&file)).report.human(false)
    };
    let app = |id: &str, issuer: &str| {
        format!(
            "[client.{id}]\nissuer = \"{issuer}\"\nsecret = \"0123456789abcdef\"\n\
             redirect_uris = [\"https://app.test/cb\"]\nscopes = [\"openid\", \"booking:read\"]\n"
        )
    };
    let another = "no other client of the file can ask there";
    let text = more(&app("shop", "main"));
    assert!(text.contains(another), "{text}");
    for rest in [
        app("shop", "beta"),
        app("shop", "main") + &app("wiki", "beta"),
        String::new(),
    ] {
        assert!(!more(&rest).contains(another), "{rest}");
    }
}
