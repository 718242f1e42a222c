//! Previews, on a database of their own.

use clap::Parser;

use super::*;
use crate::base::{Secret, Timestamp, UserId};
use crate::store::MasterKeySource;

const FILE: &str = "[issuer.a]\nclaims.plan = \"{user.attr.plan}\"\n[tenant.acme]\nuuid = \
                    \"6f1b2c9e-7d0a-4a58-9a51-3a4be1f4a111\"\n[client.shop]\nredirect_uris = \
                    [\"https://shop.test/cb\"]\ntenants = [\"acme\"]\nscopes = [\"openid\", \
                    \"email\", \"tenant\"]\nsubject_type = \"pairwise\"\n";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: PreviewArgs,
}

async fn desk() -> Desk {
    let mut desk = Desk::in_memory(FILE).await;
    desk.settings.store.key = MasterKeySource::Given(Secret::new(vec![7; 32]));
    let user = User {
        id: UserId::new("u-ada"),
        login: Login::parse("ada").unwrap(),
        username: "ada".to_owned(),
        name: String::new(),
        email: Some("ada@corp.test".to_owned()),
        email_verified: false,
        groups: Vec::new(),
        tenants: vec!["acme".into()],
        attributes: [("plan".to_owned(), "gold".to_owned())].into(),
        disabled: false,
        created: Timestamp::default(),
        updated: Timestamp::default(),
        epoch: 0,
    };
    desk.store.insert_user(&user, None).await.unwrap();
    desk
}

async fn asked(desk: &Desk, more: &str) -> Outcome {
    let line = format!("preview --client shop --user ada {more}");
    let line = Line::try_parse_from(line.split_whitespace()).unwrap();
    line.args.outcome(desk).await.unwrap()
}

#[tokio::test]
async fn a_preview_shows_what_would_be_minted() {
    let Outcome::Tokens(preview) = asked(&desk().await, "").await else {
        panic!("refused");
    };
    let (id, userinfo) = (preview.id_token.unwrap(), preview.userinfo.unwrap());
    for said in [&id, &userinfo] {
        assert_eq!(said["plan"], "gold");
        assert_eq!(said["email"], "ada@corp.test");
        assert_eq!(said["tenant_name"], "acme");
        assert_eq!(said["sub"], preview.access_token["sub"]);
        assert_ne!(said["sub"], "u-ada");
    }
    assert_eq!(id["aud"], "shop");
    let text = in_words(&Preview {
        id_token: None,
        access_token: preview.access_token,
        userinfo: None,
    });
    assert!(text.contains("ID token\n  none\n") && text.contains("client_id"));
}

#[tokio::test]
async fn what_would_be_refused_says_why() {
    let desk = desk().await;
    for (more, why) in [
        ("--scope groups", "not registered for the scope"),
        ("--tenant gym", "no tenant"),
    ] {
        let Outcome::Refused(said) = asked(&desk, more).await else {
            panic!("{more}");
        };
        assert!(said.contains(why), "{said}");
    }
    let leave = |user: &mut User| user.tenants.clear();
    desk.store
        .change_user(&"u-ada".into(), leave)
        .await
        .unwrap();
    let Outcome::Refused(said) = asked(&desk, "").await else {
        panic!("not refused");
    };
    assert!(said.contains("does not belong"), "{said}");
}
