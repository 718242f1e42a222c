//! Each requirement: when it holds, and what it says.

use http::HeaderMap;

use super::*;
use crate::base::Timestamp;
use crate::model::Amr;
use crate::policy::testing::person;
use crate::policy::{Proof, RequestFacts};

/// Monday, the fifth of January 2026, 12:00 UTC.
const NOON: i64 = 1_767_614_400;

fn at(seconds: i64) -> Facts<'static> {
    Facts {
        now: Timestamp::from_seconds(seconds),
        ..Facts::default()
    }
}

fn from(address: &str) -> Facts<'static> {
    Facts {
        request: RequestFacts {
            address: Some(address.parse().unwrap()),
            ..RequestFacts::default()
        },
        ..Facts::default()
    }
}

fn proven(amr: &[Amr], ago: i64) -> Facts<'_> {
    Facts {
        proof: Some(Proof {
            at: Timestamp::from_seconds(NOON - ago),
            amr,
            began: Timestamp::from_seconds(NOON - ago),
            seen: Timestamp::from_seconds(NOON - ago),
        }),
        ..at(NOON)
    }
}

fn hours(days: &[&str], from: &str, to: &str, zone: &str) -> Requirement {
    let days: Vec<String> = days.iter().map(|day| (*day).to_owned()).collect();
    let read = Hours::parse(Some(&days), (Some(from), Some(to)), Some(zone));
    Requirement::Hours(read.unwrap())
}

#[test]
fn an_address_is_in_a_network_in_either_notation() {
    let inside = Requirement::Address(vec![
        "10.0.0.0/8".parse().unwrap(),
        "2001:db8::/32".parse().unwrap(),
    ]);
    for (address, expected) in [
        ("10.1.2.3", true),
        ("::ffff:10.1.2.3", true),
        ("11.0.0.1", false),
        ("2001:db8::7", true),
        ("2001:db9::7", false),
    ] {
        assert_eq!(inside.holds(from(address)), expected, "{address}");
    }
    assert!(!inside.holds(Facts::anonymous()));
    assert_eq!(
        inside.describe(from("11.0.0.1")),
        "the request comes from 11.0.0.1"
    );
}

#[test]
fn a_method_is_one_of_those_named() {
    let reads = Requirement::Method(vec![Method::GET, Method::HEAD]);
    for (method, expected) in [(Method::GET, true), (Method::POST, false)] {
        let facts = Facts {
            request: RequestFacts {
                method: Some(&method),
                ..RequestFacts::default()
            },
            ..Facts::default()
        };
        assert_eq!(reads.holds(facts), expected, "{method}");
    }
    assert!(!reads.holds(Facts::anonymous()));
}

#[test]
fn a_header_is_sent_once_and_exactly() {
    let edge = Requirement::Header {
        name: "x-edge".parse().unwrap(),
        value: "blue".into(),
    };
    for (values, expected) in [
        (&["blue"][..], true),
        (&["Blue"], false),
        (&[], false),
        (&["blue", "red"], false),
        (&["blue", "blue"], false),
    ] {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-edge", value.parse().unwrap());
        }
        let facts = Facts {
            request: RequestFacts {
                headers: Some(&headers),
                ..RequestFacts::default()
            },
            ..Facts::default()
        };
        assert_eq!(edge.holds(facts), expected, "{values:?}");
    }
}

#[test]
fn office_hours_end_when_the_clock_of_their_zone_says_so() {
    let office = hours(&["mon-fri"], "08:00", "18:00", "+01:00");
    let monday = NOON - 12 * 3600;
    for (hour, minute, expected) in [(6, 59, false), (7, 0, true), (16, 59, true), (17, 0, false)] {
        let now = monday + hour * 3600 + minute * 60;
        assert_eq!(office.holds(at(now)), expected, "{hour}:{minute} UTC");
    }
    let saturday = NOON + 5 * 24 * 3600;
    assert!(!office.holds(at(saturday)));
    assert_eq!(office.describe(at(saturday)), "it is sat 13:00 +01:00");
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let night = hours(&["sun"], "22:00", "06:00", "UTC");
    let monday = NOON - 12 * 3600;
    assert!(night.holds(at(monday - 3600)), "sunday 23:00");
    assert!(night.holds(at(monday + 5 * 3600)), "monday 05:00");
    assert!(!night.holds(at(monday + 6 * 3600)), "monday 06:00");
    assert!(!night.holds(at(monday + 23 * 3600)), "monday 23:00");
}

#[test]
fn a_zone_that_has_summers_follows_them() {
    let Ok(read) = Hours::parse(None, (Some("08:00"), Some("09:00")), Some("Europe/Prague")) else {
        // This machine has no time zone database.
        return;
    };
    let open = Requirement::Hours(read);
    let winter = NOON - 5 * 3600;
    let summer = 1_782_885_600;
    assert!(open.holds(at(winter)), "07:00 UTC in January");
    assert!(open.holds(at(summer)), "06:00 UTC in July");
    assert!(!open.holds(at(summer + 3600)), "07:00 UTC in July");
}

#[test]
fn hours_that_mean_nothing_are_refused_by_their_key() {
    let read = |days: &[&str], from: &str, to: &str, zone: &str| {
        let days: Vec<String> = days.iter().map(|day| (*day).to_owned()).collect();
        Hours::parse(Some(&days), (Some(from), Some(to)), Some(zone)).unwrap_err()
    };
    assert_eq!(read(&["monday"], "08:00", "18:00", "UTC"), HoursError::Days);
    assert_eq!(read(&[], "08:00", "18:00", "UTC"), HoursError::Days);
    assert_eq!(read(&["mon"], "8:00", "18:00", "UTC"), HoursError::From);
    assert_eq!(read(&["mon"], "24:00", "18:00", "UTC"), HoursError::From);
    assert_eq!(read(&["mon"], "08:00", "25:00", "UTC"), HoursError::To);
    assert_eq!(read(&["mon"], "08:00", "08:00", "UTC"), HoursError::To);
    for zone in ["+1", "+15:00", "Mars/Base", "utc+1"] {
        assert_eq!(read(&["mon"], "08:00", "18:00", zone), HoursError::Zone);
    }
}

#[test]
fn a_certificate_is_any_or_of_one_subject() {
    let own = DistinguishedName::parse("CN=Laptop 7,O=Corp").unwrap();
    let other = DistinguishedName::parse("CN=Laptop 8,O=Corp").unwrap();
    let with = |subject| Facts {
        request: RequestFacts {
            certificate: Some(subject),
            ..RequestFacts::default()
        },
        ..Facts::default()
    };
    let any = Requirement::Certificate(None);
    assert!(any.holds(with(&own)));
    assert!(!any.holds(Facts::anonymous()));
    let one = Requirement::Certificate(DistinguishedName::parse("cn=laptop 7, o=corp"));
    assert!(one.holds(with(&own)));
    assert!(!one.holds(with(&other)));
}

#[test]
fn every_group_is_asked_for_by_itself() {
    let trained = Requirement::Group("trained".into());
    assert!(trained.holds(Facts::of(&person("alice", &["staff", "trained"]))));
    assert!(!trained.holds(Facts::of(&person("bob", &["staff"]))));
    assert!(!trained.holds(Facts::anonymous()));
}

#[test]
fn strength_is_that_of_the_sign_in() {
    let (one, two) = (&[Amr::Pwd][..], &[Amr::Pwd, Amr::Otp, Amr::Mfa][..]);
    let key = &[Amr::Hwk][..];
    for (wanted, amr, expected) in [
        (Requirement::SecondFactor, one, false),
        (Requirement::SecondFactor, two, true),
        (Requirement::Passkey, two, false),
        (Requirement::Passkey, key, true),
        (Requirement::Acr(Acr::One), one, true),
        (Requirement::Acr(Acr::Two), one, false),
        (Requirement::Acr(Acr::Two), two, true),
    ] {
        assert_eq!(wanted.holds(proven(amr, 0)), expected, "{wanted} {amr:?}");
        assert!(!wanted.holds(Facts::anonymous()));
    }
}

#[test]
fn freshness_ends_after_its_time() {
    let span = Duration::from_mins(15);
    for wanted in [
        Requirement::Fresh(span),
        Requirement::SessionAge(span),
        Requirement::Idle(span),
    ] {
        assert!(wanted.holds(proven(&[Amr::Pwd], 900)), "{wanted}");
        assert!(!wanted.holds(proven(&[Amr::Pwd], 901)), "{wanted}");
        assert!(!wanted.holds(at(NOON)), "{wanted}");
    }
    let said = Requirement::Fresh(span).describe(proven(&[Amr::Pwd], 3 * 3600));
    assert_eq!(said, "signed in 3h ago");
}

#[test]
fn every_requirement_has_one_kind_which_claims_it() {
    let all = [
        Requirement::Address(Vec::new()),
        Requirement::Method(Vec::new()),
        Requirement::Header {
            name: "x".parse().unwrap(),
            value: "".into(),
        },
        hours(&["mon"], "08:00", "18:00", "UTC"),
        Requirement::Certificate(None),
        Requirement::Group("a".into()),
        Requirement::SecondFactor,
        Requirement::Passkey,
        Requirement::Acr(Acr::One),
        Requirement::Fresh(Duration::ZERO),
        Requirement::SessionAge(Duration::ZERO),
        Requirement::Idle(Duration::ZERO),
    ];
    assert_eq!(all.len(), REQUIREMENTS.len());
    for (one, kind) in all.iter().zip(REQUIREMENTS) {
        assert_eq!(one.kind().key, kind.key);
        for other in REQUIREMENTS {
            let claims = (other.holds)(one, Facts::anonymous()).is_some();
            assert_eq!(claims, other.key == kind.key, "{one} by {}", other.key);
        }
    }
}
