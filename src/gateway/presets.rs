//! What apps expect to learn about a person, as rows of data. A new preset is a new row.

use super::identity::{IdentityHeader, IdentityHeaders, IdentityValue};
use crate::base::Secret;

/// The header that carries the signed assertion unless a preset or a route names another.
pub const ASSERTION: &str = "Doorward-Assertion";

/// A set of identity headers with a name.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What reads it, for the documentation.
    pub apps: &'static str,
    headers: &'static [(&'static str, Fact)],
    separator: char,
    assertion: Option<&'static str>,
}

/// What a preset's header says.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Username,
    Subject,
    Email,
    Name,
    Groups,
    /// With no password yet: the configuration has it.
    Basic,
    Template(&'static str),
}

use Fact::{Basic, Email, Groups, Name, Subject, Template, Username};

/// Every preset; the first is the default.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "remote-user",
        apps: "Paperless, Seafile, Jira, Organizr, NetBox, Radicale",
        headers: &[
            ("Remote-User", Username),
            ("Remote-Groups", Groups),
            ("Remote-Email", Email),
            ("Remote-Name", Name),
        ],
        separator: ',',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "x-remote-user",
        apps: "Radicale (http_x_remote_user)",
        headers: &[("X-Remote-User", Username)],
        separator: ',',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "grafana",
        apps: "Grafana (auth.proxy)",
        headers: WEBAUTH,
        separator: ',',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "webauth",
        apps: "Gitea, Forgejo",
        headers: WEBAUTH,
        separator: ',',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "grafana-jwt",
        apps: "Grafana (auth.jwt with jwk_set_url)",
        headers: &[],
        separator: ',',
        assertion: Some("X-JWT-Assertion"),
    },
    Preset {
        name: "jenkins",
        apps: "Jenkins (Reverse Proxy Auth plugin)",
        headers: &[
            ("X-Forwarded-User", Username),
            ("X-Forwarded-Mail", Email),
            ("X-Forwarded-DisplayName", Name),
            ("X-Forwarded-Groups", Groups),
        ],
        separator: '|',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "x-forwarded",
        apps: "anything written for oauth2-proxy",
        headers: &[
            ("X-Forwarded-User", Subject),
            ("X-Forwarded-Email", Email),
            ("X-Forwarded-Groups", Groups),
            ("X-Forwarded-Preferred-Username", Username),
        ],
        separator: ',',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "opensearch",
        apps: "OpenSearch, OpenSearch Dashboards",
        headers: &[("X-Proxy-User", Username), ("X-Proxy-Roles", Groups)],
        separator: ',',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "authentik",
        apps: "apps set up for authentik",
        headers: &[
            ("X-authentik-username", Username),
            ("X-authentik-groups", Groups),
            ("X-authentik-email", Email),
            ("X-authentik-name", Name),
            ("X-authentik-uid", Subject),
        ],
        separator: '|',
        assertion: Some("X-authentik-jwt"),
    },
    Preset {
        name: "pomerium",
        apps: "apps set up for Pomerium",
        headers: &[
            ("X-Pomerium-Claim-Sub", Subject),
            ("X-Pomerium-Claim-Email", Email),
            ("X-Pomerium-Claim-Name", Name),
            ("X-Pomerium-Claim-Groups", Groups),
        ],
        separator: ',',
        assertion: Some("X-Pomerium-Jwt-Assertion"),
    },
    Preset {
        name: "cloudflare",
        apps: "apps set up for Cloudflare Access",
        headers: &[("Cf-Access-Authenticated-User-Email", Email)],
        separator: ',',
        assertion: Some("Cf-Access-Jwt-Assertion"),
    },
    Preset {
        name: "iap",
        apps: "apps set up for Google IAP",
        headers: &[
            (
                "X-Goog-Authenticated-User-Email",
                Template("accounts.google.com:{user.email}"),
            ),
            (
                "X-Goog-Authenticated-User-Id",
                Template("accounts.google.com:{user.sub}"),
            ),
        ],
        separator: ',',
        assertion: Some("X-Goog-Iap-Jwt-Assertion"),
    },
    Preset {
        name: "tailscale",
        apps: "apps set up for Tailscale Serve",
        headers: &[
            ("Tailscale-User-Login", Email),
            ("Tailscale-User-Name", Name),
        ],
        separator: ',',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "basic",
        apps: "Trac, Nagios, Zabbix, phpMyAdmin: apps that read the user of CGI",
        headers: &[("Authorization", Basic)],
        separator: ',',
        assertion: Some(ASSERTION),
    },
    Preset {
        name: "none",
        apps: "apps that ask nobody's name",
        headers: &[],
        separator: ',',
        assertion: None,
    },
];

const WEBAUTH: &[(&str, Fact)] = &[
    ("X-WEBAUTH-USER", Username),
    ("X-WEBAUTH-NAME", Name),
    ("X-WEBAUTH-FULLNAME", Name),
    ("X-WEBAUTH-EMAIL", Email),
    ("X-WEBAUTH-GROUPS", Groups),
];

impl Preset {
    /// The preset called `name`.
    pub fn find(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The headers it sends.
    pub fn headers(&self) -> IdentityHeaders {
        IdentityHeaders {
            headers: self
                .headers
                .iter()
                .map(|(name, fact)| IdentityHeader {
                    name: (*name).to_owned(),
                    value: fact.value(),
                })
                .collect(),
            separator: self.separator,
            assertion: self.assertion.map(str::to_owned),
            ..IdentityHeaders::default()
        }
    }
}

impl Fact {
    fn value(self) -> IdentityValue {
        match self {
            Username => IdentityValue::Username,
            Subject => IdentityValue::Subject,
            Email => IdentityValue::Email,
            Name => IdentityValue::Name,
            Groups => IdentityValue::Groups,
            Basic => IdentityValue::Basic(Secret::new(String::new())),
            Template(text) => IdentityValue::Template(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_a_name_of_its_own_and_headers_that_are_names() {
        for (n, preset) in PRESETS.iter().enumerate() {
            assert!(
                PRESETS.iter().skip(n + 1).all(|p| p.name != preset.name),
                "{}",
                preset.name
            );
            let sent = preset.headers();
            let names = sent.headers.iter().map(|header| &header.name);
            for name in names.chain(&sent.assertion) {
                assert!(name.parse::<http::HeaderName>().is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn a_group_separator_of_jenkins_is_a_bar() {
        assert_eq!(Preset::find("jenkins").unwrap().headers().separator, '|');
        assert!(Preset::find("jenkinz").is_none());
    }
}
