//! The kit behind a router of its own: one form, one page, one door that panics.

use std::net::{IpAddr, Ipv4Addr};

use askama::Template;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRef, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::{COOKIE, SET_COOKIE};
use http::{Method, Request, StatusCode};
use tower::ServiceExt;

use super::*;
use crate::base::{Clock, RequestId, Rng, Timestamp};
use crate::keys::{MasterKey, Sealer};

const ORIGIN: &str = "https://auth.test";

#[derive(Clone)]
struct Door(Kit);

impl FromRef<Door> for Kit {
    fn from_ref(door: &Door) -> Self {
        door.0.clone()
    }
}

struct Note(String);

impl Form for Note {
    const PURPOSE: &'static str = "note";

    fn read(params: &Params) -> Result<Self, ErrorPage> {
        Ok(Self(params.find("text").unwrap_or_default().to_owned()))
    }
}

#[derive(Template)]
#[template(source = "{{ token }}", ext = "html")]
struct Token {
    token: String,
}

fn kit() -> Kit {
    let rng = Rng::system();
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let sealer = Sealer::new(&MasterKey::ephemeral(&rng).unwrap(), clock, rng.clone());
    Kit::new(ORIGIN, "Acme login", sealer, rng).unwrap()
}

fn router(kit: &Kit) -> Router {
    let page = async |State(Door(kit)): State<Door>, browser: Browser| {
        let token = browser.token(&kit, Note::PURPOSE);
        Page::render(&Token { token })
            .map(|page| page.form_target(FormTarget::covering("https://shop.test/cb")))
    };
    let door = Router::new()
        .route("/note", get(page))
        .route("/note", post(async |Posted::<Note> { form, .. }| form.0))
        .route("/query", get(async |Query(params): Query| params.encode()))
        .route(
            "/panic",
            get(async || -> &'static str { panic!("as asked") }),
        )
        .with_state(Door(kit.clone()));
    site(door, kit)
}

struct Ask {
    request: http::request::Builder,
    body: String,
}

fn ask(method: Method, path: &str) -> Ask {
    Ask {
        request: Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "text/html"),
        body: String::new(),
    }
}

impl Ask {
    fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    fn form(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.with("content-type", "application/x-www-form-urlencoded")
    }

    async fn of(self, router: &Router) -> Response {
        let mut request = self.request.body(Body::from(self.body)).unwrap();
        request.extensions_mut().insert(Inbound {
            request_id: RequestId::new("req-1"),
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
            host: "auth.test".into(),
            https: true,
            user_agent: "test".into(),
        });
        router.clone().oneshot(request).await.unwrap()
    }
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Opens the page: the cookie pair and the token.
async fn open(router: &Router) -> (String, String) {
    let response = ask(Method::GET, "/note").of(router).await;
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
    let pair = cookie.split(';').next().unwrap().to_owned();
    (pair, text(response).await)
}

#[tokio::test]
async fn web_01_a_form_is_taken_only_with_cookie_and_token_and_from_our_own_origin() {
    let router = router(&kit());
    let (cookie, token) = open(&router).await;
    let body = format!("csrf={token}&text=hi");
    let good = || {
        ask(Method::POST, "/note")
            .form(&body)
            .with("cookie", &cookie)
    };

    for sent in [
        good(),
        good().with("origin", ORIGIN),
        good()
            .with("origin", ORIGIN)
            .with("sec-fetch-site", "same-origin"),
        good().with("referer", "https://auth.test/note"),
    ] {
        let response = sent.of(&router).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(response).await, "hi");
    }
    let (other_cookie, other_token) = open(&router).await;
    let other = format!("csrf={other_token}&text=hi");
    for (what, sent) in [
        (
            "no token",
            ask(Method::POST, "/note")
                .form("text=hi")
                .with("cookie", &cookie),
        ),
        ("no cookie", ask(Method::POST, "/note").form(&body)),
        (
            "another browser's cookie",
            ask(Method::POST, "/note")
                .form(&body)
                .with("cookie", &other_cookie),
        ),
        (
            "another browser's token",
            ask(Method::POST, "/note")
                .form(&other)
                .with("cookie", &cookie),
        ),
        ("two cookies", good().with("cookie", &other_cookie)),
        (
            "a foreign origin",
            good().with("origin", "https://evil.test"),
        ),
        ("a null origin", good().with("origin", "null")),
        (
            "our origin without TLS",
            good().with("origin", "http://auth.test"),
        ),
        (
            "our origin at another port",
            good().with("origin", "https://auth.test:8443"),
        ),
        (
            "a longer host",
            good().with("origin", "https://auth.test.evil.test"),
        ),
        (
            "two origins",
            good()
                .with("origin", ORIGIN)
                .with("origin", "https://evil.test"),
        ),
        ("a sibling site", good().with("sec-fetch-site", "same-site")),
        (
            "another site",
            good()
                .with("origin", ORIGIN)
                .with("sec-fetch-site", "cross-site"),
        ),
        (
            "a referer without TLS",
            good().with("referer", "http://auth.test/note"),
        ),
        (
            "a foreign referer",
            good().with("referer", "https://auth.test.evil.test/"),
        ),
    ] {
        let response = sent.of(&router).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{what}");
        let page = text(response).await;
        assert!(
            page.contains("id=\"error-page\"") && page.contains("href=\"/note\""),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_token_for_one_purpose_is_no_good_for_another() {
    let kit = kit();
    let router = router(&kit);
    let browser = Browser::fresh(&kit).unwrap();
    let cookie = browser.set_cookie();
    let post = |token: String| {
        ask(Method::POST, "/note")
            .form(&format!("csrf={token}"))
            .with(COOKIE.as_str(), cookie.split(';').next().unwrap())
    };
    let own = post(browser.token(&kit, "note")).of(&router).await;
    assert_eq!(own.status(), StatusCode::OK);
    for purpose in ["logout", "notes", ""] {
        let response = post(browser.token(&kit, purpose)).of(&router).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{purpose}");
    }
}

#[tokio::test]
async fn a_form_of_another_type_or_size_or_with_a_field_twice_is_refused() {
    let router = router(&kit());
    let (cookie, token) = open(&router).await;
    let json = ask(Method::POST, "/note")
        .with("content-type", "text/plain")
        .with("cookie", &cookie);
    assert_eq!(
        json.of(&router).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let none = ask(Method::POST, "/note").with("cookie", &cookie);
    assert_eq!(
        none.of(&router).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    for (body, status) in [
        (
            format!("csrf={token}&text=1&text=2"),
            StatusCode::BAD_REQUEST,
        ),
        (format!("csrf={token}&text=%ff"), StatusCode::BAD_REQUEST),
        (
            format!("csrf={token}&text={}", "x".repeat(64 * 1024)),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
    ] {
        let sent = ask(Method::POST, "/note")
            .form(&body)
            .with("cookie", &cookie);
        assert_eq!(sent.of(&router).await.status(), status);
    }
}

#[tokio::test]
async fn web_04_every_answer_of_the_site_refuses_frames() {
    let router = router(&kit());
    let asset = assets::CSS.url("");
    for (method, path) in [
        (Method::GET, "/note"),
        (Method::POST, "/note"),
        (Method::PUT, "/note"),
        (Method::GET, "/query?a=%ff"),
        (Method::GET, "/nowhere"),
        (Method::GET, "/panic"),
        (Method::GET, "/assets/nothing.css"),
        (Method::GET, &asset),
    ] {
        let response = ask(method.clone(), path).of(&router).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{method} {path}");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-frame-options"], "DENY", "{method} {path}");
        assert_eq!(
            headers["x-content-type-options"], "nosniff",
            "{method} {path}"
        );
        assert!(headers.contains_key("strict-transport-security"));
        assert!(headers.contains_key("referrer-policy"));
        let kept = headers["cache-control"].to_str().unwrap();
        assert_eq!(kept == "no-store", path != asset, "{method} {path}: {kept}");
    }
}

#[tokio::test]
async fn only_a_page_on_the_way_to_an_app_lets_forms_lead_there_and_keeps_its_opener() {
    let router = router(&kit());
    let page = ask(Method::GET, "/note").of(&router).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://shop.test;"),
        "{policy}"
    );
    assert!(!page.headers().contains_key("cross-origin-opener-policy"));
    let other = ask(Method::GET, "/nowhere").of(&router).await;
    let policy = other.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self';"), "{policy}");
    assert_eq!(other.headers()["cross-origin-opener-policy"], "same-origin");
}

#[tokio::test]
async fn a_fault_is_a_page_for_people_and_json_for_programs() {
    let router = router(&kit());
    let page = ask(Method::GET, "/panic").of(&router).await;
    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let page = text(page).await;
    assert!(
        page.contains("id=\"error-page\"") && page.contains("req-1"),
        "{page}"
    );
    assert!(!page.contains("as asked"), "the cause stays in the log");

    let fetched = ask(Method::GET, "/nowhere")
        .with("sec-fetch-mode", "cors")
        .of(&router)
        .await;
    assert_eq!(fetched.headers()["content-type"], "application/json");
    let json: serde_json::Value = serde_json::from_str(&text(fetched).await).unwrap();
    assert_eq!(json["error"], "not_found");
    assert_eq!(json["request_id"], "req-1");
}

#[tokio::test]
async fn web_05_markup_in_an_error_or_a_denial_is_text() {
    let kit = kit();
    let evil = "\"><script>alert(1)</script>'";
    let id = RequestId::new(evil);
    let error = ErrorPage::new(StatusCode::BAD_REQUEST, evil, evil, evil)
        .advice(evil)
        .link(evil, evil);
    let denied = Denied {
        host: evil,
        who: Some(evil),
        why: evil,
        reason: evil,
        switch_url: evil,
        logout_url: evil,
    };
    for (_, headers, bytes) in [
        render_error(&kit, &error, &id, true),
        render_denied(&kit, &denied, &id, true),
    ] {
        let page = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!page.contains("<script>"), "{page}");
        assert!(
            page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"),
            "{page}"
        );
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src https://auth.test;"), "{policy}");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn the_assets_a_page_names_are_served_for_ever() {
    let kit = kit();
    let router = router(&kit);
    let shell = kit.shell();
    for url in [&shell.css, &shell.js, &shell.icon] {
        let response = ask(Method::GET, url).of(&router).await;
        assert_eq!(response.status(), StatusCode::OK, "{url}");
        assert_eq!(
            response.headers()["cache-control"],
            "public, max-age=31536000, immutable"
        );
        assert!(!text(response).await.is_empty());
    }
    assert!(
        kit.shell_elsewhere()
            .css
            .starts_with("https://auth.test/assets/")
    );
}
