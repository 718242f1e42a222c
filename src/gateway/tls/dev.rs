//! The development authority: certificates that only this machine's browsers are told to trust.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;

/// The authority's certificate, to be trusted by browsers.
pub const DEV_CA: &str = "ca.pem";
const DEV_CA_KEY: &str = "ca.key";

pub(super) type Leaf = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A leaf for `hosts` under the authority kept in `dir`. Only the authority is kept.
pub(super) fn dev_leaf(dir: &Path, hosts: &[String]) -> Result<Leaf, TlsError> {
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

/// One that signs itself, for `hosts`, until there are others.
pub(super) fn stand_in(hosts: &[String]) -> Result<Leaf, TlsError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(hosts.to_vec())?;
    params.distinguished_name = called("Doorward, until an authority answers");
    let leaf = params.self_signed(&key)?;
    Ok((vec![leaf.der().clone()], key.into()))
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
