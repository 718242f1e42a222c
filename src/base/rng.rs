//! Randomness as an argument. A failing source fails the request; there is no fallback value.

/// The operating system could not give random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct RngFailed;

/// Where random bytes come from.
#[derive(Clone, Debug)]
pub struct Rng(Source);

#[derive(Clone, Copy, Debug)]
enum Source {
    System,
    Failing,
}

impl Rng {
    /// The operating system's generator.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A source that always fails, for tests of what happens then.
    pub const fn failing() -> Self {
        Self(Source::Failing)
    }

    /// `N` unpredictable bytes.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the generator"
    )]
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], RngFailed> {
        let mut bytes = [0; N];
        match self.0 {
            Source::System => getrandom::fill(&mut bytes).map_err(|_| RngFailed)?,
            Source::Failing => return Err(RngFailed),
        }
        Ok(bytes)
    }

    /// A random (version 4) UUID.
    pub fn uuid(&self) -> Result<uuid::Uuid, RngFailed> {
        Ok(uuid::Builder::from_random_bytes(self.bytes()?).into_uuid())
    }
}
