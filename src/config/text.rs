//! Short texts that mean a size or a rate.

use ipnet::IpNet;

use super::code::Code;
use super::place::Place;
use super::problem::Problems;
use super::spans::Span;
use crate::identity::Rate;

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
            .ok()?;
        Some(Rate { count, window })
    });
    let Some(rate) = read else {
        problems
            .error(
                Code::Unreadable,
                place,
                format_args!("`{place}` is not a rate"),
            )
            .help("write how many in how long: \"5/15m\"");
        return None;
    };
    if Span::WINDOW.outside(rate.window).is_some() {
        problems
            .error(
                Code::OutOfRange,
                place,
                format_args!("the window of `{place}` must be {}", Span::WINDOW),
            )
            .help("write how many in how long: \"5/15m\"");
        return None;
    }
    Some(rate)
}

/// Reads addresses and networks; `what` is said of each that is neither.
pub fn networks(
    texts: &[String],
    place: &Place,
    what: &str,
    problems: &mut Problems<'_>,
) -> Vec<IpNet> {
    let texts = texts.iter().enumerate();
    texts
        .filter_map(|(n, text)| network(text, &place.item(n), what, problems))
        .collect()
}

/// An address or a network.
pub fn network(
    text: &str,
    place: &Place,
    what: &str,
    problems: &mut Problems<'_>,
) -> Option<IpNet> {
    let network = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    if network.is_err() {
        problems
            .error(Code::Unreadable, place, what)
            .help("write \"127.0.0.1\" or \"10.0.0.0/8\"");
    }
    network.ok()
}
