//! The records that the store keeps and the rooms pass around. Data only: no I/O, no rules.

pub mod audit;
pub mod client;
pub mod device;
pub mod event;
pub mod grant;
pub mod key;
pub mod logout;
pub mod resource;
pub mod session;
pub mod standing;
pub mod tenant;
pub mod user;

pub use audit::{AuditKind, AuditRecord};
pub use client::{
    Client, ClientAuthMethod, ConsentPolicy, Flows, GrantKind, IdTokenClaims, InitialTokenRecord,
    Pkce, Registration, ResponseType,
};
pub use device::{DeviceAnswer, DeviceApproval, DeviceRequest};
pub use event::{Event, EventKey};
pub use grant::{ClaimAsked, ClaimsAsked, Confirmation, Consent, Extent, Grant};
pub use key::{Algorithm, SigningKeyRecord};
pub use logout::LogoutNotice;
pub use resource::{Resource, Resources};
pub use session::{Acr, Amr, Device, Opened, OpenedKind, Proven, Session};
pub use standing::{Holder, StandingHash, StandingKind, StandingToken};
pub use tenant::{LoginMethod, Tenant};
pub use user::{FoundLink, Login, PasswordCredential, User};
