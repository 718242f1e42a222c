//! Devices that ask for tokens without a browser of their own (RFC 8628).

use serde::{Deserialize, Serialize};

use super::{Amr, Extent};
use crate::base::{ClientId, GrantId, IssuerId, ScopeSet, SessionId, TenantId, Timestamp, UserId};

/// What a device asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// Where.
    pub issuer: IssuerId,
    /// As which client.
    pub client: ClientId,
    /// In which tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Which scopes.
    pub scopes: ScopeSet,
    /// What besides.
    pub extent: Extent,
    /// The grant that comes of it: its row is the memory that the code was used.
    pub grant: GrantId,
}

/// What a person answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceAnswer {
    /// No.
    Denied,
    /// Yes.
    Approved(Box<DeviceApproval>),
}

/// What a person allowed a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceApproval {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub amr: Vec<Amr>,
    /// Which scopes.
    pub scopes: ScopeSet,
    /// At which resources.
    pub resources: Vec<String>,
    /// When.
    pub at: Timestamp,
}
