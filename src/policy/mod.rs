//! May they: a route's rule, judged against facts.
//!
//! One match in `allow` is enough, one in `deny` is too many; a rule that matches nobody denies. The
//! same code answers the request path ([`decide()`]) and `doorward explain` ([`explain`]). This room
//! does no I/O and allocates nothing to decide: what it needs to know is in [`Facts`].

mod condition;
mod decide;
mod facts;
mod requirement;
mod settings;
#[cfg(test)]
pub(crate) mod testing;
mod words;

pub use condition::{CONDITIONS, Condition, ParseError, parse};
pub use decide::{Criterion, Decision, Reason, SignInNeeds, decide, explain, is_reachable};
pub use facts::{Facts, Proof, RequestFacts};
pub use requirement::{Concern, Hours, HoursError, REQUIREMENTS, Requirement, RequirementKind};
pub use settings::*;
pub use words::why;
