//! Password hashing on threads of its own: bounded in memory and number, out of the way of proxied
//! traffic, with a queue that turns people away before it grows long.

mod hash;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use argon2::Block;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use self::hash::{MEMORY_KIB, hash, verify};
use crate::base::{Rng, RngFailed, Secret};

/// Longest password in bytes that is looked at; a longer one is simply wrong.
pub const MAX_PASSWORD: usize = 1024;

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

#[cfg(test)]
mod tests;
