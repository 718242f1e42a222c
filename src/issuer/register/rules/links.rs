//! Addresses besides the redirect URIs: what people are shown, and what is called.

use url::Url;

use super::{Able, Fault, Field};
use crate::base::hosts::is_loopback_host;
use crate::model::Client;
use crate::model::client::{ClientKeys, SubjectType};

/// Longest address, in bytes.
const LONGEST: usize = 2048;
/// Longest address that is shown on pages, in bytes: it travels with the login.
const SHOWN: usize = 512;
/// Most addresses of request objects.
const REQUESTS: usize = 64;

/// How safe an address has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// A page for people: https or http.
    Page,
    /// https, and nothing else.
    Https,
    /// https, or http on this machine, where nobody is on the way.
    HttpsOrLoopback,
}

pub(super) fn check(client: &Client, _: Able<'_>, faults: &mut Vec<Fault>) {
    let about = &client.about;
    let sector = match &client.subject_type {
        SubjectType::Public => &None,
        SubjectType::Pairwise { sector_uri } => sector_uri,
    };
    let logout = &client.logout;
    let login = &client.defaults.initiate_login_uri;
    for (field, uri, wanted) in [
        (Field::ClientUri, &about.client_uri, Wanted::Page),
        (Field::LogoUri, &about.logo_uri, Wanted::Page),
        (Field::PolicyUri, &about.policy_uri, Wanted::Page),
        (Field::TosUri, &about.tos_uri, Wanted::Page),
        // OpenID Connect Registration 2 wants https for both.
        (Field::InitiateLoginUri, login, Wanted::Https),
        (Field::SectorIdentifierUri, sector, Wanted::Https),
        (
            Field::BackchannelLogoutUri,
            &logout.backchannel,
            Wanted::HttpsOrLoopback,
        ),
        (
            Field::FrontchannelLogoutUri,
            &logout.frontchannel,
            Wanted::HttpsOrLoopback,
        ),
    ] {
        let wrong = uri.as_deref().and_then(|uri| fault(uri, wanted));
        faults.extend(wrong.map(|(what, help)| Fault::new(field, what, help)));
    }
    if let Some(ClientKeys::JwksUri(uri)) = &client.keys
        && let Some((what, help)) = fault(uri, Wanted::HttpsOrLoopback)
    {
        faults.push(Fault::new(Field::JwksUri, what, help));
    }
    requests(client, faults);
    frontchannel(client, faults);
}

fn requests(client: &Client, faults: &mut Vec<Fault>) {
    let uris = &client.security.request_uris;
    if uris.len() > REQUESTS {
        faults.push(Fault::new(
            Field::RequestUris,
            "has too many elements",
            "name 64 at most",
        ));
        return;
    }
    for (at, uri) in uris.iter().enumerate() {
        // A fragment is the object's hash (OpenID Connect Core 6.2).
        let address = uri.split('#').next().unwrap_or_default();
        if let Some((what, help)) = fault(address, Wanted::HttpsOrLoopback) {
            faults.push(Fault::new(Field::RequestUris, what, help).item(at));
        }
    }
}

/// A frame of another origin would not see its own sign-in (Front-Channel Logout 2).
fn frontchannel(client: &Client, faults: &mut Vec<Fault>) {
    let origin = |uri: &str| Some(Url::parse(uri).ok()?.origin());
    let Some(frame) = client.logout.frontchannel.as_deref().and_then(origin) else {
        return;
    };
    let mut uris = client.redirect_uris.iter();
    if !uris.any(|uri| origin(uri).as_ref() == Some(&frame)) {
        faults.push(Fault::new(
            Field::FrontchannelLogoutUri,
            "has not the scheme, host and port of a redirect URI",
            "name an address of the app itself",
        ));
    }
}

fn fault(uri: &str, wanted: Wanted) -> Option<(&'static str, &'static str)> {
    const WHOLE: &str = "write it whole, such as \"https://app.example.com/logo.png\"";
    let longest = if wanted == Wanted::Page {
        SHOWN
    } else {
        LONGEST
    };
    if uri.len() > longest {
        return Some((
            "is too long",
            "512 bytes are the most, 2048 for what is called",
        ));
    }
    let visible = uri.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible || uri.contains(['\\', '"', '<', '>', '\'', '`']) {
        return Some(("has characters that a URI cannot have", WHOLE));
    }
    let Ok(url) = Url::parse(uri) else {
        return Some(("is not absolute", WHOLE));
    };
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    if !matches!(url.scheme(), "http" | "https") || !has_host || !uri.contains("://") {
        return Some(("is not an address on the web", WHOLE));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(("holds a user name or password", WHOLE));
    }
    if wanted != Wanted::Page && url.fragment().is_some() {
        return Some((
            "has a fragment, which is never sent",
            "leave out `#` and what follows",
        ));
    }
    let at_home = url.host_str().is_some_and(is_loopback_host);
    let safe = url.scheme() == "https"
        || match wanted {
            Wanted::Page => true,
            Wanted::Https => false,
            Wanted::HttpsOrLoopback => at_home,
        };
    if safe {
        return None;
    }
    Some(("is not https", "anybody on the way could change it"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, faulty};
    use super::*;

    const NEVER: &[&str] = &[
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "data:image/svg+xml,<svg/>",
        "data:text/html;base64,PHNjcmlwdD4=",
        "file:///etc/passwd",
        "vbscript:x",
        "//evil.test/x",
        "/logo.png",
        "https:/evil.test",
        "https://u:p@shop.example.net/x",
        "https://shop.example.net/\"onerror=alert(1)",
        "https://shop.example.net/a b",
        "",
    ];

    #[test]
    fn web_06_no_address_that_people_are_shown_can_run_anything() {
        for bad in NEVER {
            let bad = || Some((*bad).to_owned());
            let mut app = client();
            app.about.client_uri = bad();
            app.about.logo_uri = bad();
            app.about.policy_uri = bad();
            app.about.tos_uri = bad();
            app.defaults.initiate_login_uri = bad();
            app.logout.backchannel = bad();
            let all = [
                Field::ClientUri,
                Field::LogoUri,
                Field::PolicyUri,
                Field::TosUri,
                Field::InitiateLoginUri,
                Field::BackchannelLogoutUri,
            ];
            assert_eq!(faulty(&app), all, "{bad:?}", bad = bad());
        }
        let mut app = client();
        app.about.logo_uri = Some("http://shop.example.net/logo.png".to_owned());
        app.about.tos_uri = Some("https://shop.example.net/tos#top".to_owned());
        assert_eq!(faulty(&app), []);
    }

    #[test]
    fn what_is_called_is_https_and_some_of_it_may_be_on_this_machine() {
        let mut app = client();
        let local = || Some("http://127.0.0.1:9/x".to_owned());
        app.logout.backchannel = local();
        app.keys = Some(ClientKeys::JwksUri(local().unwrap()));
        assert_eq!(faulty(&app), []);
        app.logout.backchannel = None;
        app.defaults.initiate_login_uri = local();
        app.subject_type = SubjectType::Pairwise {
            sector_uri: local(),
        };
        assert_eq!(
            faulty(&app),
            [Field::InitiateLoginUri, Field::SectorIdentifierUri]
        );
        let mut app = client();
        let plain = || "http://shop.example.net/x".to_owned();
        app.logout.backchannel = Some(plain());
        app.keys = Some(ClientKeys::JwksUri(plain()));
        app.security.request_uris = vec!["https://shop.example.net/r#hash".to_owned(), plain()];
        assert_eq!(
            faulty(&app),
            [
                Field::BackchannelLogoutUri,
                Field::JwksUri,
                Field::RequestUris
            ]
        );
    }

    #[test]
    fn a_frame_for_logout_is_at_the_app_itself() {
        let mut app = client();
        app.logout.frontchannel = Some("https://shop.example.net/out".to_owned());
        assert_eq!(faulty(&app), []);
        app.logout.frontchannel = Some("https://shop.example.net:444/out".to_owned());
        assert_eq!(faulty(&app), [Field::FrontchannelLogoutUri]);
    }
}
