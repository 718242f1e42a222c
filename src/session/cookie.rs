//! The session cookie on the wire, read byte for byte.
//!
//! No cookie library reads it: those trim Unicode space around names, so that a sibling domain
//! could forge a `__Host-` cookie.

/// The session cookie. `__Host-`: Secure, Path=/, no Domain (RFC 6265bis 4.1.3.2).
pub const NAME: &str = "__Host-doorward";

/// What frames of ours may read about the session (OpenID Connect Session Management 3.2, "OP
/// browser state"): changes with it, and says nothing.
pub const STATE: &str = "__Host-doorward-state";

/// What begins the name of every cookie that is Doorward's own.
const OURS: &[u8] = b"__Host-doorward";

/// What a request's `Cookie` lines hold under one name.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// Nothing.
    None,
    /// One value, or the same value several times.
    One(&'a [u8]),
    /// Different values: somebody planted one of them, and nobody can tell which.
    Conflict,
}

/// Finds the cookie called exactly `name` in the `Cookie` lines of a request.
pub fn find<'a>(lines: impl IntoIterator<Item = &'a [u8]>, name: &str) -> Found<'a> {
    let mut found = Found::None;
    for (key, value) in lines.into_iter().flat_map(pairs) {
        if key != name.as_bytes() {
            continue;
        }
        found = match found {
            Found::None => Found::One(value),
            Found::One(first) if first == value => Found::One(first),
            Found::One(_) | Found::Conflict => return Found::Conflict,
        };
    }
    found
}

/// One `Cookie` line without Doorward's cookies, in any case; `None` when nothing is left.
pub fn without_ours(line: &[u8]) -> Option<Vec<u8>> {
    let mut kept: Vec<u8> = Vec::with_capacity(line.len());
    for crumb in line.split(|&byte| byte == b';') {
        let crumb = crumb.trim_ascii();
        // A cookie without a name is its bare value to whoever reads it (RFC 6265bis 5.7), so what
        // stands before the first character of a name does not count.
        let start = crumb
            .iter()
            .position(|byte| *byte != b'=' && byte.is_ascii_graphic());
        let named = crumb.get(start.unwrap_or_default()..).unwrap_or_default();
        let key = named.split(|&byte| byte == b'=').next().unwrap_or_default();
        if crumb.is_empty() || is_ours(key) {
            continue;
        }
        if !kept.is_empty() {
            kept.extend_from_slice(b"; ");
        }
        kept.extend_from_slice(crumb);
    }
    (!kept.is_empty()).then_some(kept)
}

/// Whether a cookie of this name is Doorward's: what an app sets or reads must not be.
pub fn is_ours(name: &[u8]) -> bool {
    name.trim_ascii()
        .get(..OURS.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(OURS))
}

/// A `Set-Cookie` value for a cookie of ours.
pub fn set(name: &str, value: &str, max_age: std::time::Duration) -> String {
    format!(
        "{name}={value}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax",
        max_age.as_secs()
    )
}

/// A `Set-Cookie` value for [`STATE`]: read by script, in frames of other sites. Nothing is proven
/// by it.
pub fn set_state(value: &str, max_age: std::time::Duration) -> String {
    format!(
        "{STATE}={value}; Path=/; Max-Age={}; Secure; SameSite=None",
        max_age.as_secs()
    )
}

/// A `Set-Cookie` value that removes a cookie of ours.
pub fn clear(name: &str) -> String {
    format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
}

/// The name-value pairs of one line. Only the space that user agents put after `;` is skipped.
fn pairs(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    line.split(|&byte| byte == b';').filter_map(|crumb| {
        let crumb = crumb.strip_prefix(b" ").unwrap_or(crumb);
        let equals = crumb.iter().position(|&byte| byte == b'=')?;
        Some((crumb.get(..equals)?, crumb.get(equals + 1..)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find_in(lines: &[&'static [u8]]) -> Found<'static> {
        find(lines.iter().copied(), NAME)
    }

    #[test]
    fn cks_02_two_different_values_are_nobodys_in_either_order() {
        assert_eq!(find_in(&[b"__Host-doorward=a; x=1"]), Found::One(b"a"));
        assert_eq!(
            find_in(&[b"__Host-doorward=a; __Host-doorward=b"]),
            Found::Conflict
        );
        assert_eq!(
            find_in(&[b"__Host-doorward=b", b"__Host-doorward=a"]),
            Found::Conflict
        );
        assert_eq!(
            find_in(&[b"__Host-doorward=a", b"__Host-doorward=a"]),
            Found::One(b"a")
        );
    }

    #[test]
    fn cks_03_only_the_exact_name_is_the_session() {
        for line in [
            &b"\xe2\x80\x80__Host-doorward=m"[..],
            b"\xc2\xa0__Host-doorward=m",
            b"__Host-doorward =m",
            b"$Version=1, __Host-doorward=m",
            b"=__Host-doorward=m",
            b"  __Host-doorward=m",
            b"\t__Host-doorward=m",
            b"__host-doorward=m",
        ] {
            assert_eq!(find([line], NAME), Found::None, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn no_cookie_of_ours_is_left_for_an_app() {
        let line = b"a=1; __Host-doorward=s; __host-DOORWARD-browser=x;b=2 ; __Host-doorward-start";
        assert_eq!(without_ours(line).unwrap(), b"a=1; b=2");
        assert_eq!(without_ours(b"__Host-doorward=s"), None);
    }

    #[test]
    fn what_stands_before_the_name_does_not_carry_our_cookie_past() {
        for line in [
            &b"=__Host-doorward=s"[..],
            b"==__Host-doorward-browser=s",
            b"= __Host-doorward=s",
            b"\xc2\xa0__Host-doorward=s",
        ] {
            assert_eq!(without_ours(line), None, "{}", line.escape_ascii());
        }
        assert_eq!(without_ours(b"=a; b==c").unwrap(), b"=a; b==c");
    }
}
