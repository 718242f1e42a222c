//! What an authority gave: a certificate with its key, as it is kept.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::base::{Secret, Timestamp};
use crate::keys::{Purpose, Sealer};

use super::AcmeError;

/// A certificate and its key, both PEM.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The host it is for.
    pub host: String,
    /// The certificate and those that lead to its authority.
    pub chain: String,
    /// The private key.
    pub key: Secret<String>,
}

#[derive(Serialize, Deserialize)]
struct AtRest {
    chain: String,
    key: String,
}

impl Issued {
    /// As it is kept: nobody reads the key without the master key, or takes it for another host's.
    pub(super) fn seal(&self, sealer: &Sealer) -> Result<Vec<u8>, AcmeError> {
        let at_rest = AtRest {
            chain: self.chain.clone(),
            key: self.key.expose_secret().clone(),
        };
        let text = zeroize::Zeroizing::new(serde_json::to_vec(&at_rest)?);
        Ok(sealer.seal_at_rest(Purpose::Acme, self.host.as_bytes(), &text)?)
    }

    /// What [`Self::seal`] made; `None` for anything else.
    pub(super) fn open(host: &str, at_rest: &[u8], sealer: &Sealer) -> Option<Self> {
        let text = sealer.open_at_rest(Purpose::Acme, host.as_bytes(), at_rest)?;
        let AtRest { chain, key } = serde_json::from_slice(&text).ok()?;
        Some(Self {
            host: host.to_owned(),
            chain,
            key: Secret::new(key),
        })
    }

    /// From when until when it counts.
    pub(super) fn life(&self) -> Option<(Timestamp, Timestamp)> {
        let leaf = CertificateDer::from_pem_slice(self.chain.as_bytes()).ok()?;
        let (_, read) = X509Certificate::from_der(&leaf).ok()?;
        let validity = read.validity();
        Some((
            Timestamp::from_seconds(validity.not_before.timestamp()),
            Timestamp::from_seconds(validity.not_after.timestamp()),
        ))
    }

    /// When to ask for the next one: two thirds into its life, and a little later by `jitter`
    /// thousandths, so that many that began together do not end together.
    pub(super) fn renew_at(&self, jitter: u32) -> Option<Timestamp> {
        let (from, until) = self.life()?;
        let life = until.since(from);
        let later = life / 30_000 * (jitter % 1000);
        Some(from.plus(life / 3 * 2).plus(later))
    }
}

/// How long to wait after this many orders in a row have failed, and up to a fifth more by `jitter`
/// thousandths. Authorities count failures by the hour.
pub(super) fn patience(failures: i64, jitter: u32) -> Duration {
    const MINUTES: &[u64] = &[1, 5, 30, 120, 360];
    let place = usize::try_from(failures).unwrap_or(usize::MAX);
    let minutes = MINUTES.get(place).copied().unwrap_or(720);
    let wait = Duration::from_mins(minutes);
    wait + wait / 5000 * (jitter % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Clock, Rng};
    use crate::keys::MasterKey;

    fn issued(from: i64, days: i64) -> Issued {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["a.test".to_owned()]).unwrap();
        let at = |seconds| {
            rcgen::date_time_ymd(2026, 1, 1) + Duration::from_secs(u64::try_from(seconds).unwrap())
        };
        params.not_before = at(from);
        params.not_after = at(from + days * 86_400);
        Issued {
            host: "a.test".to_owned(),
            chain: params.self_signed(&key).unwrap().pem(),
            key: Secret::new(key.serialize_pem()),
        }
    }

    #[test]
    fn it_is_renewed_two_thirds_into_its_life() {
        let day = Duration::from_hours(24);
        let one = issued(0, 90);
        let (from, until) = one.life().unwrap();
        assert_eq!(until.since(from), 90 * day);
        assert_eq!(one.renew_at(0).unwrap().since(from), 60 * day);
        let latest = one.renew_at(999).unwrap();
        assert!(latest > one.renew_at(0).unwrap());
        assert!(until.since(latest) > 26 * day);
    }

    #[test]
    fn failures_are_waited_out_longer_and_longer_up_to_half_a_day() {
        let waits: Vec<u64> = (0..7).map(|n| patience(n, 0).as_secs() / 60).collect();
        assert_eq!(waits, [1, 5, 30, 120, 360, 720, 720]);
        assert!(patience(0, 999) > patience(0, 0));
        assert!(patience(i64::MAX, 999) < Duration::from_hours(15));
        assert_eq!(patience(-1, 0), Duration::from_hours(12));
    }

    #[test]
    fn it_is_sealed_for_its_host_alone() {
        let (clock, rng) = (Clock::system(), Rng::system());
        let sealer = Sealer::new(&MasterKey::ephemeral(&rng).unwrap(), clock, rng);
        let one = issued(0, 90);
        let at_rest = one.seal(&sealer).unwrap();
        assert!(!at_rest.windows(7).any(|part| part == b"PRIVATE"));
        let opened = Issued::open("a.test", &at_rest, &sealer).unwrap();
        assert_eq!(opened.chain, one.chain);
        assert_eq!(opened.key.expose_secret(), one.key.expose_secret());
        assert!(Issued::open("b.test", &at_rest, &sealer).is_none());
    }
}
