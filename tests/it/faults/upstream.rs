//! An app that is not there, or goes away in the middle.

use std::io::Write;
use std::net::TcpListener;

use http::{HeaderMap, Method, header};

use super::guarded;
use crate::support::{Browser, Recorder, ports, server::ADA};

#[tokio::test]
async fn an_app_that_is_down_is_a_page_with_a_request_id_and_comes_back_by_itself() {
    let port = ports::free();
    let server = guarded(&format!("http://127.0.0.1:{port}")).start();
    let mut browser = Browser::new(&server);
    let page = browser.sign_in(server.url("/app/"), "ada", ADA).await;
    assert_eq!(page.status, 502);
    page.must_have("error-page");
    page.must_have("request-id");

    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = crate::support::wire::read_message(&mut stream, false, |_| {});
            let _ = stream.write_all(&crate::support::upstream::ok("text/plain", "back"));
        }
    });
    let page = browser.open(server.url("/app/")).await;
    assert_eq!((page.status, page.body.as_str()), (200, "back"));
}

#[tokio::test]
async fn a_program_is_told_in_json_that_the_app_is_down() {
    let server = guarded(&format!("http://127.0.0.1:{}", ports::free())).start();
    let mut browser = Browser::new(&server);
    browser.sign_in(server.url("/app/"), "ada", ADA).await;
    let page = browser
        .fetch(Method::GET, server.url("/app/"), &HeaderMap::new())
        .await;
    assert_eq!(page.status, 502);
    assert_eq!(page.headers[header::CONTENT_TYPE], "application/json");
    assert!(page.json()["request_id"].is_string(), "{}", page.body);
}

#[tokio::test]
async fn an_answer_that_is_cut_short_is_cut_short_for_the_browser_too() {
    let upstream = Recorder::scripted(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
        false
    });
    let server = guarded(&upstream.url()).start();
    let mut browser = Browser::new(&server);
    let page = browser.open(server.url("/app/")).await;
    let form = page
        .form_of("login-submit")
        .fill("username", "ada")
        .fill("password", ADA);
    browser.submit_once(&page, &form).await;
    let request = browser.client().get(server.url("/app/"));
    let answer = request
        .header(header::COOKIE, browser.cookies("localhost").unwrap())
        .send()
        .await;
    // The connection may be cut in the body or before the head was sent on; never at a clean end.
    let whole = match answer {
        Ok(answer) => answer.bytes().await.is_ok(),
        Err(_) => false,
    };
    assert!(!whole, "half an answer looked like a whole one");
}
