//! Short texts that mean a duration, a size or a rate.

use std::time::Duration;

use super::code::Code;
use super::place::Place;
use super::problem::Problems;
use crate::identity::Rate;

/// `"90d"`, `"30m"`, `"10s"`; more than nothing and less than ten years.
pub fn duration(text: &str, place: &Place, problems: &mut Problems<'_>) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);
    match humantime::parse_duration(text) {
        Ok(span) if span.is_zero() || span > LONGEST => {
            problems
                .error(
                    Code::OutOfRange,
                    place,
                    format_args!("`{place}` is not a useful duration"),
                )
                .help("write more than nothing and less than ten years");
            None
        }
        Ok(span) => Some(span),
        Err(_) => {
            problems
                .error(
                    Code::Unreadable,
                    place,
                    format_args!("`{place}` is not a duration"),
                )
                .help("write a number and a unit: \"10s\", \"30m\", \"8h\", \"90d\"");
            None
        }
    }
}

/// `"64KiB"`, `"100MB"`, `"1024"`.
pub fn size(text: &str, place: &Place, problems: &mut Problems<'_>) -> Option<u64> {
    match text.parse::<bytesize::ByteSize>() {
        Ok(size) if size.as_u64() > 0 => Some(size.as_u64()),
        Ok(_) | Err(_) => {
            problems
                .error(
                    Code::Unreadable,
                    place,
                    format_args!("`{place}` is not a size"),
                )
                .help("write a number and a unit: \"64KiB\", \"100MiB\"");
            None
        }
    }
}

/// `"5/15m"`: at most five in fifteen minutes.
pub fn rate(text: &str, place: &Place, problems: &mut Problems<'_>) -> Option<Rate> {
    let read = text.split_once('/').and_then(|(count, window)| {
        let count = count.trim().parse::<u32>().ok().filter(|n| *n > 0)?;
        // "5/m" reads as well as "5/1m".
        let window = window.trim();
        let window = humantime::parse_duration(window)
            .or_else(|_| humantime::parse_duration(&format!("1{window}")))
            .ok()
            .filter(|span| !span.is_zero())?;
        Some(Rate { count, window })
    });
    if read.is_none() {
        problems
            .error(
                Code::Unreadable,
                place,
                format_args!("`{place}` is not a rate"),
            )
            .help("write how many in how long: \"5/15m\"");
    }
    read
}
