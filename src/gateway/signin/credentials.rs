//! The page on a protected host where people say what they sign in to its app with, for apps that
//! know only names and passwords. Works without scripts; nothing that was saved is ever shown.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};

use super::doors::{cookies, with_cookies};
use crate::base::{Clock, RouteId, Secret, UserId};
use crate::flow::OwnPath;
use crate::gateway::route::Hosts;
use crate::gateway::settings::RouteSettings;
use crate::identity::{AppLogin, AppLoginError, AppLogins, UnfitLogin};
use crate::model::{AuditKind, AuditRecord};
use crate::session::{Lease, Presence, Sessions};
use crate::telemetry::Audit;
use crate::web::{
    Browser, ErrorPage, Form, Inbound, Kit, Page, Params, Posted, Query, Shell, see_other,
};

/// Where it is, on every host with an app that needs it.
pub const ADDRESS: &str = "/_doorward/credentials";

/// What the page is made of. Cheap to clone.
#[derive(Clone)]
pub struct Credentials(Arc<Parts>);

/// What [`Credentials`] is made of.
pub struct Parts {
    /// Pages.
    pub kit: Kit,
    /// Who is here.
    pub sessions: Sessions,
    /// What is kept.
    pub logins: AppLogins,
    /// Who changed what.
    pub audit: Audit,
    /// Time.
    pub clock: Clock,
    /// Routes whose apps need it, by host.
    pub routes: Hosts<Vec<RouteId>>,
}

impl FromRef<Credentials> for Kit {
    fn from_ref(door: &Credentials) -> Self {
        door.0.kit.clone()
    }
}

/// Which routes have a place on the page, by host.
pub fn hosts(routes: &[RouteSettings]) -> Hosts<Vec<RouteId>> {
    let mut hosts = Hosts::<Vec<RouteId>>::default();
    for route in routes.iter().filter(|route| route.credentials.is_some()) {
        hosts.entry(&route.matches.host).push(route.id.clone());
    }
    hosts
}

/// The page and its form.
pub fn router(parts: Parts) -> Router {
    Router::new()
        .route(ADDRESS, get(show).post(change))
        .with_state(Credentials(Arc::new(parts)))
}

/// `credentials-page`.
#[derive(Template)]
#[template(path = "credentials.html", config = "src/web/askama.toml")]
struct CredentialsPage<'a> {
    shell: Shell<'a>,
    host: &'a str,
    csrf: String,
    back: &'a str,
    refused: bool,
    fault: Option<String>,
    apps: Vec<App>,
}

/// One app on the page.
struct App {
    route: RouteId,
    name: Option<String>,
}

/// What somebody wants changed.
struct Change {
    route: RouteId,
    back: OwnPath,
    what: What,
}

enum What {
    Save {
        name: String,
        password: Secret<String>,
    },
    Remove,
}

impl Form for Change {
    const PURPOSE: &'static str = "app-credentials";

    fn read(params: &Params) -> Result<Self, ErrorPage> {
        let text = |name: &str| params.find(name).unwrap_or_default().to_owned();
        let what = if params.has("remove") {
            What::Remove
        } else {
            What::Save {
                name: text("name").trim().to_owned(),
                password: Secret::new(text("password")),
            }
        };
        Ok(Self {
            route: RouteId::new(text("route")),
            back: back(&text("back")),
            what,
        })
    }
}

/// Where it goes on: a path of this host, and never the page itself.
fn back(text: &str) -> OwnPath {
    let elsewhere = !text.starts_with(ADDRESS);
    let path = OwnPath::parse(text).filter(|_| elsewhere);
    path.unwrap_or_else(OwnPath::root)
}

async fn show(
    State(door): State<Credentials>,
    inbound: Inbound,
    browser: Browser,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, ErrorPage> {
    let (lease, renewed) = door.whose(&headers, &inbound).await?;
    let back = back(query.find("back").unwrap_or_default());
    let said = Said {
        back: back.as_str(),
        refused: query.has("refused"),
        fault: None,
    };
    let page = door.page(&inbound, &browser, &lease.user, said).await?;
    with_cookies(page.into_response(), renewed)
}

async fn change(
    State(door): State<Credentials>,
    inbound: Inbound,
    headers: HeaderMap,
    Posted { form, browser }: Posted<Change>,
) -> Result<Response, ErrorPage> {
    let (lease, renewed) = door.whose(&headers, &inbound).await?;
    if !door.routes(&inbound)?.contains(&form.route) {
        return Err(ErrorPage::not_found());
    }
    let reason = match form.what {
        What::Remove => {
            let removed = door.0.logins.remove(&lease.user, &form.route).await;
            removed.map_err(|error| failed(&error))?;
            "app_credential_removed"
        }
        What::Save { name, password } => {
            let login = match AppLogin::new(&name, password) {
                Ok(login) => login,
                Err(unfit) => {
                    return door
                        .again(&inbound, &browser, &lease, &form.back, unfit)
                        .await;
                }
            };
            let kept = door.0.logins.keep(&lease.user, &form.route, &login).await;
            kept.map_err(|error| failed(&error))?;
            "app_credential_saved"
        }
    };
    door.record(&inbound, &lease, form.route, reason);
    with_cookies(see_other(form.back.as_str()), renewed)
}

/// What the page says besides which apps there are.
struct Said<'a> {
    back: &'a str,
    refused: bool,
    fault: Option<String>,
}

impl Credentials {
    /// Who is signed in at this host, and the cookie that goes out with the answer.
    async fn whose(
        &self,
        headers: &HeaderMap,
        inbound: &Inbound,
    ) -> Result<(Arc<Lease>, Option<String>), ErrorPage> {
        let presence = self.0.sessions.presence(cookies(headers), &inbound.host);
        match presence.await? {
            Presence::Present(present) => Ok((present.lease, present.renewed)),
            Presence::Anonymous => Err(ErrorPage::new(
                StatusCode::UNAUTHORIZED,
                "login_required",
                "Sign in first",
                "Nobody is signed in here, so nobody knows whose password this would be.",
            )
            .link("Open the app", "/")),
        }
    }

    fn routes(&self, inbound: &Inbound) -> Result<&[RouteId], ErrorPage> {
        let hosts = &self.0.routes;
        let found = hosts
            .exact(&inbound.host)
            .or_else(|| hosts.wild(&inbound.host));
        found.map(Vec::as_slice).ok_or_else(ErrorPage::not_found)
    }

    async fn page(
        &self,
        inbound: &Inbound,
        browser: &Browser,
        user: &UserId,
        said: Said<'_>,
    ) -> Result<Page, ErrorPage> {
        let mut apps = Vec::new();
        for route in self.routes(inbound)? {
            // One that cannot be opened any more is replaced like one that is not there.
            let kept = self.0.logins.load(user, route).await.ok().flatten();
            apps.push(App {
                route: route.clone(),
                name: kept.map(|kept| kept.name.clone()),
            });
        }
        Page::render(&CredentialsPage {
            shell: self.0.kit.shell_elsewhere(),
            host: &inbound.host,
            csrf: browser.token(&self.0.kit, Change::PURPOSE),
            back: said.back,
            refused: said.refused,
            fault: said.fault,
            apps,
        })
    }

    async fn again(
        &self,
        inbound: &Inbound,
        browser: &Browser,
        lease: &Lease,
        back: &OwnPath,
        unfit: UnfitLogin,
    ) -> Result<Response, ErrorPage> {
        let said = Said {
            back: back.as_str(),
            refused: false,
            fault: Some(unfit.to_string()),
        };
        let page = self.page(inbound, browser, &lease.user, said).await?;
        Ok(page.status(StatusCode::BAD_REQUEST).into_response())
    }

    fn record(&self, inbound: &Inbound, lease: &Lease, route: RouteId, reason: &'static str) {
        self.0.audit.record(AuditRecord {
            at: self.0.clock.now(),
            kind: AuditKind::Credential,
            ok: true,
            reason,
            user: Some(lease.user.clone()),
            session: Some(lease.session.clone()),
            issuer: None,
            client: None,
            route: Some(route),
            address: Some(inbound.client),
            request: Some(inbound.request_id.clone()),
        });
    }
}

fn failed(error: &AppLoginError) -> ErrorPage {
    match error {
        AppLoginError::Store(_) => ErrorPage::unavailable(std::time::Duration::from_secs(5)),
        AppLoginError::Rng(_) | AppLoginError::Unsealable => {
            ErrorPage::internal(&error.to_string())
        }
    }
}
