//! Who exists: people, their passwords, how often they may try, and the apps that are registered.

pub mod app_logins;
pub mod client_keys;
pub mod clients;
pub mod directory;
mod owners;
pub mod passwords;
mod settings;
pub mod throttle;

pub use app_logins::{AppLogin, AppLoginError, AppLogins, UnfitLogin};
pub use client_keys::{ClientKeyrings, ClientKeysError};
pub use clients::{ClientError, Clients, Described, Undescribed};
pub use directory::Directory;
pub use owners::OwnerPermissions;
pub use passwords::{Busy, Passwords, Verified};
pub use settings::*;
pub use throttle::{Throttle, ThrottleError};
