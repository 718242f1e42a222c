//! The endpoint table.

use std::future::ready;

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};

use super::register::RegistrationMode;
use super::state::{At, IssuerState};
use super::{
    authorize, check_session, consent, cors, device, discovery, end_session, introspect, register,
    revoke, token, userinfo,
};
use crate::web::{ErrorPage, Wearer};

/// Every endpoint of every issuer.
pub fn router(state: &IssuerState) -> Router {
    state.issuers.iter().fold(Router::new(), |router, issuer| {
        let at = At {
            state: state.clone(),
            issuer: issuer.clone(),
        };
        router.merge(of_one(&at))
    })
}

fn of_one(at: &At) -> Router {
    for_programs(at)
        .layer(map_response(cors::readable_by_all))
        .merge(for_people(at))
        .with_state(at.clone())
}

/// For people: cookies count, other origins do not get to read anything.
fn for_people(at: &At) -> Router<At> {
    let settings = at.issuer.settings();
    let path = &settings.path;
    let ends = &settings.endpoints;
    let pages = Router::new()
        .route(
            &format!("{path}{}", ends.authorize),
            // Whoever only looks (HEAD) is given no code, and uses nothing up.
            get(authorize::by_get)
                .head(async || ErrorPage::method_not_allowed())
                .post(authorize::by_post),
        )
        .route(
            at.issuer.resume_path(),
            get(authorize::resume).head(async || ErrorPage::method_not_allowed()),
        )
        .route(&at.issuer.logo_path(), get(register::logo))
        .route(&at.issuer.consent_path(), post(consent::answer))
        .route(
            &at.issuer.device_path(),
            get(device::show).post(device::answer),
        )
        .route(
            &format!("{path}{}", ends.end_session),
            // Whoever only looks (HEAD) must not sign anybody out.
            get(end_session::by_get)
                .head(async || ErrorPage::method_not_allowed())
                .post(end_session::by_post),
        )
        .route(
            &at.issuer.sign_out_path(),
            get(end_session::ask).post(end_session::confirmed),
        );

    // An error that is not of one request has the issuer's look.
    let wearer = at.wearer(None);
    let pages = pages.layer(map_response(move |response| ready(worn(response, &wearer))));
    if settings.session_management {
        let frame = format!("{path}{}", ends.check_session);
        pages.route(&frame, get(check_session::frame))
    } else {
        pages
    }
}

/// For programs: no cookie counts, so any origin may call and read.
fn for_programs(at: &At) -> Router<At> {
    let settings = at.issuer.settings();
    let path = &settings.path;
    let ends = &settings.endpoints;
    let open = [
        (&ends.token, post(token::exchange)),
        (&ends.par, post(authorize::pushed::push)),
        (&ends.device_authorization, post(device::start)),
        (&ends.revoke, post(revoke::revoke)),
        (&ends.introspect, post(introspect::introspect)),
        (
            &ends.userinfo,
            get(userinfo::by_get).post(userinfo::by_post),
        ),
        (&ends.jwks, get(discovery::jwks)),
    ]
    .into_iter()
    .map(|(end, methods)| (format!("{path}{end}"), methods))
    .chain(
        discovery_paths(path)
            .into_iter()
            .map(|path| (path, get(discovery::metadata))),
    )
    .fold(Router::new(), |router, (path, methods)| {
        router.route(&path, methods.options(cors::preflight))
    });
    match settings.registration.mode {
        RegistrationMode::Off => open,
        RegistrationMode::Token | RegistrationMode::Open => {
            open.merge(of_registration(&format!("{path}{}", ends.register)))
        }
    }
}

/// Where apps register themselves, and where each is kept up by itself.
fn of_registration(register: &str) -> Router<At> {
    let own = get(register::show)
        .put(register::replace)
        .delete(register::delete);
    Router::new()
        .route(
            &format!("{register}/{{client}}"),
            own.options(cors::preflight_to_change),
        )
        .route(
            register,
            post(register::create).options(cors::preflight_to_change),
        )
}

/// Gives an error page its look, unless it has one.
fn worn(mut response: Response, wearer: &Wearer) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ErrorPage>() {
        response.extensions_mut().insert(error.worn(wearer));
    }
    response
}

/// `OpenID` Connect Discovery 4 puts the well-known part behind the issuer's path, RFC 8414 3 before
/// it; clients are found that try either for either document.
fn discovery_paths(path: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for name in ["openid-configuration", "oauth-authorization-server"] {
        for candidate in [
            format!("{path}/.well-known/{name}"),
            format!("/.well-known/{name}{path}"),
        ] {
            if !paths.contains(&candidate) {
                paths.push(candidate);
            }
        }
    }
    paths
}
