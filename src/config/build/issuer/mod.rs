//! `[issuer.NAME]`, inheritance resolved.

mod claims;
mod inherit;
mod registration;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::{Context, Placed, own_path_fault};
use crate::base::IssuerId;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema;
use crate::config::schema::{EndpointStyle, File, Issuer};
use crate::config::spans::Span;
use crate::gateway::SiteSettings;
use crate::issuer::{Endpoints, IssuerSettings};
use crate::model::{Algorithm, Resources};
pub use inherit::nearest_brand;
use inherit::{Merged, ancestry};

/// Reads every issuer; without any there is one called `default` at the root.
pub fn build(
    file: &File,
    site: Option<&SiteSettings>,
    ctx: &mut Context<'_, '_>,
) -> Vec<Placed<IssuerSettings>> {
    let base = site.map_or("", |site| site.public_url.as_str());
    if file.issuer.is_empty() {
        let issuer = Merged {
            id: "default",
            chain: vec![],
        };
        return vec![Placed {
            place: Place::root().key("issuer"),
            it: issuer.settings(base, ctx),
        }];
    }
    file.issuer
        .keys()
        .map(|id| Placed {
            place: Place::root().key("issuer").key(id),
            it: Merged {
                id,
                chain: ancestry(file, id, ctx),
            }
            .settings(base, ctx),
        })
        .collect()
}

impl<'f> Merged<'f> {
    fn span(
        &self,
        key: &str,
        pick: impl Fn(&'f Issuer) -> Option<&'f String>,
        span: Span,
        default: Duration,
        ctx: &mut Context<'_, '_>,
    ) -> Duration {
        // An inherited value is judged where it stands, once.
        let Some((given, place, own)) = self.find(key, pick) else {
            return default;
        };
        if own {
            span.read(given, &place, ctx.problems).unwrap_or(default)
        } else {
            humantime::parse_duration(given).unwrap_or(default)
        }
    }

    /// A key is published as long as the key set may be kept before it signs: its predecessor must
    /// sign for longer than that.
    fn check_rotation(&self, settings: &IssuerSettings, ctx: &mut Context<'_, '_>) {
        if settings.rotate_every > settings.jwks_max_age {
            return;
        }
        let own = Place::root().key("issuer").key(self.id);
        let keys = ["rotate_every", "jwks_max_age"].map(|key| own.key(key));
        // Both inherited: it is said where they stand.
        let Some(place) = keys.iter().find(|place| ctx.problems.doc.has(place)) else {
            return;
        };
        ctx.problems
            .error(
                Code::OutOfRange,
                place,
                "keys would be replaced before anybody has looked at the key set again",
            )
            .help("make `rotate_every` longer than `jwks_max_age`");
    }

    fn settings(&self, base: &str, ctx: &mut Context<'_, '_>) -> IssuerSettings {
        let path = self.path(ctx);
        let minutes = Duration::from_mins;
        let days = |n: u64| Duration::from_hours(24 * n);
        let settings = IssuerSettings {
            id: IssuerId::new(self.id),
            url: format!("{base}{path}"),
            path,
            endpoints: self.endpoints(ctx),
            registration: self.registration(ctx),
            tenant_parameter: self.tenant_parameter(ctx),
            algs: self.algs(ctx),
            rotate_every: self.span(
                "rotate_every",
                |i| i.rotate_every.as_ref(),
                Span::ROTATION,
                days(90),
                ctx,
            ),
            jwks_max_age: self.span(
                "jwks_max_age",
                |i| i.jwks_max_age.as_ref(),
                Span::KEY_SET,
                minutes(60),
                ctx,
            ),
            code: self.span("code", |i| i.code.as_ref(), Span::CODE, minutes(1), ctx),
            access_token: self.span(
                "access_token",
                |i| i.access_token.as_ref(),
                Span::TOKEN,
                minutes(30),
                ctx,
            ),
            id_token: self.span(
                "id_token",
                |i| i.id_token.as_ref(),
                Span::TOKEN,
                minutes(60),
                ctx,
            ),
            refresh_token: self.span(
                "refresh_token",
                |i| i.refresh_token.as_ref(),
                Span::REFRESH,
                days(14),
                ctx,
            ),
            refresh_reuse_grace: self.span(
                "refresh_reuse_grace",
                |i| i.refresh_reuse_grace.as_ref(),
                Span::GRACE,
                Duration::from_secs(10),
                ctx,
            ),
            id_token_claims: self
                .find("id_token_claims", |i| i.id_token_claims.as_ref())
                .map(|(claims, _, _)| *claims)
                .unwrap_or_default(),
            session_management: self
                .find("session_management", |i| i.session_management.as_ref())
                .is_some_and(|(watched, _, _)| *watched),
            client_certificates: false,
            // The same for every issuer; `build::draft` puts them in.
            resources: Resources::default(),
            policies: Arc::default(),
            catalogue: self.catalogue(ctx),
        };
        self.check_rotation(&settings, ctx);
        settings
    }

    /// The path, which is never inherited: two issuers cannot share one.
    fn path(&self, ctx: &mut Context<'_, '_>) -> String {
        let Some((_, issuer)) = self.chain.first() else {
            return String::new();
        };
        let Some(path) = issuer.path.as_deref() else {
            return String::new();
        };
        let trimmed = path.trim_end_matches('/');
        if let Err(fault) = own_path_fault(trimmed)
            && !trimmed.is_empty()
        {
            let place = Place::root().key("issuer").key(self.id).key("path");
            ctx.problems
                .error(
                    Code::IssuerPath,
                    &place,
                    format_args!("the issuer's path {fault}"),
                )
                .help("write a plain path such as \"/production/oidc\", or \"\" for the root");
        }
        trimmed.to_owned()
    }

    fn algs(&self, ctx: &mut Context<'_, '_>) -> Vec<Algorithm> {
        let Some((given, place, own)) = self.find("algs", |i| i.algs.as_ref()) else {
            // RS256 is the one every client knows (OpenID Connect Discovery 3); our own tokens
            // are signed with ES256.
            return vec![Algorithm::RS256, Algorithm::ES256];
        };
        let different: BTreeSet<_> = given.iter().collect();
        if own && (given.is_empty() || different.len() != given.len()) {
            ctx.problems
                .error(
                    Code::Algorithms,
                    &place,
                    "`algs` names at least one algorithm, each once",
                )
                .help("write for example [\"RS256\", \"ES256\"]");
        }
        given.clone()
    }

    fn endpoints(&self, ctx: &mut Context<'_, '_>) -> Endpoints {
        let Some((given, place, own)) = self.find("endpoints", |i| i.endpoints.as_ref()) else {
            return Endpoints::connect();
        };
        let mut endpoints = match given {
            schema::Endpoints::Style(EndpointStyle::Connect) => return Endpoints::connect(),
            schema::Endpoints::Style(EndpointStyle::Oauth) => return Endpoints::oauth(),
            schema::Endpoints::Paths(_) => Endpoints::connect(),
        };
        let schema::Endpoints::Paths(paths) = given else {
            return endpoints;
        };
        for (key, given, slot) in [
            ("authorize", &paths.authorize, &mut endpoints.authorize),
            ("token", &paths.token, &mut endpoints.token),
            ("userinfo", &paths.userinfo, &mut endpoints.userinfo),
            (
                "end_session",
                &paths.end_session,
                &mut endpoints.end_session,
            ),
            ("revoke", &paths.revoke, &mut endpoints.revoke),
            ("introspect", &paths.introspect, &mut endpoints.introspect),
            ("par", &paths.par, &mut endpoints.par),
            (
                "device_authorization",
                &paths.device_authorization,
                &mut endpoints.device_authorization,
            ),
            ("device", &paths.device, &mut endpoints.device),
            ("register", &paths.register, &mut endpoints.register),
            (
                "check_session",
                &paths.check_session,
                &mut endpoints.check_session,
            ),
            ("jwks", &paths.jwks, &mut endpoints.jwks),
        ] {
            let Some(path) = given else { continue };
            if let Err(fault) = own_path_fault(path)
                && own
            {
                ctx.problems.error(
                    Code::Endpoint,
                    &place.key(key),
                    format_args!("the endpoint's path {fault}"),
                );
            }
            slot.clone_from(path);
        }
        endpoints
    }
}
