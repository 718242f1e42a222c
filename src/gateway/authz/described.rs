//! The request that a neighbour describes, read as strictly as one that came by this socket: it is
//! built into the same [`Head`], so that the same rules refuse it.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header};

use super::kind::Kind;
use crate::gateway::target::{Head, Refused};

/// Names by which neighbours describe; none of them is part of what they describe.
const DESCRIBING: &[&str] = &[
    "x-original-url",
    "x-original-method",
    "x-original-uri",
    "x-forwarded-method",
    "x-forwarded-uri",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-real-ip",
    "forwarded",
];

/// What a neighbour says somebody asks it for.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) method: Method,
    /// Path and query as received.
    target: String,
    scheme: Option<String>,
    /// Everything the client sent, with the host it asked for.
    pub(super) headers: HeaderMap,
}

impl Described {
    /// Reads the description in a question of this kind: `method`, `rest` and `headers` are the
    /// question's own, `rest` what follows the door's path, with the query.
    pub(super) fn read(
        kind: Kind,
        method: &Method,
        rest: &str,
        headers: &HeaderMap,
    ) -> Result<Self, Refused> {
        let says = |name: &'static str| one(headers, name);
        let (said, host, target, scheme) = match kind {
            Kind::AuthRequest => {
                let url = says("x-original-url")?.ok_or(Refused::TargetForm)?;
                let (scheme, authority, target) = split(url)?;
                let said = says("x-original-method")?.ok_or(Refused::Method)?;
                (said, authority, target.to_owned(), Some(scheme))
            }
            Kind::ForwardAuth => {
                let host = says("x-forwarded-host")?.ok_or(Refused::HostMissing)?;
                let target = says("x-forwarded-uri")?.ok_or(Refused::TargetForm)?;
                let scheme = says("x-forwarded-proto")?.ok_or(Refused::SchemeMismatch)?;
                let said = says("x-forwarded-method")?.ok_or(Refused::Method)?;
                (said, host, target.to_owned(), Some(scheme))
            }
            Kind::Oauth2Proxy => {
                let host = match says("x-forwarded-host")? {
                    Some(host) => host,
                    None => says("host")?.ok_or(Refused::HostMissing)?,
                };
                let target = says("x-forwarded-uri")?.ok_or(Refused::TargetForm)?;
                let said = says("x-forwarded-method")?.ok_or(Refused::Method)?;
                (said, host, target.to_owned(), says("x-forwarded-proto")?)
            }
            Kind::ExtAuthz => {
                let host = says("host")?.ok_or(Refused::HostMissing)?;
                let target = if rest.starts_with('/') {
                    rest.to_owned()
                } else {
                    format!("/{rest}")
                };
                let scheme = says("x-forwarded-proto")?;
                (method.as_str(), host, target, scheme)
            }
        };
        // A URL there would be a second opinion about the host.
        if !target.starts_with('/') {
            return Err(Refused::TargetForm);
        }
        let method = Method::from_bytes(said.as_bytes()).map_err(|_| Refused::Method)?;
        Ok(Self {
            method,
            target,
            scheme: scheme.map(str::to_owned),
            headers: of_client(headers, host)?,
        })
    }

    /// As the gateway reads requests.
    pub(super) fn head(&self) -> Head<'_> {
        Head {
            method: &self.method,
            version: Version::HTTP_11,
            target: self.target.as_bytes(),
            scheme: self.scheme.as_deref(),
            tls: None,
            authority: None,
            headers: &self.headers,
        }
    }
}

/// The one value of a field; said twice, it is nobody's.
fn one<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, Refused> {
    let mut lines = headers.get_all(HeaderName::from_static(name)).iter();
    let (Some(line), rest) = (lines.next(), lines.next()) else {
        return Ok(None);
    };
    let text = line.to_str().map_err(|_| Refused::TargetForm)?;
    if rest.is_some() {
        return Err(Refused::AuthorityMismatch);
    }
    Ok(Some(text))
}

/// Scheme, authority, and what follows.
fn split(url: &str) -> Result<(&str, &str, &str), Refused> {
    let (scheme, rest) = url.split_once("://").ok_or(Refused::TargetForm)?;
    let at = rest.find('/').ok_or(Refused::TargetForm)?;
    let (authority, target) = rest.split_at_checked(at).ok_or(Refused::TargetForm)?;
    Ok((scheme, authority, target))
}

/// What the client sent, as far as the neighbour passes it on.
fn of_client(headers: &HeaderMap, host: &str) -> Result<HeaderMap, Refused> {
    let host = HeaderValue::from_str(host).map_err(|_| Refused::HostMalformed)?;
    let mut client = headers.clone();
    for name in DESCRIBING {
        client.remove(*name);
    }
    client.insert(header::HOST, host);
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::target::Address;

    fn read(kind: Kind, rest: &str, lines: &[(&'static str, &str)]) -> Result<String, Refused> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let described = Described::read(kind, &Method::PUT, rest, &headers)?;
        let head = described.head();
        let address = Address::read(&head)?;
        let names: Vec<_> = described.headers.keys().map(HeaderName::as_str).collect();
        assert!(names.iter().all(|name| !DESCRIBING.contains(name)));
        Ok(format!(
            "{} {}{}",
            described.method,
            address.authority(),
            address.path_and_query()
        ))
    }

    const NGINX: [(&str, &str); 3] = [
        ("host", "auth.test"),
        ("x-original-url", "https://app.test:8443/a?b=//c"),
        ("x-original-method", "POST"),
    ];
    const TRAEFIK: [(&str, &str); 5] = [
        ("host", "auth.test"),
        ("x-forwarded-host", "app.test"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-uri", "/a?b"),
        ("x-forwarded-method", "DELETE"),
    ];

    #[test]
    fn each_neighbour_describes_in_its_own_way() {
        assert_eq!(
            read(Kind::AuthRequest, "", &NGINX).unwrap(),
            "POST app.test:8443/a?b=//c"
        );
        assert_eq!(
            read(Kind::ForwardAuth, "", &TRAEFIK).unwrap(),
            "DELETE app.test/a?b"
        );
        let host = [("host", "APP.test")];
        assert_eq!(
            read(Kind::ExtAuthz, "/a?b", &host).unwrap(),
            "PUT app.test/a?b"
        );
        assert_eq!(read(Kind::ExtAuthz, "", &host).unwrap(), "PUT app.test/");
        let mut old = TRAEFIK.to_vec();
        old.remove(1);
        assert_eq!(
            read(Kind::Oauth2Proxy, "", &old).unwrap(),
            "DELETE auth.test/a?b"
        );
    }

    #[test]
    fn what_is_missing_or_said_twice_is_not_guessed() {
        for (kind, lines) in [
            (Kind::AuthRequest, &NGINX[..]),
            (Kind::ForwardAuth, &TRAEFIK),
        ] {
            for name in lines
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| *name != "host")
            {
                let mut less = lines.to_vec();
                less.retain(|(other, _)| *other != name);
                assert!(read(kind, "", &less).is_err(), "without {name}");
                let mut twice = lines.to_vec();
                twice.push(*lines.iter().find(|(other, _)| *other == name).unwrap());
                assert!(read(kind, "", &twice).is_err(), "{name} twice");
            }
        }
    }

    #[test]
    fn a_target_that_could_be_read_in_two_ways_is_refused_as_on_this_socket() {
        for target in [
            "",
            "*",
            "a",
            "http://other.test/",
            "/a/../b",
            "/a/%2e%2e/b",
            "/a//b",
            "/a%2fb",
            "/a\\b",
            "/a;x",
            "/a#b",
            "/%zz",
        ] {
            let mut lines = TRAEFIK.to_vec();
            lines[3].1 = target;
            assert!(read(Kind::ForwardAuth, "", &lines).is_err(), "{target}");
            let url = format!("https://app.test{target}");
            let mut lines = NGINX.to_vec();
            lines[1].1 = &url;
            assert!(read(Kind::AuthRequest, "", &lines).is_err(), "{url}");
        }
        for url in [
            "https://a@app.test/",
            "ftp://app.test/",
            "//app.test/",
            "https://",
        ] {
            let mut lines = NGINX.to_vec();
            lines[1].1 = url;
            assert!(read(Kind::AuthRequest, "", &lines).is_err(), "{url}");
        }
        for host in ["app.test/x", "a b", "app.test@x", ""] {
            let mut lines = TRAEFIK.to_vec();
            lines[1].1 = host;
            assert!(read(Kind::ForwardAuth, "", &lines).is_err(), "{host}");
        }
    }
}
