//! Apps that register themselves, and what they may do with it afterwards.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::browser::Answer;
use super::world::*;
use crate::base::opaque::InitialToken;
use crate::base::{Opaque, Rng};
use crate::model::InitialTokenRecord;

mod admitted;
mod bounds;
mod managed;
mod refused;

const REGISTER: &str = "/production/oidc/connect/register";

impl World {
    /// Sends JSON to a path, with a bearer token if there is one.
    pub async fn call(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.header(CONTENT_TYPE, "application/json");
        self.send(request, body.to_string()).await
    }

    pub async fn register(&self, body: &Value) -> Answer {
        self.call(Method::POST, REGISTER, "", body).await
    }

    /// Registers what must be right.
    pub async fn registered(&self, body: &Value) -> Value {
        let answer = self.register(body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store");
        answer.json()
    }

    /// A token that lets `uses` apps register at BETA.
    pub async fn initial_token(&self, uses: u32) -> Opaque<InitialToken> {
        let token = Opaque::mint(&Rng::system()).unwrap();
        let record = InitialTokenRecord {
            id: format!("it-{uses}"),
            issuer: "beta".into(),
            uses,
            expires: self.clock.now().plus(Duration::from_hours(1)),
        };
        let hash = token.hash();
        let inserted = self.store.insert_initial_token(&record, &hash);
        inserted.await.unwrap();
        token
    }
}

pub fn own_path(client: &Value) -> String {
    let uri = client["registration_client_uri"].as_str().unwrap();
    uri.strip_prefix(SITE).unwrap().to_owned()
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

pub fn app() -> Value {
    json!({ "client_name": "Shop", "redirect_uris": ["https://shop.test/cb"] })
}

pub fn with(more: Value) -> Value {
    let mut all = app();
    let Value::Object(more) = more else { panic!() };
    all.as_object_mut().unwrap().extend(more);
    all
}
