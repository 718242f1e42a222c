//! Sockets as an app's page opens them, by a client nobody here wrote.

use futures::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

use super::House;
use crate::support::upstream::ok;
use crate::support::{Recorder, Setup, wire};

/// An app that sends back every message.
fn echo() -> Recorder {
    use std::io::Write as _;
    Recorder::scripted(|request, stream| {
        let Some(key) = request.headers.first("sec-websocket-key") else {
            return stream.write_all(&ok("text/plain", "seen")).is_ok();
        };
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        );
        stream.write_all(answer.as_bytes()).unwrap();
        let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
        while let Ok(message) = socket.read() {
            if (message.is_text() || message.is_binary()) && socket.send(message).is_err() {
                break;
            }
        }
        false
    })
}

fn request(scheme: &str, port: u16) -> ClientRequestBuilder {
    let url = format!("{scheme}://app.test:{port}/ws");
    let origin = url.replacen("ws", "http", 1).replace("/ws", "");
    ClientRequestBuilder::new(url.parse().unwrap()).with_header("Origin", origin)
}

#[tokio::test]
async fn messages_of_every_kind_come_back_through_a_socket_with_a_session() {
    let house = House::before(echo());
    let session = house.signed_in("app.test", "bob").await;
    let port = house.server.port();
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    let asked = request("ws", port).with_header("Cookie", session);
    let (mut socket, answer) = tokio_tungstenite::client_async(asked, stream)
        .await
        .unwrap();
    assert_eq!(answer.status(), 101);
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("x-auth-user"), ["bob"]);
    assert!(!seen.contains("__Host-doorward"), "{seen:?}");

    for message in [
        Message::text("žluťoučký"),
        Message::binary(vec![7; 200_000]),
        Message::text(""),
    ] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), message);
    }
    socket
        .send(Message::Ping("are you there".into()))
        .await
        .unwrap();
    let pong = socket.next().await.unwrap().unwrap();
    assert_eq!(pong, Message::Pong("are you there".into()));
    socket.close(None).await.unwrap();
    let last = socket.next().await;
    assert!(matches!(last, Some(Ok(Message::Close(_)))), "{last:?}");
    assert!(socket.next().await.is_none());
}

#[tokio::test]
async fn without_a_session_or_with_a_forged_one_there_is_no_socket() {
    let house = House::before(echo());
    let port = house.server.port();
    for forged in [None, Some("__Host-doorward=forged")] {
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        let mut asked = request("ws", port);
        if let Some(forged) = forged {
            asked = asked.with_header("Cookie", forged);
        }
        let refused = tokio_tungstenite::client_async(asked, stream).await;
        let Err(Error::Http(answer)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(answer.status(), 401);
    }
    house.upstream.saw_nothing();
}

#[tokio::test]
async fn a_socket_works_inside_tls_too() {
    let upstream = echo();
    let server = Setup::tls()
        .with(&super::routes(&upstream.url()))
        .ada_and_bob()
        .start();
    let house = House { server, upstream };
    let session = house.signed_in("app.test", "ada").await;
    let port = house.server.port();
    let authority = house.server.authority().unwrap();
    let tls = wire::connect_tls(port, &authority, "app.test").unwrap();
    let asked = request("wss", port).with_header("Cookie", session);
    let (mut socket, _) = client(asked, tls).unwrap();
    socket.send(Message::text("sealed")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("sealed"));
    assert_eq!(house.upstream.only().headers.all("x-auth-user"), ["ada"]);
}
