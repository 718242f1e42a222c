//! `time`: hours of the week, on the clock of one time zone.

use std::fmt;

use jiff::tz::{Offset, TimeZone};

use super::{Concern, Requirement, RequirementKind};
use crate::base::Timestamp;
use crate::policy::{Facts, Reason};

pub const KIND: RequirementKind = RequirementKind {
    key: "time",
    form: "{ days = [\"mon-fri\"], from = \"08:00\", to = \"18:00\", zone = \"+01:00\" }",
    summary: "It is one of these days, and between these times. Past midnight when `from` is later \
              than `to`; `days` are then those on which it begins.",
    concerns: Concern::Request,
    reason: Reason::OutsideHours,
    holds,
    describe,
};

fn holds(requirement: &Requirement, facts: Facts<'_>) -> Option<bool> {
    let Requirement::Hours(hours) = requirement else {
        return None;
    };
    Some(hours.contains(facts.now))
}

fn describe(requirement: &Requirement, facts: Facts<'_>) -> Option<String> {
    let Requirement::Hours(hours) = requirement else {
        return None;
    };
    Some(format!("it is {}", hours.local(facts.now)))
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: i64 = 24 * 60;

/// Hours of the week.
#[derive(Clone, Debug, PartialEq)]
pub struct Hours {
    /// By day, Monday first.
    days: [bool; 7],
    /// Minutes since midnight.
    from: i64,
    to: i64,
    zone: TimeZone,
    zone_name: Box<str>,
}

/// Why hours cannot be read; each names the key it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// `days`.
    #[error("days are \"mon\" to \"sun\", or spans such as \"mon-fri\"")]
    Days,
    /// `from`.
    #[error("times are written \"08:00\", from \"00:00\" to \"24:00\"")]
    From,
    /// `to`.
    #[error("times are written \"08:00\", from \"00:00\" to \"24:00\", and `to` is not `from`")]
    To,
    /// `zone`.
    #[error(
        "a zone is \"UTC\", an offset such as \"+01:00\", or a name such as \"Europe/Prague\" that \
         this machine's time zone database has"
    )]
    Zone,
}

impl HoursError {
    /// The key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::From => "from",
            Self::To => "to",
            Self::Zone => "zone",
        }
    }
}

impl Hours {
    /// Reads what is written; what is left out is every day, the whole day, UTC.
    pub fn parse(
        days: Option<&[String]>,
        (from, to): (Option<&str>, Option<&str>),
        zone: Option<&str>,
    ) -> Result<Self, HoursError> {
        let days = days.map_or(Some([true; 7]), read_days);
        let from = minutes(from.unwrap_or("00:00")).filter(|from| *from < DAY);
        let from = from.ok_or(HoursError::From)?;
        let to = minutes(to.unwrap_or("24:00")).filter(|to| *to != from);
        let zone_name = zone.unwrap_or("UTC");
        Ok(Self {
            days: days.ok_or(HoursError::Days)?,
            from,
            to: to.ok_or(HoursError::To)?,
            zone: read_zone(zone_name).ok_or(HoursError::Zone)?,
            zone_name: zone_name.into(),
        })
    }

    /// Whether `now` is among them. Both ends are those of the clock: 18:00 is not before 18:00.
    fn contains(&self, now: Timestamp) -> bool {
        let (day, minute) = self.clock(now);
        let on = |day: i64| {
            let at = usize::try_from(day.rem_euclid(7)).ok();
            at.and_then(|at| self.days.get(at))
                .copied()
                .unwrap_or(false)
        };
        if self.from < self.to {
            return on(day) && (self.from..self.to).contains(&minute);
        }
        (on(day) && minute >= self.from) || (on(day - 1) && minute < self.to)
    }

    /// The day, Monday is 0, and minutes since midnight.
    fn clock(&self, now: Timestamp) -> (i64, i64) {
        let offset = jiff::Timestamp::from_second(now.seconds())
            .map_or(0, |at| self.zone.to_offset(at).seconds());
        let minutes = (now.seconds().saturating_add(i64::from(offset))).div_euclid(60);
        // The first of January 1970 was a Thursday.
        (
            (minutes.div_euclid(DAY) + 3).rem_euclid(7),
            minutes.rem_euclid(DAY),
        )
    }

    fn local(&self, now: Timestamp) -> String {
        let (day, minute) = self.clock(now);
        let day = usize::try_from(day).ok().and_then(|day| DAYS.get(day));
        let day = day.copied().unwrap_or_default();
        format!("{day} {} {}", written(minute), self.zone_name)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = DAYS.iter().zip(self.days).filter(|(_, on)| *on);
        let days: Vec<&str> = named.map(|(day, _)| *day).collect();
        let (from, to) = (written(self.from), written(self.to));
        write!(f, "{} {from}-{to} {}", days.join(","), self.zone_name)
    }
}

fn written(minutes: i64) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn read_days(given: &[String]) -> Option<[bool; 7]> {
    let number = |name: &str| DAYS.iter().position(|day| *day == name);
    let mut days = [false; 7];
    for text in given {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (number(first)?, number(last)?);
        // `sat-mon` goes over the end of the week.
        let span = (7 + last - first) % 7;
        for (at, day) in days.iter_mut().enumerate() {
            *day |= (7 + at - first) % 7 <= span;
        }
    }
    days.contains(&true).then_some(days)
}

fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, most: i64| {
        let two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = two.then(|| text.parse::<i64>().ok())??;
        (number <= most).then_some(number)
    };
    let at = number(hours, 24)? * 60 + number(minutes, 59)?;
    (at <= DAY).then_some(at)
}

fn read_zone(text: &str) -> Option<TimeZone> {
    if text == "UTC" {
        return Some(TimeZone::UTC);
    }
    let signed = [("+", 1), ("-", -1)].into_iter();
    let mut signed = signed.filter_map(|(sign, factor)| Some((text.strip_prefix(sign)?, factor)));
    let Some((offset, factor)) = signed.next() else {
        // Names are read from the system's database once, when the file is.
        return TimeZone::get(text).ok();
    };
    let minutes = minutes(offset).filter(|minutes| *minutes <= 14 * 60)?;
    let seconds = i32::try_from(minutes * 60 * factor).ok()?;
    Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
}
