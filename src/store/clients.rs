//! Clients that were registered by command; those of the configuration file are not here.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::engine::{execute, read, returning};
use super::error::inside;
use super::{Store, StoreError};
use crate::base::encoding::{base64url, from_base64url};
use crate::base::{ClientId, IssuerId, OpaqueHash, ScopeSet, TenantId, Timestamp};
use crate::model::client::{
    ClientAbout, ClientAlgs, ClientKeys, ClientSecretHash, ClientSecurity, KeptSecret, LogoutUris,
    Registration, RequestDefaults, SubjectType, TlsSubject,
};
use crate::model::{
    Algorithm, Client, ClientAuthMethod, ConsentPolicy, EventKey, Flows, IdTokenClaims, Login, Pkce,
};

type Row = (String, String, String);

/// A client's definition as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredClient {
    name: String,
    secrets: Vec<String>,
    auth: ClientAuthMethod,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    scopes: ScopeSet,
    consent: ConsentPolicy,
    pkce: Pkce,
    id_token_claims: Option<IdTokenClaims>,
    id_token_alg: Option<Algorithm>,
    disabled: bool,
    #[serde(default)]
    algs: ClientAlgs,
    #[serde(default)]
    keys: Option<ClientKeys>,
    #[serde(default)]
    tls: Option<TlsSubject>,
    #[serde(default)]
    flows: Flows,
    #[serde(default)]
    subject_type: SubjectType,
    #[serde(default)]
    security: ClientSecurity,
    #[serde(default)]
    defaults: RequestDefaults,
    #[serde(default)]
    about: ClientAbout,
    #[serde(default)]
    logout: LogoutUris,
    #[serde(default)]
    tenants: Vec<TenantId>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    owner: Option<Login>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registered: Option<StoredRegistration>,
}

/// How a client registered itself, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoredRegistration {
    token: String,
    at: i64,
    address: Option<IpAddr>,
    by: Option<String>,
}

impl From<&Registration> for StoredRegistration {
    fn from(registration: &Registration) -> Self {
        Self {
            token: base64url(registration.token.as_bytes()),
            at: registration.at.millis(),
            address: registration.address,
            by: registration.by.clone(),
        }
    }
}

impl StoredRegistration {
    fn read(self) -> Option<Registration> {
        Some(Registration {
            token: OpaqueHash::from_bytes(&from_base64url(&self.token)?)?,
            at: Timestamp::from_millis(self.at),
            address: self.address,
            by: self.by,
        })
    }
}

impl Store {
    /// Registers a client; `Conflict` when the id is taken.
    pub async fn insert_client(&self, client: &Client) -> Result<(), StoreError> {
        let (client, now, text) = (client.clone(), self.now(), definition(client)?);
        let inserted = self.write(move |batch| {
            let (client, text) = (client.clone(), text.clone());
            Box::pin(async move {
                execute!(
                    &mut batch.tx,
                    "INSERT INTO clients (id, issuer, definition, created, updated) \
                     VALUES ($1, $2, $3, $4, $4)",
                    client.id.as_str(),
                    client.issuer.as_str(),
                    text,
                    now.millis()
                )?;
                batch.announce(EventKey::Client(client.id), now).await
            })
        });
        inserted.await.map_err(|error| {
            if matches!(error, StoreError::Conflict(_)) {
                StoreError::Conflict("a client of that id")
            } else {
                error
            }
        })
    }

    /// Changes a client as one step, whoever else changes it meanwhile; the client afterwards, or
    /// `None` when there is none of that id.
    pub async fn change_client(
        &self,
        id: &ClientId,
        change: impl Fn(&mut Client) + Send + Sync + 'static,
    ) -> Result<Option<Client>, StoreError> {
        let (id, now, change) = (id.clone(), self.now(), Arc::new(change));
        self.write(move |batch| {
            let (id, change) = (id.clone(), change.clone());
            Box::pin(async move {
                // Nobody else changes the row from here until the transaction ends.
                let rows = returning!(
                    &mut batch.tx,
                    Row,
                    "UPDATE clients SET updated = $2 WHERE id = $1 \
                     RETURNING id, issuer, definition",
                    id.as_str(),
                    now.millis()
                )?;
                let Some(row) = rows.into_iter().next() else {
                    return Ok(None);
                };
                let mut client = client_of(row).map_err(inside)?;
                let before = client.clone();
                change(&mut client);
                if client.is_another_than(&before) {
                    // Nobody has allowed the one that it is now.
                    execute!(
                        &mut batch.tx,
                        "DELETE FROM consents WHERE client = $1",
                        id.as_str()
                    )?;
                }
                execute!(
                    &mut batch.tx,
                    "UPDATE clients SET definition = $2 WHERE id = $1",
                    id.as_str(),
                    definition(&client).map_err(inside)?
                )?;
                batch.announce(EventKey::Client(id), now).await?;
                Ok(Some(client))
            })
        })
        .await
    }

    /// A registered client, if there is one.
    pub async fn load_client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let rows = read!(
            self.engine(),
            Row,
            "SELECT id, issuer, definition FROM clients WHERE id = $1",
            id.as_str()
        )?;
        rows.into_iter().next().map(client_of).transpose()
    }

    /// Every registered client, by id.
    pub async fn list_clients(&self) -> Result<Vec<Client>, StoreError> {
        let rows = read!(
            self.engine(),
            Row,
            "SELECT id, issuer, definition FROM clients ORDER BY id"
        )?;
        rows.into_iter().map(client_of).collect()
    }
}

pub(super) fn definition(client: &Client) -> Result<String, StoreError> {
    let secrets = client.secrets.iter().map(|secret| match secret {
        ClientSecretHash::Generated(hash) => base64url(hash.as_bytes()),
        ClientSecretHash::Configured(hash) | ClientSecretHash::Kept(hash, KeptSecret::Plain(_)) => {
            base64url(hash)
        }
        ClientSecretHash::Kept(hash, KeptSecret::Sealed(sealed)) => {
            format!("{}.{}", base64url(hash), base64url(sealed))
        }
    });
    let stored = StoredClient {
        name: client.name.clone(),
        secrets: secrets.collect(),
        auth: client.auth,
        redirect_uris: client.redirect_uris.clone(),
        post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
        scopes: client.scopes.clone(),
        consent: client.consent,
        pkce: client.pkce,
        id_token_claims: client.id_token_claims,
        id_token_alg: client.id_token_alg,
        disabled: client.disabled,
        algs: client.algs.clone(),
        keys: client.keys.clone(),
        tls: client.tls.clone(),
        flows: client.flows.clone(),
        subject_type: client.subject_type.clone(),
        security: client.security.clone(),
        defaults: client.defaults.clone(),
        about: client.about.clone(),
        logout: client.logout.clone(),
        tenants: client.tenants.clone(),
        resources: client.resources.clone(),
        owner: client.owner.clone(),
        registered: client.registered.as_ref().map(Into::into),
    };
    serde_json::to_string(&stored).map_err(|_| StoreError::Corrupt("client"))
}

fn client_of((id, issuer, text): Row) -> Result<Client, StoreError> {
    let corrupt = || StoreError::Corrupt("client");
    let stored: StoredClient = serde_json::from_str(&text).map_err(|_| corrupt())?;
    let secrets = stored.secrets.iter().map(|text| {
        let Some((hash, sealed)) = text.split_once('.') else {
            let hash = OpaqueHash::from_bytes(&from_base64url(text)?)?;
            return Some(ClientSecretHash::Generated(hash));
        };
        let hash = from_base64url(hash)?.try_into().ok()?;
        let sealed = KeptSecret::Sealed(from_base64url(sealed)?);
        Some(ClientSecretHash::Kept(hash, sealed))
    });
    let registered = match stored.registered {
        None => None,
        Some(registered) => Some(registered.read().ok_or_else(corrupt)?),
    };
    Ok(Client {
        id: id.into(),
        issuer: IssuerId::from(issuer),
        name: stored.name,
        secrets: secrets.collect::<Option<_>>().ok_or_else(corrupt)?,
        auth: stored.auth,
        redirect_uris: stored.redirect_uris,
        post_logout_redirect_uris: stored.post_logout_redirect_uris,
        scopes: stored.scopes,
        consent: stored.consent,
        pkce: stored.pkce,
        id_token_claims: stored.id_token_claims,
        id_token_alg: stored.id_token_alg,
        disabled: stored.disabled,
        algs: stored.algs,
        keys: stored.keys,
        tls: stored.tls,
        flows: stored.flows,
        subject_type: stored.subject_type,
        security: stored.security,
        defaults: stored.defaults,
        about: stored.about,
        logout: stored.logout,
        tenants: stored.tenants,
        resources: stored.resources,
        // The file's alone: what is stored came by its own means, and names no section of it.
        policy: None,
        owner: stored.owner,
        registered,
        origin: "the store".to_owned(),
    })
}
