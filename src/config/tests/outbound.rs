//! `[outbound]`.

use std::time::Duration;

use super::*;

#[test]
fn without_a_word_only_public_addresses_are_called_by_https() {
    let outbound = settings(SITE).outbound;
    assert!(!outbound.reach.permits("127.0.0.1".parse().unwrap()));
    assert!(!outbound.danger_allow_http);
    assert_eq!(outbound.timeout, Duration::from_secs(5));
}

#[test]
fn networks_and_a_time_are_read_and_mistakes_are_named() {
    let outbound = settings(&with_site(
        "outbound = { allow_private = [\"10.1.0.0/16\", \"::1\"], timeout = \"2s\" }\n",
    ))
    .outbound;
    assert!(outbound.reach.permits("10.1.2.3".parse().unwrap()));
    assert!(outbound.reach.permits("::1".parse().unwrap()));
    assert!(!outbound.reach.permits("10.2.0.1".parse().unwrap()));
    assert_eq!(outbound.timeout, Duration::from_secs(2));

    let wrong =
        "[outbound]\nallow_private = [\"intranet\"]\ntrust = [\"none.pem\"]\ntimeout = \"1h\"\n";
    let report = problems(&with_site(wrong));
    for said in [
        "an address or a network",
        "none.pem",
        "`outbound.timeout` must be",
    ] {
        assert!(report.contains(said), "{report}");
    }
}
