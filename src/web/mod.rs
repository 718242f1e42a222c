//! The kit the web doors share: page shell, assets, form protection, parameters, errors as pages,
//! response headers. Knows no protocol and no login method.

pub mod assets;
pub mod brand;
pub mod certificate;
pub mod cookies;
pub mod credentials;
pub mod csrf;
pub mod error;
pub mod headers;
pub mod image;
pub mod inbound;
pub mod kit;
pub mod logout_pages;
pub mod navigation;
pub mod page;
pub mod params;
pub mod site;
#[cfg(test)]
mod tests;
pub mod visitor;

pub use crate::flow::AppLinks;
pub use brand::{BrandSettings, Wearer};
pub use certificate::PeerCertificate;
pub use credentials::{Scheme, Unpresented, access_token, is_token};
pub use csrf::{Browser, Form, Posted};
pub use error::ErrorPage;
pub use headers::{FormTarget, FrameSources, Framed, form_source};
pub use inbound::Inbound;
pub use kit::{Kit, LANGUAGE, Shell};
pub use logout_pages::{LoggedOutPage, LogoutConfirmPage, Onward};
pub use page::{Denied, Page, render_denied, render_error};
pub use params::{Params, Query};
pub use site::{see_other, site};
pub use visitor::Visitor;
