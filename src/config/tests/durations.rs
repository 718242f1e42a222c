//! Durations that would take the service down, or that nobody can have meant.

use super::*;

/// Every setting that is a duration: the line it is written in with `V` for the value, the ends of
/// its range, and what is just outside.
const SETTINGS: &[(&str, [&str; 4])] = &[
    (
        "session.idle = \"V\"\nsession.max = \"1y\"",
        ["1ms", "1s", "1y", "2y"],
    ),
    (
        "session.max = \"V\"\nsession.idle = \"1s\"\nsession.lease = \"1s\"",
        ["1ms", "1s", "1y", "2y"],
    ),
    ("session.lease = \"V\"", ["0s", "1s", "1h", "2h"]),
    (
        "[issuer.a]\njwks_max_age = \"1s\"\nrotate_every = \"V\"",
        ["1s", "1h", "10y", "11y"],
    ),
    ("[issuer.a]\njwks_max_age = \"V\"", ["0s", "1s", "7d", "8d"]),
    ("[issuer.a]\ncode = \"V\"", ["0s", "1s", "10m", "1h"]),
    (
        "[issuer.a]\naccess_token = \"V\"",
        ["0s", "1s", "1d", "25h"],
    ),
    ("[issuer.a]\nid_token = \"V\"", ["0s", "1s", "1d", "25h"]),
    (
        "[issuer.a]\nrefresh_token = \"V\"",
        ["0s", "1s", "10y", "11y"],
    ),
    (
        "[issuer.a]\nrefresh_reuse_grace = \"V\"",
        ["1ms", "1s", "2m", "3m"],
    ),
    (
        "[[route]]\nid = \"a\"\nmatch.host = \"a.localhost\"\nallow = [\"anyone\"]\nupstream = \
         \"http://127.0.0.1:1\"\nlimits.timeout = \"V\"",
        ["1ms", "100ms", "1d", "2d"],
    ),
    (
        "login.throttle.per_ip = \"50/V\"",
        ["1ms", "1s", "30d", "31d"],
    ),
    (
        "login.throttle.per_account = \"1/V\"",
        ["0s", "1s", "30d", "31d"],
    ),
];

#[test]
fn a_duration_is_taken_up_to_the_ends_of_its_range_and_no_further() {
    for (line, [short, least, most, long]) in SETTINGS {
        let codes = |value: &str| codes(&with_site(&line.replace('V', value)));
        assert_eq!(
            (codes(short), codes(long)),
            (vec!["C008"], vec!["C008"]),
            "{line}"
        );
        assert_eq!((codes(least), codes(most)), (vec![], vec![]), "{line}");
    }
}

#[test]
fn a_duration_out_of_range_is_told_the_range_and_the_nearest_end() {
    assert_eq!(
        problems(&with_site("[session]\nidle = \"1ms\"\n")),
        "\
error[C008]: `session.idle` must be between 1 second and 1 year
 --> doorward.toml:3:8
  |
3 | idle = \"1ms\"
  |        ^^^^^
  |
  = help: the nearest is \"1s\"

doorward.toml: 1 error
"
    );
    let report = examine_here(&with_site("issuer.a.rotate_every = \"1s\"")).report;
    assert_eq!(report.json()["problems"][0]["replacement"], "\"1h\"");
}

#[test]
fn every_range_is_in_the_page_about_configuration() {
    let page = include_str!("../../../docs/configuration.md");
    for (line, [short, ..]) in SETTINGS {
        let report = examine_here(&with_site(&line.replace('V', short))).report;
        let message = &report.problems()[0].message;
        let (_, range) = message.split_once(" must be between ").unwrap();
        let range = range.replace(" and ", " to ");
        let assignment = line.lines().find(|line| line.contains('V')).unwrap();
        let key = assignment.split(" = ").next().unwrap();
        let key = key.trim_start_matches("login.throttle.");
        let row = |row: &str| row.contains(&format!("{key}`")) && row.contains(&range);
        assert!(page.lines().any(row), "{key}: {range}");
    }
}

#[test]
fn keys_are_not_replaced_before_anybody_has_seen_their_successors() {
    let text = "[issuer.a]\npath = \"/a\"\njwks_max_age = \"2d\"\n[issuer.b]\npath = \"/b\"\n\
                inherit = \"a\"\nrotate_every = \"1d\"\n";
    let report = examine_here(&with_site(text)).report;
    assert_eq!(report.errors(), 1, "{report}");
    assert!(report.to_string().contains("doorward.toml:8:"), "{report}");
}
