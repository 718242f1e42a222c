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

    /// The configuration; `app` is where the built-in apps listen.
    pub fn text(&self, app: &str) -> String {
        let url = self.public_url();
        let port = self.port;
        let protected = self.upstream.as_deref().unwrap_or(app);
        let mut text = format!(
            r#"# What `doorward demo` runs on. Kept nowhere: a private database in memory, a key made at start.
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
redirect_uris = ["{url}/_demo/client/callback"]
post_logout_redirect_uris = ["{url}/_demo/client"]
scopes = ["openid", "profile", "email", "groups", "offline_access"]

# The app without a login of its own.
[[route]]
id = "app"
match = {{ host = "localhost" }}
allow = ["authenticated"]
upstream = ["{protected}"]
identity = {{ preset = "remote-user", assertion = true, headers = {{ "Doorward-Route" = "{{route}}", "Doorward-Rule" = "{{rule}}", "Doorward-Took" = "{{took}}" }} }}

# Its pages for administrators.
[[route]]
id = "app-admin"
match = {{ host = "localhost", path = "/admin/" }}
allow = ["group:admin"]
upstream = ["{protected}"]
identity = {{ preset = "remote-user", assertion = true, headers = {{ "Doorward-Route" = "{{route}}", "Doorward-Rule" = "{{rule}}", "Doorward-Took" = "{{took}}" }} }}
"#
        );
        text.push_str(&format!(
            r#"
# The third-party app: open to anybody, it signs people in by itself.
[[route]]
id = "third-party"
match = {{ host = "localhost", path = "/_demo/" }}
allow = ["anyone"]
upstream = ["{app}"]
"#
        ));
        text
    }
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
        let text = options.text("http://127.0.0.1:40000");
        assert_eq!(text.matches("http://127.0.0.1:3000").count(), 2);
        assert_eq!(text.matches("http://127.0.0.1:40000").count(), 1);
    }
}
