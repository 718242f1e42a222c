//! Rows as the engines give them, and the records they become.

use crate::base::{ScopeSet, Timestamp};
use crate::model::{Amr, Extent, Grant, Login, PasswordCredential, Session, User};
use crate::store::StoreError;

#[derive(sqlx::FromRow)]
pub(super) struct UserRow {
    id: String,
    login: String,
    username: String,
    name: String,
    email: Option<String>,
    email_verified: i64,
    user_groups: String,
    tenants: String,
    attributes: String,
    disabled: i64,
    created: i64,
    updated: i64,
    epoch: i64,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::Corrupt("user");
        Ok(Self {
            id: row.id.into(),
            login: Login::from_stored(row.login),
            username: row.username,
            name: row.name,
            email: row.email,
            email_verified: row.email_verified != 0,
            groups: serde_json::from_str(&row.user_groups).map_err(corrupt)?,
            tenants: serde_json::from_str(&row.tenants).map_err(corrupt)?,
            attributes: serde_json::from_str(&row.attributes).map_err(corrupt)?,
            disabled: row.disabled != 0,
            created: Timestamp::from_millis(row.created),
            updated: Timestamp::from_millis(row.updated),
            epoch: row.epoch,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct PasswordRow {
    user_id: String,
    phc: String,
    changed: i64,
    must_change: i64,
}

impl From<PasswordRow> for PasswordCredential {
    fn from(row: PasswordRow) -> Self {
        Self {
            user: row.user_id.into(),
            phc: row.phc,
            changed: Timestamp::from_millis(row.changed),
            must_change: row.must_change != 0,
        }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct SessionRow {
    id: String,
    user_id: String,
    tenant: Option<String>,
    auth_time: i64,
    amr: String,
    user_agent: String,
    address: Option<String>,
    created: i64,
    last_seen: i64,
    ended: Option<i64>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id.into(),
            user: row.user_id.into(),
            tenant: row.tenant.map(Into::into),
            auth_time: Timestamp::from_millis(row.auth_time),
            amr: amr_from(&row.amr),
            device: crate::model::Device {
                user_agent: row.user_agent,
                address: row.address.and_then(|text| text.parse().ok()),
            },
            created: Timestamp::from_millis(row.created),
            last_seen: Timestamp::from_millis(row.last_seen),
            ended: row.ended.map(Timestamp::from_millis),
        }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct GrantRow {
    id: String,
    issuer: String,
    client: String,
    user_id: String,
    session_id: Option<String>,
    tenant: Option<String>,
    scopes: String,
    extent: String,
    auth_time: i64,
    amr: String,
    created: i64,
    expires: i64,
    generation: i64,
    rotated: Option<i64>,
    revoked: Option<i64>,
}

impl GrantRow {
    /// The session it belongs to.
    pub fn session(&self) -> Option<&str> {
        self.session_id.as_deref()
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        let corrupt = StoreError::Corrupt("grant");
        Ok(Self {
            id: row.id.into(),
            issuer: row.issuer.into(),
            client: row.client.into(),
            user: row.user_id.into(),
            session: row.session_id.map(Into::into),
            tenant: row.tenant.map(Into::into),
            scopes: ScopeSet::parse(&row.scopes).map_err(|_| StoreError::Corrupt("grant"))?,
            extent: serde_json::from_str(&row.extent).map_err(|_| StoreError::Corrupt("grant"))?,
            auth_time: Timestamp::from_millis(row.auth_time),
            amr: amr_from(&row.amr),
            created: Timestamp::from_millis(row.created),
            expires: Timestamp::from_millis(row.expires),
            generation: u32::try_from(row.generation).map_err(|_| corrupt)?,
            rotated: row.rotated.map(Timestamp::from_millis),
            revoked: row.revoked.map(Timestamp::from_millis),
        })
    }
}

/// An extent as stored: strings and lists of them, whose JSON cannot fail.
pub(super) fn extent_text(extent: &Extent) -> String {
    serde_json::to_string(extent).unwrap_or_else(|_| "{}".to_owned())
}

/// Methods as stored: their names, separated by spaces.
pub(super) fn amr_text(amr: &[Amr]) -> String {
    amr.iter()
        .map(|one| one.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn amr_from(text: &str) -> Vec<Amr> {
    text.split(' ')
        .filter_map(|name| Amr::ALL.into_iter().find(|one| one.as_str() == name))
        .collect()
}
