//! Keys that a client's server publishes, replaces and fails to deliver.

use parking_lot::Mutex;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::keys::foreign::testing::Stranger;
use crate::outbound::{OutboundSettings, Reach};

/// A server that publishes whatever was last put into it, and counts who asks.
#[derive(Clone, Default)]
struct Published(Arc<Mutex<(String, usize)>>);

impl Published {
    fn put(&self, body: &str) {
        self.0.lock().0 = body.to_owned();
    }

    fn asked(&self) -> usize {
        self.0.lock().1
    }

    /// The address; nothing published is an error of the server's.
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let published = self.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 2048]).await;
                let body = {
                    let mut published = published.0.lock();
                    published.1 += 1;
                    published.0.clone()
                };
                let status = if body.is_empty() { "500 No" } else { "200 OK" };
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
                let answer = format!("{head}Connection: close\r\n\r\n{body}");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        url
    }
}

fn keyrings(clock: &Clock) -> ClientKeyrings {
    let outbound = Outbound::new(&OutboundSettings {
        reach: Reach::with(vec!["127.0.0.1/32".parse().unwrap()]),
        danger_allow_http: true,
        ..OutboundSettings::default()
    });
    ClientKeyrings::new(outbound.unwrap(), clock.clone())
}

fn client(keys: Option<ClientKeys>) -> Client {
    Client {
        keys,
        ..Client::new("c1", "main")
    }
}

async fn verify(
    keyrings: &ClientKeyrings,
    client: &Client,
    by: &Stranger,
) -> Result<(), ClientKeysError> {
    let text = by.sign(&json!({ "sub": "c1" }));
    keyrings
        .verify(client, &Jws::read(&text).unwrap(), ForeignAlg::ALL)
        .await
}

fn fake_clock() -> Clock {
    Clock::fake(Timestamp::from_seconds(1_800_000_000))
}

#[tokio::test]
async fn keys_at_hand_verify_and_changed_ones_take_their_place() {
    let keyrings = keyrings(&fake_clock());
    let (old, new) = (
        Stranger::new(ForeignAlg::ES256, "k"),
        Stranger::new(ForeignAlg::ES256, "k"),
    );
    let of = |by: &Stranger| client(Some(ClientKeys::Jwks(by.jwks())));
    assert_eq!(verify(&keyrings, &of(&old), &old).await, Ok(()));
    assert!(verify(&keyrings, &of(&old), &new).await.is_err());
    assert_eq!(verify(&keyrings, &of(&new), &new).await, Ok(()));
    assert!(verify(&keyrings, &of(&new), &old).await.is_err());
    assert_eq!(
        verify(&keyrings, &client(None), &old).await,
        Err(ClientKeysError::None)
    );
    let broken = client(Some(ClientKeys::Jwks("[]".to_owned())));
    assert_eq!(
        verify(&keyrings, &broken, &old).await,
        Err(ClientKeysError::Unreadable(NotAKeySet))
    );
}

#[tokio::test]
async fn a_client_that_replaced_its_keys_is_asked_again_but_not_by_every_stranger() {
    let (clock, published) = (fake_clock(), Published::default());
    let keyrings = keyrings(&clock);
    let client = client(Some(ClientKeys::JwksUri(published.serve().await)));
    let (old, new) = (
        Stranger::new(ForeignAlg::ES256, "1"),
        Stranger::new(ForeignAlg::ES256, "2"),
    );
    published.put(&old.jwks());
    for _ in 0..3 {
        assert_eq!(verify(&keyrings, &client, &old).await, Ok(()));
    }
    assert_eq!(published.asked(), 1);

    published.put(&new.jwks());
    assert!(verify(&keyrings, &client, &new).await.is_err());
    assert_eq!(published.asked(), 1, "asked a moment ago");
    clock.advance(ASK_AGAIN);
    assert_eq!(verify(&keyrings, &client, &new).await, Ok(()));
    assert!(verify(&keyrings, &client, &old).await.is_err());
    assert_eq!(published.asked(), 2);
}

#[tokio::test]
async fn keys_are_kept_on_while_the_server_is_away() {
    let (clock, published) = (fake_clock(), Published::default());
    let keyrings = keyrings(&clock);
    let client = client(Some(ClientKeys::JwksUri(published.serve().await)));
    let own = Stranger::new(ForeignAlg::ES256, "1");
    assert!(matches!(
        verify(&keyrings, &client, &own).await,
        Err(ClientKeysError::Fetch(OutboundError::Status(_)))
    ));
    published.put(&own.jwks());
    clock.advance(ASK_AGAIN);
    assert_eq!(verify(&keyrings, &client, &own).await, Ok(()));
    for broken in ["", "no keys at all"] {
        published.put(broken);
        let before = published.asked();
        clock.advance(FRESH);
        assert_eq!(verify(&keyrings, &client, &own).await, Ok(()), "{broken}");
        assert_eq!(published.asked(), before + 1);
    }
}

#[tokio::test]
async fn keys_that_nobody_could_be_asked_for_are_asked_for_at_the_next_occasion() {
    let (clock, published) = (fake_clock(), Published::default());
    published.put(&Stranger::new(ForeignAlg::ES256, "1").jwks());
    let url = published.serve().await;
    let client = client(Some(ClientKeys::JwksUri(url.clone())));
    let keyrings = keyrings(&clock);
    let call = || Box::pin(keyrings.0.outbound.get(&url, "*/*", Limits::body(9)));
    let mut calls: Vec<_> = (0..1000).map(|_| call()).collect();
    for call in &mut calls {
        let _ = futures::poll!(call);
    }
    let busy = ClientKeysError::Fetch(OutboundError::Busy);
    assert_eq!(keyrings.load(&client).await.err(), Some(busy));
    drop(calls);
    assert!(keyrings.load(&client).await.is_ok());
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let published = Published::default();
    let keyrings = keyrings(&fake_clock());
    let client = client(Some(ClientKeys::JwksUri(published.serve().await)));
    let own = Stranger::new(ForeignAlg::ES256, "1");
    published.put(&own.jwks());
    let all = (0..20).map(|_| verify(&keyrings, &client, &own));
    for one in futures::future::join_all(all).await {
        assert_eq!(one, Ok(()));
    }
    assert_eq!(published.asked(), 1);
}

#[tokio::test]
async fn what_cannot_be_right_is_not_worth_a_request() {
    let published = Published::default();
    let keyrings = keyrings(&fake_clock());
    let client = client(Some(ClientKeys::JwksUri(published.serve().await)));
    let own = Stranger::new(ForeignAlg::ES256, "1");
    for alg in ["none", "HS256", "ES512"] {
        let text = own.sign_as(&json!({ "alg": alg }), &json!({}));
        let jws = Jws::read(&text).unwrap();
        assert!(
            keyrings
                .verify(&client, &jws, ForeignAlg::ALL)
                .await
                .is_err()
        );
    }
    assert_eq!(published.asked(), 0);
}
