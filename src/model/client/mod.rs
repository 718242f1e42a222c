//! Registered apps.

mod about;
mod auth;
mod flows;
mod policy;

pub use about::{
    Application, ClientAbout, InitialTokenRecord, LogoutUris, Registration, RequestDefaults,
};
pub use auth::{ClientAuthMethod, ClientKeys, ClientSecretHash, KeptSecret, TlsSubject};
pub use flows::{Flows, GrantKind, ResponseType};
pub use policy::{
    ClientAlgs, ClientSecurity, ConsentPolicy, IdTokenClaims, Pkce, Profile, SubjectType,
};

use url::Url;

use crate::base::{ClientId, IssuerId, ScopeSet, TenantId};

/// A registered app, from the configuration file or from the store.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// The one issuer that serves it.
    pub issuer: IssuerId,
    /// Shown to people.
    pub name: String,
    /// Hashes of the secrets that are valid now; empty for a public client. Two while a rotation
    /// overlaps.
    pub secrets: Vec<ClientSecretHash>,
    /// How it authenticates at the token endpoint.
    pub auth: ClientAuthMethod,
    /// Registered redirect URIs, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent after logout.
    pub post_logout_redirect_uris: Vec<String>,
    /// The scopes it may ask for.
    pub scopes: ScopeSet,
    /// When people are asked.
    pub consent: ConsentPolicy,
    /// Whether PKCE may be left out.
    pub pkce: Pkce,
    /// What goes into ID tokens; the issuer's setting when absent.
    pub id_token_claims: Option<IdTokenClaims>,
    /// The algorithm of its ID tokens; the issuer's first when absent.
    pub id_token_alg: Option<super::Algorithm>,
    /// The algorithms of everything else that is signed for it or by it.
    pub algs: ClientAlgs,
    /// Its public keys.
    pub keys: Option<ClientKeys>,
    /// What its TLS certificate says.
    pub tls: Option<TlsSubject>,
    /// Which ways to tokens it may take.
    pub flows: Flows,
    /// How people are called towards it.
    pub subject_type: SubjectType,
    /// What it wants to be held to.
    pub security: ClientSecurity,
    /// What holds when its requests do not say.
    pub defaults: RequestDefaults,
    /// What it says about itself.
    pub about: ClientAbout,
    /// How it learns that a session ended.
    pub logout: LogoutUris,
    /// The tenants it serves; none when it knows no tenants.
    pub tenants: Vec<TenantId>,
    /// The API resources it may ask tokens for.
    pub resources: Vec<String>,
    /// The name of the rule that says who may sign in to it; everybody without one.
    pub policy: Option<String>,
    /// How it registered itself, if it did.
    pub registered: Option<Registration>,
    /// Who answers for it: without the permission to, it is suspended.
    pub owner: Option<super::Login>,
    /// Whether the client is switched off.
    pub disabled: bool,
    /// Where the client is defined, for messages: `doorward.toml:77` or `the store`.
    pub origin: String,
}

impl Client {
    /// A public client that may do nothing yet.
    pub fn new(id: impl Into<ClientId>, issuer: impl Into<IssuerId>) -> Self {
        let id = id.into();
        Self {
            name: id.to_string(),
            id,
            issuer: issuer.into(),
            secrets: Vec::new(),
            auth: ClientAuthMethod::None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            scopes: ScopeSet::default(),
            consent: ConsentPolicy::default(),
            pkce: Pkce::default(),
            id_token_claims: None,
            id_token_alg: None,
            algs: ClientAlgs::default(),
            keys: None,
            tls: None,
            flows: Flows::default(),
            subject_type: SubjectType::default(),
            security: ClientSecurity::default(),
            defaults: RequestDefaults::default(),
            about: ClientAbout::default(),
            logout: LogoutUris::default(),
            tenants: Vec::new(),
            resources: Vec::new(),
            policy: None,
            registered: None,
            owner: None,
            disabled: false,
            origin: "the store".to_owned(),
        }
    }

    /// Whether people become known to it at its redirect URIs and nowhere else. Then whoever these
    /// belong to is the client, whatever it says about itself; a device is told with no address.
    pub fn hears_at_its_addresses_only(&self) -> bool {
        let ours = |uri: &String| {
            let host = place(uri).1;
            self.redirect_uris.iter().any(|one| place(one).1 == host)
        };
        // A logout token names people, too.
        let told = self.logout.backchannel.as_ref().is_none_or(ours);
        told && !self.redirect_uris.is_empty() && !self.flows.grant(GrantKind::DeviceCode)
    }

    /// Whether it registered itself where anybody may: nobody here ever looked at its addresses.
    pub fn is_uninvited(&self) -> bool {
        let registered = self.registered.as_ref();
        registered.is_some_and(|registration| registration.by.is_none())
    }

    /// Whether people who allowed `before` would not recognise it: it has another name, or sends
    /// them somewhere new.
    pub fn is_another_than(&self, before: &Self) -> bool {
        let known = |uri: &String| {
            let place = place(uri);
            before
                .redirect_uris
                .iter()
                .any(|one| self::place(one) == place)
        };
        self.name != before.name || !self.redirect_uris.iter().all(known)
    }

    /// Every address that is registered for it.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let Self {
            redirect_uris,
            post_logout_redirect_uris,
            ..
        } = self;
        let addresses = redirect_uris.iter().chain(post_logout_redirect_uris);
        addresses.map(String::as_str)
    }
}

/// Scheme and host of an address.
fn place(uri: &str) -> (String, Option<String>) {
    match Url::parse(uri) {
        Ok(url) => (url.scheme().to_owned(), url.host_str().map(str::to_owned)),
        Err(_) => (uri.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_another_one_under_a_new_name_or_at_a_new_place() {
        let at = |name: &str, uris: &[&str]| Client {
            name: name.to_owned(),
            redirect_uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
            ..Client::new("c1", "production")
        };
        let before = at("Notes", &["https://nice.test/cb", "com.nice:/cb"]);
        for same in [
            at("Notes", &["https://nice.test/other?a=b"]),
            at("Notes", &["https://nice.test:8443/cb", "com.nice:/x"]),
            at("Notes", &[]),
        ] {
            assert!(!same.is_another_than(&before));
        }
        for other in [
            at("Bank", &["https://nice.test/cb"]),
            at("Notes", &["https://nice.test/cb", "https://other.test/cb"]),
            at("Notes", &["http://nice.test/cb"]),
            at("Notes", &["com.other:/cb"]),
        ] {
            assert!(other.is_another_than(&before));
        }
    }
}
