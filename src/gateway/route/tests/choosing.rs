//! Which of several routes takes a request: wildcards, expressions, header fields.

use super::*;

fn taken(table: &RouteTable, url: &str, headers: &[(&'static str, &'static str)]) -> String {
    let address = Address::from_url(url).unwrap();
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, http::HeaderValue::from_static(value))
        })
        .collect();
    let manner = Manner {
        method: &Method::GET,
        headers: &headers,
    };
    match table.find(&address, manner) {
        Target::Site => "site".to_owned(),
        Target::Route(route) => route.settings.id.to_string(),
        Target::OtherMethods => "other methods".to_owned(),
        Target::OtherHeaders => "other headers".to_owned(),
        Target::Unknown(refused) => refused.reason().to_owned(),
    }
}

/// Builds the table in this order and in the other one: the order never matters.
fn in_both_orders(mut routes: Vec<RouteSettings>, check: impl Fn(&RouteTable)) {
    check(&RouteTable::build(&site(), &routes).unwrap());
    routes.reverse();
    check(&RouteTable::build(&site(), &routes).unwrap());
}

fn with_pattern(id: &str, path: &str, pattern: &str) -> RouteSettings {
    let mut route = route(id, "app.test", path, &[]);
    route.matches.path_regex = Some(pattern.to_owned());
    route
}

fn with_header(id: &str, path: &str, name: &'static str, value: &'static str) -> RouteSettings {
    let mut route = route(id, "app.test", path, &[]);
    let name = http::HeaderName::from_static(name);
    let value = http::HeaderValue::from_static(value);
    route.matches.headers.push((name, value));
    route
}

#[test]
fn an_exact_host_beats_a_wildcard_and_leaves_it_what_no_path_of_its_own_takes() {
    let routes = vec![
        route("each", "*.apps.test", "/", &[]),
        route("each-admin", "*.apps.test", "/admin", &[]),
        route("one", "one.apps.test", "/app", &[]),
        route("one-post", "one.apps.test", "/hooks", &[Method::POST]),
    ];
    in_both_orders(routes, |table| {
        for (url, id) in [
            ("https://two.apps.test/x", "each"),
            ("https://TWO.apps.test/admin", "each-admin"),
            ("https://one.apps.test/app/admin", "one"),
            ("https://one.apps.test/x", "each"),
            ("https://one.apps.test/admin/x", "each-admin"),
            ("https://one.apps.test/hooks", "other methods"),
            ("https://one.apps.test/App", "path_twin"),
            ("https://two.apps.test/_doorward/me", "site"),
            ("https://apps.test/", "host_unknown"),
            ("https://a.b.apps.test/", "host_unknown"),
        ] {
            assert_eq!(taken(table, url, &[]), id, "{url}");
        }
    });
}

#[test]
fn no_wildcard_reaches_the_sites_host() {
    let routes = [route("each", "*.test", "/", &[])];
    let table = RouteTable::build(&site(), &routes).unwrap();
    assert_eq!(taken(&table, "https://app.test/x", &[]), "each");
    for path in ["/", "/login", "/x", "/_doorward/me"] {
        let url = format!("https://gw.test{path}");
        assert_eq!(taken(&table, &url, &[]), "site", "{path}");
    }
}

#[test]
fn an_expression_beats_the_bare_prefix_it_is_below_and_loses_to_a_longer_one() {
    let routes = vec![
        route("app", "app.test", "/", &[]),
        route("api", "app.test", "/api", &[]),
        with_pattern("versions", "/api", "/api/v[0-9]+(/.*)?"),
        with_pattern("first", "/api", "/api/v1(/.*)?"),
        route("files", "app.test", "/api/v2/files", &[]),
        with_pattern("names", "/", "/(é|@)me/.*"),
    ];
    in_both_orders(routes, |table| {
        for (url, id) in [
            ("https://app.test/x", "app"),
            ("https://app.test/api/x", "api"),
            ("https://app.test/api/v2", "versions"),
            ("https://app.test/api/v2/", "versions"),
            // Both match; the longer text decides.
            ("https://app.test/api/v1/x", "versions"),
            ("https://app.test/api/v2/files/x", "files"),
            ("https://app.test/xapi/v2", "app"),
            ("https://app.test/%C3%A9me/x", "names"),
            ("https://app.test/%40me/x", "names"),
        ] {
            assert_eq!(taken(table, url, &[]), id, "{url}");
        }
    });
}

#[test]
fn a_path_that_only_some_servers_take_for_a_match_never_gets_a_weaker_rule() {
    let routes = [
        route("app", "app.test", "/", &[]),
        with_pattern("admin", "/", "/[a-z]+/admin(/.*)?"),
    ];
    let table = RouteTable::build(&site(), &routes).unwrap();
    assert_eq!(taken(&table, "https://app.test/x/admin", &[]), "admin");
    for path in [
        "/x/ADMIN",
        "/X/admin",
        "/x/admin./y",
        "/x/admin%20/",
        "/x/admin/%FF",
    ] {
        let url = format!("https://app.test{path}");
        assert_eq!(taken(&table, &url, &[]), "path_twin", "{path}");
    }
    assert_eq!(taken(&table, "https://app.test/x/Admins", &[]), "app");
}

#[test]
fn an_expression_cannot_leave_its_anchors() {
    for bad in ["/x)|(/.*", "(", "(?x)/a # b", "[z-a]", r"(\w{1000}){1000}"] {
        let built = RouteTable::build(&site(), &[with_pattern("a", "/", bad)]);
        assert!(matches!(built, Err(BadRoute::Pattern { .. })), "{bad}");
    }
    let table = RouteTable::build(&site(), &[with_pattern("a", "/", "/x|/y")]).unwrap();
    assert_eq!(taken(&table, "https://app.test/y", &[]), "a");
    assert_eq!(taken(&table, "https://app.test/x/z", &[]), "path_unknown");
}

#[test]
fn more_header_fields_win_and_a_request_without_them_never_falls_to_a_wider_path() {
    let mut both = with_header("both", "/api", "x-api", "1");
    both.matches.headers.push((
        http::HeaderName::from_static("x-beta"),
        http::HeaderValue::from_static("on"),
    ));
    let routes = vec![
        route("app", "app.test", "/", &[]),
        with_header("one", "/api", "x-api", "1"),
        with_header("two", "/api", "x-api", "2"),
        both,
        with_header("root", "/", "x-api", "1"),
    ];
    in_both_orders(routes, |table| {
        let api = "https://app.test/api/x";
        for (headers, id) in [
            ([("x-api", "1")].as_slice(), "one"),
            (&[("x-api", "2")], "two"),
            (&[("x-api", "1"), ("x-beta", "on")], "both"),
            (&[("x-api", "2"), ("x-beta", "on")], "two"),
            (&[("x-api", "3")], "other headers"),
            (&[], "other headers"),
        ] {
            assert_eq!(taken(table, api, headers), id, "{headers:?}");
        }
        assert_eq!(taken(table, "https://app.test/", &[("x-api", "1")]), "root");
        assert_eq!(taken(table, "https://app.test/", &[]), "app");
    });
}

#[test]
fn a_header_that_comes_with_two_values_matches_neither() {
    let routes = [
        with_header("one", "/", "x-api", "1"),
        route("rest", "app.test", "/", &[]),
    ];
    let table = RouteTable::build(&site(), &routes).unwrap();
    let mut headers = HeaderMap::new();
    headers.append("x-api", http::HeaderValue::from_static("1"));
    headers.append("x-api", http::HeaderValue::from_static("2"));
    let manner = Manner {
        method: &Method::GET,
        headers: &headers,
    };
    let address = Address::from_url("https://app.test/").unwrap();
    let Target::Route(found) = table.find(&address, manner) else {
        panic!("a route takes it");
    };
    assert_eq!(found.settings.id.as_str(), "rest");
}

#[test]
fn equal_expressions_and_equal_headers_are_refused() {
    let twins = |first: RouteSettings, second: RouteSettings| {
        let built = RouteTable::build(&site(), &[first, second]);
        matches!(built, Err(BadRoute::Twins { .. }))
    };
    assert!(twins(
        with_pattern("a", "/x", "/x/[0-9]+"),
        with_pattern("b", "/x/", "/x/[0-9]+")
    ));
    assert!(!twins(
        with_pattern("a", "/", "/x/[0-9]+"),
        with_pattern("b", "/x", "/x/[0-9]+")
    ));
    assert!(twins(
        with_header("a", "/", "x-api", "1"),
        with_header("b", "/", "x-beta", "1")
    ));
    assert!(twins(
        route("a", "*.apps.test", "/", &[]),
        route("b", "*.APPS.test", "/", &[])
    ));
    assert!(!twins(
        route("a", "*.apps.test", "/", &[]),
        route("b", "one.apps.test", "/", &[])
    ));
}
