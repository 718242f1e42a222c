//! Client certificates (RFC 8705 6.2): asked for, never demanded, taken whoever issued them. That
//! the other end has the key is proven here; whether a configured authority vouches for the
//! certificate is noted, and whose it is the issuer decides.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::listeners::TlsAccept;
use pingora::protocols::tls::TlsRef;
use pingora::proxy::Session;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::settings::ClientCertificates;
use super::tls::{TlsError, read_chain};
use crate::base::Clock;
use crate::web::PeerCertificate;

/// Asks for certificates.
#[derive(Clone, Debug)]
pub struct Asking {
    provider: Arc<CryptoProvider>,
    /// Says whether a configured authority vouches for a certificate.
    authorities: Option<Arc<dyn ClientCertVerifier>>,
    clock: Clock,
}

impl Asking {
    /// Reads the authorities.
    pub fn load(settings: &ClientCertificates, clock: Clock) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        for path in &settings.trust {
            for certificate in read_chain(path)? {
                roots.add(certificate)?;
            }
        }
        let authorities = if roots.is_empty() {
            None
        } else {
            let builder =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            let built = builder.build();
            Some(built.map_err(|cause| Error::General(cause.to_string()))?)
        };
        Ok(Self {
            provider,
            authorities,
            clock,
        })
    }

    fn is_trusted(&self, leaf: &CertificateDer<'_>, chain: &[CertificateDer<'_>]) -> bool {
        let seconds = u64::try_from(self.clock.now().seconds()).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        self.authorities
            .as_ref()
            .is_some_and(|authorities| authorities.verify_client_cert(leaf, chain, now).is_ok())
    }
}

impl ClientCertVerifier for Asking {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// Named where there are any: a browser then bothers only people with a certificate of theirs.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.authorities
            .as_ref()
            .map_or(&[], |authorities| authorities.root_hint_subjects())
    }

    /// Anything that is a certificate. What is none must not come further: the library panics
    /// over one that it cannot read.
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match X509Certificate::from_der(end_entity) {
            Ok(([], _)) => Ok(ClientCertVerified::assertion()),
            Ok(_) | Err(_) => Err(CertificateError::BadEncoding.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

#[async_trait]
impl TlsAccept for Asking {
    /// What requests find on their connection.
    async fn handshake_complete_callback(
        &self,
        tls: &TlsRef,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        let shown = tls.peer_cert_chain_der().and_then(<[_]>::split_first);
        let certificate =
            shown.map(|(leaf, chain)| PeerCertificate::new(leaf, self.is_trusted(leaf, chain)));
        let server_name = tls.server_name().map(str::to_ascii_lowercase);
        Some(Arc::new(Handshake {
            server_name,
            certificate,
        }))
    }
}

/// What a handshake that asked for a certificate leaves to the requests of its connection.
#[derive(Debug)]
pub(super) struct Handshake {
    server_name: Option<String>,
    certificate: Option<PeerCertificate>,
}

impl Handshake {
    /// Of this request's connection; `None` where no certificate was asked for.
    pub(super) fn of(session: &Session) -> Option<&Self> {
        let tls = session.digest()?.ssl_digest.as_ref()?;
        tls.extension.get::<Self>()
    }

    /// The certificate of the other end, if it has shown one.
    pub(super) const fn certificate(&self) -> Option<&PeerCertificate> {
        self.certificate.as_ref()
    }

    /// Whether `host` is what the other end asked for: only then did it show its certificate for
    /// this host, or decline to.
    pub(super) fn is_for(&self, host: &str) -> bool {
        self.server_name.as_deref() == Some(host)
    }
}
