//! Scopes as people read them: what belongs to signing in, as a list; what an API offers, each with
//! a box of its own, so that a person may leave one out.

use super::resource;
use crate::base::ScopeSet;
use crate::tokens::Terms;
use crate::tokens::claims::SCOPES;
use crate::web::{ErrorPage, Params};

/// A scope of an API, on a page that asks.
pub struct ApiScope<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it allows.
    pub words: &'a str,
    /// Whose it is.
    pub api: &'a str,
}

/// The scopes that belong to an API.
pub fn of_apis<'a>(terms: &'a Terms, scopes: &'a ScopeSet) -> Vec<ApiScope<'a>> {
    scopes
        .iter()
        .filter_map(|name| {
            let resource = terms.resources.of_scope(name)?;
            let words = resource.scopes.get(name)?;
            let api = &resource.name;
            Some(ApiScope { name, words, api })
        })
        .collect()
}

/// The others, in words.
pub fn of_people(terms: &Terms, scopes: &ScopeSet) -> Vec<String> {
    let others = scopes
        .iter()
        .filter(|scope| terms.resources.of_scope(scope).is_none());
    let said = others.map(|name| match terms.resources.find(name) {
        Some(api) => format!("Use {} for you", api.name),
        None => word(name).to_owned(),
    });
    let mut words: Vec<_> = said.collect();
    words.dedup();
    let further = further(terms, scopes);
    if !further.is_empty() {
        words.push(format!(
            "See further details about you: {}",
            further.join(", ")
        ));
    }
    words
}

/// Claims that a scope gives here besides those that its words tell of.
fn further<'a>(terms: &'a Terms, scopes: &ScopeSet) -> Vec<&'a str> {
    let mut further = Vec::new();
    let told: Vec<_> = SCOPES
        .iter()
        .filter(|(name, _)| scopes.contains(name))
        .collect();
    for (name, _) in &told {
        let more = terms.catalogue.promised(name).filter(|claim| {
            let mut usual = told.iter().flat_map(|(_, claims)| claims.iter());
            !usual.any(|usual| usual == claim)
        });
        for claim in more {
            if !further.contains(&claim) {
                further.push(claim);
            }
        }
    }
    further
}

/// What of `asked` a person allowed, who left the boxes of `kept` ticked. `None` when nothing is left.
fn allowed(terms: &Terms, asked: &ScopeSet, kept: &[String]) -> Option<ScopeSet> {
    let stays = |scope: &&str| {
        terms.resources.of_scope(scope).is_none() || kept.iter().any(|name| name == scope)
    };
    let allowed: ScopeSet = asked.iter().filter(stays).collect();
    (!allowed.is_empty()).then_some(allowed)
}

/// What a person answered to a page that asks.
pub struct Decision {
    /// Whether they allowed it.
    pub allowed: bool,
    /// The scopes of APIs whose boxes were left ticked.
    pub kept: Vec<String>,
}

impl Decision {
    /// The fields of its form that may come more than once.
    pub const MAY_REPEAT: &'static [&'static str] = &["scope"];

    /// From the form; one without an answer is no form of ours.
    pub fn read(params: &Params) -> Result<Self, ErrorPage> {
        let allowed = match params.find("decision") {
            Some("allow") => true,
            Some("deny") => false,
            Some(_) | None => return Err(ErrorPage::bad_request("It holds no answer.")),
        };
        Ok(Self {
            allowed,
            kept: params.values("scope").map(str::to_owned).collect(),
        })
    }

    /// What of `scopes` and `resources` they allowed; `None` when that is nothing.
    pub fn of(
        &self,
        terms: &Terms,
        scopes: &ScopeSet,
        resources: &[String],
    ) -> Option<(ScopeSet, Vec<String>)> {
        let left = allowed(terms, scopes, &self.kept).filter(|_| self.allowed)?;
        let resources = resource::still_meant(terms, resources, (scopes, &left));
        Some((left, resources))
    }
}

fn word(scope: &str) -> &str {
    match scope {
        "openid" => "Recognise you when you come back",
        "profile" => "See your name and user name",
        "email" => "See your e-mail address",
        "address" => "See your postal address",
        "phone" => "See your phone number",
        "tenant" => "See for which organisation you use it",
        "groups" | "group" => "See which groups you are in",
        "offline_access" => "Keep this access while you are away",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_of_every_claim_that_a_scope_gives_here() {
        let mut terms = crate::tokens::tests::terms("production");
        let told = |terms: &Terms, scopes: &str| {
            of_people(terms, &ScopeSet::parse(scopes).unwrap()).join("; ")
        };
        assert!(!told(&terms, "openid offline_access").contains("further"));
        for (scope, claims) in [
            ("openid", &["department"][..]),
            ("offline_access", &["plan", "email"]),
        ] {
            let claims = claims.iter().map(|claim| (*claim).to_owned()).collect();
            terms
                .catalogue
                .scope_claims
                .insert(scope.to_owned(), claims);
        }
        assert!(told(&terms, "openid").ends_with("See further details about you: department"));
        let both = told(&terms, "email offline_access");
        assert!(
            both.ends_with("See further details about you: plan"),
            "{both}"
        );
        assert!(!told(&terms, "email").contains("further"));
    }
}
