//! Which issuer a value comes from.

use crate::config::build::Context;
use crate::config::code::Code;
use crate::config::place::Place;
use crate::config::schema::{File, Issuer};
use crate::config::suggest;

/// The issuer and those it inherits from, nearest first.
pub fn ancestry<'f>(
    file: &'f File,
    id: &'f str,
    ctx: &mut Context<'_, '_>,
) -> Vec<(&'f str, &'f Issuer)> {
    let mut chain: Vec<(&str, &Issuer)> = Vec::new();
    let mut next = Some(id);
    while let Some((id, issuer)) = next.and_then(|id| file.issuer.get_key_value(id)) {
        chain.push((id, issuer));
        next = issuer.inherit.as_deref();
        let place = Place::root().key("issuer").key(id).key("inherit");
        let Some(parent) = next else { break };
        if chain.iter().any(|(seen, _)| *seen == parent) {
            if chain.len() == 1 || chain.first().is_some_and(|(first, _)| *first == parent) {
                ctx.problems.error(
                    Code::Inherit,
                    &place,
                    format_args!("issuer `{parent}` would inherit from itself"),
                );
            }
            break;
        }
        if !file.issuer.contains_key(parent) && chain.len() == 1 {
            let problem = ctx.problems.error(
                Code::Inherit,
                &place,
                format_args!("there is no issuer `{parent}` to inherit from"),
            );
            if let Some(near) = suggest::nearest(parent, file.issuer.keys().map(String::as_str)) {
                problem
                    .help(format_args!("did you mean `{near}`?"))
                    .replace(format_args!("\"{near}\""));
            }
        }
    }
    chain
}

/// The issuer whose look `id` has: itself, or the nearest it inherits from that has one. What is
/// wrong with the inheritance is said elsewhere.
pub fn nearest_brand<'f>(file: &'f File, id: &'f str) -> Option<&'f str> {
    let mut seen = Vec::new();
    let mut next = Some(id);
    while let Some((id, issuer)) = next.and_then(|id| file.issuer.get_key_value(id)) {
        if issuer.brand.is_some() {
            return Some(id);
        }
        if seen.contains(&id) {
            return None;
        }
        seen.push(id);
        next = issuer.inherit.as_deref();
    }
    None
}

/// An issuer with what it inherits.
pub struct Merged<'f> {
    /// Its name.
    pub id: &'f str,
    /// Itself and those it inherits from, nearest first; empty for the one nobody wrote.
    pub chain: Vec<(&'f str, &'f Issuer)>,
}

impl<'f> Merged<'f> {
    /// The nearest value of a key, and where it stands when it is the issuer's own.
    pub fn find<T>(
        &self,
        key: &str,
        pick: impl Fn(&'f Issuer) -> Option<&'f T>,
    ) -> Option<(&'f T, Place, bool)> {
        self.chain.iter().enumerate().find_map(|(n, (id, issuer))| {
            let place = Place::root().key("issuer").key(id).key(key);
            pick(issuer).map(|value| (value, place, n == 0))
        })
    }
}
