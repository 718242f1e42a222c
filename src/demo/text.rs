//! The demo's configuration, as a file that anybody could have written. The demo runs on exactly
//! this text, so what it prints is what it does.

/// What may be asked of the demo.
#[derive(Clone, Debug)]
pub struct Options {
    /// The loopback port people open.
    pub port: u16,
    /// An app to protect instead of the built-in one, such as `http://127.0.0.1:3000`.
    pub upstream: Option<String>,
}

/// The id of the third-party app at its issuer.
pub const CLIENT: &str = "demo";
/// The path of the issuer.
pub const ISSUER: &str = "/production/oidc";

impl Options {
    /// Where people open it.
    pub fn public_url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The configuration; `app` is where the built-in apps listen, `secret` the third-party app's.
    pub fn text(&self, app: &str, secret: &str) -> String {
        let routes = match &self.upstream {
            Some(theirs) => vec![protected("app", "/", "authenticated", theirs)],
            None => vec![
                protected("app", "/", "authenticated", app),
                protected("app-admin", "/admin/", "group:admin", app),
            ],
        };
        [self.head(secret), routes.concat(), third_party(app)].concat()
    }

    fn head(&self, secret: &str) -> String {
        let (url, port) = (self.public_url(), self.port);
        format!(
            r#"# What `doorward demo` runs on. Nothing is kept: a private database, a key made at start.
public_url = "{url}"

[listen]
http = "127.0.0.1:{port}"          # plain http, this machine only
ops = "off"

[storage]
url = "sqlite::memory:"            # "sqlite:doorward.db" keeps people and sessions

[[users]]
kind = "local"

# Third-party apps sign people in here.
[issuer.production]
path = "{ISSUER}"

[client.{CLIENT}]
name = "Somebody else's app"
secret = "{secret}"
redirect_uris = ["{url}/_demo/client/callback"]
post_logout_redirect_uris = ["{url}/_demo/client"]
scopes = ["openid", "profile", "email", "groups", "offline_access"]

[telemetry]
log = "pretty"
"#
        )
    }
}

/// An app without a login of its own, or a part of one.
fn protected(id: &str, path: &str, allow: &str, upstream: &str) -> String {
    format!(
        r#"
[[route]]
id = "{id}"
match = {{ host = "localhost", path = "{path}" }}
allow = ["{allow}"]
upstream = ["{upstream}"]
[route.identity]
preset = "remote-user"
assertion = true
decision = true
"#
    )
}

/// The third-party app.
fn third_party(upstream: &str) -> String {
    format!(
        r#"
# The third-party app: open to anybody, it signs people in by itself.
[[route]]
id = "third-party"
match = {{ host = "localhost", path = "/_demo/" }}
allow = ["anyone"]
upstream = ["{upstream}"]
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_app_takes_the_place_of_the_built_in_one_but_not_of_the_third_party() {
        let options = Options {
            port: 8080,
            upstream: Some("http://127.0.0.1:3000".to_owned()),
        };
        let text = options.text("http://127.0.0.1:40000", &"s".repeat(32));
        assert_eq!(text.matches("http://127.0.0.1:3000").count(), 1);
        assert_eq!(text.matches("http://127.0.0.1:40000").count(), 1);
    }

    #[test]
    fn the_demo_runs_on_a_file_without_mistakes() {
        use crate::config::{Surroundings, examine_text};
        let options = Options {
            port: 8080,
            upstream: None,
        };
        let text = options.text("http://127.0.0.1:40000", &"s".repeat(32));
        let outcome = examine_text("doorward.toml", &text, &Surroundings::of("/nowhere", []));
        // Its one warning: the third-party app's secret stands in the file, as the demo intends.
        let report = &outcome.report;
        assert_eq!((report.errors(), report.warnings()), (0, 1), "{report}");
        assert!(outcome.settings.is_some());
    }
}
