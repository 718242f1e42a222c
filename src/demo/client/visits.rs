//! Who is in the middle of signing in to the third-party app, and who has. Kept in memory, bounded,
//! keyed by a cookie of the app's own.

use std::collections::VecDeque;

use http::HeaderMap;
use http::header::COOKIE;
use openidconnect::{Nonce, PkceCodeVerifier};
use parking_lot::Mutex;

use crate::base::{Rng, RngFailed, encoding};

/// The app's own cookie. Plain http on loopback is all the demo has, so it bears no prefix.
const NAME: &str = "third_party_app";
/// Visits that are remembered; the oldest makes room.
const MOST: usize = 64;

/// The app's memory.
#[derive(Debug)]
pub struct Visits {
    rng: Rng,
    all: Mutex<VecDeque<(String, Visit)>>,
}

/// What is known about one browser.
#[derive(Debug)]
pub enum Visit {
    /// On its way to the issuer and back.
    Leaving(Leaving),
    /// Signed in.
    Here(Box<Here>),
}

/// What must fit when the browser returns.
#[derive(Debug)]
pub struct Leaving {
    /// Echoed by the issuer.
    pub state: String,
    /// In the ID token.
    pub nonce: Nonce,
    /// Proves that the code was asked for here.
    pub verifier: PkceCodeVerifier,
}

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Here {
    /// A name for the greeting.
    pub name: String,
    /// The verified claims.
    pub claims: serde_json::Value,
    /// The ID token itself, a hint when signing out.
    pub id_token: String,
    /// The answer of the userinfo endpoint.
    pub userinfo: serde_json::Value,
    /// For new tokens.
    pub refresh_token: Option<String>,
    /// What the last refresh brought.
    pub refreshed: Option<String>,
}

impl Visits {
    /// An empty memory.
    pub fn new(rng: Rng) -> Self {
        Self {
            rng,
            all: Mutex::default(),
        }
    }

    /// Remembers `visit` under a new key; gives the `Set-Cookie` value.
    pub fn remember(&self, visit: Visit) -> Result<String, RngFailed> {
        let key = encoding::hex(self.rng.bytes::<16>()?);
        let cookie = format!("{NAME}={key}; Path=/_demo/client; HttpOnly; SameSite=Lax");
        let mut all = self.all.lock();
        if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back((key, visit));
        Ok(cookie)
    }

    /// Takes out what is known about the browser that sent `headers`.
    pub fn take(&self, headers: &HeaderMap) -> Option<Visit> {
        let key = key(headers)?;
        let mut all = self.all.lock();
        let at = all.iter().position(|(other, _)| *other == key)?;
        all.remove(at).map(|(_, visit)| visit)
    }

    /// A copy of who is signed in at the browser that sent `headers`.
    pub fn here(&self, headers: &HeaderMap) -> Option<Here> {
        let key = key(headers)?;
        self.all
            .lock()
            .iter()
            .find_map(|(other, visit)| match visit {
                Visit::Here(here) if *other == key => Some(Here::clone(here)),
                Visit::Here(_) | Visit::Leaving(_) => None,
            })
    }
}

fn key(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split("; "));
    pairs.find_map(|pair| {
        pair.strip_prefix(NAME)?
            .strip_prefix('=')
            .map(str::to_owned)
    })
}
