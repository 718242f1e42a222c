//! What opens what was sealed, and nothing else does.

use super::*;
use crate::base::Timestamp;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

fn sealer() -> (Sealer, Clock) {
    let clock = Clock::fake(Timestamp::from_seconds(1_800_000_000));
    let master = MasterKey::ephemeral(&Rng::system()).unwrap();
    (Sealer::new(&master, clock.clone(), Rng::system()), clock)
}

#[test]
fn only_the_same_purpose_and_data_open_it() {
    let (sealer, _) = sealer();
    let text = sealer.seal(Purpose::Lease, b"a.test", b"hello").unwrap();
    let text = text.as_bytes();
    assert_eq!(
        sealer.open(Purpose::Lease, b"a.test", text).unwrap(),
        b"hello"
    );
    assert_eq!(sealer.open(Purpose::Lease, b"b.test", text), None);
    assert_eq!(sealer.open(Purpose::Code, b"a.test", text), None);
}

#[test]
fn it_opens_days_later_but_not_from_the_future() {
    let (sealer, clock) = sealer();
    let text = sealer.seal(Purpose::Lease, b"", b"x").unwrap();
    clock.advance(Duration::from_hours(30 * 24));
    assert!(sealer.open(Purpose::Lease, b"", text.as_bytes()).is_some());
    let later = sealer.seal(Purpose::Lease, b"", b"x").unwrap();
    let (_, early) = self::sealer();
    let early = Sealer::new(&sealer.0.master, early, Rng::system());
    assert!(early.open(Purpose::Lease, b"", later.as_bytes()).is_none());
}

#[test]
fn without_randomness_nothing_is_sealed() {
    let master = MasterKey::ephemeral(&Rng::system()).unwrap();
    let sealer = Sealer::new(&master, Clock::system(), Rng::failing());
    assert!(sealer.seal(Purpose::Lease, b"", b"x").is_err());
}

/// Two nodes of one site and one of them started again, all with the same master key.
#[test]
fn cks_11_no_nonce_repeats_under_a_key_and_keys_last_an_hour() {
    let (sealer, clock) = sealer();
    let other = || Sealer::new(&sealer.0.master, clock.clone(), Rng::system());
    let nodes = [other(), other(), other()];
    let mut seen = std::collections::HashSet::new();
    let mut hours = std::collections::HashSet::new();
    for _ in 0..2 {
        for node in nodes.iter().cycle().take(30_000) {
            let text = node.seal(Purpose::Lease, b"a.test", b"x").unwrap();
            let raw = from_base64url(text.as_bytes()).unwrap();
            // Version, hour (the key's id), nonce.
            assert_eq!(raw[0], VERSION);
            hours.insert(raw[1..5].to_vec());
            assert!(seen.insert(raw[..HEADER].to_vec()), "a nonce came twice");
        }
        clock.advance(Duration::from_hours(1));
    }
    // 2^32 seals within one hour would take more than a million in each second.
    assert_eq!(hours.len(), 2);
    let [a, b] = [0, 1].map(|hour| {
        let cipher = sealer.derive(&["test"], hour);
        *cipher
    });
    assert_ne!(a, b, "each hour has a key of its own");
}

proptest! {
    #[test]
    fn one_changed_byte_is_noticed(plain: Vec<u8>, at: usize, flip in 1..=255u8) {
        let (sealer, _) = sealer();
        let sealed = sealer.seal_at_rest(Purpose::SigningKey, b"k", &plain).unwrap();
        let opened = sealer.open_at_rest(Purpose::SigningKey, b"k", &sealed).unwrap();
        prop_assert_eq!(&*opened, &plain);
        let mut broken = sealed;
        let at = at % broken.len();
        broken[at] ^= flip;
        prop_assert!(sealer.open_at_rest(Purpose::SigningKey, b"k", &broken).is_none());
    }

    #[test]
    fn junk_is_not_opened(junk: Vec<u8>) {
        let (sealer, _) = sealer();
        prop_assert!(sealer.open(Purpose::Lease, b"", &junk).is_none());
        prop_assert!(sealer.open_at_rest(Purpose::Lease, b"", &junk).is_none());
    }
}
