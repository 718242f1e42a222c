//! Access tokens at routes that take them.

use serde_json::Value;

use super::{House, cookie};
use crate::support::oidc;
use crate::support::server::{ADA, BOB};
use crate::support::wire::Answer;
use crate::support::{Browser, Recorder, Setup, wait_for};

/// An issuer, two APIs, an app for people and a job that acts alone.
const ISSUER: &str = r#"
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
[[resource]]
id = "http://api.test:@PORT@"
name = "Bookings"
scopes = { "booking:read" = "See your bookings", "booking:write" = "Change your bookings" }
[[resource]]
id = "urn:other"
scopes = { "other:read" = "See others" }
[client.shop]
name = "Shop"
redirect_uris = ["http://127.0.0.1:9/cb"]
scopes = ["openid", "profile", "offline_access", "booking:read", "booking:write", "other:read"]
consent = "skip"
[client.job]
secret = "0123456789abcdef0123456789abcdef"
flows = ["client_credentials"]
scopes = ["booking:read"]
"#;

/// Routes of `api.test`: for staff, for admins, for writers, for clients too, and one whose app gets
/// the token.
fn routes(upstream: &str) -> String {
    let route = |id: &str, path: &str, allow: &str, bearer: &str| {
        format!(
            "[[route]]\nid = \"api-{id}\"\nmatch = {{ host = \"api.test\", path = \"{path}\" }}\n\
             allow = [\"{allow}\"]\nupstream = \"{upstream}\"\n\
             bearer = {{ audience = \"http://api.test:@PORT@\", {bearer} }}\n\
             identity = {{ preset = \"remote-user\", decision = true }}\n"
        )
    };
    let read = "scopes = [\"booking:read\"]";
    [
        route("api", "/", "group:staff", read),
        route("admin", "/admin", "group:admin", read),
        route(
            "write",
            "/write",
            "authenticated",
            "scopes = [\"booking:read\", \"booking:write\"]",
        ),
        route(
            "jobs",
            "/jobs",
            "user:nobody",
            &format!("{read}, clients = true"),
        ),
        route("pass", "/pass", "authenticated", "forward = true"),
    ]
    .concat()
}

pub(super) struct Api {
    pub(super) house: House,
    pub(super) browser: Browser,
}

impl Api {
    async fn start(who: &str, password: &str) -> Self {
        let upstream = Recorder::start();
        let server = Setup::plain()
            .with(ISSUER)
            .with(&routes(&upstream.url()))
            .with(&super::routes(&upstream.url()))
            .ada_and_bob()
            .start();
        let house = House { server, upstream };
        let mut browser = Browser::new(&house.server);
        let url = house.server.url_at("app.test", "/");
        let page = browser.sign_in(url, who, password).await;
        assert_eq!(page.status, 200);
        house.upstream.forget();
        Self { house, browser }
    }

    pub(super) async fn ada() -> Self {
        Self::start("ada", ADA).await
    }

    async fn tokens(&mut self, scope: &str) -> oidc::Told {
        let code = oidc::code(&mut self.browser, &self.house.server, &[("scope", scope)]).await;
        let url = oidc::token_url(&self.house.server);
        let told = oidc::redeem(self.browser.client(), &url, &code)
            .await
            .unwrap();
        assert_eq!(told.status, 200, "{}", told.json);
        self.house.upstream.forget();
        told
    }

    async fn token(&mut self, scope: &str) -> String {
        self.tokens(scope).await.text("access_token")
    }

    /// The job's own.
    async fn own_token(&self) -> String {
        let parameters = [
            ("grant_type", "client_credentials"),
            ("client_id", "job"),
            ("client_secret", "0123456789abcdef0123456789abcdef"),
            ("scope", "booking:read"),
        ];
        let url = oidc::token_url(&self.house.server);
        let told = oidc::token(self.browser.client(), &url, &parameters).await;
        told.unwrap().text("access_token")
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        self.get_with(path, &[&bearer(token)])
    }

    pub(super) fn get_with(&self, path: &str, lines: &[&str]) -> Answer {
        self.house.upstream.forget();
        self.house.get("api.test", path, lines)
    }

    fn metadata(&self, host: &str, path: &str) -> Answer {
        let path = format!("/.well-known/oauth-protected-resource{path}");
        self.house.get(host, &path, &[])
    }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// The status, the error, and the whole of the first challenge.
#[track_caller]
pub(super) fn refused(answer: &Answer) -> (u16, String, String) {
    let error = json(answer)["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let challenge = answer.headers.first("www-authenticate");
    (answer.status, error, challenge.unwrap_or_default())
}

#[tokio::test]
async fn a_token_for_the_resource_opens_its_route_for_the_person_it_is_about() {
    let mut api = Api::ada().await;
    let token = api.token("openid booking:read").await;
    for _ in 0..2 {
        assert_eq!(api.get("/x", &token).status, 200);
        let seen = api.house.upstream.only();
        let first = |name: &str| seen.headers.first(name).unwrap_or_default();
        assert_eq!(first("remote-user"), "ada");
        assert_eq!(first("doorward-client"), "shop");
        assert_eq!(first("doorward-scopes"), "booking:read openid");
        assert_eq!(first("doorward-rule"), "group:staff");
        assert!(!seen.contains(&token), "{seen:?}");
        assert!(seen.headers.first("authorization").is_none());
    }
}

#[tokio::test]
async fn the_app_gets_the_token_where_the_route_says_so() {
    let mut api = Api::ada().await;
    let token = api.token("booking:read").await;
    assert_eq!(api.get("/pass", &token).status, 200);
    let seen = api.house.upstream.only();
    assert_eq!(
        seen.headers.first("authorization"),
        Some(format!("Bearer {token}"))
    );
}

#[tokio::test]
async fn tok_12_a_token_for_somebody_else_opens_nothing() {
    let mut api = Api::ada().await;
    let other = api.token("other:read").await;
    let told = api.tokens("openid offline_access").await;
    let good = api.token("booking:read").await;
    let (head, _) = good.rsplit_once('.').unwrap();
    for (what, token) in [
        ("another API's", other),
        ("userinfo's", told.text("access_token")),
        ("an id token", told.text("id_token")),
        ("a refresh token", told.text("refresh_token")),
        ("an unsigned one", format!("{head}.AAAA")),
        ("junk", "x".to_owned()),
    ] {
        let answer = api.get("/x", &token);
        let (status, error, challenge) = refused(&answer);
        assert_eq!((status, &*error), (401, "invalid_token"), "{what}");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        api.house.upstream.saw_nothing();
    }
    // And a route that takes no tokens takes this one no more than before.
    let answer = api.house.kept_out("app.test", "/", &[&bearer(&good)]);
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn where_a_token_and_a_session_come_together_the_token_decides() {
    let mut api = Api::ada().await;
    let weak = api.token("booking:read").await;
    let session = cookie(&api.house.signed_in("api.test", "ada").await);
    assert_eq!(api.get_with("/write", &[&session]).status, 200);
    for (line, status) in [
        (bearer("x"), 401),
        (bearer(&weak), 403),
        ("Authorization: Bearer".to_owned(), 400),
        (
            format!("{}\r\nAuthorization: Basic eDp5", bearer(&weak)),
            400,
        ),
    ] {
        let answer = api.get_with("/write", &[&session, &line]);
        assert_eq!(answer.status, status, "{line}");
        api.house.upstream.saw_nothing();
    }
    // Credentials of another scheme are the app's, and the session decides.
    let answer = api.get_with("/write", &[&session, "Authorization: Basic eDp5"]);
    assert_eq!(answer.status, 200);
    let seen = api.house.upstream.only();
    assert_eq!(seen.headers.first("authorization").unwrap(), "Basic eDp5");
}

#[tokio::test]
async fn scopes_that_are_missing_are_named_and_the_rule_counts_as_with_a_session() {
    let mut api = Api::start("bob", BOB).await;
    let token = api.token("booking:read").await;
    let (status, error, challenge) = refused(&api.get("/write", &token));
    assert_eq!((status, &*error), (403, "insufficient_scope"));
    assert!(
        challenge.contains("scope=\"booking:read booking:write\""),
        "{challenge}"
    );
    let (status, error, _) = refused(&api.get("/admin", &token));
    assert_eq!((status, &*error), (403, "access_denied"));
    assert_eq!(api.get("/x", &token).status, 200);
}

#[tokio::test]
async fn a_client_alone_passes_by_its_scopes_where_the_route_lets_clients_in() {
    let api = Api::ada().await;
    let token = api.own_token().await;
    let (status, error, _) = refused(&api.get("/x", &token));
    assert_eq!((status, &*error), (403, "insufficient_scope"));
    let forged = ["Doorward-Client: shop", "Remote-User: ada", &bearer(&token)];
    assert_eq!(api.get_with("/jobs", &forged).status, 200);
    let seen = api.house.upstream.only();
    assert_eq!(seen.headers.all("doorward-client"), ["job"]);
    assert_eq!(seen.headers.first("doorward-rule").unwrap(), "client");
    assert!(seen.headers.first("remote-user").is_none());
    // A person is judged by the rule, which lets nobody in.
    let session = cookie(&api.house.signed_in("api.test", "ada").await);
    let answer = api.get_with("/jobs", &[&session, "Doorward-Client: job"]);
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn what_is_revoked_is_refused_at_the_next_request() {
    let mut api = Api::ada().await;
    let one = api.token("booking:read").await;
    let rest = api.token("booking:read").await;
    for token in [&one, &rest] {
        assert_eq!(api.get("/x", token).status, 200);
    }
    let url = api.house.server.url("/production/oidc/connect/revoke");
    let form = [("token", one.as_str()), ("client_id", "shop")];
    let told = oidc::token(api.browser.client(), &url, &form)
        .await
        .unwrap();
    assert_eq!(told.status, 200, "{}", told.json);
    assert_eq!(api.get("/x", &one).status, 401);
    assert_eq!(api.get("/x", &rest).status, 200);
    // By another process: there as soon as its events are read.
    let said = api.house.server.cli(&["user", "disable", "ada"], "");
    said.succeeded();
    wait_for("a person who is switched off", || {
        (api.get("/x", &rest).status == 401).then_some(())
    });
    let said = api.house.server.cli(&["user", "enable", "ada"], "");
    said.succeeded();
    assert_eq!(api.get("/x", &rest).status, 401);
}

#[tokio::test]
async fn who_presents_nothing_is_told_what_is_taken_or_sent_to_sign_in() {
    let api = Api::ada().await;
    let answer = api.get_with("/x", &[]);
    assert_eq!(answer.status, 401);
    let challenges = answer.headers.all("www-authenticate");
    let metadata = format!(
        "resource_metadata=\"http://api.test:{}/.well-known/oauth-protected-resource\"",
        api.house.server.port()
    );
    assert_eq!(challenges.len(), 2);
    for (challenge, scheme) in challenges.iter().zip(["Bearer ", "DPoP "]) {
        assert!(challenge.starts_with(scheme), "{challenge}");
        assert!(challenge.contains(&metadata), "{challenge}");
        assert!(!challenge.contains("error="), "{challenge}");
    }
    let answer = api.get_with("/x", &["Accept: text/html"]);
    assert_eq!(answer.status, 302);
}

#[tokio::test]
async fn a_resource_describes_itself_where_its_id_says() {
    let api = Api::ada().await;
    let answer = api.metadata("api.test", "");
    assert_eq!(answer.status, 200);
    let said = json(&answer);
    let port = api.house.server.port();
    assert_eq!(said["resource"], format!("http://api.test:{port}"));
    assert_eq!(
        said["authorization_servers"],
        serde_json::json!([api.house.server.url("/production/oidc")])
    );
    assert_eq!(
        said["scopes_supported"],
        serde_json::json!(["booking:read", "booking:write"])
    );
    assert_eq!(said["bearer_methods_supported"][0], "header");
    for (host, path) in [("api.test", "/other"), ("app.test", "")] {
        let answer = api.metadata(host, path);
        assert_ne!(answer.status, 200, "{host}{path}");
        assert_ne!(json(&answer)["resource"], said["resource"]);
    }
}
