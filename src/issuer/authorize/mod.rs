//! The authorization endpoint (RFC 6749 3.1, OpenID Connect Core 3.1.2). Client and redirect URI
//! come first: until both are known good, an error is a page of our own; from then on it goes back
//! to the client. Then the rules, then who is here, then what they agreed to.

pub mod check;
pub mod decide;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod mode;
mod object;
pub mod outsider;
pub mod pushed;
pub mod request;
mod respond;
pub mod target;
mod understand;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

pub use self::object::Objects;

use self::decide::Step;
use self::request::AuthorizeRequest;
use self::respond::Reply;
use self::target::RedirectTarget;
use self::understand::understand;
use super::audit::Entry;
use super::clients;
use super::consent;
use super::error::AuthorizeError;
use super::register;
use super::state::At;
use super::tenant::admits;
use super::visitor::{Here, Visitor};
use super::welcome::{Standing, standing};
use crate::flow::{Interaction, OwnPath};
use crate::model::{AuditKind, Client};
use crate::tokens::{Approval, Audience};
use crate::web::csrf::Browser;
use crate::web::{ErrorPage, FormTarget, Inbound, Params, Query, see_other};

/// A request with its client and a place to answer to.
pub struct Authorizing {
    /// Where it came.
    pub at: At,
    /// Who asks.
    pub client: Arc<Client>,
    /// Where the answer goes.
    pub target: RedirectTarget,
    /// What is asked.
    pub request: AuthorizeRequest,
}

/// The request in the query.
pub async fn by_get(
    State(at): State<At>,
    Query(params): Query,
    inbound: Inbound,
    visitor: Visitor,
    browser: Browser,
) -> Result<Response, ErrorPage> {
    match understand(at, &params).await? {
        Ok(authorizing) => authorizing.proceed(&inbound, &visitor, &browser).await,
        Err(refused) => Ok(refused),
    }
}

/// The request in a form. Browsers send a posted form without our `SameSite=Lax` cookies when it
/// comes from another site, so who is here is only known after a redirect to ourselves.
pub async fn by_post(State(at): State<At>, request: Request) -> Result<Response, ErrorPage> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let form = Params::read_form(request).await?;
    // Together, so that a parameter in both places is seen to come twice.
    let params = Params::parse(format!("{query}&{}", form.encode()).as_bytes())?;
    match understand(at, &params).await? {
        Ok(authorizing) => Ok(match authorizing.resume_path()? {
            Some(path) => see_other(path.as_str()),
            None => authorizing.refuse_anybody(&TOO_LONG),
        }),
        Err(refused) => Ok(refused),
    }
}

/// The request again, after a login or from a form.
pub async fn resume(
    State(at): State<At>,
    Query(params): Query,
    inbound: Inbound,
    visitor: Visitor,
    browser: Browser,
) -> Result<Response, ErrorPage> {
    let sealed = params.find("r").unwrap_or_default();
    let authorizing = match Authorizing::open(at, sealed).await? {
        Ok(authorizing) => authorizing,
        Err(refused) => return Ok(refused),
    };
    if params.find("cancel").is_some() {
        return Ok(match visitor.here() {
            Some(_) => authorizing.refuse(&DENIED),
            None => authorizing.refuse_anybody(&DENIED),
        });
    }
    authorizing.proceed(&inbound, &visitor, &browser).await
}

/// The person said no.
pub const DENIED: AuthorizeError =
    AuthorizeError::new("access_denied", "The person did not allow it.");
const USED_UP: AuthorizeError =
    AuthorizeError::new("invalid_request_uri", "This request_uri was used already.");
const TOO_LONG: AuthorizeError = AuthorizeError::invalid_request("The request is too long.");

impl Authorizing {
    async fn proceed(
        self,
        inbound: &Inbound,
        visitor: &Visitor,
        browser: &Browser,
    ) -> Result<Response, ErrorPage> {
        let wearer = self.at.wearer(self.request.tenant.as_ref());
        let step = async {
            if let Some(fault) = &self.request.fault {
                return match visitor.here() {
                    Some(_) => Ok(self.reply().error(fault)),
                    None => self.sign_in(visitor),
                };
            }
            match self.next(inbound, visitor).await? {
                Step::Refuse(error) => Ok(self.refuse(&error)),
                Step::SignIn => self.sign_in(visitor),
                Step::TurnAway => outsider::page(&self, visitor),
                Step::Unwelcome(reason) => outsider::unwelcome(&self, visitor, reason),
                Step::Ask => consent::page(self, visitor, browser),
                Step::Grant => self.grant(inbound, visitor).await,
            }
        };
        step.await.map_err(|error: ErrorPage| error.worn(&wearer))
    }

    /// What comes next, for who is here.
    pub async fn next(&self, inbound: &Inbound, visitor: &Visitor) -> Result<Step, ErrorPage> {
        if let Some(step) = self.signed_in(inbound, visitor) {
            return Ok(step);
        }
        let Some(here) = visitor.here() else {
            return Ok(Step::SignIn);
        };
        let whose = (self.at.issuer.id(), &self.client.id);
        let (store, tenant) = (&self.at.state.store, self.request.tenant.as_ref());
        let remembered = store.load_consent(&here.user.id, whose, tenant).await?;
        Ok(decide::consented(
            (&self.request, self.at.issuer.terms()),
            &self.client,
            &self.target,
            remembered.as_ref(),
        ))
    }

    /// Whether somebody is signed in as the request asks, belongs to its tenant, and is welcome; the step
    /// to take when not.
    pub fn signed_in(&self, inbound: &Inbound, visitor: &Visitor) -> Option<Step> {
        let (tokens, terms) = (&self.at.state.tokens, self.at.issuer.terms());
        let lease = visitor.lease();
        let subject = lease.map(|lease| tokens.subject(terms, &self.client, &lease.user));
        let tenant = terms.catalogue.tenant(self.request.tenant.as_ref());
        let step = decide::signed_in(&self.request, lease, subject.as_deref(), tenant);
        let outside = || visitor.here().is_some_and(|here| !self.admits(here));
        let welcomed = || {
            let here = visitor.here()?;
            let standing = standing(&self.at, &self.client, here, inbound.client);
            decide::welcomed(&self.request, &here.lease, standing)
        };
        step.or_else(|| outside().then_some(Step::TurnAway))
            .or_else(welcomed)
    }

    fn admits(&self, here: &Here) -> bool {
        admits(&self.client, &here.user, self.request.tenant.as_ref())
    }

    /// To the login page, and back here.
    pub fn sign_in(&self, visitor: &Visitor) -> Result<Response, ErrorPage> {
        let Some(resume) = self.resume_path()? else {
            return Ok(self.refuse_anybody(&TOO_LONG));
        };
        let interaction = Interaction {
            app: Some(self.client.name.clone()),
            login_hint: self.request.login_hint.clone(),
            cancel: OwnPath::parse(&format!("{resume}&cancel=1")),
            redirect_origin: Some(self.target.as_str().to_owned()),
            beyond: FormTarget::sources(self.client.addresses()),
            links: register::links(&self.at, &self.client),
            issuer: Some(self.at.issuer.id().clone()),
            tenant: self.request.tenant.clone(),
            again: visitor.lease().is_some(),
            ..Interaction::new(resume, self.at.state.clock.now())
        };
        Ok(see_other(&self.at.state.flow.begin(&interaction)?))
    }

    /// What the client asked for.
    pub async fn grant(&self, inbound: &Inbound, visitor: &Visitor) -> Result<Response, ErrorPage> {
        let Some(here) = visitor.here() else {
            return Ok(self.refuse(&DENIED));
        };
        if !self.admits(here) {
            return Ok(self.refuse(&outsider::NOT_A_MEMBER));
        }
        if standing(&self.at, &self.client, here, inbound.client) != Standing::Welcome {
            return Ok(self.refuse(&outsider::UNWELCOME));
        }
        let (at, request) = (&self.at, &self.request);
        if let Some(reference) = &request.pushed
            && !reference.spend(at).await?
        {
            return Ok(self.refuse(&USED_UP));
        }
        if request.response_type.is_front_channel() {
            clients::used(at, &self.client, clients::Use::ByPeople).await;
        }
        let approval = Approval {
            issuer: at.issuer.id().clone(),
            client: self.client.id.clone(),
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            scopes: request.scopes.clone(),
            extent: request.extent.clone(),
            tenant: request.tenant.clone(),
            user: here.user.id.clone(),
            session: here.lease.session.clone(),
            auth_time: here.lease.auth_time,
            amr: here.lease.amr.clone(),
        };
        let audience = Audience {
            terms: at.issuer.terms(),
            client: &self.client,
            user: &here.user,
        };
        let issued = at
            .state
            .tokens
            .issue(audience, &approval, request.response_type)
            .await?;
        let Some(issued) = issued else {
            // The session ended a moment ago.
            return Ok(self.refuse(&decide::LOGIN_REQUIRED));
        };
        Entry::ok(AuditKind::Consent, "code_issued")
            .client(&self.client.id)
            .user(&here.user.id)
            .session(&here.lease.session)
            .from(inbound)
            .record(at);
        Ok(self.reply().success(&issued, &here.lease.session))
    }

    /// An error for the client.
    pub fn refuse(&self, error: &AuthorizeError) -> Response {
        self.reply().error(&error.into())
    }

    /// The same before anybody has signed in.
    fn refuse_anybody(&self, error: &AuthorizeError) -> Response {
        if self.may_send_anybody() {
            self.refuse(error)
        } else {
            self.reply().offer(&error.into())
        }
    }

    /// Whether people who have not signed in may be sent to the client.
    fn may_send_anybody(&self) -> bool {
        !self.client.is_uninvited() || self.request.prompt.none
    }

    fn reply(&self) -> Reply<'_> {
        Reply {
            at: &self.at,
            client: &self.client,
            target: &self.target,
            tenant: self.request.tenant.as_ref(),
            mode: self.request.mode,
            state: self.request.state.as_deref(),
        }
    }

    /// Where the request goes on; `None` when it does not fit into a URL.
    pub fn resume_path(&self) -> Result<Option<OwnPath>, ErrorPage> {
        let path = self
            .request
            .resume_path(&self.at.issuer, &self.at.state.sealer)?;
        Ok(path)
    }
}
