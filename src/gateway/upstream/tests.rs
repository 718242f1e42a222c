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
    Pool::new(&route, 0).unwrap()
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
    pool.failed(0);
    assert_eq!(chosen(&pool, 2), ["10.0.0.2:80", "10.0.0.2:80"]);
    pool.failed(1);
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
    let peer = Pool::new(&route, 3).unwrap().choose().unwrap().peer;
    assert_eq!(peer.sni, "::1");
    assert!(peer.options.verify_cert && peer.options.verify_hostname);
    assert_ne!(peer.group_key, 0);
}
