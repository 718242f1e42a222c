//! A client that proves itself by a certificate needs a listener that asks for one; and a profile
//! demands what it demands.

use crate::config::build::{Context, Draft};
use crate::config::code::Code;
use crate::config::place::Place;
use crate::gateway::ListenSettings;
use crate::keys::ForeignAlg;
use crate::model::client::Profile;
use crate::model::{Algorithm, Client, ClientAuthMethod};

pub fn check(draft: &Draft, ctx: &mut Context<'_, '_>) {
    for placed in &draft.clients {
        let (client, place) = (&placed.it, &placed.place);
        algorithm(client, place, ctx);
        certificates(client, place, &draft.listen, ctx);
        profile(client, place, ctx);
    }
}

/// The algorithm it registered for its assertions.
fn algorithm(client: &Client, place: &Place, ctx: &mut Context<'_, '_>) {
    let place = place.key("auth");
    let known = |alg: &str| match client.auth {
        ClientAuthMethod::ClientSecretJwt => alg == "HS256",
        ClientAuthMethod::ClientSecret
        | ClientAuthMethod::ClientSecretBasic
        | ClientAuthMethod::ClientSecretPost
        | ClientAuthMethod::PrivateKeyJwt
        | ClientAuthMethod::TlsClientAuth
        | ClientAuthMethod::SelfSignedTlsClientAuth
        | ClientAuthMethod::None => ForeignAlg::parse(alg).is_some(),
    };
    if client.algs.auth.as_deref().is_some_and(|alg| !known(alg)) {
        ctx.problems.error(
            Code::ClientAuth,
            &place,
            "`auth_alg` is no algorithm that an assertion of this client can have",
        );
    }
}

/// RFC 8705 6.2: a listener that asks.
fn certificates(
    client: &Client,
    place: &Place,
    listen: &ListenSettings,
    ctx: &mut Context<'_, '_>,
) {
    let by_authority = client.auth == ClientAuthMethod::TlsClientAuth;
    let by_certificate = by_authority || client.auth == ClientAuthMethod::SelfSignedTlsClientAuth;
    let asked = listen.client_certificates.as_ref();
    if asked.is_none() && (by_certificate || client.security.certificate_bound_tokens) {
        ctx.problems
            .error(
                Code::ClientAuth,
                &place.key("auth"),
                "the client uses a TLS certificate, and the listener asks for none",
            )
            .help("add `client_certificates = { trust = [\"ca.pem\"] }` to [listen]");
    } else if by_authority && asked.is_some_and(|asked| asked.trust.is_empty()) {
        ctx.problems
            .error(
                Code::ClientAuth,
                &place.key("auth"),
                "no authority is trusted to issue the client's certificate",
            )
            .help("name its file in `listen.client_certificates.trust`");
    }
}

/// FAPI 2.0 Security Profile 5.3.2.1 and 5.4.1.
fn profile(client: &Client, place: &Place, ctx: &mut Context<'_, '_>) {
    if client.security.profile != Profile::Fapi2 {
        return;
    }
    let strong = matches!(
        client.auth,
        ClientAuthMethod::PrivateKeyJwt
            | ClientAuthMethod::TlsClientAuth
            | ClientAuthMethod::SelfSignedTlsClientAuth
    );
    if !strong {
        ctx.problems
            .error(
                Code::ClientAuth,
                &place.key("auth"),
                "a client under `profile = \"fapi2\"` proves itself by keys or a certificate",
            )
            .help("write `auth = \"private_key_jwt\"` and name its keys");
    }
    if client.id_token_alg == Some(Algorithm::RS256) {
        ctx.problems
            .error(
                Code::ClientAuth,
                &place.key("id_token_alg"),
                "there is no RS256 under `profile = \"fapi2\"`",
            )
            .help("write \"PS256\", \"ES256\" or \"EdDSA\"");
    }
}
