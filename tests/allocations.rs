//! The warm path of an authenticated request allocates no more than that of a public one, headers
//! aside. A counting allocator needs a program of its own.

#[path = "../benches/rig/mod.rs"]
mod rig;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn ask(socket: &mut TcpStream, head: &str) -> String {
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = vec![0; 4096];
    let read = socket.read(&mut buffer).await.unwrap();
    String::from_utf8_lossy(&buffer[..read]).into_owned()
}

#[tokio::test]
async fn smoke() {
    let up = rig::upstream(b"hello").await;
    let rig = rig::Rig::start(up).await;
    let mut socket = TcpStream::connect(rig.address).await.unwrap();
    println!(
        "{}",
        ask(&mut socket, "GET / HTTP/1.1\r\nHost: open.test\r\n\r\n").await
    );
    println!(
        "{}",
        ask(
            &mut socket,
            "GET / HTTP/1.1\r\nHost: app.test\r\nAccept: text/html\r\n\r\n"
        )
        .await
    );
    println!(
        "{}",
        ask(&mut socket, "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n").await
    );
    println!(
        "{}",
        ask(
            &mut socket,
            &format!(
                "GET / HTTP/1.1\r\nHost: app.test\r\nCookie: {}\r\n\r\n",
                rig.cookie
            )
        )
        .await
    );
    println!(
        "{}",
        ask(
            &mut socket,
            "GET /_doorward/me HTTP/1.1\r\nHost: app.test\r\n\r\n"
        )
        .await
    );
    println!(
        "{}",
        ask(
            &mut socket,
            "GET /_doorward/signed-out HTTP/1.1\r\nHost: app.test\r\nAccept: text/html\r\n\r\n"
        )
        .await
    );
    println!(
        "{}",
        ask(
            &mut socket,
            "GET /a/../b HTTP/1.1\r\nHost: app.test\r\n\r\n"
        )
        .await
    );
    rig.stop().await;
}
