//! Where neighbours ask, and how each of them wants to be answered.

use super::settings::{Compat, ForwardAuthSettings};

/// How a neighbour asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Traefik, Caddy, `HAProxy`: described in `X-Forwarded-*`; every answer but 2xx goes to the
    /// browser as it is.
    ForwardAuth,
    /// nginx: described in `X-Original-*`; an answer is 2xx, 401 or 403, and anything else an error.
    AuthRequest,
    /// Envoy: the request itself, under a path of ours.
    ExtAuthz,
    /// nginx as set up for oauth2-proxy: as `AuthRequest`, described in `X-Forwarded-*`.
    Oauth2Proxy,
}

/// Our own; the names under it are Authelia's, too.
const OWN: &str = "/_doorward/authz";

impl Kind {
    /// The kind of a question at `path`, and what follows the door's path; `None` when there is no
    /// door.
    pub(super) fn at<'p>(settings: &ForwardAuthSettings, path: &'p str) -> Option<(Self, &'p str)> {
        let speaks = |compat| settings.compat.contains(&compat);
        if path == "/oauth2/auth" {
            return speaks(Compat::Oauth2Proxy).then_some((Self::Oauth2Proxy, ""));
        }
        let authelia = path.strip_prefix(Compat::Authelia.prefix());
        let rest = path
            .strip_prefix(OWN)
            .or_else(|| authelia.filter(|_| speaks(Compat::Authelia)))?;
        if let Some(rest) = rest.strip_prefix("/ext-authz") {
            let ends = rest.is_empty() || rest.starts_with('/');
            return ends.then_some((Self::ExtAuthz, rest));
        }
        match rest {
            "/forward-auth" => Some((Self::ForwardAuth, "")),
            "/auth-request" => Some((Self::AuthRequest, "")),
            _ => None,
        }
    }

    /// Whether the neighbour understands 401 and 403 and nothing else.
    pub(super) const fn knows_two(self) -> bool {
        match self {
            Self::AuthRequest | Self::Oauth2Proxy => true,
            Self::ForwardAuth | Self::ExtAuthz => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_has_its_address_and_those_of_others_where_they_are_asked_for() {
        let settings = |compat: &[Compat]| ForwardAuthSettings {
            trusted: Vec::new(),
            compat: compat.to_vec(),
        };
        let (plain, both) = (
            settings(&[]),
            settings(&[Compat::Oauth2Proxy, Compat::Authelia]),
        );
        for (path, found) in [
            ("/forward-auth", Some((Kind::ForwardAuth, ""))),
            ("/auth-request", Some((Kind::AuthRequest, ""))),
            ("/ext-authz", Some((Kind::ExtAuthz, ""))),
            ("/ext-authz/a/b", Some((Kind::ExtAuthz, "/a/b"))),
            ("/ext-authzz", None),
            ("/auth-request/x", None),
            ("", None),
        ] {
            let own = format!("/_doorward/authz{path}");
            assert_eq!(Kind::at(&plain, &own), found, "{own}");
            let other = format!("/api/authz{path}");
            assert_eq!(Kind::at(&plain, &other), None, "{other}");
            assert_eq!(Kind::at(&both, &other), found, "{other}");
        }
        assert_eq!(Kind::at(&plain, "/oauth2/auth"), None);
        assert_eq!(
            Kind::at(&both, "/oauth2/auth"),
            Some((Kind::Oauth2Proxy, ""))
        );
    }
}
