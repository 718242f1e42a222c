//! The port in `Host`: found without it, forwarded with it, and so never the client's to choose.

use super::House;

#[tokio::test]
async fn a_port_that_is_not_ours_is_forwarded_to_no_app() {
    let house = House::start();
    let port = house.server.port();
    for host in ["open.test".to_owned(), format!("open.test:{port}")] {
        house.upstream.forget();
        assert_eq!(house.get(&host, "/", &[]).status, 200, "{host}");
        assert_eq!(house.upstream.only().headers.all("host"), [host]);
    }
    for host in ["open.test:9999", "open.test:80", "localhost:9999"] {
        let answer = house.kept_out(host, "/", &[]);
        assert_eq!(answer.status, 421, "{host}");
        assert!(answer.text().contains("port_unknown"), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_port_of_the_public_url_is_ours_wherever_we_listen() {
    let upstream = crate::support::Recorder::start();
    let server = crate::support::Setup::behind("https://gw.test:8443")
        .with(&super::routes(&upstream.url()))
        .start();
    let ask = |host: &str| {
        let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = crate::support::wire::exchange(server.port(), head.as_bytes());
        answer.unwrap().status
    };
    assert_eq!(ask("open.test:8443"), 200);
    assert_eq!(ask("open.test:443"), 421);
}
