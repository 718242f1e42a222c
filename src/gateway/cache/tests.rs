//! What is kept, and who finds it.

use std::time::Duration;

use super::*;
use crate::gateway::admit::{Around, Person, Verdict, judge};
use crate::gateway::route::tests::{alone, route};
use crate::policy::RequestFacts;
use crate::session::Lease;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn lease(session: &str) -> Arc<Lease> {
    Arc::new(Lease {
        session: session.into(),
        user: "ada".into(),
        tenant: None,
        auth_time: NOW,
        seen: NOW,
        amr: Vec::new(),
        issued: NOW,
        until: NOW,
        ends: NOW,
    })
}

/// Leave for `user` in `session`, or for anybody.
fn permit(who: Option<(&User, &str)>) -> Permit {
    let mut settings = route("app", "app.test", "/", &[]);
    settings.rule.allow = vec![crate::policy::Entry::Anyone];
    let route = alone(settings);
    let person = who.map(|(user, session)| Person {
        user: Arc::new(user.clone()),
        lease: lease(session),
    });
    let around = Around {
        request: RequestFacts::default(),
        now: NOW,
        longest: Duration::ZERO,
    };
    match judge(&route, person, around) {
        Verdict::Permit(permit) => permit,
        other @ (Verdict::Challenge | Verdict::StepUp(_) | Verdict::Deny(_)) => panic!("{other:?}"),
    }
}

fn request(lines: &[(&'static str, &str)]) -> RequestHeader {
    let mut request = RequestHeader::build("GET", b"/page?x=1", None).unwrap();
    for (name, value) in lines {
        request.append_header(*name, *value).unwrap();
    }
    request
}

fn answer(lines: &[(&'static str, &str)]) -> ResponseHeader {
    let mut answer = ResponseHeader::build(200, None).unwrap();
    answer.insert_header("content-length", "4").unwrap();
    for (name, value) in lines {
        answer.append_header(*name, *value).unwrap();
    }
    answer
}

fn kept() -> Kept {
    Kept::new(CacheSettings {
        size: 1024 * 1024,
        entry: 16,
    })
}

/// Whether an answer with these fields is kept, of a request with those.
fn keeps(kept: &Kept, asked: &RequestHeader, said: &ResponseHeader, permit: &Permit) -> bool {
    let host = Arc::from("app.test");
    let Some(key) = Key::of(asked, &host, permit) else {
        return false;
    };
    let filling = kept.begin(key, asked, said, permit, NOW);
    let filled = filling.and_then(|filling| filling.fill(b"body"));
    filled.map(|filling| kept.keep(filling)).is_some()
}

fn finds(kept: &Kept, asked: &RequestHeader, permit: &Permit, at: Timestamp) -> bool {
    let host = Arc::from("app.test");
    let key = Key::of(asked, &host, permit);
    let found = key.and_then(|key| kept.find(&key, asked, permit, at));
    found.is_some_and(|answer| {
        assert_eq!(answer.body, "body");
        assert_eq!(answer.headers[CACHE_STATUS], HIT);
        true
    })
}

const MINUTE: (&str, &str) = ("cache-control", "max-age=60");

#[test]
fn what_an_app_allows_to_be_kept_is_found_until_its_time_is_over() {
    let (kept, anybody, plain) = (kept(), permit(None), request(&[]));
    assert!(keeps(&kept, &plain, &answer(&[MINUTE]), &anybody));
    assert!(finds(
        &kept,
        &plain,
        &anybody,
        NOW.plus(Duration::from_secs(59))
    ));
    assert!(!finds(
        &kept,
        &plain,
        &anybody,
        NOW.plus(Duration::from_mins(1))
    ));
    let asked_anew = request(&[("cache-control", "no-cache")]);
    assert!(!finds(&kept, &asked_anew, &anybody, NOW));
}

#[test]
fn what_may_not_be_kept_or_is_not_said_to_be_kept_is_not() {
    let (kept, anybody, plain) = (kept(), permit(None), request(&[]));
    for said in [
        &[][..],
        &[("cache-control", "no-store, max-age=60")],
        &[("cache-control", "private, max-age=60")],
        &[("cache-control", "max-age=0")],
        &[("cache-control", "public")],
        &[("last-modified", "Sun, 01 Jan 2023 00:00:00 GMT")],
        &[MINUTE, ("set-cookie", "a=b")],
        &[MINUTE, ("content-length", "17")],
    ] {
        let mut head = answer(&[]);
        for (name, value) in said {
            head.insert_header(*name, *value).unwrap();
        }
        assert!(!keeps(&kept, &plain, &head, &anybody), "{said:?}");
    }
    let mut endless = answer(&[MINUTE]);
    endless.remove_header("content-length");
    assert!(!keeps(&kept, &plain, &endless, &anybody));
    let mut partial = answer(&[MINUTE]);
    partial.set_status(206).unwrap();
    assert!(!keeps(&kept, &plain, &partial, &anybody));
    for asked in [("range", "bytes=0-1"), ("authorization", "Basic x")] {
        assert!(!keeps(
            &kept,
            &request(&[asked]),
            &answer(&[MINUTE]),
            &anybody
        ));
    }
    let head = RequestHeader::build("HEAD", b"/page?x=1", None).unwrap();
    assert!(!keeps(&kept, &head, &answer(&[MINUTE]), &anybody));
}

#[test]
fn nobody_finds_what_was_kept_for_another() {
    let (kept, plain) = (kept(), request(&[]));
    let ada = crate::policy::testing::person("ada", &["staff"]);
    let bob = crate::policy::testing::person("bob", &["staff"]);
    let of_ada = permit(Some((&ada, "s1")));
    assert!(keeps(&kept, &plain, &answer(&[MINUTE]), &of_ada));
    assert!(finds(&kept, &plain, &of_ada, NOW));
    let mut promoted = ada.clone();
    promoted.groups.push("admin".into());
    for other in [
        permit(None),
        permit(Some((&bob, "s1"))),
        permit(Some((&bob, "s2"))),
        permit(Some((&ada, "s2"))),
        permit(Some((&promoted, "s1"))),
    ] {
        assert!(!finds(&kept, &plain, &other, NOW), "{other:?}");
    }
    let host = Arc::from("other.test");
    assert_ne!(
        Key::of(&plain, &host, &of_ada),
        Key::of(&plain, &Arc::from("app.test"), &of_ada)
    );
}

#[test]
fn cookies_of_the_app_share_nothing_that_is_not_public() {
    let anybody = permit(None);
    let (with, ours) = (
        request(&[("cookie", "PHPSESSID=1")]),
        request(&[("cookie", "__Host-doorward=x")]),
    );
    let shared = kept();
    assert!(!keeps(&shared, &with, &answer(&[MINUTE]), &anybody));
    assert!(keeps(&shared, &ours, &answer(&[MINUTE]), &anybody));
    assert!(finds(&shared, &request(&[]), &anybody, NOW));
    assert!(!finds(&shared, &with, &anybody, NOW));
    let public = kept();
    let said = answer(&[("cache-control", "public, max-age=60")]);
    assert!(keeps(&public, &with, &said, &anybody));
    assert!(finds(&public, &request(&[]), &anybody, NOW));
}

#[test]
fn what_varies_is_found_by_those_who_ask_alike() {
    let (kept, anybody) = (kept(), permit(None));
    let said = answer(&[MINUTE, ("vary", "Accept-Language")]);
    let (czech, german) = (
        request(&[("accept-language", "cs")]),
        request(&[("accept-language", "de")]),
    );
    assert!(keeps(&kept, &czech, &said, &anybody));
    assert!(finds(&kept, &czech, &anybody, NOW));
    assert!(!finds(&kept, &german, &anybody, NOW));
    let twice = request(&[("accept-language", "cs"), ("accept-language", "de")]);
    assert!(!finds(&kept, &twice, &anybody, NOW));
}

#[test]
fn what_grows_too_large_on_its_way_is_let_go() {
    let (kept, anybody, plain) = (kept(), permit(None), request(&[]));
    let key = Key::of(&plain, &Arc::from("app.test"), &anybody).unwrap();
    let mut chunked = answer(&[MINUTE, ("transfer-encoding", "chunked")]);
    chunked.remove_header("content-length");
    let filling = kept.begin(key, &plain, &chunked, &anybody, NOW).unwrap();
    let filling = filling.fill(&[0; 16]).unwrap();
    assert!(filling.fill(&[0]).is_none());
}
