//! What a token of another issuer has to say, in exactly the types it has to say it in (RFC 7519 4.1,
//! RFC 9068 4, RFC 8725 3).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::settings::{GroupClaim, TrustedIssuer};
use crate::base::text::is_plain;
use crate::base::{GroupName, ScopeSet, Timestamp, UserId};
use crate::keys::foreign::ForeignClaims;
use crate::keys::{Jws, JwtRejected};
use crate::model::{Login, User};

/// How far the issuer's clock may differ.
const LEEWAY: Duration = Duration::from_secs(10);
/// Longest claim that is kept, in bytes, and most groups that are looked at.
const LONGEST: usize = 255;
const GROUPS: usize = 1000;

/// What a token says.
pub(super) struct Said {
    sub: String,
    name: String,
    email: Option<String>,
    groups: Vec<GroupName>,
    shown: Option<String>,
    pub(super) login: Option<Login>,
    pub(super) client: String,
    pub(super) audience: Vec<String>,
    pub(super) scopes: ScopeSet,
    pub(super) auth_time: Timestamp,
    pub(super) expires: Timestamp,
}

/// Reads what `jws` says to the readers of `settings`; nothing of it is true before its signature was
/// verified.
pub(super) fn read(
    settings: &TrustedIssuer,
    jws: &Jws<'_>,
    now: Timestamp,
) -> Result<Said, JwtRejected> {
    let types: Vec<&str> = settings.types.iter().map(String::as_str).collect();
    if !jws.is_typed(&types) {
        return Err(JwtRejected::Header);
    }
    if !jws.alg().is_some_and(|alg| settings.algs.contains(&alg)) {
        return Err(JwtRejected::UnknownKey);
    }
    let claims = jws.claims();
    if claims.text("iss") != Some(settings.url.as_str()) {
        return Err(JwtRejected::Claim);
    }
    // Whoever has its key could show it, and nobody here asks for that (RFC 7800 3).
    if claims.members().contains_key("cnf") {
        return Err(JwtRejected::Claim);
    }
    let client = ["client_id", "azp"]
        .iter()
        .find_map(|name| short(claims, name));
    let audience = audience(settings, claims, client.is_some())?;
    let expires = claims.time("exp")?.ok_or(JwtRejected::Time)?;
    in_time(expires, now)?;
    let mut begun = [None; 2];
    for (slot, name) in begun.iter_mut().zip(["nbf", "iat"]) {
        *slot = claims.time(name)?;
        if slot.is_some_and(|at| now.plus(LEEWAY) < at) {
            return Err(JwtRejected::Time);
        }
    }
    let [_, issued] = begun;
    let signed_in = claims.time("auth_time")?.filter(|at| *at <= now);
    let sub = short(claims, "sub").ok_or(JwtRejected::Claim)?;
    let shown = login_of(settings, claims);
    Ok(Said {
        login: shown.as_deref().and_then(Login::parse),
        shown,
        name: short(claims, "name").unwrap_or_default(),
        email: verified_email(claims),
        groups: groups(settings.groups.as_ref(), claims),
        client: client.unwrap_or_else(|| sub.clone()),
        sub,
        audience,
        scopes: scopes(claims),
        auth_time: signed_in.or(issued).unwrap_or(now).min(now),
        expires,
    })
}

/// Whether a token that ends then still counts.
pub(super) fn in_time(expires: Timestamp, now: Timestamp) -> Result<(), JwtRejected> {
    if now < expires.plus(LEEWAY) {
        Ok(())
    } else {
        Err(JwtRejected::Time)
    }
}

/// Whom it is for. One for several has to say who got it (JWT-05).
fn audience(
    settings: &TrustedIssuer,
    claims: &ForeignClaims,
    has_client: bool,
) -> Result<Vec<String>, JwtRejected> {
    let fits = |one: &&String| claims.is_also_for(one);
    let ours: Vec<String> = settings.audiences.iter().filter(fits).cloned().collect();
    let several = claims.members().get("aud").and_then(Value::as_array);
    let several = several.is_some_and(|all| all.len() > 1);
    if ours.is_empty() || (several && !has_client) {
        return Err(JwtRejected::Claim);
    }
    Ok(ours)
}

/// An address counts as its person's only where the issuer has seen to that.
fn login_of(settings: &TrustedIssuer, claims: &ForeignClaims) -> Option<String> {
    if settings.login == "email" {
        return verified_email(claims);
    }
    short(claims, &settings.login)
}

fn verified_email(claims: &ForeignClaims) -> Option<String> {
    let verified = claims.members().get("email_verified") == Some(&Value::Bool(true));
    short(claims, "email").filter(|_| verified)
}

/// A claim of a line that shows as what it is.
fn short(claims: &ForeignClaims, name: &str) -> Option<String> {
    let text = claims.text(name)?;
    (text.len() <= LONGEST && is_plain(text)).then(|| text.to_owned())
}

/// `scope` as RFC 9068 2.2.3 has it, or the `scp` of others: a text or a list.
fn scopes(claims: &ForeignClaims) -> ScopeSet {
    let texts = ["scope", "scp"]
        .iter()
        .flat_map(|name| match claims.members().get(*name) {
            Some(Value::String(text)) => vec![text.as_str()],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(_) | None => Vec::new(),
        });
    texts
        .filter_map(|text| ScopeSet::parse(text).ok())
        .fold(ScopeSet::default(), |all, some| all.union(&some))
}

fn groups(claim: Option<&GroupClaim>, claims: &ForeignClaims) -> Vec<GroupName> {
    let Some(GroupClaim { claim, map }) = claim else {
        return Vec::new();
    };
    let theirs: Vec<&str> = match claims.members().get(claim) {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(list)) => list.iter().take(GROUPS).filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    };
    let mut ours: Vec<GroupName> = theirs
        .into_iter()
        .filter_map(|name| map.get(name).cloned())
        .collect();
    ours.sort();
    ours.dedup();
    ours
}

impl Said {
    /// Somebody of whom nothing is known but what the token says. `name` is the issuer's: an id of
    /// this form is nobody else's.
    pub(super) fn person(&self, name: &str, now: Timestamp) -> User {
        let id = format!("{name}|{}", self.sub);
        let username = self.shown.clone().unwrap_or_else(|| id.clone());
        let login = self.login.clone();
        User {
            login: login.unwrap_or_else(|| Login::from_stored(id.clone())),
            id: UserId::new(id),
            username,
            name: self.name.clone(),
            email: self.email.clone(),
            email_verified: self.email.is_some(),
            groups: self.groups.clone(),
            tenants: Vec::new(),
            attributes: BTreeMap::new(),
            disabled: false,
            created: now,
            updated: now,
            epoch: 0,
        }
    }
}
