//! Which passwords are right, and how many may wait.

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
    let own = nice(&std::fs::read_to_string("/proc/thread-self/stat").unwrap());
    // Another test's pool may have started this instant: one of them is enough.
    assert!(pools.iter().any(|stat| nice(stat) > own), "{pools:?}");
    assert!(others.iter().all(|stat| nice(stat) <= own), "{others:?}");
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
