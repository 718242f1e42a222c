//! Clients whose id is the https address of a document that describes them (OAuth Client ID Metadata
//! Document, draft). Only hosts that the issuer names are asked.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::members::{Members, invalid};
use super::{called, read};
use crate::base::{ClientId, Timestamp};
use crate::issuer::error::OAuthError;
use crate::issuer::state::At;
use crate::model::{Client, ClientAuthMethod};
use crate::outbound::{Fetched, Limits};

/// Descriptions that are kept in memory.
const KEPT: usize = 1024;
/// Longest document, in bytes; the draft recommends 5 KiB, key sets need more.
const LONGEST: usize = 64 * 1024;
/// How long one is kept when its server does not say, at least and at most.
const FRESH: Duration = Duration::from_mins(10);
const FRESH_LEAST: Duration = Duration::from_mins(1);
const FRESH_MOST: Duration = Duration::from_hours(24);
/// How long one that could not be read is not asked for again.
const GONE: Duration = Duration::from_secs(10);

/// Descriptions by the address that is the client's id.
pub struct Documents(quick_cache::sync::Cache<ClientId, Kept>);

#[derive(Clone)]
struct Kept {
    until: Timestamp,
    client: Option<Arc<Client>>,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Documents(..)")
    }
}

impl Default for Documents {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(KEPT))
    }
}

impl Documents {
    /// The client that `id` leads to; of many who ask at once, one fetches it.
    pub async fn load(&self, at: &At, id: &ClientId) -> Option<Arc<Client>> {
        if !is_admitted(
            id.as_str(),
            &at.issuer.settings().registration.metadata_hosts,
        ) {
            return None;
        }
        let now = at.state.clock.now();
        if let Some(kept) = self.0.get(id) {
            if now < kept.until {
                return kept.client;
            }
            self.0.remove(id);
        }
        let fetching = async { Ok::<_, std::convert::Infallible>(fetch(at, id, now).await) };
        let Ok(kept) = self.0.get_or_insert_async(id, fetching).await;
        kept.client
    }
}

/// Whether `id` is an address that may be asked: https, one of the hosts, a path, nothing that could
/// be written in two ways.
fn is_admitted(id: &str, hosts: &[String]) -> bool {
    if hosts.is_empty() || id.len() > 512 || !id.starts_with("https://") {
        return false;
    }
    let Ok(url) = Url::parse(id) else {
        return false;
    };
    let plain = url.as_str() == id && url.fragment().is_none() && url.path() != "/";
    let alone = url.username().is_empty() && url.password().is_none();
    // A port other than the usual one is named with the host.
    let named = url.host_str().is_some_and(|host| {
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        hosts.contains(&host)
    });
    plain && alone && named
}

async fn fetch(at: &At, id: &ClientId, now: Timestamp) -> Kept {
    let limits = Limits::body(LONGEST);
    let accept = "application/json, application/cimd+json";
    let fetched = at.state.outbound.get(id.as_str(), accept, limits).await;
    let fetched = fetched.and_then(Fetched::ok);
    let (life, client) = match fetched {
        Err(error) => {
            tracing::warn!(client = %id, %error, "a client's description could not be fetched");
            (GONE, None)
        }
        Ok(fetched) => {
            let life = fetched.max_age.unwrap_or(FRESH);
            match described(at, &fetched.body, id).await {
                Ok(client) => (life.clamp(FRESH_LEAST, FRESH_MOST), Some(Arc::new(client))),
                Err(error) => {
                    tracing::warn!(client = %id, why = error.description(), "a client's description is wrong");
                    (GONE, None)
                }
            }
        }
    };
    Kept {
        until: now.plus(life),
        client,
    }
}

async fn described(at: &At, body: &[u8], id: &ClientId) -> Result<Client, OAuthError> {
    let members = Members::read(body)?;
    if members.text("client_id")? != Some(id.as_str()) {
        return Err(invalid("client_id is not the address of the document."));
    }
    if members.has("client_secret") || members.has("client_secret_expires_at") {
        return Err(invalid("A document that all can read holds no secret."));
    }
    // What is said by nobody is a public client: a secret could not be handed over.
    let method = members.text("token_endpoint_auth_method")?;
    if !matches!(method, None | Some("none" | "private_key_jwt")) {
        return Err(invalid(
            "token_endpoint_auth_method is neither none nor private_key_jwt.",
        ));
    }
    let settings = at.issuer.settings();
    let blank = Client {
        origin: "its metadata document".to_owned(),
        ..Client::new(id.clone(), settings.id.clone())
    };
    let auth = match method {
        Some("private_key_jwt") => ClientAuthMethod::PrivateKeyJwt,
        Some(_) | None => ClientAuthMethod::None,
    };
    let client = read::described(&members, auth, blank, settings)?;
    called::check(at, &members, &client).await?;
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_at_hosts_that_are_named_are_asked() {
        let hosts = ["app.example.com".to_owned()];
        assert!(is_admitted("https://app.example.com/client.json", &hosts));
        assert!(is_admitted("https://app.example.com/c?v=1", &hosts));
        for id in [
            "http://app.example.com/client.json",
            "https://evil.test/client.json",
            "https://app.example.com.evil.test/client.json",
            "https://app.example.com@evil.test/c",
            "https://evil.test/https://app.example.com/c",
            "https://u@app.example.com/client.json",
            "https://app.example.com:8443/client.json",
            "https://app.example.com/client.json#x",
            "https://app.example.com/a/../client.json",
            "https://APP.example.com/client.json",
            "https://app.example.com\\@evil.test/c",
            "https://app.example.com/",
            "https://app.example.com",
            "shop",
            "",
        ] {
            assert!(!is_admitted(id, &hosts), "{id}");
        }
        assert!(!is_admitted("https://app.example.com/c", &[]));
    }
}
