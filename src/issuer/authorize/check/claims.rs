//! `claims` (OpenID Connect Core 5.5) and `acr_values`: single claims beside those of the scopes.
//! What nobody here knows, and what no scope of the client could give, is not asked for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Draft;
use crate::base::ScopeSet;
use crate::issuer::error::AuthorizeError;
use crate::keys::strict_object;
use crate::model::{ClaimAsked, ClaimsAsked};
use crate::tokens::claims::Catalogue;

/// The longest `claims` that is read, in bytes.
const MAX_LENGTH: usize = 4096;
/// The most values that are looked at for one claim.
const MAX_VALUES: usize = 16;

pub fn understood(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    let mut asked = match draft.params.find("claims") {
        None => ClaimsAsked::default(),
        Some(text) => {
            let catalogue = &draft.at.issuer.terms().catalogue;
            let can_have = |claim: &str| catalogue.may_say(&draft.client.scopes, claim);
            read(text, can_have).ok_or(AuthorizeError::invalid_request(
                "claims is not a JSON object of the form of OpenID Connect Core 5.5, or holds a member twice.",
            ))?
        }
    };
    let values = draft.params.find("acr_values").map_or_else(
        || draft.client.defaults.acr_values.clone(),
        |text| text.split(' ').map(str::to_owned).collect(),
    );
    if !values.is_empty() {
        let wanted = || ClaimAsked {
            essential: false,
            values: values.into_iter().take(MAX_VALUES).collect(),
        };
        asked
            .id_token
            .entry("acr".to_owned())
            .or_insert_with(wanted);
    }
    let sub = [&asked.id_token, &asked.userinfo]
        .into_iter()
        .find_map(|part| part.get("sub")?.values.first());
    draft.request.subject = sub.cloned();
    let catalogue = &draft.at.issuer.terms().catalogue;
    draft.request.also = [&asked.id_token, &asked.userinfo]
        .into_iter()
        .flat_map(|part| part.keys())
        .filter_map(|claim| giving(claim, &draft.client.scopes, catalogue))
        .filter(|scope| !draft.request.scopes.contains(scope))
        .collect();
    draft.request.extent.claims = asked;
    Ok(())
}

/// What `text` asks for, of the claims the client `can_have`; `None` for what has another form, or
/// says a thing twice: which of two it means would be for whoever reads it to choose.
pub fn read(text: &str, can_have: impl Fn(&str) -> bool) -> Option<ClaimsAsked> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let all = strict_object(text.as_bytes())?;
    let part = |name: &str| match all.get(name) {
        None | Some(Value::Null) => Some(BTreeMap::new()),
        Some(Value::Object(members)) => members
            .iter()
            .filter(|(claim, _)| can_have(claim))
            .map(|(claim, how)| Some((claim.clone(), single(how)?)))
            .collect(),
        Some(_) => None,
    };
    Some(ClaimsAsked {
        userinfo: part("userinfo")?,
        id_token: part("id_token")?,
    })
}

/// How one claim is asked for; values that are no text cannot be equal to any of ours.
fn single(how: &Value) -> Option<ClaimAsked> {
    let members = match how {
        Value::Null => return Some(ClaimAsked::default()),
        Value::Object(members) => members,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => return None,
    };
    let essential = match members.get("essential") {
        None => false,
        Some(essential) => essential.as_bool()?,
    };
    let many: &[Value] = match members.get("values") {
        None => &[],
        Some(values) => values.as_array()?,
    };
    let values = members.get("value").into_iter().chain(many);
    Some(ClaimAsked {
        essential,
        values: values
            .filter_map(|value| value.as_str().map(str::to_owned))
            .take(MAX_VALUES)
            .collect(),
    })
}

/// The scope among these that gives the claim.
fn giving<'a>(claim: &str, scopes: &'a ScopeSet, catalogue: &Catalogue) -> Option<&'a str> {
    let mut scopes = scopes.iter();
    scopes.find(|scope| catalogue.gives(scope, claim))
}
