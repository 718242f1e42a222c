//! A browser that behaves, and what it is answered.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use scraper::{Html, Selector};

use super::House;

/// Keeps cookies as browsers do, but never forgets one by age.
pub struct Browser<'a> {
    house: &'a House,
    pub jar: BTreeMap<String, String>,
    /// Headers sent along with everything.
    pub extra: Vec<(&'static str, Vec<u8>)>,
    pub from: IpAddr,
    /// The token of the last page's last form.
    pub csrf: String,
}

impl<'a> Browser<'a> {
    pub fn new(house: &'a House) -> Self {
        Self {
            house,
            jar: BTreeMap::new(),
            extra: Vec::new(),
            from: "192.0.2.1".parse().unwrap(),
            csrf: String::new(),
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    /// Posts a form with the token of the last page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("csrf", &self.csrf)
            .finish();
        self.send(Method::POST, path, body).await
    }

    /// Opens the sign-in page and fills it in.
    pub async fn sign_in(&mut self, path: &str, name: &str, password: &str) -> Answer {
        self.get(path).await;
        self.type_in(path, name, password).await
    }

    /// Fills in the sign-in page that is open.
    pub async fn type_in(&mut self, path: &str, name: &str, password: &str) -> Answer {
        let fields = [("username", name), ("password", password)];
        self.post(path, &fields).await
    }

    /// Whether the account page greets somebody.
    pub async fn is_in(&mut self) -> bool {
        self.get("/account").await.status == StatusCode::OK
    }

    pub async fn send(&mut self, method: Method, path: &str, body: String) -> Answer {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(ACCEPT, "text/html");
        if !self.jar.is_empty() {
            let pairs: Vec<_> = self.jar.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in &self.extra {
            request = request.header(*name, value.as_slice());
        }
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.house.answer(request, self.from).await;
        for cookie in answer.cookies() {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if cookie.contains("Max-Age=0;") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(token) = answer.value_of("csrf") {
            self.csrf = token;
        }
        answer
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn cookies(&self) -> Vec<&str> {
        self.headers
            .get_all(SET_COOKIE)
            .iter()
            .map(|cookie| cookie.to_str().unwrap())
            .collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Whether there is an element for this CSS selector.
    pub fn has(&self, selector: &str) -> bool {
        self.attribute(selector, "").is_some()
    }

    /// An attribute of the last element for a CSS selector; empty when it has none.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let html = Html::parse_document(&self.body);
        let element = html
            .select(&Selector::parse(selector).unwrap())
            .next_back()?;
        Some(element.attr(name).unwrap_or_default().to_owned())
    }

    /// The text of the first element for a CSS selector.
    pub fn text(&self, selector: &str) -> String {
        let html = Html::parse_document(&self.body);
        let element = html.select(&Selector::parse(selector).unwrap()).next();
        element.map_or_else(String::new, |element| element.text().collect())
    }

    fn value_of(&self, field: &str) -> Option<String> {
        self.attribute(&format!("input[name={field}]"), "value")
    }
}
