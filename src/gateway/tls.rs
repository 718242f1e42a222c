//! Certificates: from files, or from a development authority of our own; several, chosen by the
//! name that is asked for.
//!
//! They can be replaced while connections are open; the next handshake sees the new ones.

mod dev;
mod files;
mod lists;
mod shelf;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use pingora::listeners::tls::{Acceptor, TlsSettings};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

pub use dev::DEV_CA;
pub use files::{read_chain, read_key};
pub use shelf::{Kept, Stated};

use super::client_certs::Asking;
use super::settings::{PemFiles, TlsSource};
use crate::telemetry::Metrics;
use lists::Lists;
use shelf::Shelf;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("{path}: {what}")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The key is another certificate's.
    #[error("{key}: is not the key of the certificate in {cert}")]
    Mismatch {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The certificate, or its key, cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// The development authority failed.
    #[error("the development certificate could not be made: {0}")]
    Dev(#[from] rcgen::Error),
    /// No source names one.
    #[error("no certificate is named")]
    None,
}

/// The certificates in use.
#[derive(Debug)]
pub struct Certificates {
    current: ArcSwap<Shelf>,
    lists: Mutex<Lists>,
    asking: Option<Asking>,
    metrics: Metrics,
}

impl Certificates {
    /// Loads or makes the certificates for `hosts`; `asking` for those of clients, or not.
    pub fn load(
        source: &TlsSource,
        hosts: &[String],
        asking: Option<Asking>,
        metrics: Metrics,
    ) -> Result<Arc<Self>, TlsError> {
        let lists = Lists {
            given: load(source, hosts)?,
            stand_in: matches!(source, TlsSource::Ordered),
            ordered: Vec::new(),
        };
        let current = ArcSwap::from_pointee(lists.shelf()?);
        lists.tell(&metrics);
        Ok(Arc::new(Self {
            current,
            lists: Mutex::new(lists),
            asking,
            metrics,
        }))
    }

    /// Loads them again; the old ones stay when one of them cannot be.
    pub fn reload(&self, source: &TlsSource, hosts: &[String]) -> Result<(), TlsError> {
        let given = load(source, hosts)?;
        let mut lists = self.lists.lock();
        let earlier = std::mem::replace(&mut lists.given, given);
        if let Err(error) = self.show(&lists) {
            lists.given = earlier;
            return Err(error);
        }
        lists.stand_in = matches!(source, TlsSource::Ordered);
        Ok(())
    }

    /// Uses what an authority gave, each a chain and its key in PEM; those of earlier no more.
    pub fn put_ordered<'a>(&self, issued: impl Iterator<Item = (&'a str, &'a str)>) {
        let read = issued.filter_map(|(chain, key)| match files::pair_of(chain, key) {
            Ok(kept) => Some(kept),
            Err(error) => {
                tracing::error!(%error, "an ordered certificate cannot be used");
                None
            }
        });
        let mut lists = self.lists.lock();
        lists.ordered = read.collect();
        if let Err(error) = self.show(&lists) {
            tracing::error!(%error, "the ordered certificates are not in use");
        }
    }

    /// Whether a certificate that the configuration names is for `host`.
    pub fn are_given_for(&self, host: &str) -> bool {
        let lists = self.lists.lock();
        !lists.stand_in && lists.given.iter().any(|kept| kept.stated.covers(host))
    }

    fn show(&self, lists: &Lists) -> Result<(), TlsError> {
        self.current.store(Arc::new(lists.shelf()?));
        lists.tell(&self.metrics);
        Ok(())
    }

    /// What listeners need: TLS 1.2 and 1.3, HTTP/2 preferred.
    pub(super) fn acceptor(self: &Arc<Self>) -> Acceptor {
        let asking = self.asking.clone();
        let settings = asking.and_then(|asking| {
            Some((
                TlsSettings::with_callbacks(Box::new(asking.clone())).ok()?,
                asking,
            ))
        });
        let Some((mut settings, asking)) = settings else {
            return Acceptor::from_server_config(self.server_config());
        };
        let resolver = Arc::clone(self);
        settings.set_cert_resolver(resolver);
        settings.set_client_cert_verifier(Arc::new(asking));
        settings.enable_h2();
        settings.build()
    }

    fn server_config(self: &Arc<Self>) -> Arc<ServerConfig> {
        let resolver = Arc::clone(self);
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(self.current.load().find(hello.server_name())))
    }
}

fn load(source: &TlsSource, hosts: &[String]) -> Result<Vec<Kept>, TlsError> {
    match source {
        TlsSource::Files(pairs) => pairs.iter().map(load_pair).collect(),
        TlsSource::Dev { dir } => {
            let (chain, key) = dev::dev_leaf(dir, hosts)?;
            Ok(vec![kept(chain, key)?])
        }
        TlsSource::Ordered => {
            let (chain, key) = dev::stand_in(hosts)?;
            Ok(vec![kept(chain, key)?])
        }
    }
}

/// Reads a certificate and its key, and whether they belong together.
pub fn load_pair(files: &PemFiles) -> Result<Kept, TlsError> {
    let (cert, key) = (&files.cert, &files.key);
    let loaded = kept(read_chain(cert)?, read_key(key)?);
    match loaded {
        Err(TlsError::Unusable(rustls::Error::InconsistentKeys(_))) => Err(TlsError::Mismatch {
            cert: cert.clone(),
            key: key.clone(),
        }),
        Err(TlsError::Unusable(cause)) => Err(TlsError::Content {
            path: cert.clone(),
            what: cause.to_string(),
        }),
        loaded @ (Ok(_) | Err(_)) => loaded,
    }
}

/// A chain and its key, ready for handshakes.
pub fn kept(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Kept, TlsError> {
    let stated = chain.first().and_then(Stated::read);
    let bad = rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
    let stated = stated.ok_or(TlsError::Unusable(bad))?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = Arc::new(CertifiedKey::from_der(chain, key, &provider)?);
    Ok(Kept { key, stated })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn load(source: &TlsSource, hosts: &[String]) -> Result<Arc<Certificates>, TlsError> {
        Certificates::load(source, hosts, None, Metrics::new().unwrap())
    }

    #[test]
    fn the_development_authority_is_made_once_and_kept_to_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let source = TlsSource::Dev {
            dir: dir.path().to_owned(),
        };
        let hosts = ["app.localhost".to_owned()];
        load(&source, &hosts).unwrap();
        let first = fs::read(dir.path().join(DEV_CA)).unwrap();
        let certificates = load(&source, &hosts).unwrap();
        assert_eq!(fs::read(dir.path().join(DEV_CA)).unwrap(), first);
        let key = fs::metadata(dir.path().join("ca.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);

        let ca = read_chain(&dir.path().join(DEV_CA)).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(ca[0].clone()).unwrap();
        let chain = certificates.current.load().find(None).cert.clone();
        let leaf = rustls::server::ParsedCertificate::try_from(&chain[0]).unwrap();
        for name in ["app.localhost", "localhost", "127.0.0.1"] {
            let name = rustls::pki_types::ServerName::try_from(name).unwrap();
            rustls::client::verify_server_name(&leaf, &name).unwrap();
        }
        rustls::client::verify_server_cert_signed_by_trust_anchor(
            &leaf,
            &roots,
            &[],
            rustls::pki_types::UnixTime::now(),
            rustls::crypto::aws_lc_rs::default_provider()
                .signature_verification_algorithms
                .all,
        )
        .unwrap();
    }

    #[test]
    fn files_that_hold_something_else_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
        let source = TlsSource::Files(vec![PemFiles {
            cert: cert.clone(),
            key: key.clone(),
        }]);
        let message = || load(&source, &[]).unwrap_err().to_string();
        assert!(message().contains("c.pem"));
        fs::write(&cert, "no certificate").unwrap();
        assert!(message().contains("holds no certificate"));
        let pair = KeyPair::generate().unwrap();
        let other = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["a.test".to_owned()]).unwrap();
        let own = own.self_signed(&pair).unwrap();
        fs::write(&cert, own.pem()).unwrap();
        fs::write(&key, "junk").unwrap();
        assert!(message().contains("k.pem"));
        fs::write(&key, other.serialize_pem()).unwrap();
        let mismatch = message();
        assert!(mismatch.contains("is not the key of"), "{mismatch}");
        assert!(mismatch.contains("c.pem") && mismatch.contains("k.pem"));
        fs::write(&key, pair.serialize_pem()).unwrap();
        load(&source, &[]).unwrap();
        assert!(load(&TlsSource::Files(Vec::new()), &[]).is_err());
    }
}
