//! The page for somebody who signed in and does not belong to the tenant that an app asks for.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::Authorizing;
use crate::base::TenantId;
use crate::issuer::consent::switch_path;
use crate::issuer::error::AuthorizeError;
use crate::issuer::state::At;
use crate::issuer::visitor::{Here, Visitor};
use crate::issuer::welcome;
use crate::model::Client;
use crate::policy::Reason;
use crate::web::{ErrorPage, Page, Shell};

/// For clients that want to see nothing shown, and for the way back.
pub const NOT_A_MEMBER: AuthorizeError = AuthorizeError::new(
    "access_denied",
    "The person does not belong to the tenant that was asked for.",
);

/// The same of a policy.
pub const UNWELCOME: AuthorizeError = AuthorizeError::new(
    "access_denied",
    "The person may not sign in to this client.",
);

#[derive(Template)]
#[template(path = "outsider.html", config = "src/web/askama.toml")]
struct Outsider<'a> {
    shell: Shell<'a>,
    app: &'a str,
    tenant: &'a str,
    who: &'a str,
    switch: Option<String>,
    back: Option<String>,
}

/// Says where they do not belong, and lets them take another account or go back.
pub fn page(asking: &Authorizing, visitor: &Visitor) -> Result<Response, ErrorPage> {
    let Some(here) = visitor.here() else {
        return asking.sign_in(visitor);
    };
    if asking.request.prompt.none {
        return Ok(asking.refuse(&NOT_A_MEMBER));
    }
    let back = asking.resume_path()?;
    let ways = Ways {
        switch: switch_path(asking)?,
        back: back.map(|path| format!("{}&cancel=1", path.as_str())),
    };
    let tenant = asking.request.tenant.as_ref();
    render(&asking.at, here, (&asking.client, tenant), ways)
}

/// Says that the client's policy keeps them out, with the same ways on.
pub fn unwelcome(
    asking: &Authorizing,
    visitor: &Visitor,
    reason: Reason,
) -> Result<Response, ErrorPage> {
    let Some(here) = visitor.here() else {
        return asking.sign_in(visitor);
    };
    if asking.request.prompt.none {
        return Ok(asking.refuse(&UNWELCOME));
    }
    let back = asking.resume_path()?;
    let ways = Ways {
        switch: switch_path(asking)?,
        back: back.map(|path| format!("{}&cancel=1", path.as_str())),
    };
    let tenant = asking.request.tenant.as_ref();
    welcome::page(&asking.at, here, (&asking.client, tenant), reason, ways)
}

/// Where somebody can go who does not belong.
pub struct Ways {
    /// To sign in as somebody else, for the same.
    pub switch: Option<String>,
    /// To the app.
    pub back: Option<String>,
}

/// The page for whoever is `here`, and not of the tenant that `client` asks for.
pub fn render(
    at: &At,
    here: &Here,
    (client, tenant): (&Client, Option<&TenantId>),
    ways: Ways,
) -> Result<Response, ErrorPage> {
    let shell = at.shell(tenant);
    let tenant = at.issuer.terms().catalogue.tenant(tenant);
    let page = Page::render(&Outsider {
        shell,
        app: &client.name,
        tenant: tenant.map_or("its organisation", |tenant| &tenant.name),
        who: &here.user.username,
        switch: ways.switch,
        back: ways.back,
    })?;
    Ok(page.status(StatusCode::FORBIDDEN).into_response())
}
