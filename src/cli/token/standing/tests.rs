//! Standing tokens, made and revoked on a database of their own.

use clap::Parser;

use super::*;
use crate::base::{Secret, Timestamp};
use crate::cli::token::add::Add;
use crate::store::MasterKeySource;

const FILE: &str = "[tokens]\nservice = \"10d\"\n[[route]]\nid = \"git\"\nmatch = { host = \
                    \"git.localhost\" }\nallow = [\"authenticated\"]\nupstream = \
                    \"http://127.0.0.1:1\"\nbearer = { personal = true, scopes = [\"git:read\"] \
                    }\n[[route]]\nid = \"web\"\nmatch = { host = \"web.localhost\" }\nallow = \
                    [\"authenticated\"]\nupstream = \"http://127.0.0.1:1\"\n";

#[derive(Parser)]
struct AddLine {
    #[command(flatten)]
    add: Add,
}

#[derive(Parser)]
struct ListLine {
    #[command(flatten)]
    list: List,
}

#[derive(Parser)]
struct RevokeLine {
    #[command(flatten)]
    revoke: Revoke,
}

async fn desk() -> Desk {
    let mut desk = Desk::in_memory(FILE).await;
    desk.settings.store.key = MasterKeySource::Given(Secret::new(vec![7; 32]));
    let user = User {
        id: UserId::new("u-ada"),
        login: Login::parse("ada").unwrap(),
        username: "ada".to_owned(),
        name: String::new(),
        email: None,
        email_verified: false,
        groups: Vec::new(),
        tenants: Vec::new(),
        attributes: BTreeMap::new(),
        disabled: false,
        created: Timestamp::default(),
        updated: Timestamp::default(),
        epoch: 0,
    };
    desk.store.insert_user(&user, None).await.unwrap();
    desk
}

async fn add(desk: &Desk, line: &str) -> anyhow::Result<Answer> {
    let line = format!("add {line}");
    let line = AddLine::try_parse_from(line.split_whitespace())?;
    line.add.perform(desk).await
}

async fn list(desk: &Desk) -> Value {
    let line = ListLine::try_parse_from(["list", "--user", "ada"]).unwrap();
    line.list.perform(desk).await.unwrap().json
}

#[tokio::test]
async fn a_token_is_shown_once_and_listed_without_its_text() {
    let desk = desk().await;
    let made = add(
        &desk,
        "--user ada --name laptop --scope git:read --route git",
    )
    .await;
    let made = made.unwrap().json;
    let text = made["token"].as_str().unwrap();
    assert!(text.starts_with("dw_pat_"), "{text}");
    let listed = list(&desk).await;
    let only = &listed["tokens"][0];
    assert_eq!((&only["id"], &only["user"]), (&made["id"], &json!("ada")));
    assert_eq!(only["scopes"], json!(["git:read"]));
    assert_eq!(only["last_used"], Value::Null);
    assert!(!listed.to_string().contains(text));

    let id = made["id"].as_str().unwrap();
    let line = RevokeLine::try_parse_from(["revoke", id]).unwrap();
    line.revoke.perform(&desk).await.unwrap();
    assert_eq!(list(&desk).await["tokens"], json!([]));
    let again = line.revoke.perform(&desk).await.unwrap_err().to_string();
    assert!(again.contains("there is no token"), "{again}");
}

#[tokio::test]
async fn what_no_route_could_mean_is_refused_and_said() {
    let desk = desk().await;
    for (line, why) in [
        ("", "--user"),
        ("--user ada --service x", "cannot be used with"),
        ("--user bob", "there is no user \"bob\""),
        ("--user ada --scope git:write", "there are: git:read"),
        ("--user ada --route web", "those that do: git"),
        ("--service backup --route git", "those that do: none"),
        ("--service b/c", "a service is called by"),
        ("--service backup --expires 11d", "at most 10days"),
        ("--user ada --expires 0s", "--expires is a time"),
    ] {
        let refused = add(&desk, line).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{line}: {refused}");
    }
    let made = add(&desk, "--service backup").await.unwrap();
    assert!(made.json["token"].as_str().unwrap().starts_with("dw_svc_"));
}

#[tokio::test]
async fn somebody_who_is_disabled_gets_none() {
    let desk = desk().await;
    let disable = |user: &mut User| user.disabled = true;
    let ada = "u-ada".into();
    desk.store.change_user(&ada, disable).await.unwrap();
    let refused = add(&desk, "--user ada").await.unwrap_err().to_string();
    assert_eq!(refused, "ada is disabled");
}
