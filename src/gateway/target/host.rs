//! Host names: one spelling, or none.

use std::borrow::Cow;

use super::Refused;

/// RFC 1035 2.3.4.
const MAX_HOST: usize = 253;

/// Splits `host[:port]` and lower-cases the host. A trailing dot, an empty or odd port, user
/// information and anything that is not a host name are refused: upstreams disagree on all of them.
pub fn canonical_host(text: &str) -> Result<(Cow<'_, str>, Option<u16>), Refused> {
    let (host, port) = split_port(text)?;
    if host.is_empty() || host.len() > MAX_HOST {
        return Err(Refused::HostMalformed);
    }
    let named = if host.starts_with('[') {
        is_ipv6(host)
    } else {
        host.split('.').all(is_label)
    };
    if !named {
        return Err(Refused::HostMalformed);
    }
    let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    };
    Ok((host, port))
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), Refused> {
    let after_host = if text.starts_with('[') {
        text.find(']').map_or(text.len(), |end| end + 1)
    } else {
        text.find(':').unwrap_or(text.len())
    };
    let (host, rest) = text
        .split_at_checked(after_host)
        .ok_or(Refused::HostMalformed)?;
    if rest.is_empty() {
        return Ok((host, None));
    }
    let digits = rest.strip_prefix(':').ok_or(Refused::HostMalformed)?;
    // `u16::from_str` takes a plus sign; a port is digits.
    if digits.is_empty() || digits.len() > 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refused::HostMalformed);
    }
    match digits.parse() {
        Ok(0) | Err(_) => Err(Refused::HostMalformed),
        Ok(port) => Ok((host, Some(port))),
    }
}

fn is_ipv6(bracketed: &str) -> bool {
    bracketed
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

/// A label of a host name; `_` is not legal there but found in container networks.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
