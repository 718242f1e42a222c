//! Clients whose id is the https address of a document that describes them (OAuth Client ID Metadata
//! Document, draft). Only hosts that the issuer names are asked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use url::Url;

use super::members::{Members, invalid};
use super::{called, read};
use crate::base::{ClientId, Clock, IssuerId};
use crate::identity::{Described, Undescribed};
use crate::issuer::error::OAuthError;
use crate::issuer::settings::IssuerSettings;
use crate::model::{Client, ClientAuthMethod};
use crate::outbound::{Fetched, Good, Kept, Lane, Limits, Missed, Outbound};

/// Descriptions that are kept in memory.
const KEPT: usize = 1024;
/// Longest document, in bytes; the draft recommends 5 KiB, key sets need more.
const LONGEST: usize = 64 * 1024;
/// How long one is kept when its server does not say, at least and at most.
const FRESH: Duration = Duration::from_mins(10);
const FRESH_LEAST: Duration = Duration::from_mins(1);
const FRESH_MOST: Duration = Duration::from_hours(24);
/// Longest that a client's server may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one that could not be read is not asked for again.
const GONE: Duration = Duration::from_secs(10);
/// How long the last one that was good counts on while its server is away.
const AWAY: Duration = Duration::from_hours(24);

/// Descriptions by the address that is the client's id, at every issuer that admits some.
pub struct Documents {
    issuers: HashMap<IssuerId, IssuerSettings>,
    outbound: Outbound,
    clock: Clock,
    kept: Kept<(IssuerId, ClientId), Arc<Client>>,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Documents(..)")
    }
}

impl Described for Documents {
    fn find<'a>(
        &'a self,
        issuer: &'a IssuerId,
        id: &'a ClientId,
    ) -> BoxFuture<'a, Result<Option<Arc<Client>>, Undescribed>> {
        let settings = self.issuers.get(issuer);
        let admitted = settings
            .filter(|settings| is_admitted(id.as_str(), &settings.registration.metadata_hosts));
        match admitted {
            Some(settings) => self.load(settings, id).map(|found| found.map(Some)).boxed(),
            None => std::future::ready(Ok(None)).boxed(),
        }
    }
}

impl Documents {
    /// What `issuers` admit, fetched through `outbound`.
    pub fn new(
        issuers: impl IntoIterator<Item = IssuerSettings>,
        outbound: Outbound,
        clock: Clock,
    ) -> Self {
        let issuers = issuers.into_iter();
        Self {
            issuers: issuers.map(|one| (one.id.clone(), one)).collect(),
            outbound,
            clock,
            kept: Kept::new(KEPT),
        }
    }

    /// The client that `id` leads to.
    async fn load(
        &self,
        settings: &IssuerSettings,
        id: &ClientId,
    ) -> Result<Arc<Client>, Undescribed> {
        let key = (settings.id.clone(), id.clone());
        let fetching = |known| self.fetch(settings, id, Lane::of_known(known));
        let found = self.kept.load(&key, self.clock.now(), fetching).await;
        found.ok_or(Undescribed)
    }

    async fn fetch(
        &self,
        settings: &IssuerSettings,
        id: &ClientId,
        lane: Lane,
    ) -> Result<Good<Arc<Client>>, Missed> {
        let limits = Limits::body(LONGEST).within(PATIENCE).in_lane(lane);
        let accept = "application/json, application/cimd+json";
        let fetched = self.outbound.get(id.as_str(), accept, limits).await;
        let fetched = fetched.and_then(Fetched::ok).map_err(|error| {
            tracing::warn!(client = %id, %error, "a client's description could not be fetched");
            Missed::by(&error, GONE)
        })?;
        let wrong = |error: &OAuthError| {
            let why = error.description();
            tracing::warn!(client = %id, why, "a client's description is wrong");
        };
        let told = Members::read(&fetched.body)
            .and_then(|members| Ok((told(settings, &members, id)?, members)));
        // What it says counts, also when it says nothing that makes sense any more.
        let (client, members) = told.inspect_err(wrong).map_err(|_| Missed::Gone(GONE))?;
        // What it names may be away for a while.
        called::check(&self.outbound, (&members, &client), lane)
            .await
            .inspect_err(wrong)
            .map_err(|_| Missed::Failed(GONE))?;
        let life = fetched.max_age.unwrap_or(FRESH);
        Ok(Good {
            value: Arc::new(client),
            life: life.clamp(FRESH_LEAST, FRESH_MOST),
            beyond: AWAY,
        })
    }
}

/// Whether `id` is an address that may be asked: https, one of the hosts, a path, nothing that could
/// be written in two ways.
pub(super) fn is_admitted(id: &str, hosts: &[String]) -> bool {
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

/// What the document says, without calling any of its addresses.
pub(super) fn told(
    settings: &IssuerSettings,
    members: &Members,
    id: &ClientId,
) -> Result<Client, OAuthError> {
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
    let blank = Client {
        origin: "its metadata document".to_owned(),
        ..Client::new(id.clone(), settings.id.clone())
    };
    let auth = match method {
        Some("private_key_jwt") => ClientAuthMethod::PrivateKeyJwt,
        Some(_) | None => ClientAuthMethod::None,
    };
    read::described(members, auth, blank, settings)
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
