//! The second door: proxies that forward by themselves ask here whether they may (nginx
//! `auth_request`, Traefik, Caddy, `HAProxy`, Envoy). The request they describe is read, found a
//! route for and judged by the code that judges requests of our own; only that it is not us who
//! forwards it.
//!
//! Whoever asks decides what the question is, so only peers that are named may ask.

mod answer;
mod described;
mod kind;
mod settings;

pub use settings::{Compat, ForwardAuthSettings};

use std::net::IpAddr;
use std::sync::Arc;

use http::StatusCode;
use pingora::proxy::Session;

use super::answer::{Answer, refused_page};
use super::asked::Asked;
use super::assertion::client_of;
use super::context::{Context, Place};
use super::decide::page;
use super::receive;
use super::route::{Manner, Route, Target};
use super::snapshot::Snapshot;
use super::state::Gateway;
use super::target::{Address, Refused};
use crate::web::ErrorPage;
use described::Described;
use kind::Kind;

impl Gateway {
    /// The answer to a neighbour's question; `None` when this is no question.
    pub(super) async fn answer_neighbour(
        &self,
        session: &Session,
        ctx: &mut Context,
    ) -> Option<Answer> {
        let snapshot = Arc::clone(&ctx.snapshot);
        let settings = snapshot.forward_auth.as_ref()?;
        let request = session.req_header();
        let (kind, rest) = Kind::at(settings, request.uri.path())?;
        let peer = receive::peer(session);
        if !is_trusted(settings, peer) {
            return Some(unknown_neighbour(session, ctx, peer));
        }
        let tls = receive::is_tls(session);
        ctx.client = client_of(peer, tls, &request.headers, &settings.trusted).client;
        let rest = match request.uri.query() {
            Some(query) if kind == Kind::ExtAuthz => format!("{rest}?{query}"),
            Some(_) | None => rest.to_owned(),
        };
        let described = Described::read(kind, &request.method, &rest, &request.headers);
        let answer = match described {
            Ok(described) => self.judge(kind, &described, ctx).await,
            Err(refused) => Err(refused),
        };
        let answer = answer.unwrap_or_else(|refused| {
            self.metrics.rejected(refused.reason());
            ctx.outcome.reason = refused.reason().into();
            let refused = refused_page(refused);
            answer::refused(kind, page(&refused, &request.headers, ctx))
        });
        Some(answer)
    }

    async fn judge(
        &self,
        kind: Kind,
        described: &Described,
        ctx: &mut Context,
    ) -> Result<Answer, Refused> {
        let head = described.head();
        let address = Address::read(&head)?;
        let public = ctx.snapshot.public_port;
        address.check_port(|port| port == public)?;
        let route = route_of(&address, described, ctx)?;
        ctx.host = route.host(&address.host);
        ctx.place = Place::Route(Arc::clone(&route));
        let target = address.path_and_query();
        let asked = Asked {
            method: &described.method,
            target: &target,
            headers: &described.headers,
            // The neighbour's own says nothing about who asks it.
            certificate: None,
        };
        let decided = self.decide(&asked, ctx, &route).await;
        Ok(match decided {
            None => answer::allowed(kind, &described.headers, ctx)
                .unwrap_or_else(|| page(&ErrorPage::internal("no assertion"), asked.headers, ctx)),
            Some(answer) => answer::refused(kind, answer),
        })
    }
}

/// Nothing of Doorward's own is behind a neighbour: it has to send that here.
fn route_of(
    address: &Address<'_>,
    described: &Described,
    ctx: &Context,
) -> Result<Arc<Route>, Refused> {
    let manner = Manner {
        method: &described.method,
        headers: &described.headers,
    };
    match ctx.snapshot.table.find(address, manner) {
        Target::Route(route) => Ok(Arc::clone(route)),
        Target::Site => Err(Refused::PathUnknown),
        Target::OtherMethods => Err(Refused::MethodUntaken),
        Target::OtherHeaders => Err(Refused::HeadersUntaken),
        Target::Unknown(refused) => Err(refused),
    }
}

fn unknown_neighbour(session: &Session, ctx: &mut Context, peer: IpAddr) -> Answer {
    tracing::warn!(
        %peer,
        request = %ctx.request,
        "a peer that is not in `forward_auth.trusted` asks about requests of others"
    );
    ctx.outcome.decision = "deny";
    ctx.outcome.reason = "untrusted_peer".into();
    let refused = ErrorPage::new(
        StatusCode::FORBIDDEN,
        "untrusted_peer",
        "This door is for proxies",
        "It answers the proxies that are named in the configuration, and nobody else.",
    );
    page(&refused, &session.req_header().headers, ctx)
}

/// Whether `peer` may ask, and asks, at `address`.
pub(super) fn is_asked(snapshot: &Snapshot, address: &Address<'_>, peer: IpAddr) -> bool {
    snapshot.forward_auth.as_ref().is_some_and(|settings| {
        Kind::at(settings, &address.path).is_some() && is_trusted(settings, peer)
    })
}

fn is_trusted(settings: &ForwardAuthSettings, peer: IpAddr) -> bool {
    let peer = peer.to_canonical();
    settings.trusted.iter().any(|net| net.contains(&peer))
}
