//! The enforcement point: every byte enters here.
//!
//! A request's address is normalised once ([`target`]), then it is either the site's and answered
//! by a router in process ([`embed`]), or a route's: [`route`] finds it, [`admit`] judges it, and
//! only a permit is forwarded, with the headers [`assertion`] writes. The HTTP library is used in
//! this room and nowhere else, except by the server that starts it.

pub mod admit;
mod answer;
mod app_login;
mod asked;
pub mod assertion;
mod authz;
pub mod bearer;
mod cache;
mod caps;
mod challenge;
mod clean;
pub mod client_certs;
mod compress;
mod context;
mod decide;
mod deny;
mod edge;
mod embed;
mod forward;
mod grpc;
pub mod guard;
mod identity;
mod instead;
mod interim;
mod late;
mod leave;
mod listen;
mod live;
pub mod portal;
pub mod presets;
mod proxy;
pub mod proxy_protocol;
mod receive;
mod record;
mod redirect;
pub mod rewrite;
pub mod route;
mod serve;
mod settings;
mod shadow;
pub mod signin;
mod snapshot;
mod state;
mod step_up;
pub mod target;
pub mod tls;
mod tunnel;
pub mod upstream;

pub use authz::{Compat, ForwardAuthSettings};
pub use bearer::{BearerSettings, Bearers};
pub use identity::*;
pub use listen::CannotListen;
pub use proxy_protocol::Senders;
pub use serve::{Bound, GRACE, serve};
pub use settings::*;
pub use signin::SignIn;
pub use snapshot::{Snapshot, Unservable};
pub use state::{Doors, Gateway, InForce, Parts};
