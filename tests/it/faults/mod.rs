//! What goes wrong around Doorward, tried: each fault has a clear answer, and nothing is lost.
//! `docs/faults.md` tells the same to the people who run it.

mod database;
mod disk;
mod files;
mod killed;
mod told;
mod upstream;

use crate::support::Setup;
use crate::support::oidc::SHOP;

/// A site with a shop, Ada and Bob, and an app at `upstream` for everybody who is signed in.
fn guarded(upstream: &str) -> Setup {
    Setup::plain()
        .with(SHOP)
        .with(&format!(
            "[login]\nthrottle = {{ per_ip = \"1000/1m\", per_account = \"1000/1m\" }}\n\
             [[route]]\nid = \"app\"\nmatch = {{ host = \"localhost\", path = \"/app/\" }}\n\
             allow = [\"authenticated\"]\nupstream = [\"{upstream}\"]\n"
        ))
        .ada_and_bob()
}
