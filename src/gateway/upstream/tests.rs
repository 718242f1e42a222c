//! Who is chosen, and how they are connected to.

use super::*;

fn pool(upstreams: &[&str]) -> Pool {
    let mut route = crate::gateway::route::tests::route("app", "app.test", "/", &[]);
    route.upstreams = upstreams
        .iter()
        .map(|host| Upstream::Http {
            host: (*host).to_owned(),
            port: 80,
        })
        .collect();
    Pool::new(&route, 0, &Metrics::new().unwrap()).unwrap()
}

fn chosen(pool: &Pool, times: usize) -> Vec<String> {
    (0..times)
        .map(|_| pool.choose().unwrap().label.to_string())
        .collect()
}

#[test]
fn upstreams_take_turns() {
    let pool = pool(&["10.0.0.1", "10.0.0.2"]);
    assert_eq!(
        chosen(&pool, 3),
        ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:80"]
    );
}

#[test]
fn one_that_failed_rests_and_is_taken_only_when_there_is_no_other() {
    let pool = pool(&["10.0.0.1", "10.0.0.2"]);
    pool.unreachable(0);
    assert_eq!(chosen(&pool, 2), ["10.0.0.2:80", "10.0.0.2:80"]);
    pool.unreachable(1);
    assert!(pool.choose().is_some());
}

#[tokio::test]
async fn names_are_resolved_in_the_background_and_unknown_ones_are_passed_over() {
    let pool = pool(&["localhost", "no-such-host.invalid"]);
    assert!(pool.choose().is_none());
    pool.resolve().await;
    assert_eq!(chosen(&pool, 2), ["localhost:80", "localhost:80"]);
}

#[test]
fn an_https_upstream_is_verified_by_its_name_even_if_that_is_an_address() {
    let mut route = crate::gateway::route::tests::route("app", "app.test", "/", &[]);
    route.upstreams = vec![Upstream::Https {
        host: "[::1]".to_owned(),
        port: 8443,
    }];
    let peer = Pool::new(&route, 3, &Metrics::new().unwrap())
        .unwrap()
        .choose()
        .unwrap()
        .peer;
    assert_eq!(peer.sni, "::1");
    assert!(peer.options.verify_cert && peer.options.verify_hostname);
    assert_ne!(peer.group_key, 0);
}

#[test]
fn weights_say_how_many_turns_an_upstream_gets() {
    let mut route = crate::gateway::route::tests::route("app", "app.test", "/", &[]);
    let http = |host: &str| Upstream::Http {
        host: host.to_owned(),
        port: 80,
    };
    route.upstreams = vec![http("10.0.0.1"), http("10.0.0.2")];
    route.pool.weights = vec![3, 1];
    let pool = Pool::new(&route, 0, &Metrics::new().unwrap()).unwrap();
    let (one, two) = ("10.0.0.1:80", "10.0.0.2:80");
    assert_eq!(chosen(&pool, 5), [one, one, two, one, one]);
    pool.unreachable(0);
    assert_eq!(chosen(&pool, 3), [two, two, two]);
}

#[test]
fn an_upstream_that_breaks_off_three_times_in_a_row_rests() {
    let pool = pool(&["10.0.0.1", "10.0.0.2"]);
    pool.failed(0);
    pool.failed(0);
    pool.answered(0);
    pool.failed(0);
    assert!(chosen(&pool, 2).contains(&"10.0.0.1:80".to_owned()));
    pool.failed(0);
    pool.failed(0);
    assert_eq!(chosen(&pool, 2), ["10.0.0.2:80", "10.0.0.2:80"]);
}

#[test]
fn http2_and_another_name_are_asked_for_where_the_route_says() {
    let mut route = crate::gateway::route::tests::route("app", "app.test", "/", &[]);
    route.upstreams = vec![Upstream::Https {
        host: "10.0.0.1".to_owned(),
        port: 443,
    }];
    route.upstream_tls.sni = Some("app.internal".to_owned());
    route.pool.protocol = crate::gateway::settings::Protocol::Http2;
    let pool = Pool::new(&route, 0, &Metrics::new().unwrap()).unwrap();
    let peer = pool.choose().unwrap().peer;
    assert_eq!(peer.sni, "app.internal");
    assert_eq!(peer.options.alpn.get_min_http_version(), 2);
    assert!(peer.options.max_h2_streams > 1);
}
