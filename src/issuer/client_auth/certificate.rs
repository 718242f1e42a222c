//! `tls_client_auth` and `self_signed_tls_client_auth` (RFC 8705 2): the certificate of the
//! connection says who is calling. That the caller has its key was proven at the handshake.

use super::Caller;
use crate::issuer::state::At;
use crate::model::{Client, ClientAuthMethod};

/// Whether the connection's certificate is `client`'s, where it has to be.
pub async fn is_proof(at: &At, client: &Client, caller: &Caller) -> bool {
    let certificate = caller.certificate.as_ref();
    match client.auth {
        ClientAuthMethod::SelfSignedTlsClientAuth => match certificate {
            Some(certificate) => {
                let keys = &at.state.client_keys;
                keys.have_certificate(client, certificate.der()).await
            }
            None => false,
        },
        ClientAuthMethod::TlsClientAuth => certificate
            .filter(|certificate| certificate.is_trusted())
            .zip(client.tls.as_ref())
            .is_some_and(|(certificate, subject)| {
                super::subject::is_named(certificate.der(), subject)
            }),
        ClientAuthMethod::None => true,
        ClientAuthMethod::ClientSecret
        | ClientAuthMethod::ClientSecretBasic
        | ClientAuthMethod::ClientSecretPost
        | ClientAuthMethod::ClientSecretJwt
        | ClientAuthMethod::PrivateKeyJwt => false,
    }
}
