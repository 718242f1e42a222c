//! Password hashing on threads of its own: bounded in memory and number, out of the way of proxied
//! traffic, with a queue that turns people away before it grows long.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use parking_lot::Mutex;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use crate::base::{Rng, RngFailed, Secret};

/// Longest password in bytes that is looked at; a longer one is simply wrong.
pub const MAX_PASSWORD: usize = 1024;

/// OWASP's choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// A stored hash that asks for more memory than this is not worked out.
const MOST_KIB: usize = 1024 * 1024;
const HASH: usize = 32;
/// Whoever would wait longer than this is told to come back.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long one hash takes before any was measured.
const FIRST_GUESS: Duration = Duration::from_millis(20);
/// Below proxied traffic.
const NICENESS: i32 = 10;

/// The pool. Cheap to clone.
#[derive(Clone)]
pub struct Passwords(Arc<Pool>);

struct Pool {
    queue: mpsc::SyncSender<Job>,
    load: Arc<Load>,
    threads: usize,
    rng: Rng,
}

#[derive(Default)]
struct Load {
    waiting: AtomicUsize,
    /// Moving average of one hash, in microseconds.
    each: AtomicU64,
}

/// The outcome of checking a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whether it is the right one.
    pub right: bool,
    /// Whether the stored hash is weaker than today's and should be made anew.
    pub outdated: bool,
}

/// Too many passwords wait to be checked.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many sign-ins at once; try again in {} s", retry_after.as_secs())]
pub struct Busy {
    /// When to come back; whole seconds, at least one.
    pub retry_after: Duration,
}

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The queue is long.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// No randomness for a salt.
    #[error(transparent)]
    Rng(#[from] RngFailed),
    /// It is longer than [`MAX_PASSWORD`].
    #[error("a password may have at most {MAX_PASSWORD} bytes")]
    TooLong,
}

struct Job {
    password: Secret<String>,
    work: Work,
}

enum Work {
    Verify(Option<String>, oneshot::Sender<Verified>),
    Hash([u8; 16], oneshot::Sender<String>),
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords(..)")
    }
}

impl Passwords {
    /// Starts `threads` threads, each with its 19 MiB.
    pub fn start(threads: usize, rng: Rng) -> std::io::Result<Self> {
        let threads = threads.max(1);
        let (queue, jobs) = mpsc::sync_channel(1024);
        let (jobs, load) = (Arc::new(Mutex::new(jobs)), Arc::new(Load::default()));
        for at in 0..threads {
            let (jobs, load) = (jobs.clone(), load.clone());
            std::thread::Builder::new()
                .name(format!("password-{at}"))
                .spawn(move || work(&jobs, &load))?;
        }
        Ok(Self(Arc::new(Pool {
            queue,
            load,
            threads,
            rng,
        })))
    }

    /// Checks a password against a stored hash. With no hash it works as long and says no.
    pub async fn verify(
        &self,
        stored: Option<&str>,
        password: Secret<String>,
    ) -> Result<Verified, Busy> {
        let (answer, verdict) = oneshot::channel();
        self.queue(Job {
            password: prepared(password),
            work: Work::Verify(stored.map(str::to_owned), answer),
        })?;
        verdict.await.map_err(|_| self.busy())
    }

    /// Hashes a new password into PHC string form.
    pub async fn hash(&self, password: Secret<String>) -> Result<String, HashError> {
        let password = prepared(password);
        if password.expose_secret().len() > MAX_PASSWORD {
            return Err(HashError::TooLong);
        }
        let (answer, hash) = oneshot::channel();
        self.queue(Job {
            password,
            work: Work::Hash(self.0.rng.bytes()?, answer),
        })?;
        Ok(hash.await.map_err(|_| self.busy())?)
    }

    fn queue(&self, job: Job) -> Result<(), Busy> {
        if self.expected_wait() > PATIENCE {
            return Err(self.busy());
        }
        self.0.load.waiting.fetch_add(1, Ordering::SeqCst);
        self.0.queue.try_send(job).map_err(|_| {
            self.0.load.waiting.fetch_sub(1, Ordering::SeqCst);
            self.busy()
        })
    }

    fn expected_wait(&self) -> Duration {
        let each = match self.0.load.each.load(Ordering::SeqCst) {
            0 => FIRST_GUESS,
            micros => Duration::from_micros(micros),
        };
        let waiting = self.0.load.waiting.load(Ordering::SeqCst) / self.0.threads;
        each.saturating_mul(u32::try_from(waiting).unwrap_or(u32::MAX))
    }

    fn busy(&self) -> Busy {
        Busy {
            retry_after: Duration::from_secs(self.expected_wait().as_secs().max(1)),
        }
    }
}

/// One password typed on two keyboards may come as different bytes: the same letters composed or
/// not, another space. The profile `OpaqueString` makes them one (RFC 8265 4.2); what it does not
/// take stays as it was typed.
fn prepared(password: Secret<String>) -> Secret<String> {
    use precis_profiles::precis_core::profile::PrecisFastInvocation;
    let typed = password.expose_secret();
    // ASCII is its own form, and what is far too long stays wrong without work.
    if typed.is_ascii() || typed.len() > 2 * MAX_PASSWORD {
        return password;
    }
    match precis_profiles::OpaqueString::enforce(typed.as_str()) {
        Ok(form) => Secret::new(form.into_owned()),
        Err(_) => password,
    }
}

fn work(jobs: &Mutex<mpsc::Receiver<Job>>, load: &Load) {
    // Without the right to be nicer, be as nice as the process is.
    let _ = rustix::process::nice(NICENESS);
    let mut memory = vec![Block::default(); MEMORY_KIB as usize];
    loop {
        let next = jobs.lock().recv();
        let Ok(Job { password, work }) = next else {
            return;
        };
        let started = std::time::Instant::now();
        let password = password.expose_secret().as_bytes();
        let worked = match work {
            // Whoever asked has gone away: spend nothing on it.
            Work::Verify(_, answer) if answer.is_closed() => false,
            Work::Hash(_, answer) if answer.is_closed() => false,
            Work::Verify(stored, answer) => {
                let _ = answer.send(verify(stored.as_deref(), password, &mut memory));
                true
            }
            Work::Hash(salt, answer) => {
                if let Some(hash) = hash(&salt, password, &mut memory) {
                    let _ = answer.send(hash);
                }
                true
            }
        };
        load.waiting.fetch_sub(1, Ordering::SeqCst);
        if worked {
            let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            let before = load.each.load(Ordering::SeqCst);
            let average = if before == 0 {
                micros
            } else {
                (before * 7 + micros) / 8
            };
            load.each.store(average, Ordering::SeqCst);
        }
    }
}

fn verify(stored: Option<&str>, password: &[u8], memory: &mut Vec<Block>) -> Verified {
    let wrong = Verified {
        right: false,
        outdated: false,
    };
    let password = password
        .get(..password.len().min(MAX_PASSWORD + 1))
        .unwrap_or_default();
    let parsed = stored.and_then(|text| PasswordHash::new(text).ok());
    let known = parsed
        .as_ref()
        .and_then(|hash| Some((hash, hash.salt?, hash.hash?)));
    let Some((parsed, salt, expected)) = known else {
        // The same work for nobody as for somebody.
        let _ = hash(b"nobody at all...", password, memory);
        return wrong;
    };
    let Ok(params) = Params::try_from(parsed) else {
        return wrong;
    };
    let blocks = params.block_count();
    if blocks > MOST_KIB {
        return wrong;
    }
    let outdated = (params.m_cost(), params.t_cost()) != (MEMORY_KIB, PASSES);
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = vec![0; expected.len()];
    let blocks = memory.get_mut(..blocks).unwrap_or_default();
    let done = argon2.hash_password_into_with_memory(password, salt.as_ref(), &mut out, blocks);
    let is_argon2id = parsed.algorithm.as_str() == "argon2id";
    let same: bool = out.ct_eq(expected.as_bytes()).into();
    let right = done.is_ok() && is_argon2id && same && password.len() <= MAX_PASSWORD;
    // A hash imported with larger parameters must not keep its memory for ever.
    memory.truncate(MEMORY_KIB as usize);
    memory.shrink_to(MEMORY_KIB as usize);
    Verified {
        right,
        outdated: right && outdated,
    }
}

fn hash(salt: &[u8; 16], password: &[u8], memory: &mut [Block]) -> Option<String> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(HASH)).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut out = [0; HASH];
    let memory = memory.get_mut(..params.block_count())?;
    argon2
        .hash_password_into_with_memory(password, salt, &mut out, memory)
        .ok()?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&params).try_into().ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(argon2::password_hash::phc::Output::new(&out).ok()?),
    };
    Some(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_right_password_is_right_and_nobody_has_one() {
        let pool = Passwords::start(1, Rng::system()).unwrap();
        let stored = pool.hash(secret("velvet-otter-42")).await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        let right = pool
            .verify(Some(&stored), secret("velvet-otter-42"))
            .await
            .unwrap();
        assert_eq!(
            right,
            Verified {
                right: true,
                outdated: false
            }
        );
        for wrong in ["", "velvet-otter-4", "Velvet-otter-42", "velvet-otter-42 "] {
            assert!(
                !pool
                    .verify(Some(&stored), secret(wrong))
                    .await
                    .unwrap()
                    .right
            );
        }
        for stored in [
            None,
            Some(""),
            Some("$argon2id$junk"),
            Some("$argon2i$v=19$m=8,t=1,p=1$"),
        ] {
            assert!(
                !pool
                    .verify(stored, secret("velvet-otter-42"))
                    .await
                    .unwrap()
                    .right
            );
        }
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_still_verifies_and_is_called_outdated() {
        let pool = Passwords::start(1, Rng::system()).unwrap();
        // The reference implementation's own vector: `echo -n password | argon2 somesalt -id -t 2 -m 16`.
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
                      CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let verified = pool.verify(Some(stored), secret("password")).await.unwrap();
        assert_eq!(
            verified,
            Verified {
                right: true,
                outdated: true
            }
        );
    }

    #[tokio::test]
    async fn one_password_typed_on_two_keyboards_is_one_password() {
        let pool = Passwords::start(1, Rng::system()).unwrap();
        let stored = pool
            .hash(secret("p\u{159}\u{ed}li\u{161} \u{17e}lu\u{165}"))
            .await
            .unwrap();
        let decomposed = "pr\u{30c}i\u{301}lis\u{30c}\u{a0}z\u{30c}lut\u{30c}";
        assert!(
            pool.verify(Some(&stored), secret(decomposed))
                .await
                .unwrap()
                .right
        );
        let plain = pool.verify(Some(&stored), secret("prilis zlut")).await;
        assert!(!plain.unwrap().right);
    }

    #[tokio::test]
    async fn a_hash_that_asks_for_the_whole_memory_is_wrong_without_it() {
        let pool = Passwords::start(1, Rng::system()).unwrap();
        let greedy = "$argon2id$v=19$m=4000000000,t=1,p=1$c29tZXNhbHQ$\
                      CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(
            !pool
                .verify(Some(greedy), secret("password"))
                .await
                .unwrap()
                .right
        );
    }

    #[tokio::test]
    async fn hashing_gives_way_to_everything_else() {
        let pool = Passwords::start(1, Rng::system()).unwrap();
        pool.hash(secret("velvet-otter-42")).await.unwrap();
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let stats: Vec<_> = tasks
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("stat")).ok())
            .collect();
        // proc(5): the nice value is the 17th field after the name in parentheses.
        let nice = |stat: &str| {
            stat.rsplit_once(')')?
                .1
                .split(' ')
                .nth(17)?
                .parse::<i32>()
                .ok()
        };
        let (pools, others): (Vec<_>, Vec<_>) =
            stats.iter().partition(|stat| stat.contains("(password-"));
        // Another test's pool may have started this instant: one of them is enough.
        assert!(
            pools.iter().any(|stat| nice(stat) == Some(NICENESS)),
            "{pools:?}"
        );
        assert!(
            others.iter().all(|stat| nice(stat) < Some(NICENESS)),
            "{others:?}"
        );
    }

    #[tokio::test]
    async fn a_very_long_password_is_wrong_even_if_its_beginning_is_right() {
        let pool = Passwords::start(1, Rng::system()).unwrap();
        let long = "x".repeat(MAX_PASSWORD);
        let stored = pool.hash(secret(&long)).await.unwrap();
        assert!(
            pool.verify(Some(&stored), secret(&long))
                .await
                .unwrap()
                .right
        );
        assert!(
            !pool
                .verify(Some(&stored), secret(&format!("{long}x")))
                .await
                .unwrap()
                .right
        );
        assert!(matches!(
            pool.hash(secret(&format!("{long}x"))).await,
            Err(HashError::TooLong)
        ));
    }

    #[tokio::test]
    async fn lgn_23_a_long_queue_turns_people_away_instead_of_growing() {
        let pool = Passwords::start(1, Rng::system()).unwrap();
        let attempts = (0..500).map(|_| pool.verify(None, secret("x")));
        let outcomes = futures::future::join_all(attempts).await;
        let busy = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert!(busy > 0 && busy < 500, "{busy} of 500 turned away");
        assert!(pool.verify(None, secret("x")).await.is_ok());
    }
}
