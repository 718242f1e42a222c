//! Forms that came too late: kept, sealed, while their sender signs in, and theirs to send once more
//! from a page of the same host. What the app gets is a form like any other, with its own tokens
//! against forgery in it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::SignIn;
use super::doors::{cookies, with_cookies};
use super::start::{LIFETIME, Start};
use crate::base::opaque::{LateForm, Opaque};
use crate::base::{RngFailed, SessionId, UserId};
use crate::flow::OwnPath;
use crate::keys::Purpose;
use crate::session::{Presence, SessionError};
use crate::store::StoreError;
use crate::web::{ErrorPage, FormTarget, Inbound, Page, Query, Shell, see_other};

/// Where it is on every protected host; `?id=` says which.
pub(super) const PATH: &str = "/_doorward/form";
/// More fields than any person fills in.
const MOST_FIELDS: usize = 2000;

/// A form that waits for a sign-in.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct WaitingForm {
    /// Who sent it; nobody else gets it back.
    pub user: UserId,
    /// The host it was sent to.
    pub host: String,
    /// Path and query it was sent to.
    pub target: String,
    /// The body as it came (`application/x-www-form-urlencoded`).
    pub body: String,
}

/// Why a form cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] RngFailed),
}

impl WaitingForm {
    /// A form that can be shown and sent again as it was; `None` for one that cannot.
    pub fn new(user: UserId, host: &str, target: &str, body: &[u8]) -> Option<Self> {
        let body = std::str::from_utf8(body).ok()?.to_owned();
        OwnPath::parse(target)?;
        fields(&body)?;
        Some(Self {
            user,
            host: host.to_owned(),
            target: target.to_owned(),
            body,
        })
    }

    /// The form's page, which can be opened instead of sending it.
    fn leave(&self) -> &str {
        self.target.split('?').next().unwrap_or("/")
    }
}

/// Names and values, if a page in UTF-8 would send exactly these again.
fn fields(body: &str) -> Option<Vec<(String, String)>> {
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
        decoded.ok().map(std::borrow::Cow::into_owned)
    };
    let fields: Option<Vec<_>> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // What browsers make of an input of this name is another value (HTML 4.10.22.4).
            let name = decode(name).filter(|name| !name.eq_ignore_ascii_case("_charset_"))?;
            let value = decode(value)?;
            // Pages cannot hold it, and lone ends of lines come back as pairs.
            let odd =
                |text: &str| text.contains('\0') || text.replace("\r\n", "").contains(['\r', '\n']);
            (!odd(&name) && !odd(&value)).then_some((name, value))
        })
        .collect();
    fields.filter(|fields| !fields.is_empty() && fields.len() <= MOST_FIELDS)
}

impl SignIn {
    /// Keeps a form of a session's for as long as a sign-in may take; the path that gives it back.
    pub async fn keep_form(
        &self,
        session: &SessionId,
        form: &WaitingForm,
    ) -> Result<String, NotKept> {
        let id = Opaque::<LateForm>::mint(&self.0.rng)?;
        let plain = serde_json::to_vec(form).unwrap_or_default();
        let sealed = self
            .0
            .sealer
            .seal(Purpose::LateForm, id.hash().as_bytes(), &plain)?;
        let until = self.0.clock.now().plus(LIFETIME);
        let kept = self
            .0
            .store
            .keep_form(&id.hash(), session, sealed, until)
            .await;
        kept?;
        Ok(format!("{PATH}?id={}", id.reveal()))
    }

    async fn load_form(&self, id: &str) -> Result<Option<WaitingForm>, SessionError> {
        let Some(id) = Opaque::<LateForm>::parse(id) else {
            return Ok(None);
        };
        let hash = id.hash();
        let now = self.0.clock.now();
        let Some(sealed) = self.0.store.load_form(&hash, now).await? else {
            return Ok(None);
        };
        let plain = self
            .0
            .sealer
            .open(Purpose::LateForm, hash.as_bytes(), sealed.as_bytes());
        Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
    }
}

#[derive(Template)]
#[template(path = "late_form.html", config = "src/web/askama.toml")]
struct LateFormPage<'a> {
    shell: Shell<'a>,
    host: &'a str,
    target: &'a str,
    leave: &'a str,
    fields: &'a [(String, String)],
}

/// Shows the form to whoever sent it, once they are signed in, and to nobody else.
pub(super) async fn show(
    State(signin): State<SignIn>,
    inbound: Inbound,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, ErrorPage> {
    let id = query.find("id").unwrap_or_default();
    let form = signin.load_form(id).await?;
    let form = form.filter(|form| form.host == *inbound.host);
    let Some((form, fields)) = form.and_then(|form| fields(&form.body).map(|all| (form, all)))
    else {
        return Err(gone());
    };
    let presence = signin.0.sessions.presence(cookies(&headers), &inbound.host);
    let present = match presence.await? {
        Presence::Present(present) => present,
        Presence::Anonymous => {
            let path = format!("{PATH}?id={id}");
            return match signin.start(&inbound.host, &path, cookies(&headers))? {
                Start::Redirect {
                    location,
                    set_cookie,
                } => with_cookies(see_other(&location), set_cookie),
                Start::Loops => Err(crate::gateway::decide::looping()),
            };
        }
    };
    if present.lease.user != form.user {
        return Err(ErrorPage::new(
            StatusCode::FORBIDDEN,
            "form_of_another",
            "This form is somebody else's",
            "It was sent by another account than the one that is signed in now.",
        )
        .advice("Sign in with the account that filled it in, or open the app again.")
        .link("Open the app", "/"));
    }
    let page = Page::render(&LateFormPage {
        shell: signin.0.kit.shell_elsewhere(),
        host: &form.host,
        target: &form.target,
        leave: form.leave(),
        fields: &fields,
    })?;
    let page = page.form_target(FormTarget::covering(signin.origins()));
    with_cookies(page.into_response(), present.renewed)
}

fn gone() -> ErrorPage {
    ErrorPage::new(
        StatusCode::NOT_FOUND,
        "form_gone",
        "This form is not kept any more",
        "What was sent is kept for an hour, and only the last few forms of a browser.",
    )
    .advice("Use the back button of this browser to get to what you typed, or open the app again.")
    .link("Open the app", "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(target: &str, body: &[u8]) -> Option<WaitingForm> {
        WaitingForm::new("ada".into(), "app.test", target, body)
    }

    #[test]
    fn what_a_page_would_send_again_as_it_came_is_kept() {
        for (body, held) in [
            ("a=b", vec![("a", "b")]),
            ("a=&a=2&b", vec![("a", ""), ("a", "2"), ("b", "")]),
            ("t=x+y%20z%2B%26", vec![("t", "x y z+&")]),
            ("t=%C3%A9", vec![("t", "é")]),
            ("t=1%0D%0A2", vec![("t", "1\r\n2")]),
        ] {
            assert!(form("/save?x=1", body.as_bytes()).is_some(), "{body}");
            let held: Vec<_> = held
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(fields(body), Some(held), "{body}");
        }
    }

    #[test]
    fn what_would_change_on_the_way_is_not_kept() {
        for body in [
            &b""[..],
            b"&&",
            b"t=%E9",
            b"t=\xff",
            b"t=%00",
            b"t=1%0A2",
            b"_charset_=",
        ] {
            assert_eq!(form("/save", body), None, "{body:?}");
        }
        assert_eq!(form("//evil.test/", b"a=b"), None);
        let many = "a=b&".repeat(MOST_FIELDS + 1);
        assert_eq!(form("/save", many.as_bytes()), None);
    }

    #[test]
    fn leaving_a_form_opens_the_page_without_what_was_sent() {
        assert_eq!(form("/save?x=1", b"a=b").unwrap().leave(), "/save");
    }
}
