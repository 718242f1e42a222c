//! What a client may have now of what it was given once.
//!
//! A person's answer outlives the registration it was given under: scopes and APIs are taken from
//! clients afterwards. Whatever is minted is minted from this, so that nothing taken comes back with
//! an old code or refresh token.

use super::access::AccessToken;
use super::subject::sector;
use super::{Terms, reach};
use crate::base::ScopeSet;
use crate::model::{ClaimsAsked, Client, Extent, Grant};

/// Access without the session; nothing by itself.
const OFFLINE: &str = "offline_access";

/// The part of a grant that its client is registered for now. Never empty, never wider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitled {
    scopes: ScopeSet,
    extent: Extent,
}

impl Entitled {
    /// Of `scopes` and `extent`; `None` when nothing is left that is of use: no scope but
    /// `offline_access`, none of the APIs that were named, or people have another name there now.
    pub fn of(terms: &Terms, client: &Client, scopes: &ScopeSet, extent: &Extent) -> Option<Self> {
        let left = scopes.intersection(&client.scopes);
        let named = &extent.resources;
        let resources: Vec<String> = named
            .iter()
            .filter(|id| reach::is_open_to(terms, client, id))
            .cloned()
            .collect();
        // A client that people know by another name now was given nothing.
        let sector = sector(client).unwrap_or_default();
        if extent.sector.as_ref().is_some_and(|then| *then != sector) {
            return None;
        }
        // Without a name the scopes would say whom tokens are for: that is more, not less.
        let of_use = if named.is_empty() {
            left.iter().any(|scope| scope != OFFLINE)
        } else {
            !resources.is_empty()
        };
        of_use.then(|| Self {
            scopes: left,
            extent: Extent {
                claims: claims(terms, client, &extent.claims),
                resources,
                confirmation: extent.confirmation.clone(),
                sector: Some(sector),
            },
        })
    }

    /// Of a stored grant. One that outlives its session rests on `offline_access`, and falls with it.
    pub fn of_grant(terms: &Terms, client: &Client, grant: &Grant) -> Option<Self> {
        let offline = grant.session.is_none();
        let rests = !offline || client.scopes.contains(OFFLINE);
        let entitled = Self::of(terms, client, &grant.scopes, &grant.extent);
        entitled.filter(|_| rests)
    }

    /// The scopes of an access token of `client`'s that still hold.
    pub fn of_token(terms: &Terms, client: &Client, token: &AccessToken) -> Option<ScopeSet> {
        let open = |id: &String| reach::is_open_to(terms, client, id);
        let left = token.scopes.intersection(&client.scopes);
        token.audience.iter().any(open).then_some(left)
    }

    /// The scopes.
    pub const fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The API resources; none leaves it to the scopes.
    pub fn resources(&self) -> &[String] {
        &self.extent.resources
    }

    /// The single claims.
    pub const fn claims(&self) -> &ClaimsAsked {
        &self.extent.claims
    }

    /// Within which the person has one name; see [`Extent::sector`].
    pub fn sector(&self) -> Option<String> {
        self.extent.sector.clone()
    }

    /// Both, for a request that goes on.
    pub fn into_parts(self) -> (ScopeSet, Extent) {
        (self.scopes, self.extent)
    }
}

/// Those that a scope of the client's could still give.
fn claims(terms: &Terms, client: &Client, asked: &ClaimsAsked) -> ClaimsAsked {
    let mut left = asked.clone();
    let may = |claim: &String| terms.catalogue.may_say(&client.scopes, claim);
    left.userinfo.retain(|claim, _| may(claim));
    left.id_token.retain(|claim, _| may(claim));
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClaimAsked, Resource};
    use proptest::prelude::*;

    fn terms() -> Terms {
        let api = |id: &str, scope: &str| Resource {
            id: id.to_owned(),
            name: id.to_owned(),
            scopes: [(scope.to_owned(), scope.to_owned())].into(),
            access_token: None,
            servers: Vec::new(),
        };
        Terms {
            resources: [api("urn:a", "a:read"), api("urn:b", "b:read")]
                .into_iter()
                .collect(),
            ..crate::tokens::tests::terms("production")
        }
    }

    fn client(scopes: &str) -> Client {
        Client {
            scopes: ScopeSet::parse(scopes).unwrap(),
            ..Client::new("c1", "production")
        }
    }

    fn left(now: &str, scopes: &str, resources: &[&str]) -> Option<(String, Vec<String>)> {
        let extent = Extent {
            resources: resources.iter().map(|id| (*id).to_owned()).collect(),
            ..Extent::default()
        };
        let granted = ScopeSet::parse(scopes).unwrap();
        let entitled = Entitled::of(&terms(), &client(now), &granted, &extent)?;
        Some((entitled.scopes.to_string(), entitled.extent.resources))
    }

    #[test]
    fn what_was_taken_from_the_client_is_taken_from_what_it_was_given() {
        let none = Vec::<String>::new();
        let all = "openid email a:read";
        assert_eq!(
            left(all, all, &[]),
            Some(("a:read email openid".into(), none.clone()))
        );
        assert_eq!(left("openid", all, &[]), Some(("openid".into(), none)));
        assert_eq!(left("openid b:read", "a:read", &[]), None);
        assert_eq!(left("offline_access", "openid offline_access", &[]), None);
    }

    #[test]
    fn the_last_of_the_apis_that_were_named_leaves_nothing_and_not_everything() {
        let both = &["urn:a", "urn:b"];
        let asked = "openid a:read b:read";
        assert_eq!(
            left("openid b:read", asked, both),
            Some(("b:read openid".into(), vec!["urn:b".to_owned()]))
        );
        assert_eq!(left("openid", asked, both), None);
    }

    #[test]
    fn single_claims_go_with_the_last_scope_that_gave_them() {
        let extent = Extent {
            claims: ClaimsAsked {
                id_token: ["email", "acr", "name"]
                    .map(|claim| (claim.to_owned(), ClaimAsked::default()))
                    .into(),
                ..ClaimsAsked::default()
            },
            ..Extent::default()
        };
        let granted = ScopeSet::parse("openid").unwrap();
        let entitled = Entitled::of(&terms(), &client("openid profile"), &granted, &extent);
        let entitled = entitled.unwrap();
        let claims: Vec<_> = entitled.claims().id_token.keys().collect();
        assert_eq!(claims, ["acr", "name"]);
    }

    proptest! {
        #[test]
        fn nobody_is_entitled_to_more_than_was_given_or_is_allowed(
            now in prop::collection::vec(any::<bool>(), 5),
            given in prop::collection::vec(any::<bool>(), 5),
            named in prop::collection::vec(any::<bool>(), 2),
        ) {
            let pick = |all: &[&str], chosen: &[bool]| -> Vec<String> {
                let both = all.iter().zip(chosen);
                both.filter(|(_, on)| **on).map(|(name, _)| (*name).to_owned()).collect()
            };
            let names = ["openid", "email", "offline_access", "a:read", "b:read"];
            let (now, given) = (pick(&names, &now), pick(&names, &given));
            let named = pick(&["urn:a", "urn:b"], &named);
            let named: Vec<&str> = named.iter().map(String::as_str).collect();
            if let Some((scopes, resources)) = left(&now.join(" "), &given.join(" "), &named) {
                for scope in scopes.split(' ').filter(|scope| !scope.is_empty()) {
                    prop_assert!(now.iter().any(|one| one == scope));
                    prop_assert!(given.iter().any(|one| one == scope));
                }
                prop_assert!(resources.iter().all(|id| named.contains(&id.as_str())));
                prop_assert_eq!(resources.is_empty(), named.is_empty());
            }
        }
    }
}
