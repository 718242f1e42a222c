//! The gateway over the wire: the real binary, raw sockets in front of it, upstreams that record
//! every byte behind it. Rows of the wall carry their id in the name.

mod answers;
mod app_credentials;
mod bearer;
mod bound;
mod broken;
mod certificates;
mod client_certificates;
mod closed;
mod cookies;
mod crowd;
mod ending;
mod evil;
mod exhausted;
mod floods;
mod forwarding;
mod frames;
mod handoff;
mod identity;
mod injected;
mod instead;
mod issuers;
mod kept;
mod late_forms;
mod links;
mod matching;
mod methods;
mod misnamed;
mod neighbours;
mod outage;
mod outward;
mod over_http2;
mod paths;
mod planted;
mod pools;
mod portal;
mod ports;
mod probes;
mod proxy_protocol;
mod reload;
mod rewriting;
mod rules;
mod server_names;
mod shared;
mod smuggling;
mod standing;
mod streams;
mod tls;
mod tokens;
mod told;
mod told_apart;
mod transfer;
mod trusted;
mod undrained;
mod websocket;

use crate::support::server::{ADA, BOB};
use crate::support::wire::{self, Answer};
use crate::support::{Browser, Doorward, Recorder, Setup};

/// Ada may everything; Bob is no admin.
pub(super) const PEOPLE: [(&str, &str); 2] = [("ada", ADA), ("bob", BOB)];

/// A running Doorward in front of one recording upstream.
pub(super) struct House {
    pub(super) server: Doorward,
    pub(super) upstream: Recorder,
}

/// The wall's fixture: `app.test` with a public and an admin prefix, `open.test` for anybody,
/// `secret.test` for admins.
pub(super) fn routes(upstream: &str) -> String {
    let route = |id: &str, matches: &str, allow: &str| {
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ {matches} }}\nallow = [\"{allow}\"]\n\
             upstream = [\"{upstream}\"]\n\
             identity = {{ preset = \"none\", assertion = true, separator = \"|\", headers = {{ \
             X-Auth-User = \"{{user.username}}\", X-Auth-Email = \"{{user.email}}\", \
             X-Auth-Groups = \"{{user.groups}}\" }} }}\n"
        )
    };
    [
        route("app", "host = \"app.test\"", "authenticated"),
        route(
            "public",
            "host = \"app.test\", path = \"/public/\"",
            "anyone",
        ),
        route(
            "admin",
            "host = \"app.test\", path = \"/admin/\"",
            "group:admin",
        ),
        route("open", "host = \"open.test\"", "anyone"),
        route("secret", "host = \"secret.test\"", "group:admin"),
    ]
    .concat()
}

impl House {
    /// In front of an upstream that answers everything with `seen`.
    pub(super) fn start() -> Self {
        Self::before(Recorder::start())
    }

    /// In front of `upstream`.
    pub(super) fn before(upstream: Recorder) -> Self {
        let setup = Setup::plain().with(&routes(&upstream.url())).ada_and_bob();
        Self {
            server: setup.start(),
            upstream,
        }
    }

    /// In front of an upstream that answers everything with `seen`, over TLS.
    pub(super) fn start_tls() -> Self {
        let upstream = Recorder::start();
        let setup = Setup::tls().with(&routes(&upstream.url())).ada_and_bob();
        Self {
            server: setup.start(),
            upstream,
        }
    }

    /// The `Cookie` value of somebody signed in at `host`; the upstream has forgotten how.
    pub(super) async fn signed_in(&self, host: &str, who: &str) -> String {
        let password = PEOPLE.iter().find(|(name, _)| *name == who).unwrap().1;
        self.signed_in_as(host, who, password).await
    }

    /// The same for somebody else.
    pub(super) async fn signed_in_as(&self, host: &str, who: &str, password: &str) -> String {
        let mut browser = Browser::new(&self.server);
        let page = browser
            .sign_in(self.server.url_at(host, "/"), who, password)
            .await;
        assert_eq!(page.url.host_str(), Some(host), "{}", page.body);
        self.upstream.forget();
        browser.cookies(host).expect("a session")
    }

    /// Sends these header lines to `host` with `GET target`.
    pub(super) fn get(&self, host: &str, target: &str, lines: &[&str]) -> Answer {
        let mut head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n");
        for line in lines {
            head.push_str(line);
            head.push_str("\r\n");
        }
        head.push_str("Connection: close\r\n\r\n");
        self.send(head.as_bytes())
    }

    /// Sends `bytes` as they are.
    pub(super) fn send(&self, bytes: &[u8]) -> Answer {
        wire::exchange(self.server.port(), bytes).expect("an answer")
    }

    /// Asks and expects that nothing of it reached the upstream.
    #[track_caller]
    pub(super) fn kept_out(&self, host: &str, target: &str, lines: &[&str]) -> Answer {
        self.upstream.forget();
        let answer = self.get(host, target, lines);
        assert!(
            matches!(answer.status, 301..=303 | 400..=499),
            "{target}: {}",
            answer.status
        );
        self.upstream.saw_nothing();
        answer
    }
}

/// The line that carries a session.
pub(super) fn cookie(cookies: &str) -> String {
    format!("Cookie: {cookies}")
}
