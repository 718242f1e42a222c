//! Conversations with `doorward user`, on a database of their own.

use clap::Parser;

use super::{Args, password};
use crate::base::opaque::SignInLink;
use crate::base::{Opaque, Secret, SessionId};
use crate::cli::desk::{Answer, Desk};
use crate::identity::{Passwords, Signup};
use crate::model::{Amr, Device, Login, PasswordCredential, Session, User};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

async fn said(desk: &Desk, line: &str) -> anyhow::Result<Answer> {
    let line = Line::try_parse_from(["user"].into_iter().chain(line.split(' ')))?;
    line.args.command.perform(desk).await
}

async fn refused(desk: &Desk, line: &str) -> String {
    format!("{:#}", said(desk, line).await.unwrap_err())
}

async fn load(desk: &Desk, login: &str) -> User {
    let login = Login::parse(login).unwrap();
    desk.store.find_user(&login).await.unwrap().unwrap()
}

fn token(answer: &Answer) -> Opaque<SignInLink> {
    let link = answer.json["link"].as_str().unwrap();
    assert!(answer.human.contains(link));
    let site = "http://localhost:8080/login/link?token=";
    Opaque::parse(link.strip_prefix(site).unwrap()).unwrap()
}

async fn session(desk: &Desk, user: &User) -> SessionId {
    let now = desk.clock.now();
    let session = Session {
        id: SessionId::random(&desk.rng).unwrap(),
        user: user.id.clone(),
        tenant: None,
        auth_time: now,
        amr: vec![Amr::Pwd],
        device: Device::default(),
        created: now,
        last_seen: now,
        ended: None,
    };
    let stored = desk.store.load_user(&user.id).await.unwrap().unwrap();
    let started = desk.store.insert_session(&session, stored.epoch);
    assert!(started.await.unwrap());
    session.id
}

async fn is_alive(desk: &Desk, session: &SessionId) -> bool {
    let session = desk.store.load_session(session).await.unwrap().unwrap();
    session.ended.is_none()
}

#[tokio::test]
async fn a_person_added_without_a_password_gets_a_link_that_works_once() {
    let desk = Desk::in_memory("").await;
    let added = said(
        &desk,
        "add Ada --email Ada@Example.com --name A --groups staff,admin --group staff",
    )
    .await
    .unwrap();
    let ada = load(&desk, "ada@example.com").await;
    assert_eq!((ada.username.as_str(), ada.name.as_str()), ("Ada", "A"));
    assert_eq!(ada.groups, ["admin".into(), "staff".into()]);
    assert!(!ada.email_verified);
    assert!(desk.store.load_password(&ada.id).await.unwrap().is_none());

    let (hash, now) = (token(&added).hash(), desk.clock.now());
    let mut redeemed = Vec::new();
    for _ in 0..2 {
        redeemed.push(
            desk.store
                .choose_password(&hash, "phc".to_owned(), now)
                .await
                .unwrap()
                .map(|(whose, _)| whose),
        );
    }
    assert_eq!(redeemed, [Some(ada.id), None]);
}

#[tokio::test]
async fn a_newer_link_voids_the_one_before() {
    let desk = Desk::in_memory("").await;
    let first = token(&said(&desk, "add ada").await.unwrap());
    let second = token(&said(&desk, "link ADA").await.unwrap());
    let now = desk.clock.now();
    let find = async |link: &Opaque<SignInLink>| {
        let user = desk.store.find_sign_in_link(&link.hash(), now).await;
        user.unwrap().is_some()
    };
    assert!(!find(&first).await);
    assert!(find(&second).await);
}

#[tokio::test]
async fn a_reset_takes_the_password_ends_the_sessions_and_gives_a_link() {
    let desk = Desk::in_memory("").await;
    said(&desk, "add ada").await.unwrap();
    let ada = load(&desk, "ada").await;
    let password = PasswordCredential {
        user: ada.id.clone(),
        phc: desk
            .hash(Secret::new("velvet-otter-42".into()))
            .await
            .unwrap(),
        changed: desk.clock.now(),
        must_change: false,
    };
    desk.store.put_password(&password).await.unwrap();
    let session = session(&desk, &ada).await;

    let reset = said(&desk, "reset ada").await.unwrap();
    assert!(desk.store.load_password(&ada.id).await.unwrap().is_none());
    assert!(!is_alive(&desk, &session).await);
    let hash = token(&reset).hash();
    let user = desk
        .store
        .choose_password(&hash, "phc".to_owned(), desk.clock.now());
    assert_eq!(user.await.unwrap().unwrap().0, ada.id);
}

#[tokio::test]
async fn disabling_ends_what_is_open_and_enabling_lets_in_again() {
    let desk = Desk::in_memory("").await;
    said(&desk, "add ada").await.unwrap();
    let session = session(&desk, &load(&desk, "ada").await).await;
    said(&desk, "disable ada").await.unwrap();
    assert!(load(&desk, "ada").await.disabled);
    assert!(!is_alive(&desk, &session).await);
    said(&desk, "enable ada").await.unwrap();
    assert!(!load(&desk, "ada").await.disabled);
}

#[tokio::test]
async fn groups_are_joined_and_left_each_once() {
    let desk = Desk::in_memory("").await;
    said(&desk, "add ada --group staff").await.unwrap();
    said(&desk, "group add ada wiki-admins staff")
        .await
        .unwrap();
    let both = ["staff".into(), "wiki-admins".into()];
    assert_eq!(load(&desk, "ada").await.groups, both);
    said(&desk, "group remove ada staff nobody").await.unwrap();
    assert_eq!(load(&desk, "ada").await.groups, ["wiki-admins".into()]);
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_with_its_reason() {
    let desk = Desk::in_memory("").await;
    said(&desk, "add ada --email ada@example.com")
        .await
        .unwrap();
    for (line, reason) in [
        ("add ADA", "exists already"),
        ("add ada@example.com", "exists already"),
        ("add bob --email ada@EXAMPLE.com", "exists already"),
        ("add bob --email bob", "not an e-mail address"),
        ("add bob --email-verified", "--email"),
        ("add bob\0", "cannot be a user name"),
        (
            "add bob --name a\r\nX-Forwarded-User:",
            "no control characters",
        ),
        ("group add ada x,admin", "no comma"),
        ("group add ada a\nb", "cannot be a group"),
        ("link bob", "there is no user \"bob\""),
        (
            "add bob --password-stdin --ask-password",
            "cannot be used with",
        ),
        ("add bob --password secret", "unexpected argument"),
    ] {
        let said = refused(&desk, line).await;
        assert!(said.contains(reason), "{line:?}: {said}");
    }
    let list = said(&desk, "list").await.unwrap();
    assert_eq!(list.json["users"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_links_nobody_is_added_without_a_password() {
    let mut desk = Desk::in_memory("").await;
    desk.settings.identity.signup = Signup::Off;
    for line in ["add ada", "link ada", "reset ada"] {
        let said = refused(&desk, line).await;
        assert!(said.contains("switched off"), "{line}: {said}");
    }
}

#[tokio::test]
async fn every_change_is_in_the_audit_trail() {
    let desk = Desk::in_memory("").await;
    let lines = [
        ("add ada", "user_added"),
        ("link ada", "link_made"),
        ("group add ada staff", "groups_changed"),
        ("reset ada", "user_reset"),
        ("disable ada", "user_disabled"),
        ("enable ada", "user_enabled"),
    ];
    for (line, _) in lines {
        said(&desk, line).await.unwrap();
    }
    let start = crate::base::Timestamp::from_millis(0);
    let records = desk.store.list_audit(start, 100).await.unwrap();
    let mut reasons: Vec<_> = records.iter().map(|line| line.3.as_str()).collect();
    let mut expected: Vec<_> = lines.iter().map(|(_, reason)| *reason).collect();
    reasons.sort_unstable();
    expected.sort_unstable();
    assert_eq!(reasons, expected);
    assert!(
        records
            .iter()
            .all(|line| line.1 == "admin" && line.4.is_some())
    );
}

#[tokio::test]
async fn a_password_read_from_a_pipe_is_the_line_without_its_end() {
    for input in [
        "velvet-otter-42",
        "velvet-otter-42\n",
        "velvet-otter-42\r\n",
    ] {
        let read = password::from(input.as_bytes()).unwrap();
        assert!(read.is(b"velvet-otter-42"), "{input:?}");
    }
    let desk = Desk::in_memory("").await;
    let two = password::from("velvet-otter-42\nmore\n".as_bytes()).unwrap();
    assert!(desk.settings.login.accept(&two).is_err());
    let long = password::from("a".repeat(5000).as_bytes()).unwrap();
    assert!(desk.settings.login.accept(&long).is_err());
    let pool = Passwords::start(1, desk.rng.clone()).unwrap();
    let phc = desk
        .hash(Secret::new("velvet-otter-42".into()))
        .await
        .unwrap();
    let checked = pool.verify(Some(&phc), Secret::new("velvet-otter-42".into()));
    assert!(checked.await.unwrap().right);
}

#[tokio::test]
async fn facts_about_a_person_are_set_changed_and_taken_away() {
    let desk = Desk::in_memory("").await;
    let line = "add ada --attr department=Research --attr plan=gold --password-stdin";
    // Without a password there is a link to choose one.
    let line = line.strip_suffix(" --password-stdin").unwrap();
    said(&desk, line).await.unwrap();
    said(&desk, "attr ada plan= room=4.02").await.unwrap();
    let kept: Vec<_> = load(&desk, "ada").await.attributes.into_iter().collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(kept, [pair("department", "Research"), pair("room", "4.02")]);
    for bad in [
        "attr ada plan",
        "attr ada =x",
        "attr ada pl\u{e4}n=x",
        "attr ada a=\u{7}",
    ] {
        refused(&desk, bad).await;
    }
}
