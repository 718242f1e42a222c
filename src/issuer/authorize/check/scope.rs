//! `scope`: names nobody here knows are ignored (OpenID Connect Core 3.1.2.1); names that are known
//! but not this client's are refused.

use super::Draft;
use crate::base::ScopeSet;
use crate::issuer::error::AuthorizeError;

pub fn known_and_allowed(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let text = draft.params.find("scope").unwrap_or_default();
    let asked = ScopeSet::parse(text)
        .map_err(|_| AuthorizeError::new("invalid_scope", "scope is malformed."))?;
    let terms = draft.at.issuer.terms();
    let is_known =
        |scope: &str| terms.catalogue.knows(scope) || terms.resources.of_scope(scope).is_some();
    let known: ScopeSet = asked
        .iter()
        .filter(|scope| is_known(scope) || draft.client.scopes.contains(scope))
        .collect();
    if known.is_empty() {
        return Err(AuthorizeError::new(
            "invalid_scope",
            "scope names nothing that is known here.",
        ));
    }
    if !known.is_subset(&draft.client.scopes) {
        return Err(AuthorizeError::new(
            "invalid_scope",
            "scope names something that this client is not registered for.",
        ));
    }
    let response_type = draft.request.response_type;
    if response_type.id_token && !known.contains("openid") {
        return Err(AuthorizeError::new(
            "invalid_scope",
            "An ID token needs the scope openid.",
        ));
    }
    // Without a code there are no refresh tokens (OpenID Connect Core 11).
    draft.request.scopes = known
        .iter()
        .filter(|scope| response_type.code || *scope != "offline_access")
        .collect();
    Ok(())
}
