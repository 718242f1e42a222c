//! Certificates by where they come from, and so which of two for one name is given.

use super::TlsError;
use super::shelf::{Kept, Shelf};
use crate::base::Timestamp;
use crate::telemetry::Metrics;

/// The certificates by where they come from.
#[derive(Debug)]
pub(super) struct Lists {
    /// By the configuration.
    pub(super) given: Vec<Kept>,
    /// Whether those are only there until others come.
    pub(super) stand_in: bool,
    /// From an authority.
    pub(super) ordered: Vec<Kept>,
}

impl Lists {
    /// What was meant for a name comes before what only is.
    fn all(&self) -> impl Iterator<Item = &Kept> {
        let (first, second) = if self.stand_in {
            (&self.ordered, &self.given)
        } else {
            (&self.given, &self.ordered)
        };
        first.iter().chain(second)
    }

    pub(super) fn shelf(&self) -> Result<Shelf, TlsError> {
        let first = self.all().next().ok_or(TlsError::None)?;
        Ok(Shelf::of(first, self.all()))
    }

    /// For those who watch when certificates end. One that only stands in ends nothing.
    pub(super) fn tell(&self, metrics: &Metrics) {
        let given = self.given.iter().filter(|_| !self.stand_in);
        let ends = given.chain(&self.ordered).map(|kept| {
            let name = kept.stated.names.first().map_or("", String::as_str);
            (name, kept.stated.until)
        });
        metrics.certificates_end(&ends.collect::<Vec<(&str, Timestamp)>>());
    }
}
