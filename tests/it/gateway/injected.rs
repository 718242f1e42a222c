//! Tokens that an app is given about whoever passes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{House, cookie};
use crate::support::{Browser, Recorder, Setup, oidc, wait_for};

const ISSUER: &str = r#"
[issuer.production]
path = "/production/oidc"
[[resource]]
id = "urn:api"
name = "Bookings"
scopes = { "booking:read" = "See your bookings" }
[client.api]
secret = "0123456789abcdef0123456789abcdef"
flows = ["client_credentials"]
scopes = ["booking:read"]
"#;

fn house() -> House {
    let upstream = Recorder::start();
    let route = |id: &str, place: &str, allow: &str, more: &str| {
        let (host, path) = place.split_at(place.find('/').unwrap());
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"{host}\", path = \"{path}\" }}\nallow = [\"{allow}\"]\n\
             upstream = \"{}\"\n{more}\n",
            upstream.url()
        )
    };
    let given = "identity = { bearer = { audience = \"urn:api\", scopes = [\"booking:read\"] } }";
    let setup = Setup::plain()
        .with(ISSUER)
        .with(&route("app", "app.test/", "authenticated", given))
        .with(&route("open", "app.test/open", "anyone", given))
        .with(&route(
            "takes",
            "api.test/",
            "authenticated",
            "bearer = { audience = \"urn:api\" }",
        ));
    House {
        server: setup.ada_and_bob().start(),
        upstream,
    }
}

/// The token of the only request, and what it says.
fn given(house: &House) -> (String, Value, Value) {
    let seen = house.upstream.only();
    let lines = seen.headers.all("authorization");
    let [line] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    let token = line.strip_prefix("Bearer ").unwrap().to_owned();
    let part = |n: usize| {
        let part = token.split('.').nth(n).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let (head, body) = (part(0), part(1));
    (token, head, body)
}

#[tokio::test]
async fn the_app_gets_a_token_about_the_person_for_its_own_audience() {
    let house = house();
    let session = cookie(&house.signed_in("app.test", "ada").await);
    let mut before = None;
    for line in [
        "Accept: */*",
        "Authorization: Bearer mine",
        "authorization: Basic eDp5",
    ] {
        house.upstream.forget();
        assert_eq!(house.get("app.test", "/", &[&session, line]).status, 200);
        let (token, head, body) = given(&house);
        assert_eq!(
            (&head["typ"], &head["alg"]),
            (&"at+jwt".into(), &"ES256".into())
        );
        assert_eq!(body["aud"], "urn:api");
        assert_eq!(body["iss"], house.server.url("/production/oidc"));
        assert_eq!(body["scope"], "booking:read");
        assert_eq!(body["client_id"], "route:app");
        assert!(body["sid"].is_string() && body["auth_time"].is_i64());
        assert!(body.get("act").is_none());
        assert_eq!(
            body["exp"].as_i64().unwrap() - body["iat"].as_i64().unwrap(),
            300
        );
        // One signature for all of them.
        assert_eq!(before.get_or_insert(token.clone()), &token);
    }
    // Another person's is another.
    let bobs = cookie(&house.signed_in("app.test", "bob").await);
    house.upstream.forget();
    assert_eq!(house.get("app.test", "/", &[&bobs]).status, 200);
    assert_ne!(Some(given(&house).0), before);
}

#[tokio::test]
async fn nobody_gets_no_token_and_what_a_client_sent_is_gone() {
    let house = house();
    house.upstream.forget();
    let answer = house.get("app.test", "/open", &["Authorization: Bearer mine"]);
    assert_eq!(answer.status, 200);
    let seen = house.upstream.only();
    assert!(seen.headers.first("authorization").is_none(), "{seen:?}");
    let session = cookie(&house.signed_in("app.test", "ada").await);
    house.upstream.forget();
    assert_eq!(house.get("app.test", "/open", &[&session]).status, 200);
    given(&house);
}

#[tokio::test]
async fn tok_13_the_apps_token_opens_nothing_of_ours_and_ends_with_the_session() {
    let house = house();
    let session = cookie(&house.signed_in("app.test", "ada").await);
    assert_eq!(house.get("app.test", "/", &[&session]).status, 200);
    let (token, ..) = given(&house);
    let line = format!("Authorization: Bearer {token}");
    assert_eq!(house.kept_out("api.test", "/", &[&line]).status, 401);
    let browser = Browser::new(&house.server);
    assert_eq!(
        oidc::userinfo(&browser, &house.server, &token).await.status,
        401
    );

    house
        .server
        .cli(&["user", "disable", "ada"], "")
        .succeeded();
    wait_for("the end", || {
        house.upstream.forget();
        let answer = house.get("app.test", "/", &[&session]);
        (answer.status != 200).then_some(())
    });
    house.upstream.saw_nothing();
}
