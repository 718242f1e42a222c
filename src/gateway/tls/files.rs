//! Certificates and keys in PEM files.

use std::fs;
use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Kept, TlsError, kept};

/// The certificates of a PEM file, in its order.
pub fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
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
pub fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
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

/// A chain and its key, both PEM texts.
pub(super) fn pair_of(chain: &str, key: &str) -> Result<Kept, TlsError> {
    let bad = || TlsError::Content {
        path: "(ordered)".into(),
        what: "is no certificate with its key in PEM form".to_owned(),
    };
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<Vec<_>, _>>();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| bad())?;
    kept(chain.map_err(|_| bad())?, key)
}
