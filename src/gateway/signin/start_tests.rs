//! What a begun sign-in says, and when it goes round in circles.

use super::*;

fn nonce() -> Nonce {
    Nonce::fresh(base64url([7; 16]))
}

#[test]
fn a_nonce_reads_back_from_its_cookie_and_junk_does_not() {
    let nonce = Nonce {
        bounces: 1,
        handed_over: Some(Timestamp::from_millis(5)),
        ..nonce()
    };
    let cookie = nonce.cookie();
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(Nonce::find([pair.as_bytes()]), Some(nonce));
    for junk in [
        "x",
        "x.0.",
        "AAAA.0.",
        "..",
        &format!("{}.0.1.2", base64url([7; 16])),
    ] {
        assert_eq!(
            Nonce::find([format!("{COOKIE}={junk}").as_bytes()]),
            None,
            "{junk}"
        );
    }
}

#[test]
fn only_coming_back_at_once_counts_as_a_bounce() {
    let at = |millis| Timestamp::from_millis(millis);
    let once = nonce().handed_over(at(0)).returned(at(1000));
    assert_eq!(once.bounces, 1);
    let twice = once.clone().handed_over(at(2000)).returned(at(3000));
    assert_eq!(twice.bounces, LOOP);
    let later = once.handed_over(at(2000)).returned(at(60_000));
    assert_eq!(later.bounces, 0);
}
