//! The master key: the one secret from which every sealing key is derived.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::base::encoding::{base64url, from_base64url};
use crate::base::{Rng, RngFailed, Secret};

/// 256 random bits.
#[derive(Clone, Debug)]
pub struct MasterKey(Secret<[u8; 32]>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error("the master key file {path} cannot be {action}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `made`.
        action: &'static str,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file does not hold a key. It is never overwritten: what it sealed would be lost.
    #[error(
        "{path} does not hold a master key (43 characters of base64url). Restore it from a backup; \
         without the key that sealed it, the stored signing keys cannot be used"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// Others can read the file.
    #[error("{path} can be read by other users (mode {mode:o}); run: chmod 600 {path}")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A given key is not 32 bytes.
    #[error("the given master key is not 32 bytes in base64url (43 characters)")]
    Given,
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] RngFailed),
}

impl MasterKey {
    /// Reads the key in `path`, or makes the file (mode 0600) with a fresh one.
    pub fn load_or_create(path: &Path, rng: &Rng) -> Result<Self, MasterKeyError> {
        match Self::load(path) {
            Err(MasterKeyError::File { cause, .. }) if cause.kind() == ErrorKind::NotFound => {
                Self::create(path, rng)
            }
            other => other,
        }
    }

    /// Reads the key in `path`.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |cause| MasterKeyError::File {
            path: path.into(),
            action: "read",
            cause,
        };
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Exposed {
                path: path.into(),
                mode,
            });
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        Self::parse(text.trim()).ok_or_else(|| MasterKeyError::Malformed { path: path.into() })
    }

    /// Makes `path` with a fresh key; fails if the file is there.
    ///
    /// The file appears whole or not at all: a power cut never leaves half a key behind.
    pub fn create(path: &Path, rng: &Rng) -> Result<Self, MasterKeyError> {
        let failed = |cause| MasterKeyError::File {
            path: path.into(),
            action: "made",
            cause,
        };
        let bytes = Zeroizing::new(rng.bytes::<32>()?);
        let draft = path.with_extension(format!("new-{}", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| {
                file.write_all(Zeroizing::new(base64url(*bytes)).as_bytes())?;
                file.write_all(b"\n")?;
                file.sync_all()
            })
            // A link, not a rename: it fails when another process was faster.
            .and_then(|()| fs::hard_link(&draft, path));
        let _ = fs::remove_file(&draft);
        match written {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Self::load(path),
            Err(cause) => Err(failed(cause)),
            Ok(()) => Ok(Self(Secret::new(*bytes))),
        }
    }

    /// A key given from outside, as 32 bytes or as their base64url text.
    pub fn from_bytes(given: &Secret<Vec<u8>>) -> Result<Self, MasterKeyError> {
        let given = given.expose_secret();
        if let Ok(bytes) = <[u8; 32]>::try_from(given.as_slice()) {
            return Ok(Self(Secret::new(bytes)));
        }
        std::str::from_utf8(given)
            .ok()
            .and_then(|text| Self::parse(text.trim()))
            .ok_or(MasterKeyError::Given)
    }

    /// A key that ends with the process.
    pub fn ephemeral(rng: &Rng) -> Result<Self, RngFailed> {
        Ok(Self(Secret::new(rng.bytes()?)))
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(from_base64url(text)?);
        Some(Self(Secret::new(bytes.as_slice().try_into().ok()?)))
    }

    pub(super) const fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_private_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let made = MasterKey::load_or_create(&path, &Rng::system()).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        let read = MasterKey::load_or_create(&path, &Rng::system()).unwrap();
        assert!(made.0.is(read.0.expose_secret()));
    }

    #[test]
    fn a_truncated_or_exposed_file_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        MasterKey::create(&path, &Rng::system()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            MasterKey::load(&path),
            Err(MasterKeyError::Exposed { .. })
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        let refused = MasterKey::load_or_create(&path, &Rng::system());
        assert!(matches!(refused, Err(MasterKeyError::Malformed { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
    }
}
