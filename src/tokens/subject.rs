//! How people and sessions are called towards a client (OpenID Connect Core 8).
//!
//! A pairwise client sees another `sub` and another `sid` than clients of other sectors, so that
//! two of them cannot tell that they talk about the same person. Both are MACs: the same for ever,
//! and telling nothing. What they stand for travels sealed in the same token, so that a token that
//! comes back is understood without a trip to the database.

use serde::{Deserialize, Serialize};

use super::{Terms, Tokens};
use crate::base::encoding::base64url;
use crate::base::hosts::is_loopback_host;
use crate::base::{ClientId, IssuerId, RngFailed, SessionId, UserId};
use crate::keys::{Claims, Purpose, Sealer};
use crate::model::{Client, client::SubjectType};

/// The claim that holds what the pseudonyms of a token stand for.
pub(super) const BEHIND: &str = "dw_ref";

impl Tokens {
    /// `sub` of everything that `client` reads about `user`.
    pub fn subject(&self, terms: &Terms, client: &Client, user: &UserId) -> String {
        subject(self.sealer(), terms, client, user)
    }

    /// `sid` of everything that `client` reads about `session`.
    pub fn sid(&self, terms: &Terms, client: &Client, session: &SessionId) -> String {
        sid(self.sealer(), terms, client, session)
    }
}

pub(super) fn subject(sealer: &Sealer, terms: &Terms, client: &Client, user: &UserId) -> String {
    match sector(client) {
        None => user.as_str().to_owned(),
        Some(sector) => pseudonym(sealer, "sub", &terms.issuer, &sector, user.as_str()),
    }
}

pub(super) fn sid(sealer: &Sealer, terms: &Terms, client: &Client, session: &SessionId) -> String {
    match sector(client) {
        None => session.as_str().to_owned(),
        Some(sector) => pseudonym(sealer, "sid", &terms.issuer, &sector, session.as_str()),
    }
}

/// Within which a pairwise client's people have one name; `None` for a public client.
///
/// A sector is shared by those that an address of their own proves, and by nobody who only names one.
/// Every other client is a sector of its own: too many names are better than too few.
pub(super) fn sector(client: &Client) -> Option<String> {
    let SubjectType::Pairwise { sector_uri } = &client.subject_type else {
        return None;
    };
    let host = match sector_uri {
        _ if !client.hears_at_its_addresses_only() => None,
        Some(uri) => host(uri),
        None => only_host(client),
    };
    Some(match host {
        Some(host) => format!("host/{host}"),
        None => format!("client/{}", client.id.as_str()),
    })
}

/// The host of the redirect URIs, if they have exactly one.
fn only_host(client: &Client) -> Option<String> {
    let mut hosts = client.redirect_uris.iter().map(|uri| host(uri));
    let first = hosts.next()??;
    hosts
        .all(|other| other.as_deref() == Some(first.as_str()))
        .then_some(first)
}

/// The host of an address on the web. Every machine is called `localhost`: that is nobody's.
fn host(uri: &str) -> Option<String> {
    let uri: http::Uri = uri.parse().ok()?;
    let web = matches!(uri.scheme_str(), Some("https" | "http"));
    let host = uri.host().filter(|_| web)?.to_ascii_lowercase();
    (!is_loopback_host(&host)).then_some(host)
}

fn pseudonym(sealer: &Sealer, of: &str, issuer: &IssuerId, sector: &str, id: &str) -> String {
    // Lengths first, so that no two lists have the same bytes.
    let mut data = Vec::new();
    for part in [of, issuer.as_str(), sector, id] {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    base64url(sealer.mac(Purpose::Pseudonym, &data))
}

/// What a token of a client says about whom it is.
pub(super) struct Named {
    /// `sub`.
    pub sub: String,
    /// `sid`.
    pub sid: Option<String>,
    /// What they stand for, sealed, when they are pseudonyms: [`BEHIND`].
    pub behind: Option<String>,
}

impl Named {
    pub fn new(
        sealer: &Sealer,
        terms: &Terms,
        client: &Client,
        user: &UserId,
        session: Option<&SessionId>,
    ) -> Result<Self, RngFailed> {
        let behind = Behind {
            user: user.clone(),
            session: session.cloned(),
        };
        Ok(Self {
            sub: subject(sealer, terms, client, user),
            sid: session.map(|session| sid(sealer, terms, client, session)),
            behind: behind.seal(sealer, terms, client)?,
        })
    }
}

/// What the pseudonyms of a token stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Behind {
    #[serde(rename = "u")]
    pub user: UserId,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
}

impl Behind {
    /// For a token of `client`; `None` when its token says everything openly.
    fn seal(
        &self,
        sealer: &Sealer,
        terms: &Terms,
        client: &Client,
    ) -> Result<Option<String>, RngFailed> {
        if client.subject_type == SubjectType::Public {
            return Ok(None);
        }
        // Two strings: their JSON cannot fail.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let aad = aad(&terms.issuer, &client.id);
        sealer.seal(Purpose::Pseudonym, &aad, &plain).map(Some)
    }

    /// Whom a verified token of `client` is about; `None` when what it holds is not ours.
    pub fn read(
        sealer: &Sealer,
        issuer: &IssuerId,
        client: &ClientId,
        claims: &Claims,
    ) -> Option<Self> {
        let Some(envelope) = claims.text(BEHIND) else {
            return Some(Self {
                user: UserId::new(&claims.sub),
                session: claims.text("sid").map(SessionId::from),
            });
        };
        Self::open(sealer, &aad(issuer, client), envelope)
    }

    fn open(sealer: &Sealer, aad: &[u8], envelope: &str) -> Option<Self> {
        let plain = sealer.open(Purpose::Pseudonym, aad, envelope.as_bytes())?;
        serde_json::from_slice(&plain).ok()
    }
}

fn aad(issuer: &IssuerId, client: &ClientId) -> Vec<u8> {
    format!("{}/{}", issuer.as_str(), client.as_str()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GrantKind;

    fn pairwise(uris: &[&str], sector_uri: Option<&str>) -> Client {
        Client {
            redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
            subject_type: SubjectType::Pairwise {
                sector_uri: sector_uri.map(str::to_owned),
            },
            ..Client::new("c1", "production")
        }
    }

    #[test]
    fn a_sector_is_the_host_of_its_document_or_of_every_redirect_uri() {
        let of = |uris: &[&str], uri| sector(&pairwise(uris, uri)).unwrap();
        let (a, b) = ("https://A.test/cb", "https://b.test/cb");
        assert_eq!(of(&[a, "https://a.test:444/"], None), "host/a.test");
        assert_eq!(of(&[a, b], Some("https://s.test/list.json")), "host/s.test");
        for alone in [&[a, b] as &[_], &[], &["com.app:/cb"], &[a, "com.app:/cb"]] {
            assert_eq!(of(alone, None), "client/c1", "{alone:?}");
        }
        for home in [
            "http://127.0.0.1/cb",
            "http://localhost:1/cb",
            "http://[::1]/cb",
        ] {
            assert_eq!(of(&[home], None), "client/c1", "{home}");
        }
        assert_eq!(sector(&Client::new("c1", "production")), None);
    }

    #[test]
    fn nobody_joins_a_sector_that_no_redirect_uri_of_theirs_proves() {
        let document = Some("https://s.test/list.json");
        let without = pairwise(&[], document);
        assert_eq!(sector(&without).unwrap(), "client/c1");
        // It is told of people at no address, whichever ones it names.
        for sector_uri in [None, document] {
            let mut device = pairwise(&["https://a.test/cb"], sector_uri);
            device.flows.grants.push(GrantKind::DeviceCode);
            assert_eq!(sector(&device).unwrap(), "client/c1");
            let mut told = pairwise(&["https://a.test/cb"], sector_uri);
            told.logout.backchannel = Some("https://evil.test/out".to_owned());
            assert_eq!(sector(&told).unwrap(), "client/c1");
        }
        let mut told = pairwise(&["https://a.test/cb"], None);
        told.logout.backchannel = Some("https://A.test:8443/out".to_owned());
        assert_eq!(sector(&told).unwrap(), "host/a.test");
    }
}
