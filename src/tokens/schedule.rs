//! When a signing key is made, when it starts to sign and when it goes. Pure: no I/O, no clock.

use std::time::Duration;

use crate::base::{IssuerId, KeyId, Timestamp};
use crate::model::{Algorithm, SigningKeyRecord};

/// Whose keys, of which algorithms, replaced how often.
#[derive(Clone, Debug)]
pub struct KeyOwner {
    /// As in the key records: `issuer:NAME` or `gateway`.
    pub name: String,
    /// There is always a key of each of these.
    pub algs: Vec<Algorithm>,
    /// How often keys are replaced.
    pub rotate_every: Duration,
    /// A new key is published this long before it signs: at least as long as verifiers may keep
    /// the JWKS.
    pub publish_before: Duration,
    /// A key stays published this long after its successor began to sign: at least as long as
    /// anything it signed is valid, and as its ID tokens are useful as hints.
    pub keep_after: Duration,
}

impl KeyOwner {
    /// The owner's name for the keys of an issuer.
    pub fn issuer_name(id: &IssuerId) -> String {
        format!("issuer:{id}")
    }

    /// The owner's name for the keys that sign assertions to protected apps.
    pub const GATEWAY: &'static str = "gateway";

    /// The keys that sign assertions to protected apps.
    pub fn gateway() -> Self {
        Self {
            name: Self::GATEWAY.to_owned(),
            algs: vec![Algorithm::ES256],
            rotate_every: Duration::from_hours(90 * 24),
            publish_before: Duration::from_hours(1),
            keep_after: Duration::from_hours(1),
        }
    }
}

/// How fast a rotation by command takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// As by schedule: published first, signing when verifiers have had time to see it.
    None,
    /// Signs at once; old keys stay published. Verifiers that do not fetch on an unknown `kid`
    /// stumble.
    SignAtOnce,
    /// The old keys are known to a stranger: nothing they signed is believed any more.
    Compromised,
}

/// A key to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its algorithm.
    pub alg: Algorithm,
    /// When it begins to sign.
    pub signs_from: Timestamp,
}

/// The keys that must be made at `now`: of each algorithm one, where there is none yet or the
/// youngest is old enough that its successor must be published.
pub fn due(owner: &KeyOwner, keys: &[SigningKeyRecord], now: Timestamp) -> Vec<Planned> {
    owner
        .algs
        .iter()
        .filter_map(|alg| match youngest(keys, *alg) {
            None => Some(planned(owner, *alg, Haste::SignAtOnce, now)),
            Some(key)
                if now.plus(owner.publish_before) >= key.signs_from.plus(owner.rotate_every) =>
            {
                Some(planned(owner, *alg, Haste::None, now))
            }
            Some(_) => None,
        })
        .collect()
}

/// A key of `alg` made at `now`.
pub fn planned(owner: &KeyOwner, alg: Algorithm, haste: Haste, now: Timestamp) -> Planned {
    let signs_from = match haste {
        Haste::None => now.plus(owner.publish_before),
        Haste::SignAtOnce | Haste::Compromised => now,
    };
    Planned { alg, signs_from }
}

/// The keys that have a successor and no end yet, and when they end.
pub fn succeeded(owner: &KeyOwner, keys: &[SigningKeyRecord]) -> Vec<(KeyId, Timestamp)> {
    keys.iter()
        .filter(|key| key.gone.is_none())
        .filter_map(|key| {
            let successor = youngest(keys, key.alg).filter(|successor| successor.id != key.id)?;
            Some((key.id.clone(), successor.signs_from.plus(owner.keep_after)))
        })
        .collect()
}

/// The key of `alg` that signs last, among those that have no end yet.
fn youngest(keys: &[SigningKeyRecord], alg: Algorithm) -> Option<&SigningKeyRecord> {
    keys.iter()
        .filter(|key| key.alg == alg && key.gone.is_none())
        .max_by(|a, b| (a.signs_from, &a.id).cmp(&(b.signs_from, &b.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn key(id: &str, signs_from: Timestamp, gone: Option<Timestamp>) -> SigningKeyRecord {
        SigningKeyRecord {
            id: id.into(),
            owner: "gateway".into(),
            alg: Algorithm::ES256,
            sealed: Vec::new(),
            created: signs_from,
            signs_from,
            gone,
        }
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_next_waits_for_the_verifiers() {
        let owner = KeyOwner::gateway();
        let first = due(&owner, &[], NOW);
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].signs_from, NOW);

        let keys = [key("a", NOW, None)];
        assert!(due(&owner, &keys, NOW).is_empty());
        let early = NOW.plus(owner.rotate_every).minus(owner.publish_before);
        assert!(due(&owner, &keys, early.minus(Duration::from_millis(1))).is_empty());
        let next = due(&owner, &keys, early);
        assert_eq!(next[0].signs_from, NOW.plus(owner.rotate_every));
    }

    #[test]
    fn a_successor_that_waits_is_not_made_twice_and_ends_its_predecessor() {
        let owner = KeyOwner::gateway();
        let later = NOW.plus(owner.publish_before);
        let keys = [key("a", NOW, None), key("b", later, None)];
        assert!(due(&owner, &keys, NOW).is_empty());
        assert_eq!(
            succeeded(&owner, &keys),
            [("a".into(), later.plus(owner.keep_after))]
        );
        let ended = [key("a", NOW, Some(later)), key("b", later, None)];
        assert!(succeeded(&owner, &ended).is_empty());
    }

    #[test]
    fn a_key_after_a_compromise_signs_at_once() {
        let plan = planned(
            &KeyOwner::gateway(),
            Algorithm::ES256,
            Haste::Compromised,
            NOW,
        );
        assert_eq!(plan.signs_from, NOW);
    }
}
