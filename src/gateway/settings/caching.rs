//! What a route keeps of an app's answers.

/// How many answers of its app a route keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// All of them together, in bytes.
    pub size: u64,
    /// One of them at most, in bytes.
    pub entry: usize,
}

impl CacheSettings {
    /// 32 MiB.
    pub const SIZE: u64 = 32 * 1024 * 1024;
    /// 1 MiB.
    pub const ENTRY: u64 = 1024 * 1024;
}
