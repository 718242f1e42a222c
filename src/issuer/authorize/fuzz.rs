//! Redirect URIs, the `claims` parameter and request objects, with what must hold of them.

#![expect(
    clippy::missing_panics_doc,
    reason = "to panic when a promise is broken is what these are for"
)]

use super::check::claims;
use super::object::{rules, together};
use super::target::RedirectTarget;
use crate::base::ScopeSet;
use crate::keys::strict_object;
use crate::model::{Client, ClientAuthMethod};
use crate::tokens::claims::Catalogue;
use crate::web::Params;

/// A registered and a presented URI: what matches is the same, byte for byte, but for the port of a
/// public client on its own machine.
pub fn redirect_uri(registered: &str, presented: &str, auth: ClientAuthMethod) {
    let client = Client {
        redirect_uris: vec![registered.to_owned()],
        auth,
        ..Client::new("c1", "production")
    };
    let Some(target) = RedirectTarget::matching(&client, presented) else {
        return;
    };
    assert_eq!(target.as_str(), presented);
    if presented != registered {
        assert!(auth.is_public(), "another URI for a client with a secret");
        let origins = ["http://127.0.0.1", "http://[::1]"];
        let own = origins
            .iter()
            .find(|origin| registered.starts_with(**origin));
        let rest = own.and_then(|origin| {
            let path = registered.strip_prefix(origin)?;
            presented.strip_prefix(origin)?.strip_suffix(path)
        });
        let port = rest.and_then(|port| port.strip_prefix(':'));
        let port = port.and_then(|port| port.parse::<u16>().ok());
        assert!(
            port.is_some_and(|port| port > 0),
            "{registered} {presented}"
        );
    }
    let state = "a b&code=evil#\r\n\"<";
    for answer in [
        target.with_query(&[("state", state)]),
        target.with_fragment(&[("state", state)]),
    ] {
        assert!(answer.starts_with(presented), "{answer}");
        assert!(
            answer.bytes().all(|byte| matches!(byte, 0x21..=0x7e)),
            "{answer}"
        );
        if let (Ok(before), Ok(after)) = (url::Url::parse(presented), url::Url::parse(&answer)) {
            let of = |url: &url::Url| {
                (
                    url.scheme().to_owned(),
                    url.port(),
                    url.host().map(|host| host.to_owned()),
                )
            };
            assert_eq!(of(&before), of(&after));
        }
    }
}

/// A `claims` parameter: nothing beyond what the scopes give, and the same again when it is written
/// down and read.
pub fn claims_parameter(text: &str, scopes: &ScopeSet, catalogue: &Catalogue) {
    let can_have = |claim: &str| catalogue.may_say(scopes, claim);
    let Some(asked) = claims::read(text, can_have) else {
        return;
    };
    for (claim, how) in asked.id_token.iter().chain(&asked.userinfo) {
        assert!(can_have(claim), "{claim}");
        assert!(how.values.len() <= 16, "{claim}");
    }
    let written = serde_json::to_string(&asked).unwrap_or_default();
    if written.len() <= text.len() {
        assert_eq!(claims::read(&written, can_have), Some(asked));
    }
}

/// The payload of a request object and the parameters beside it: what is inside counts, members
/// about the JWT are no parameters, and where the object counts alone nothing else comes in.
pub fn request_object(payload: &[u8], beside: &[u8], alone: bool) {
    let (Some(members), Ok(params)) = (strict_object(payload), Params::parse(beside)) else {
        return;
    };
    let Ok(inside) = rules::parameters(&members) else {
        return;
    };
    for name in ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"] {
        assert!(!inside.has(name), "{name}");
    }
    for (name, value) in &members {
        if let (Some(text), true) = (value.as_str(), inside.has(name)) {
            assert!(inside.values(name).eq([text]), "{name}");
        }
    }
    let Ok(all) = together(&inside, &params, alone) else {
        return;
    };
    for (name, _) in inside.iter() {
        let meant = name == "request" || name == "request_uri";
        assert!(meant || all.values(name).eq(inside.values(name)), "{name}");
    }
    for (name, value) in all.iter().filter(|(name, _)| !inside.has(name)) {
        assert!(params.values(name).any(|sent| sent == value), "{name}");
        assert!(!alone || name == "client_id", "{name}");
    }
}
