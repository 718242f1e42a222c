//! What a file can refer to besides itself: environment variables, credentials, files beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The world around a file, as an argument.
#[derive(Clone, Debug)]
pub struct Surroundings {
    variables: BTreeMap<String, String>,
    /// Relative paths start here.
    base: PathBuf,
}

impl Surroundings {
    /// This process, with relative paths from the folder of `file`.
    pub fn of_process(file: &Path) -> Self {
        // A variable that is not text cannot be named by a file, which is text.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let base = file.parent().unwrap_or(Path::new("")).to_path_buf();
        Self { variables, base }
    }

    /// A world of its own, for tests.
    pub fn of<'a>(
        base: impl Into<PathBuf>,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            variables,
            base: base.into(),
        }
    }

    /// An environment variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// `path` as written in the file.
    pub fn path(&self, path: &str) -> PathBuf {
        self.base.join(path)
    }

    /// A systemd credential's file; `None` when there are no credentials or the name is not one.
    pub fn credential(&self, name: &str) -> Option<PathBuf> {
        let plain = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
        let folder = self.variable("CREDENTIALS_DIRECTORY")?;
        plain.then(|| Path::new(folder).join(name))
    }

    /// Where state goes when the file does not say: what systemd prepared, or beside the file.
    pub fn state(&self, name: &str) -> PathBuf {
        // systemd separates several directories by colons; the first is the service's own.
        self.variable("STATE_DIRECTORY")
            .and_then(|list| list.split(':').next())
            .filter(|folder| !folder.is_empty())
            .map_or_else(|| self.path(name), |folder| Path::new(folder).join(name))
    }
}
