//! May they: a route's rule, judged against facts.
//!
//! A rule is a list and one match is enough; a rule that matches nobody denies. The same code
//! answers the request path ([`decide()`]) and `doorward explain` ([`explain`]). This room does no
//! I/O: what it needs to know is in [`Facts`].

mod condition;
mod decide;
mod settings;

pub use condition::{CONDITIONS, Condition, ParseError, parse};
pub use decide::{Criterion, Decision, Facts, Reason, decide, explain};
pub use settings::*;
