//! A browser with cookies, and what comes back to it.

use std::collections::BTreeMap;

use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use url::Url;

use super::world::{FORM, PROD, SITE, World, encode, request};
use crate::model::{Amr, Device, Proven};

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }

    /// Whether this is a page of our own: nothing was sent anywhere.
    #[track_caller]
    pub fn assert_local(&self) {
        assert_eq!(self.status, StatusCode::BAD_REQUEST);
        assert!(!self.headers.contains_key(LOCATION));
        assert!(self.body.contains("id=\"error-page\""), "{}", self.body);
    }

    /// The parameters of a redirect to C1 or whoever is at `target`.
    #[track_caller]
    pub fn sent_to(&self, target: &str) -> BTreeMap<String, String> {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        let location = self.location();
        assert!(location.starts_with(target), "{location}");
        let url = Url::parse(location).unwrap();
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let map: BTreeMap<_, _> = pairs.iter().cloned().collect();
        assert_eq!(pairs.len(), map.len(), "a parameter twice: {location}");
        map
    }

    #[track_caller]
    pub fn error(&self) -> String {
        self.sent_to("https://")["error"].clone()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.body))
    }
}

/// A browser: cookies, and forms as a person sends them.
pub struct Browser<'w> {
    world: &'w World,
    cookies: BTreeMap<String, String>,
}

impl<'w> Browser<'w> {
    pub fn new(world: &'w World) -> Self {
        Self {
            world,
            cookies: BTreeMap::new(),
        }
    }

    pub async fn sign_in(&mut self, login: &str) {
        self.sign_in_by(login, Amr::Pwd).await;
    }

    /// Signs somebody in who proved it in one way.
    pub async fn sign_in_by(&mut self, login: &str, amr: Amr) {
        let proven = Proven {
            user: format!("u-{login}").into(),
            epoch: 0,
            amr: vec![amr],
            at: self.world.clock.now(),
        };
        let sessions = &self.world.sessions;
        let started = sessions.start(&proven, Device::default());
        let session = started.await.unwrap().unwrap();
        let cookie = sessions.cookie(&session, "gw.test").unwrap();
        self.keep(&cookie);
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), String::new()).await
    }

    /// Sends an authorization request of `client` to PROD.
    pub async fn authorize(&mut self, client: &str, more: &[(&str, &str)]) -> Answer {
        let query = request(client, more);
        self.get(&format!("{PROD}/connect/authorize?{query}")).await
    }

    /// Authorizes a client that needs no consent; gives the code.
    pub async fn code(&mut self, client: &str) -> String {
        let answer = self.authorize(client, &[]).await;
        answer.sent_to("https://")["code"].clone()
    }

    /// Posts a form from a page of our own.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = Request::post(path)
            .header(CONTENT_TYPE, FORM)
            .header("origin", SITE)
            .header("sec-fetch-site", "same-origin");
        self.send(request, encode(form)).await
    }

    /// Presses `name=value` in the form of a page.
    pub async fn press(&mut self, page: &Answer, button: Option<(&str, &str)>) -> Answer {
        let button: Vec<_> = button.into_iter().collect();
        self.press_all(page, &button).await
    }

    /// Presses a button with these fields in the form of a page, and no other boxes ticked.
    pub async fn press_all(&mut self, page: &Answer, more: &[(&str, &str)]) -> Answer {
        let html = scraper::Html::parse_document(&page.body);
        let select = |css: &str| scraper::Selector::parse(css).unwrap();
        let action = html
            .select(&select("form"))
            .next()
            .unwrap_or_else(|| panic!("no form: {} {}", page.status, page.body))
            .attr("action")
            .unwrap()
            .to_owned();
        let fields: Vec<(String, String)> = html
            .select(&select("form input[type=hidden]"))
            .map(|input| {
                let attr = |name| input.attr(name).unwrap_or_default().to_owned();
                (attr("name"), attr("value"))
            })
            .collect();
        let mut form: Vec<_> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        form.extend(more);
        self.post(&action, &form).await
    }

    /// Sends a request with this browser's cookies, as a navigation, and keeps what it is given.
    pub async fn send(&mut self, request: http::request::Builder, body: String) -> Answer {
        let mut request = request.header("accept", "text/html");
        for (name, value) in &self.cookies {
            request = request.header(COOKIE, format!("{name}={value}"));
        }
        let answer = self.world.send(request, body).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        answer
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub fn forget(&mut self, cookie: &str) {
        self.cookies.remove(cookie);
    }
}
