//! What is next in a login. An interaction travels sealed in the URL: nothing is stored before a
//! person has proven who they are, so a thousand started logins cost nothing and any of them can be
//! finished.

mod interaction;
mod path;

pub use interaction::{AppLinks, Flow, Interaction};
pub use path::OwnPath;
