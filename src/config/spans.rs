//! Durations of settings, each with the range in which it makes sense.
//!
//! The ranges are wide: outside of them a value is a slip (`ms` for `m`), or would take the service
//! down. What is merely unusual is let through: a drill may want a session to end after seconds.

use std::fmt;
use std::time::Duration;

use super::code::Code;
use super::place::Place;
use super::problem::Problems;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// As `"1y"` is read.
const YEAR: Duration = Duration::from_hours(8766);

/// The durations a setting can have, both ends included.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    least: Duration,
    most: Duration,
}

impl Span {
    /// `session.idle` and `session.max`.
    pub const SESSION: Self = Self::new(SECOND, YEAR);
    /// `session.lease`: shorter, and every request would read storage.
    pub const LEASE: Self = Self::new(SECOND, HOUR);
    /// `issuer.rotate_every`: a key stays published for as long as something it signed may be read, so
    /// that quicker ones would fill the key set.
    pub const ROTATION: Self = Self::new(HOUR, YEAR.saturating_mul(10));
    /// `issuer.jwks_max_age`.
    pub const KEY_SET: Self = Self::new(SECOND, DAY.saturating_mul(7));
    /// `issuer.code`: time for one request; RFC 6749 4.1.2 says ten minutes at most.
    pub const CODE: Self = Self::new(SECOND, MINUTE.saturating_mul(10));
    /// `issuer.access_token` and `issuer.id_token`: what revokes one is remembered as long.
    pub const TOKEN: Self = Self::new(SECOND, DAY);
    /// `issuer.refresh_token`.
    pub const REFRESH: Self = Self::new(SECOND, YEAR.saturating_mul(10));
    /// `tokens.personal` and `tokens.service`.
    pub const STANDING: Self = Self::new(MINUTE, YEAR.saturating_mul(10));
    /// `issuer.refresh_reuse_grace`.
    pub const GRACE: Self = Self::new(SECOND, MINUTE.saturating_mul(2));
    /// `require.fresh`, `require.session_age` and `require.idle`.
    pub const FRESH: Self = Self::new(SECOND, YEAR);
    /// `route.limits.timeout`.
    pub const TIMEOUT: Self = Self::new(Duration::from_millis(100), DAY);
    /// `route.health.every`: looked at four times a second.
    pub const HEALTH: Self = Self::new(Duration::from_millis(250), HOUR);
    /// `route.limits.connect`.
    pub const CONNECT: Self = Self::new(Duration::from_millis(10), MINUTE);
    /// `outbound.timeout`: people wait while a client's document is fetched.
    pub const OUTBOUND: Self = Self::new(Duration::from_millis(100), MINUTE);
    /// The window of a rate.
    pub const WINDOW: Self = Self::new(SECOND, DAY.saturating_mul(30));

    const fn new(least: Duration, most: Duration) -> Self {
        Self { least, most }
    }

    /// Reads `"90d"`, `"30m"`, `"10s"`.
    pub fn read(self, text: &str, place: &Place, problems: &mut Problems<'_>) -> Option<Duration> {
        let Ok(given) = humantime::parse_duration(text) else {
            problems
                .error(
                    Code::Unreadable,
                    place,
                    format_args!("`{place}` is not a duration"),
                )
                .help("write a number and a unit: \"10s\", \"30m\", \"8h\", \"90d\"");
            return None;
        };
        let Some(nearest) = self.outside(given) else {
            return Some(given);
        };
        problems
            .error(
                Code::OutOfRange,
                place,
                format_args!("`{place}` must be {self}"),
            )
            .help(format_args!("the nearest is \"{}\"", written(nearest)))
            .replace(format_args!("\"{}\"", written(nearest)));
        None
    }

    /// The end of the range that is nearest to a duration outside of it.
    pub fn outside(self, given: Duration) -> Option<Duration> {
        let nearest = given.clamp(self.least, self.most);
        (nearest != given).then_some(nearest)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |span| {
            let (count, _, unit) = in_units(span);
            format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
        };
        write!(f, "between {} and {}", words(self.least), words(self.most))
    }
}

/// As it would be written in the file.
fn written(span: Duration) -> String {
    let (count, short, _) = in_units(span);
    format!("{count}{short}")
}

/// In the largest unit of which it is a whole number.
fn in_units(span: Duration) -> (u128, &'static str, &'static str) {
    const UNITS: &[(Duration, &str, &str)] = &[
        (YEAR, "y", "year"),
        (DAY, "d", "day"),
        (HOUR, "h", "hour"),
        (MINUTE, "m", "minute"),
        (SECOND, "s", "second"),
    ];
    let millis = span.as_millis();
    UNITS
        .iter()
        .find(|(unit, ..)| millis.is_multiple_of(unit.as_millis()))
        .map_or((millis, "ms", "millisecond"), |(unit, short, long)| {
            (millis / unit.as_millis(), *short, *long)
        })
}
