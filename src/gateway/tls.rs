//! Certificates: from files, or from a development authority of our own.
//!
//! The certificate can be replaced while connections are open; the next handshake sees the new one.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use pingora::listeners::tls::{Acceptor, TlsSettings};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::client_certs::Asking;
use super::settings::TlsSource;

/// The development authority's certificate, to be trusted by browsers.
pub const DEV_CA: &str = "ca.pem";
const DEV_CA_KEY: &str = "ca.key";

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
    /// The key and the certificate do not belong together, or cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// The development authority failed.
    #[error("the development certificate could not be made: {0}")]
    Dev(#[from] rcgen::Error),
}

/// The certificate in use.
#[derive(Debug)]
pub struct Certificates {
    current: ArcSwap<CertifiedKey>,
    asking: Option<Asking>,
}

impl Certificates {
    /// Loads or makes the certificate for `hosts`; `asking` for those of clients, or not.
    pub fn load(
        source: &TlsSource,
        hosts: &[String],
        asking: Option<Asking>,
    ) -> Result<Arc<Self>, TlsError> {
        let current = ArcSwap::from_pointee(certified(source, hosts)?);
        Ok(Arc::new(Self { current, asking }))
    }

    /// Loads it again; the old one stays when that fails.
    pub fn reload(&self, source: &TlsSource, hosts: &[String]) -> Result<(), TlsError> {
        self.current.store(Arc::new(certified(source, hosts)?));
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
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn certified(source: &TlsSource, hosts: &[String]) -> Result<CertifiedKey, TlsError> {
    let (chain, key) = match source {
        TlsSource::Files { cert, key } => (read_chain(cert)?, read_key(key)?),
        TlsSource::Dev { dir } => dev_leaf(dir, hosts)?,
    };
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    Ok(CertifiedKey::from_der(chain, key, &provider)?)
}

/// The certificates of a PEM file, in its order.
pub(super) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let content = |what: String| TlsError::Content {
        path: path.to_owned(),
        what,
    };
    let chain = CertificateDer::pem_slice_iter(&read(path)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| content(cause.to_string()))?;
    if chain.is_empty() {
        return Err(content("holds no certificate in PEM form".to_owned()));
    }
    Ok(chain)
}

/// The private key of a PEM file.
pub(super) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|cause| TlsError::Content {
        path: path.to_owned(),
        what: format!("holds no private key in PEM form ({cause})"),
    })
}

fn read(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, TlsError> {
    fs::read(path)
        .map(zeroize::Zeroizing::new)
        .map_err(|cause| {
            let path = path.to_owned();
            TlsError::File { path, cause }
        })
}

type Leaf = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A leaf for `hosts` under the authority kept in `dir`. Only the authority is kept.
fn dev_leaf(dir: &Path, hosts: &[String]) -> Result<Leaf, TlsError> {
    let authority = dev_authority(dir)?;
    let key = KeyPair::generate()?;
    let mut names: Vec<String> = hosts.to_vec();
    for local in ["localhost", "127.0.0.1", "::1"] {
        if !names.iter().any(|name| name == local) {
            names.push(local.to_owned());
        }
    }
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = called("Doorward development");
    let leaf = params.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|cause| TlsError::Content {
        path: dir.to_owned(),
        what: cause.to_owned(),
    })?;
    Ok((vec![leaf.der().clone()], key))
}

fn dev_authority(dir: &Path) -> Result<Issuer<'static, KeyPair>, TlsError> {
    let (cert_path, key_path) = (dir.join(DEV_CA), dir.join(DEV_CA_KEY));
    if !key_path.exists() {
        let key = KeyPair::generate()?;
        let cert = authority_params()?.self_signed(&key)?;
        write(&cert_path, &cert.pem(), 0o644)?;
        write(&key_path, &key.serialize_pem(), 0o600)?;
    }
    let key_text = zeroize::Zeroizing::new(text(&key_path)?);
    let key = KeyPair::from_pem(&key_text)?;
    // The certificate itself is not parsed again: its name and purpose are constants of ours.
    Ok(Issuer::new(authority_params()?, key))
}

fn authority_params() -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name = called("Doorward development authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn called(name: &str) -> DistinguishedName {
    let mut called = DistinguishedName::new();
    called.push(DnType::CommonName, name);
    called
}

fn text(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(|cause| TlsError::File {
        path: path.to_owned(),
        cause,
    })
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let attempt = || {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(mode);
        options.open(path)?.write_all(text.as_bytes())
    };
    attempt().map_err(|cause| TlsError::File {
        path: path.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_development_authority_is_made_once_and_kept_to_its_owner() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let source = TlsSource::Dev {
            dir: dir.path().to_owned(),
        };
        let hosts = ["app.localhost".to_owned()];
        Certificates::load(&source, &hosts, None).unwrap();
        let first = fs::read(dir.path().join(DEV_CA)).unwrap();
        let certificates = Certificates::load(&source, &hosts, None).unwrap();
        assert_eq!(fs::read(dir.path().join(DEV_CA)).unwrap(), first);
        let key = fs::metadata(dir.path().join(DEV_CA_KEY)).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);

        let ca = read_chain(&dir.path().join(DEV_CA)).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(ca[0].clone()).unwrap();
        let chain = certificates.current.load().cert.clone();
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
        let source = TlsSource::Files {
            cert: cert.clone(),
            key: key.clone(),
        };
        let message = || {
            Certificates::load(&source, &[], None)
                .unwrap_err()
                .to_string()
        };
        assert!(message().contains("c.pem"));
        fs::write(&cert, "no certificate").unwrap();
        assert!(message().contains("holds no certificate"));
        let pair = KeyPair::generate().unwrap();
        let other = KeyPair::generate().unwrap();
        let own = authority_params().unwrap().self_signed(&pair).unwrap();
        fs::write(&cert, own.pem()).unwrap();
        fs::write(&key, "junk").unwrap();
        assert!(message().contains("k.pem"));
        fs::write(&key, other.serialize_pem()).unwrap();
        assert!(message().contains("cannot be used"));
        fs::write(&key, pair.serialize_pem()).unwrap();
        Certificates::load(&source, &[], None).unwrap();
    }
}
