//! What an issuer says about people: `claims` and `scope_claims`.

use std::collections::BTreeMap;

use super::inherit::Merged;
use crate::base::scope::is_scope_name;
use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::Claim;
use crate::config::suggest;
use crate::config::walk::printable;
use crate::issuer::PARAMETERS;
use crate::tokens::claims::{
    Catalogue, ClaimName, CustomClaim, FACTS, FILTERS, Fault, Mapping, ScopeClaims,
};

impl Merged<'_> {
    pub(super) fn catalogue(&self, ctx: &mut Context<'_, '_>) -> Catalogue {
        let mut catalogue = Catalogue {
            custom: self.custom(ctx),
            ..Catalogue::default()
        };
        catalogue.scope_claims = self.scope_claims(&catalogue, ctx);
        catalogue
    }

    /// How clients name a tenant.
    pub(super) fn tenant_parameter(&self, ctx: &mut Context<'_, '_>) -> String {
        let found = self.find("tenant_parameter", |i| i.tenant_parameter.as_ref());
        let Some((given, place, own)) = found else {
            return "tenant".to_owned();
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let good = (1..=64).contains(&given.len()) && given.bytes().all(plain);
        if own && !good {
            ctx.problems.error(
                Code::TenantParameter,
                &place,
                "the tenant parameter has 1 to 64 letters, digits, `-` and `_`",
            );
        } else if own && PARAMETERS.contains(&given.as_str()) {
            ctx.problems.error(
                Code::TenantParameter,
                &place,
                format_args!("`{given}` means something else in an authorization request"),
            );
        }
        given.clone()
    }

    fn custom(&self, ctx: &mut Context<'_, '_>) -> BTreeMap<ClaimName, CustomClaim> {
        let Some((given, place, own)) = self.find("claims", |i| i.claims.as_ref()) else {
            return BTreeMap::new();
        };
        given
            .iter()
            .filter_map(|(name, claim)| {
                let place = place.key(name);
                match one(name, claim) {
                    Ok(claim) => Some(claim),
                    // An inherited claim is judged where it stands, once.
                    Err(_) if !own => None,
                    Err(wrong) => {
                        wrong.report(name, claim, &place, ctx);
                        None
                    }
                }
            })
            .collect()
    }

    fn scope_claims(&self, catalogue: &Catalogue, ctx: &mut Context<'_, '_>) -> ScopeClaims {
        let Some((given, place, own)) = self.find("scope_claims", |i| i.scope_claims.as_ref())
        else {
            return ScopeClaims::new();
        };
        let known = catalogue.claim_names();
        for (scope, claims) in given.iter().filter(|_| own) {
            let place = place.key(scope);
            if !is_scope_name(scope) {
                ctx.problems.error_at_key(
                    Code::Scope,
                    &place,
                    "a scope name is visible ASCII without spaces, quotes and backslashes",
                );
            }
            for (n, claim) in claims.iter().enumerate() {
                if known.contains(&claim.as_str()) {
                    continue;
                }
                let problem = ctx.problems.error(
                    Code::Scope,
                    &place.item(n),
                    format_args!("there is no claim `{}`", printable(claim)),
                );
                match suggest::nearest(claim, known.iter().copied()) {
                    Some(near) => problem.help(format_args!("did you mean `{near}`?")),
                    None => problem.help(format_args!(
                        "claims are {}; `claims` defines more",
                        suggest::list(known.iter().copied())
                    )),
                };
            }
        }
        given.clone()
    }
}

/// What is wrong with a custom claim.
enum Wrong {
    Name(String),
    Text(Fault),
    Scope,
}

fn one(name: &str, claim: &Claim) -> Result<(ClaimName, CustomClaim), Wrong> {
    let name = ClaimName::parse(name).map_err(|fault| Wrong::Name(fault.to_string()))?;
    let (text, scope) = match claim {
        Claim::Text(text) => (text, None),
        Claim::Table(table) => (&table.value, table.scope.as_deref()),
    };
    let value = Mapping::parse(text).map_err(Wrong::Text)?;
    let scope = scope.unwrap_or_else(|| name.usual_scope());
    // Offline access is a permission, and promises nothing about anybody.
    if !is_scope_name(scope) || scope == "offline_access" {
        return Err(Wrong::Scope);
    }
    let scope = scope.to_owned();
    Ok((name, CustomClaim { scope, value }))
}

impl Wrong {
    fn report(&self, name: &str, claim: &Claim, place: &Place, ctx: &mut Context<'_, '_>) {
        let text = match claim {
            Claim::Text(_) => place.clone(),
            Claim::Table(_) => place.key("value"),
        };
        match self {
            Self::Name(fault) => {
                let said = format_args!("`{}` {fault}", printable(name));
                ctx.problems
                    .error_at_key(Code::Claim, place, said)
                    .help("give the claim another name");
            }
            Self::Scope => {
                let place = place.key("scope");
                ctx.problems.error(
                    Code::Claim,
                    &place,
                    "a claim's scope is a scope name other than `offline_access`",
                );
            }
            Self::Text(fault) => {
                let problem = ctx.problems.error(Code::Claim, &text, fault);
                if let Some(help) = help(fault) {
                    problem.help(help);
                }
            }
        }
    }
}

fn help(fault: &Fault) -> Option<String> {
    match fault {
        Fault::Fact(name) => Some(match suggest::nearest(name, FACTS) {
            Some(near) => format!("did you mean {{{near}}}?"),
            None => format!("there are {} and `user.attr.NAME`", suggest::list(FACTS)),
        }),
        Fault::Filter(name) => {
            let names = FILTERS.iter().filter_map(|filter| filter.split(' ').next());
            Some(match suggest::nearest(name, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("filters are {}", suggest::list(FILTERS.iter().copied())),
            })
        }
        Fault::TooLong
        | Fault::Empty
        | Fault::Braces
        | Fault::Argument(_)
        | Fault::Kind { .. }
        | Fault::ListInText => None,
    }
}
