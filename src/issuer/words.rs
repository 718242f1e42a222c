//! Scopes as people read them: what belongs to signing in, as a list; what an API offers, each with
//! a box of its own, so that a person may leave one out.

use crate::base::ScopeSet;
use crate::tokens::Terms;

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
    let mut words: Vec<_> = others.map(|scope| word(scope).to_owned()).collect();
    words.dedup();
    words
}

/// What of `asked` a person allowed, who left the boxes of `kept` ticked. `None` when nothing is left.
pub fn allowed(terms: &Terms, asked: &ScopeSet, kept: &[String]) -> Option<ScopeSet> {
    let stays = |scope: &&str| {
        terms.resources.of_scope(scope).is_none() || kept.iter().any(|name| name == scope)
    };
    let allowed: ScopeSet = asked.iter().filter(stays).collect();
    (!allowed.is_empty()).then_some(allowed)
}

fn word(scope: &str) -> &str {
    match scope {
        "openid" => "Recognise you when you come back",
        "profile" => "See your name and user name",
        "email" => "See your e-mail address",
        "address" => "See your postal address",
        "phone" => "See your phone number",
        "groups" | "group" => "See which groups you are in",
        "offline_access" => "Keep this access while you are away",
        other => other,
    }
}
