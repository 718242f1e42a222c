//! `/account/apps`: the apps that whoever is signed in may open, decided by the rules that decide on
//! requests.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::Method;

use super::admit::{Around, Person};
use super::settings::{Instead, Listing, RouteSettings, SiteSettings};
use super::signin::SignIn;
use crate::base::Timestamp;
use crate::flow::{Interaction, OwnPath};
use crate::policy::{self, Decision, RequestFacts, Rule};
use crate::session::Sessions;
use crate::web::{ErrorPage, Inbound, Kit, Page, Shell, Visitor, see_other};

const ADDRESS: &str = "/account/apps";

/// What the page knows. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Portal {
    signin: SignIn,
    apps: Arc<[Listed]>,
}

/// An app that some people may open.
#[derive(Debug)]
struct Listed {
    name: String,
    about: Option<String>,
    host: String,
    address: String,
    rule: Rule,
}

/// The page, for these routes.
pub fn router(signin: SignIn, site: &SiteSettings, routes: &[RouteSettings]) -> Router {
    let portal = Portal {
        signin,
        apps: listed(site, routes),
    };
    Router::new().route(ADDRESS, get(show)).with_state(portal)
}

/// By name. Of the routes of a host that say nothing about it, the one with the shortest path.
fn listed(site: &SiteSettings, routes: &[RouteSettings]) -> Arc<[Listed]> {
    let mut apps: Vec<Listed> = Vec::new();
    for route in routes {
        let (name, about) = match &route.listing {
            Listing::Hidden => continue,
            Listing::Named { name, about } => (name.clone(), about.clone()),
            Listing::Auto => {
                if !is_app(route) || !is_first_of_host(route, routes) {
                    continue;
                }
                (route.id.to_string(), None)
            }
        };
        let host = route.matches.host.clone();
        apps.push(Listed {
            name,
            about,
            address: format!("{}{}", site.origin_of(&host), route.matches.path),
            host,
            rule: route.rule.clone(),
        });
    }
    apps.sort_by(|a, b| (&a.name, &a.address).cmp(&(&b.name, &b.address)));
    apps.into()
}

/// Whether its address is one that a browser can open.
fn is_app(route: &RouteSettings) -> bool {
    let matches = &route.matches;
    let answers = matches!(
        route.instead,
        Some(Instead::Redirect { .. } | Instead::Answer { .. })
    );
    let takes_get = matches.methods.is_empty() || matches.methods.contains(&Method::GET);
    takes_get
        && !answers
        && !matches.host.starts_with('*')
        && matches.path_regex.is_none()
        && matches.headers.is_empty()
}

fn is_first_of_host(route: &RouteSettings, routes: &[RouteSettings]) -> bool {
    let path = &route.matches.path;
    routes
        .iter()
        .filter(|other| other.matches.host == route.matches.host && is_app(other))
        .all(|other| other.id == route.id || other.matches.path.len() > path.len())
}

impl FromRef<Portal> for Kit {
    fn from_ref(portal: &Portal) -> Self {
        Self::from_ref(&portal.signin)
    }
}

impl FromRef<Portal> for Sessions {
    fn from_ref(portal: &Portal) -> Self {
        Self::from_ref(&portal.signin)
    }
}

/// `apps-page`.
#[derive(Template)]
#[template(path = "apps.html", config = "src/web/askama.toml")]
struct AppsPage<'a> {
    shell: Shell<'a>,
    username: &'a str,
    apps: Vec<App<'a>>,
}

struct App<'a> {
    name: &'a str,
    about: Option<&'a str>,
    host: &'a str,
    address: &'a str,
    again: bool,
}

async fn show(
    State(portal): State<Portal>,
    inbound: Inbound,
    visitor: Visitor,
) -> Result<Response, ErrorPage> {
    let parts = portal.signin.parts();
    let now = parts.clock.now();
    let user = match &visitor.0 {
        Some(lease) => parts.directory.person(&lease.user).await?,
        None => None,
    };
    let (Some(user), Some(lease)) = (user, visitor.0) else {
        let here = OwnPath::parse(ADDRESS).unwrap_or_else(OwnPath::root);
        let login = parts.flow.begin(&Interaction::new(here, now))?;
        return Ok(see_other(&login));
    };
    let person = Person { user, lease };
    let around = around(&inbound, now, parts.sessions.settings().max);
    let page = Page::render(&AppsPage {
        shell: parts.kit.shell(),
        username: &person.user.username,
        apps: open_to(&portal.apps, &person, around),
    })?;
    Ok(page.into_response())
}

fn around(inbound: &Inbound, now: Timestamp, longest: Duration) -> Around<'_> {
    Around {
        request: RequestFacts {
            method: Some(&Method::GET),
            address: Some(inbound.client),
            ..RequestFacts::default()
        },
        now,
        longest,
    }
}

fn open_to<'a>(apps: &'a [Listed], person: &Person, around: Around<'_>) -> Vec<App<'a>> {
    let shown = apps.iter().filter_map(|app| {
        let again = match policy::decide(&app.rule, around.facts(Some(person))) {
            Decision::Allow { .. } => false,
            Decision::StepUp { .. } => true,
            Decision::LoginNeeded | Decision::Deny { .. } => return None,
        };
        Some(App {
            name: &app.name,
            about: app.about.as_deref(),
            host: &app.host,
            address: &app.address,
            again,
        })
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::route::tests::route;

    fn site() -> SiteSettings {
        SiteSettings {
            public_url: "https://gw.test".to_owned(),
            host: "gw.test".to_owned(),
            port: 443,
            https: true,
            prefixes: Vec::new(),
            everywhere: Vec::new(),
        }
    }

    fn names(routes: &[RouteSettings]) -> Vec<(String, String)> {
        let apps = listed(&site(), routes);
        apps.iter()
            .map(|app| (app.name.clone(), app.address.clone()))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, address): &(&str, &str)| ((*name).to_owned(), (*address).to_owned());
        expected.iter().map(owned).collect()
    }

    #[test]
    fn of_each_host_the_first_page_is_listed_and_whatever_has_a_name() {
        let mut admin = route("admin", "wiki.test", "/admin/", &[]);
        let routes = |admin: &RouteSettings| {
            [
                route("wiki", "wiki.test", "/", &[]),
                admin.clone(),
                route("board", "board.test", "/app/", &[]),
                route("hook", "hook.test", "/", &[Method::POST]),
                route("any", "*.apps.test", "/", &[]),
            ]
        };
        let (board, wiki) = (
            ("board", "https://board.test/app/"),
            ("wiki", "https://wiki.test/"),
        );
        assert_eq!(names(&routes(&admin)), pairs(&[board, wiki]));
        admin.listing = Listing::Named {
            name: "Administration".to_owned(),
            about: None,
        };
        let named = ("Administration", "https://wiki.test/admin/");
        assert_eq!(names(&routes(&admin)), pairs(&[named, board, wiki]));
        let mut hidden = routes(&admin);
        hidden[0].listing = Listing::Hidden;
        assert_eq!(names(&hidden), pairs(&[named, board]));
    }
}
