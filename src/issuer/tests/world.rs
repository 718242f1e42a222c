//! A site with two issuers, four clients and two people, and what programs send to it.

mod building;
mod messages;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use parking_lot::Mutex;
use serde_json::Value;
use tower::ServiceExt;

use self::building::{build, outbound};
pub use self::messages::*;
use super::browser::{Answer, Browser};
use super::elsewhere::Elsewhere;
pub use super::registry::*;
use crate::base::{Clock, RequestId};
use crate::identity::Clients;
use crate::issuer::{Issuer, IssuerSettings, IssuerState, router};
use crate::model::{Algorithm, AuditRecord, Client, LoginMethod};
use crate::session::Sessions;
use crate::store::Store;
use crate::tokens::Tokens;
use crate::web::{Inbound, site};

pub const SITE: &str = "https://gw.test";
pub const PROD: &str = "/production/oidc";
pub const BETA: &str = "/beta/oidc";
pub const C1_CB: &str = "https://c1.test/cb";
pub const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-in-all";

pub struct World {
    pub site: Router,
    pub store: Store,
    pub sessions: Sessions,
    pub clock: Clock,
    pub tokens: Tokens,
    pub audited: Arc<Mutex<Vec<AuditRecord>>>,
    state: IssuerState,
    registered: Vec<Client>,
}

/// C1, C2 and B1 are confidential, P1 is public; `change` may alter them before they are registered.
pub async fn world_with(change: impl FnOnce(&mut Vec<Client>)) -> World {
    build(change, &[Algorithm::ES256], outbound(), |_| {}).await
}

pub async fn world() -> World {
    world_with(|_| {}).await
}

/// With other issuers.
pub async fn world_adjusted(adjust: impl Fn(&mut IssuerSettings)) -> World {
    build(|_| {}, &[Algorithm::ES256], outbound(), adjust).await
}

/// In which apps may watch sessions.
pub async fn watched_world() -> World {
    world_adjusted(|issuer| issuer.session_management = true).await
}

/// With a key of every algorithm there is, as a server has; RSA keys take their time.
pub async fn world_with_every_key() -> World {
    let all = [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA];
    build(|_| {}, &all, outbound(), |_| {}).await
}

/// With calls to `elsewhere`, whose addresses may be client ids, and RSA keys.
pub async fn world_calling(elsewhere: &Elsewhere) -> World {
    let all = [Algorithm::ES256, Algorithm::RS256];
    let hosts = vec![elsewhere.host()];
    let admit = |issuer: &mut IssuerSettings| issuer.registration.metadata_hosts = hosts.clone();
    build(|_| {}, &all, elsewhere.outbound(), admit).await
}

impl World {
    /// The same site after its file was read again, with other clients.
    pub fn reloaded(mut self, change: impl FnOnce(&mut Vec<Client>)) -> Self {
        change(&mut self.registered);
        let clients = Clients::governed(self.registered.clone(), self.store.clone(), owners());
        self.state.clients = clients;
        self.site = site(router(&self.state), &self.state.kit);
        self
    }

    /// The same site after a restart with `tenant` taking only `ways`.
    pub fn taking(mut self, tenant: &str, ways: &[LoginMethod]) -> Self {
        let issuers = self.state.issuers.iter().map(|issuer| {
            let mut settings = issuer.settings().clone();
            if let Some(tenant) = settings.catalogue.tenants.get_mut(tenant) {
                tenant.login = ways.to_vec();
            }
            Arc::new(Issuer::new(settings))
        });
        self.state.issuers = Arc::new(issuers.collect());
        self.site = site(router(&self.state), &self.state.kit);
        self
    }

    pub async fn send(&self, request: http::request::Builder, body: String) -> Answer {
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(Inbound {
            request_id: RequestId::new("req-1"),
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
            host: "gw.test".into(),
            https: true,
            user_agent: "test".into(),
        });
        let response = self.site.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A browser that nobody has signed in with.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser in which somebody signed in now.
    pub async fn signed_in(&self, login: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_in(login).await;
        browser
    }

    /// Posts a form to the token endpoint of an issuer as `client`, with its secret if it has one.
    pub async fn token(&self, issuer: &str, client: &str, form: &[(&str, &str)]) -> Answer {
        let mut form = form.to_vec();
        let mut request = Request::post(format!("{issuer}/connect/token"));
        if client.starts_with('p') {
            form.push(("client_id", client));
        } else {
            request = request.header(AUTHORIZATION, basic(client, &secret(client)));
        }
        self.send(request.header(CONTENT_TYPE, FORM), encode(&form))
            .await
    }

    /// Redeems a code as `client`.
    pub async fn redeem(&self, client: &str, code: &str) -> Answer {
        let callback = format!("https://{client}.test/cb");
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &callback),
            ("code_verifier", VERIFIER),
        ];
        self.token(PROD, client, &form).await
    }

    pub async fn refresh(&self, client: &str, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(PROD, client, &form).await
    }

    pub async fn revoke(&self, client: &str, token: &str) -> Answer {
        let request = Request::post(format!("{PROD}/connect/revoke"))
            .header(CONTENT_TYPE, FORM)
            .header(AUTHORIZATION, basic(client, &secret(client)));
        self.send(request, encode(&[("token", token)])).await
    }

    pub async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::get(format!("{PROD}/connect/userinfo"));
        self.send(
            request.header(AUTHORIZATION, format!("Bearer {token}")),
            String::new(),
        )
        .await
    }

    /// Signs somebody in, authorizes `client` and redeems the code.
    pub async fn tokens_for(&self, login: &str, client: &str) -> Value {
        let mut browser = self.signed_in(login).await;
        let code = browser.code(client).await;
        let answer = self.redeem(client, &code).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    pub fn audited(&self, reason: &str) -> bool {
        self.audited
            .lock()
            .iter()
            .any(|record| record.reason == reason)
    }
}
