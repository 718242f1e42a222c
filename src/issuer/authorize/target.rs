//! Where an authorization response may go. A [`RedirectTarget`] exists only for a URI that was
//! registered, so whatever has one may redirect, and nothing else can.

use crate::model::Client;
use crate::web::{FormTarget, form_source};

/// A redirect URI that the client registered (RFC 9700 4.1.3: exact string comparison).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget {
    uri: String,
}

impl RedirectTarget {
    /// `uri` as presented, if `client` registered it: byte for byte, but for the port of a native
    /// app on the loopback address, which it cannot know beforehand (RFC 8252 7.3).
    pub fn matching(client: &Client, uri: &str) -> Option<Self> {
        let registered = client.redirect_uris.iter().any(|known| {
            known == uri || (client.auth.is_public() && is_on_any_port_of(uri, known))
        });
        // What cannot be a header value cannot be a target, whoever registered it.
        let plain = uri.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) && !uri.contains('#');
        (registered && plain).then(|| Self {
            uri: uri.to_owned(),
        })
    }

    /// The URI as registered and presented.
    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// The URI with the response in its query, which keeps what it already holds (RFC 6749 3.1.2).
    pub fn with_query(&self, response: &[(&str, &str)]) -> String {
        with_query(&self.uri, response)
    }

    /// The URI with the response in its fragment; a registered one never has one of its own.
    pub fn with_fragment(&self, response: &[(&str, &str)]) -> String {
        let encoded = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(response)
            .finish();
        format!("{}#{encoded}", self.uri)
    }

    /// The origin, or the scheme of a native app, for display; empty when it has neither.
    pub fn origin(&self) -> String {
        form_source(&self.uri).unwrap_or_default()
    }

    /// The policy sources that let a form's redirects lead here, and on to where `client` is at home.
    pub fn form_target(&self, client: &Client) -> Option<FormTarget> {
        FormTarget::covering([self.uri.as_str()].into_iter().chain(client.addresses()))
    }

    /// Whether any program on the person's device could receive what is sent here, so that the URI
    /// says nothing about which app is asking (RFC 8252 8.6).
    pub fn proves_nothing(&self) -> bool {
        !self.uri.starts_with("https://")
    }
}

/// `uri` with more in its query.
pub fn with_query(uri: &str, more: &[(&str, &str)]) -> String {
    let encoded = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(more)
        .finish();
    let join = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{join}{encoded}")
}

/// Whether `uri` is `known`, registered without a port on a loopback address, with some port.
fn is_on_any_port_of(uri: &str, known: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]"].iter().any(|origin| {
        let (Some(path), Some(rest)) = (known.strip_prefix(origin), uri.strip_prefix(origin))
        else {
            return false;
        };
        path.starts_with('/')
            && rest
                .strip_suffix(path)
                .and_then(|port| port.strip_prefix(':'))
                .is_some_and(is_port)
    })
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0')
        && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::issuer::tests::client;
    use crate::model::ClientAuthMethod;

    fn registered(uri: &str, auth: ClientAuthMethod) -> Client {
        Client {
            redirect_uris: vec![uri.to_owned()],
            auth,
            ..client("c1")
        }
    }

    #[test]
    fn a_native_app_may_listen_on_any_port_of_the_loopback_address_it_registered() {
        for known in ["http://127.0.0.1/cb", "http://[::1]/cb"] {
            let native = registered(known, ClientAuthMethod::None);
            let web = registered(known, ClientAuthMethod::ClientSecret);
            let origin = known.strip_suffix("/cb").unwrap();
            let at = |port: &str| format!("{origin}:{port}/cb");
            assert!(RedirectTarget::matching(&native, &at("49152")).is_some());
            assert!(RedirectTarget::matching(&native, known).is_some());
            assert!(RedirectTarget::matching(&web, &at("49152")).is_none());
            for port in [
                "",
                "0",
                "080",
                "65536",
                "+80",
                "80:80",
                "80@evil.test",
                "80/x",
            ] {
                assert_eq!(RedirectTarget::matching(&native, &at(port)), None, "{port}");
            }
        }
        let native = registered("http://127.0.0.1:8000/cb", ClientAuthMethod::None);
        assert!(RedirectTarget::matching(&native, "http://127.0.0.1:8001/cb").is_none());
        let native = registered("http://127.0.0.1", ClientAuthMethod::None);
        assert!(RedirectTarget::matching(&native, "http://127.0.0.1:80").is_none());
        assert!(RedirectTarget::matching(&native, "http://127.0.0.1.evil.test").is_none());
    }

    #[test]
    fn a_response_is_added_to_the_query_that_was_registered() {
        let with = |uri: &str| {
            let client = registered(uri, ClientAuthMethod::ClientSecret);
            let target = RedirectTarget::matching(&client, uri).unwrap();
            target.with_query(&[("state", "a b&code=evil\r\n"), ("code", "x")])
        };
        let response = "state=a+b%26code%3Devil%0D%0A&code=x";
        assert_eq!(
            with("https://c1.test/cb"),
            format!("https://c1.test/cb?{response}")
        );
        assert_eq!(
            with("https://c1.test/cb?"),
            format!("https://c1.test/cb?{response}")
        );
        assert_eq!(
            with("https://c1.test/cb?a=b"),
            format!("https://c1.test/cb?a=b&{response}")
        );
        assert_eq!(with("app.test:/cb"), format!("app.test:/cb?{response}"));
    }

    proptest! {
        #[test]
        fn only_the_registered_bytes_match(uri in "\\PC{0,60}", known in "https://c1\\.test/[a-z/?=.%]{0,20}") {
            let client = registered(&known, ClientAuthMethod::None);
            prop_assert!(RedirectTarget::matching(&client, &known).is_some());
            prop_assert_eq!(RedirectTarget::matching(&client, &uri).is_some(), uri == known);
            let longer = format!("{known}{uri}");
            prop_assert_eq!(RedirectTarget::matching(&client, &longer).is_some(), uri.is_empty());
        }

        #[test]
        fn whatever_the_state_it_comes_back_and_adds_no_parameter(state in "\\PC{1,200}") {
            let client = registered("https://c1.test/cb?a=b", ClientAuthMethod::None);
            let target = RedirectTarget::matching(&client, "https://c1.test/cb?a=b").unwrap();
            let uri = target.with_query(&[("code", "x"), ("state", &state)]);
            let url = url::Url::parse(&uri).unwrap();
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs.len(), 3);
            prop_assert_eq!(&pairs[2].1, &state);
            prop_assert_eq!(url.host_str(), Some("c1.test"));
            prop_assert!(uri.is_ascii());
        }
    }
}
