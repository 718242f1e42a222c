use proptest::prelude::*;

use super::*;
use crate::gateway::IdentityHeaders;
use crate::gateway::settings::{OnAnonymous, RouteLimits, RouteMatch, Upstream, UpstreamTls};
use crate::policy::{Entry, Rule};

pub fn site() -> SiteSettings {
    SiteSettings {
        public_url: "https://gw.test".to_owned(),
        host: "gw.test".to_owned(),
        port: 443,
        https: true,
        prefixes: vec!["/login".to_owned(), "/production/oidc".to_owned()],
    }
}

pub fn route(id: &str, host: &str, path: &str, methods: &[Method]) -> RouteSettings {
    RouteSettings {
        id: id.into(),
        matches: RouteMatch {
            host: host.to_owned(),
            path: path.to_owned(),
            methods: methods.to_vec(),
            ..RouteMatch::default()
        },
        rule: Rule {
            allow: vec![Entry::Authenticated],
            ..Rule::default()
        },
        shadow: None,
        tell: None,
        upstreams: vec![Upstream::Http {
            host: "127.0.0.1".to_owned(),
            port: 1,
        }],
        upstream_tls: UpstreamTls::default(),
        identity: IdentityHeaders::default(),
        on_anonymous: OnAnonymous::Auto,
        sign_out: Vec::new(),
        limits: RouteLimits::default(),
        origin: String::new(),
    }
}

/// A request without header fields.
pub fn manner(method: &Method) -> Manner<'_> {
    static NONE: std::sync::LazyLock<HeaderMap> = std::sync::LazyLock::new(HeaderMap::new);
    Manner {
        method,
        headers: &NONE,
    }
}

fn table() -> RouteTable {
    let routes = [
        route("app", "app.test", "/", &[]),
        route("public", "app.test", "/public/", &[]),
        route("admin", "app.test", "/admin/", &[]),
        route("hooks", "app.test", "/admin/hooks", &[Method::POST]),
        route("reads", "app.test", "/data", &[Method::GET]),
        route("at", "app.test", "/@me/", &[]),
        route("secret", "secret.test", "/vault", &[]),
        route("home", "gw.test", "/", &[]),
    ];
    RouteTable::build(&site(), &routes).unwrap()
}

fn find_as(method: &Method, url: &str) -> String {
    let table = table();
    let address = match Address::from_url(url) {
        Ok(address) => address,
        Err(refused) => return refused.reason().to_owned(),
    };
    match table.find(&address, manner(method)) {
        Target::Site => "site".to_owned(),
        Target::Route(route) => route.settings.id.to_string(),
        Target::OtherMethods => {
            let methods = table.methods_at(&address, &HeaderMap::new());
            let names: Vec<_> = methods.iter().map(Method::as_str).collect();
            format!("other methods: {}", names.join(", "))
        }
        Target::OtherHeaders => "other headers".to_owned(),
        Target::Unknown(refused) => refused.reason().to_owned(),
    }
}

fn find(url: &str) -> String {
    find_as(&Method::GET, url)
}

#[test]
fn the_longest_prefix_wins_on_segment_boundaries() {
    for (url, taken) in [
        ("https://app.test/", "app"),
        ("https://app.test", "app"),
        ("https://app.test/public", "public"),
        ("https://app.test/public/x", "public"),
        ("https://app.test/publicity", "app"),
        ("https://app.test/admin", "admin"),
        ("https://app.test/admin/x/y", "admin"),
        ("https://app.test/administrator", "app"),
        ("https://app.test:8443/admin/", "admin"),
    ] {
        assert_eq!(find(url), taken, "{url}");
    }
}

#[test]
fn methods_decide_among_equal_prefixes() {
    let hooks = "https://app.test/admin/hooks/1";
    assert_eq!(find_as(&Method::POST, hooks), "hooks");
    assert_eq!(find_as(&Method::HEAD, "https://app.test/data"), "reads");
}

#[test]
fn a_method_that_the_most_specific_prefix_does_not_take_never_falls_to_a_wider_route() {
    let hooks = "https://app.test/admin/hooks/1";
    assert_eq!(find_as(&Method::GET, hooks), "other methods: POST");
    let data = "https://app.test/data/x";
    assert_eq!(find_as(&Method::DELETE, data), "other methods: GET, HEAD");
}

#[test]
fn routes_of_one_prefix_share_its_methods_whatever_their_order() {
    let mut routes = [
        route("app", "app.test", "/", &[]),
        route("reads", "app.test", "/x", &[Method::GET]),
        route("heads", "app.test", "/x/", &[Method::HEAD]),
        route("writes", "app.test", "/x", &[Method::POST]),
        route("rest", "app.test", "/x", &[]),
    ];
    for _ in 0..2 {
        let table = RouteTable::build(&site(), &routes).unwrap();
        let address = Address::from_url("https://app.test/x/1").unwrap();
        for (method, taken) in [
            (Method::GET, "reads"),
            (Method::HEAD, "heads"),
            (Method::POST, "writes"),
            (Method::PUT, "rest"),
        ] {
            let Target::Route(found) = table.find(&address, manner(&method)) else {
                panic!("{method} is taken");
            };
            assert_eq!(found.settings.id.as_str(), taken, "{method}");
        }
        routes.reverse();
    }
}

#[test]
fn the_site_keeps_its_own_prefixes() {
    for (url, taken) in [
        ("https://gw.test/login", "site"),
        ("https://gw.test/production/oidc/jwks", "site"),
        ("https://gw.test/anything", "home"),
        ("https://gw.test/production", "home"),
        ("https://app.test/_doorward/callback", "site"),
        ("https://app.test/_doorward", "site"),
        ("https://app.test/login", "app"),
    ] {
        assert_eq!(find(url), taken, "{url}");
    }
}

#[test]
fn what_no_route_takes_is_unknown() {
    assert_eq!(find("https://other.test/"), "host_unknown");
    assert_eq!(find("https://secret.test/"), "path_unknown");
    assert_eq!(find("https://secret.test/vault"), "secret");
}

#[test]
fn pth_09_a_path_that_differs_by_letter_case_never_gets_a_weaker_rule() {
    for url in [
        "https://app.test/ADMIN/x",
        "https://app.test/Admin",
        "https://app.test/%41dmin/x",
        "https://app.test/PUBLIC/x",
        "https://app.test/_DOORWARD/me",
        "https://app.test/admin./x",
        "https://app.test/admin%20/x",
        "https://app.test/Admin.%20./x",
        "https://gw.test/LOGIN",
    ] {
        assert_eq!(find(url), "path_twin", "{url}");
    }
    assert_eq!(find("https://app.test/%61dmin/x"), "admin");
    assert_eq!(find("https://app.test/admin/X"), "admin");
}

#[test]
fn an_escaped_spelling_of_a_prefix_is_that_prefix() {
    assert_eq!(find("https://app.test/@me/x"), "at");
    assert_eq!(find("https://app.test/%40me/x"), "at");
}

#[test]
fn routes_that_take_the_same_requests_are_refused() {
    let build = |first: RouteSettings, second: RouteSettings| {
        RouteTable::build(&site(), &[first, second]).err()
    };
    assert!(matches!(
        build(route("a", "app.test", "/x", &[]), route("b", "app.test", "/x/", &[])),
        Some(BadRoute::Twins { first, second }) if first == "a" && second == "b"
    ));
    assert!(
        build(
            route("a", "app.test", "/x", &[Method::GET, Method::POST]),
            route("b", "app.test", "/x", &[Method::POST])
        )
        .is_some()
    );
    assert_eq!(
        build(
            route("a", "app.test", "/x", &[Method::GET]),
            route("b", "app.test", "/x", &[])
        ),
        None
    );
    assert!(matches!(
        build(
            route("a", "app.test", "/x/../y", &[]),
            route("b", "b.test", "/", &[])
        ),
        Some(BadRoute::Unmatchable { .. })
    ));
}

#[test]
fn explain_sees_the_less_specific_routes_too() {
    let table = table();
    let address = Address::from_url("https://app.test/admin/hooks").unwrap();
    let ids: Vec<_> = table
        .also_matched(&address, manner(&Method::POST))
        .into_iter()
        .map(|route| route.settings.id.to_string())
        .collect();
    assert_eq!(ids, ["admin", "app"]);
}

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

/// The rule in one sentence, without a tree: the longest configured prefix that spells the
/// beginning of the path.
fn naive(prefixes: &[String], path: &str) -> Option<usize> {
    let segments = |path: &str| -> Vec<String> {
        path.split('/')
            .filter(|segment| !segment.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let path = segments(path);
    (0..prefixes.len())
        .filter(|index| path.starts_with(&segments(&prefixes[*index])))
        .max_by_key(|index| segments(&prefixes[*index]).len())
}

proptest! {
    #[test]
    fn the_tree_agrees_with_the_rule(
        prefixes in prop::collection::btree_set("(/[abc]){0,3}", 1..8),
        path in "(/[abc]){1,5}/?",
    ) {
        let prefixes: Vec<String> = prefixes
            .into_iter()
            .map(|prefix| if prefix.is_empty() { "/".to_owned() } else { prefix })
            .collect();
        let routes: Vec<_> = prefixes
            .iter()
            .enumerate()
            .map(|(index, prefix)| route(&index.to_string(), "app.test", prefix, &[]))
            .collect();
        let table = RouteTable::build(&site(), &routes).unwrap();
        let url = format!("https://app.test{path}");
        let address = Address::from_url(&url).unwrap();
        let taken = match table.find(&address, manner(&Method::GET)) {
            Target::Route(route) => Some(route.index),
            Target::Site
            | Target::OtherMethods
            | Target::OtherHeaders
            | Target::Unknown(_) => None,
        };
        prop_assert_eq!(taken, naive(&prefixes, &path));
    }
}
