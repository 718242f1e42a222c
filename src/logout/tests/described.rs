//! Clients that nobody registered: their own servers say where they want to be told.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use parking_lot::Mutex;

use super::*;
use crate::base::{ClientId, IssuerId};
use crate::identity::{Described, Undescribed};

/// What the client's server says; nothing while it is away.
#[derive(Default)]
struct Server(Mutex<Option<Client>>);

impl Described for Server {
    fn find<'a>(
        &'a self,
        issuer: &'a IssuerId,
        id: &'a ClientId,
    ) -> BoxFuture<'a, Result<Option<Arc<Client>>, Undescribed>> {
        let client = self.0.lock().clone().ok_or(Undescribed);
        let its = client.map(|its| (its.id == *id && its.issuer == *issuer).then(|| Arc::new(its)));
        std::future::ready(its).boxed()
    }
}

#[tokio::test]
async fn a_client_that_describes_itself_is_told_once_its_description_can_be_read() {
    let listener = Listener::start(200).await;
    let id = "https://doc.test/client.json";
    let server = Arc::new(Server::default());
    let mut world = world_with(Vec::new(), Some(server.clone())).await;
    let session = world.opened(&[("production", id)]).await;
    assert!(world.logout.frames(&session).await.is_empty());
    assert!(world.sessions.end(&session).await.unwrap());
    world.deliver().await;
    assert_eq!((listener.count(), world.waiting().await), (0, 1));
    let mut described = client(id, "production", listener.uri());
    described.logout.frontchannel = Some("https://doc.test/out".to_owned());
    *server.0.lock() = Some(described);
    let shown = world.logout.frames(&session).await;
    assert!(shown.len() == 1 && shown[0].starts_with("https://doc.test/out?iss="));
    world.clock.advance(Duration::from_hours(1));
    world.deliver().await;
    assert_eq!((listener.count(), world.waiting().await), (1, 0));
    assert_eq!(part(&listener.token(), 1)["aud"], id);
}
