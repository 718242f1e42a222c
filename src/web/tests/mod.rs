//! The kit behind a router of its own: one form, one page, one door that panics.

mod answers;
mod forms;

use std::net::{IpAddr, Ipv4Addr};

use askama::Template;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRef, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::SET_COOKIE;
use http::{Method, Request};
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
            .map(|page| page.form_target(FormTarget::covering(["https://shop.test/cb"])))
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
