//! A relying party by hand: builds authorization requests, redeems codes, asks for more. Knows the
//! protocol, not the server.

use http::header;
use url::Url;

use super::browser::redirect_of;
use super::page::Page;
use super::{Browser, Doorward};

/// The verifier of RFC 7636 appendix B, and its challenge.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where a relying party that nobody runs is registered to get its answers.
pub const CALLBACK: &str = "http://127.0.0.1:9/cb";

/// The configuration of an issuer `production` and a public client `shop` that needs no consent.
pub const SHOP: &str = r#"
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
[client.shop]
name = "Shop"
redirect_uris = ["http://127.0.0.1:9/cb"]
scopes = ["openid", "profile", "email", "groups", "offline_access"]
consent = "skip"
"#;

/// An authorization request of `shop`; `more` replaces or adds parameters.
pub fn authorize_url(server: &Doorward, more: &[(&str, &str)]) -> Url {
    let mut parameters = vec![
        ("client_id", "shop"),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
        ("state", "st4te"),
        ("nonce", "n0nce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    parameters.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    parameters.extend(more);
    let url = server.url("/production/oidc/connect/authorize");
    Url::parse_with_params(&url, parameters).expect("a url")
}

/// Follows redirects until one leads to [`CALLBACK`]; gives that address.
pub async fn arrive(browser: &mut Browser, mut page: Page) -> Url {
    for _ in 0..20 {
        let next = redirect_of(&page).unwrap_or_else(|| {
            panic!("{} {} leads nowhere:\n{}", page.status, page.url, page.body)
        });
        if next.as_str().starts_with(CALLBACK) {
            return next;
        }
        page = browser.open_once(next).await;
    }
    panic!("never came to the relying party");
}

/// Sends a signed-in browser through an authorization; gives the code.
pub async fn code(browser: &mut Browser, server: &Doorward, more: &[(&str, &str)]) -> String {
    let page = browser.open_once(authorize_url(server, more)).await;
    let answer = arrive(browser, page).await;
    parameter(&answer, "code").unwrap_or_else(|| panic!("no code in {answer}"))
}

/// One parameter of an address.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// What the token endpoint said.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub json: serde_json::Value,
}

impl Told {
    /// A member that is text.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let member = self.json[name].as_str();
        member
            .unwrap_or_else(|| panic!("no {name} in {} {}", self.status, self.json))
            .to_owned()
    }
}

/// Posts `parameters` to the token endpoint; the error is a connection that broke.
pub async fn token(
    client: &reqwest::Client,
    server_url: &str,
    parameters: &[(&str, &str)],
) -> Result<Told, reqwest::Error> {
    let answer = client.post(server_url).form(parameters).send().await?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await?;
    let json = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Told { status, json })
}

/// Redeems a code of `shop`.
pub async fn redeem(
    client: &reqwest::Client,
    server_url: &str,
    code: &str,
) -> Result<Told, reqwest::Error> {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("client_id", "shop"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    token(client, server_url, &parameters).await
}

/// Trades a refresh token of `shop`.
pub async fn refresh(
    client: &reqwest::Client,
    server_url: &str,
    refresh_token: &str,
) -> Result<Told, reqwest::Error> {
    let parameters = [
        ("grant_type", "refresh_token"),
        ("client_id", "shop"),
        ("refresh_token", refresh_token),
    ];
    token(client, server_url, &parameters).await
}

/// Asks the userinfo endpoint with `access_token`.
pub async fn userinfo(browser: &Browser, server: &Doorward, access_token: &str) -> Told {
    let url = server.url("/production/oidc/connect/userinfo");
    let bearer = format!("Bearer {access_token}");
    let request = browser
        .client()
        .get(url)
        .header(header::AUTHORIZATION, bearer);
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let json = answer.json().await.unwrap_or_default();
    Told { status, json }
}

/// The address of the token endpoint.
pub fn token_url(server: &Doorward) -> String {
    server.url("/production/oidc/connect/token")
}
