mod choosing;
mod million;

use proptest::prelude::*;

use super::*;
use crate::gateway::IdentityHeaders;
use crate::gateway::settings::{
    Forwarding, OnAnonymous, PoolSettings, RouteLimits, RouteMatch, Upstream, UpstreamTls,
};
use crate::policy::{Entry, Rule};

pub fn site() -> SiteSettings {
    SiteSettings {
        public_url: "https://gw.test".to_owned(),
        host: "gw.test".to_owned(),
        port: 443,
        https: true,
        prefixes: vec!["/login".to_owned(), "/production/oidc".to_owned()],
        everywhere: Vec::new(),
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
        compress: false,
        cache: None,
        listing: crate::gateway::settings::Listing::Auto,
        upstreams: vec![Upstream::Http {
            host: "127.0.0.1".to_owned(),
            port: 1,
        }],
        pool: PoolSettings::default(),
        instead: None,
        forwarding: Forwarding::default(),
        upstream_tls: UpstreamTls::default(),
        bearer: None,
        credentials: None,
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

/// A table's only route.
pub fn alone(settings: RouteSettings) -> Arc<Route> {
    let table = RouteTable::build(&site(), &[settings]).unwrap();
    table.routes.into_iter().next().unwrap()
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
