//! Reading the file, and the files it names: regular ones, of a sensible size, without waiting.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

/// The longest configuration, in bytes.
pub const CONFIG: u64 = 4 * 1024 * 1024;
/// The largest image, in bytes.
pub const IMAGE: u64 = 256 * 1024;
/// The longest secret, in bytes.
pub const SECRET: u64 = 64 * 1024;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The system said no.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is a directory, a pipe, a device or a socket.
    #[error("it is {0}, not a file")]
    Kind(&'static str),
    /// It has more bytes than this.
    #[error("it is larger than {}", bytesize::ByteSize(*.0))]
    Large(u64),
}

/// Reads `path`, of at most `most` bytes. Links are followed: secrets are mounted as links.
pub fn read(path: &Path, most: u64) -> Result<Zeroizing<String>, Unread> {
    let mut text = Zeroizing::new(String::new());
    open(path)?.take(most + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length <= most) {
        Ok(text)
    } else {
        Err(Unread::Large(most))
    }
}

/// The same, for what is not text.
pub fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        Ok(bytes)
    } else {
        Err(Unread::Large(most))
    }
}

/// Whether `path` could be read.
pub fn probe(path: &Path) -> Result<(), Unread> {
    open(path).map(drop)
}

/// What is said about a file that is not read. A file's content, given in place of its path, is not
/// repeated.
pub fn complaint(path: &Path, why: &Unread) -> impl fmt::Display {
    let text = path.to_string_lossy();
    if text.contains("-----BEGIN") || text.contains(char::is_control) {
        return "this is the content of a file, where its path belongs".to_owned();
    }
    format!("cannot read {text}: {why}")
}

fn open(path: &Path) -> Result<File, Unread> {
    let kind = path.metadata()?.file_type();
    let other = [
        (kind.is_dir(), "a directory"),
        (kind.is_fifo(), "a pipe"),
        (kind.is_socket(), "a socket"),
        (!kind.is_file(), "a device"),
    ];
    if let Some((_, name)) = other.into_iter().find(|(is, _)| *is) {
        return Err(Unread::Kind(name));
    }
    // Should it become a pipe just now, opening it must not wait for somebody who writes.
    let at_once = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let mut options = OpenOptions::new();
    Ok(options.read(true).custom_flags(at_once).open(path)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn only_files_of_a_sensible_size_are_read_and_links_to_them() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let said = |path: &Path| read(path, 4).unwrap_err().to_string();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        symlink("pipe", at("link-to-pipe")).unwrap();
        for pipe in ["pipe", "link-to-pipe"] {
            assert_eq!(said(&at(pipe)), "it is a pipe, not a file");
        }
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        assert_eq!(said(&at("socket")), "it is a socket, not a file");
        assert_eq!(said(dir.path()), "it is a directory, not a file");
        assert_eq!(said(Path::new("/dev/zero")), "it is a device, not a file");

        std::fs::write(at("four"), "four").unwrap();
        symlink("four", at("link")).unwrap();
        assert_eq!(*read(&at("link"), 4).unwrap(), "four");
        std::fs::write(at("more"), "fours").unwrap();
        assert_eq!(said(&at("more")), "it is larger than 4 B");
    }

    #[test]
    fn a_key_given_in_place_of_its_path_is_not_repeated() {
        let key = Path::new("/etc/-----BEGIN PRIVATE KEY-----canary");
        let failed = probe(key).unwrap_err();
        assert!(!complaint(key, &failed).to_string().contains("canary"));
    }
}
