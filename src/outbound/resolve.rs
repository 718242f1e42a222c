//! Names to addresses, each looked at before anything connects to it. What is given back is what is
//! connected to: there is no second look-up that could answer differently.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Reach;

/// The system's resolver, with the addresses that may not be called left out.
pub(super) struct Checked(pub Arc<Reach>);

/// A name has addresses, and none may be called.
#[derive(Debug, thiserror::Error)]
#[error("none of the host's addresses may be called")]
pub(super) struct NoneAllowed;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|found| reach.permits(found.ip())).collect();
            if allowed.is_empty() {
                return Err(NoneAllowed.into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}
