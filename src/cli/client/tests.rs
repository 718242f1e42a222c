//! Conversations with `doorward client`, on a database of their own.

mod initial_tokens;

use clap::Parser;

use super::Args;
use crate::base::opaque::ClientSecret;
use crate::base::{Opaque, Secret};
use crate::cli::desk::{Answer, Desk};
use crate::identity::clients::{kept_secrets, secret_as_kept, secret_is_right};
use crate::keys::{MasterKey, Sealer};
use crate::model::{Client, ClientAuthMethod, Pkce};
use crate::store::MasterKeySource;

const FILE: &str = "
[issuer.production]
path = \"/production/oidc\"
[issuer.beta]
path = \"/beta/oidc\"
[client.shop]
issuer = \"production\"
redirect_uris = [\"https://shop.example.net/cb\"]
";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

async fn said(desk: &Desk, line: &str) -> anyhow::Result<Answer> {
    let line = Line::try_parse_from(["client"].into_iter().chain(line.split(' ')))?;
    line.args.command.perform(desk).await
}

async fn load(desk: &Desk, id: &str) -> Client {
    desk.store.load_client(&id.into()).await.unwrap().unwrap()
}

fn secret(answer: &Answer) -> Secret<String> {
    let secret = answer.json["secret"].as_str().unwrap();
    assert!(answer.human.contains(secret));
    Secret::new(secret.to_owned())
}

#[tokio::test]
async fn a_registered_app_is_stored_as_it_was_said_and_only_the_answer_holds_its_secret() {
    let desk = Desk::in_memory(FILE).await;
    let line = "add crm --issuer beta --name CRM --redirect-uri https://crm.example.net/cb \
                --redirect-uri http://127.0.0.1/cb --scope openid,groups --consent skip \
                --post-logout-redirect-uri https://crm.example.net/bye --pkce-optional";
    let answer = said(&desk, line).await.unwrap();
    let crm = load(&desk, "crm").await;
    assert_eq!((crm.issuer.as_str(), crm.name.as_str()), ("beta", "CRM"));
    assert_eq!(crm.redirect_uris.len(), 2);
    assert_eq!(crm.scopes.to_string(), "groups openid");
    assert_eq!(crm.pkce, Pkce::Optional);
    assert!(secret_is_right(Some(&crm), &secret(&answer)));

    let list = said(&desk, "list").await.unwrap();
    let text = format!("{} {}", list.human, list.json);
    assert!(!text.contains(secret(&answer).expose_secret()));
    assert!(!text.contains("dw_cs_"));
}

#[tokio::test]
async fn a_public_app_has_no_secret_and_none_can_be_made_for_it() {
    let desk = Desk::in_memory(FILE).await;
    let line = "add app --issuer beta --redirect-uri com.example.app:/cb --public";
    let answer = said(&desk, line).await.unwrap();
    assert!(answer.json.get("secret").is_none());
    let app = load(&desk, "app").await;
    assert_eq!(
        (app.auth, app.pkce),
        (ClientAuthMethod::None, Pkce::Required)
    );
    assert!(app.secrets.is_empty());
    let refused = said(&desk, "rotate app").await.unwrap_err().to_string();
    assert!(refused.contains("public"), "{refused}");
}

#[tokio::test]
async fn a_rotation_overlaps_with_one_secret_before_until_it_is_dropped() {
    let desk = Desk::in_memory(FILE).await;
    let line = "add crm --issuer beta --redirect-uri https://crm.example.net/cb";
    let first = secret(&said(&desk, line).await.unwrap());
    let second = secret(&said(&desk, "rotate crm").await.unwrap());
    let works = async |secret: &Secret<String>| {
        let crm = load(&desk, "crm").await;
        secret_is_right(Some(&crm), secret)
    };
    assert!(works(&first).await && works(&second).await);
    let third = secret(&said(&desk, "rotate crm").await.unwrap());
    assert!(!works(&first).await, "three secrets work at once");
    assert!(works(&second).await && works(&third).await);
    said(&desk, "rotate crm --drop-old").await.unwrap();
    assert!(!works(&second).await && works(&third).await);
}

#[tokio::test]
async fn apps_of_the_file_are_listed_with_their_line_and_changed_there_only() {
    let desk = Desk::in_memory(FILE).await;
    let list = said(&desk, "list").await.unwrap();
    assert!(list.human.contains("doorward.toml:"), "{}", list.human);
    assert_eq!(list.json["clients"][0]["id"], "shop");
    for line in [
        "disable shop",
        "enable shop",
        "rotate shop",
        "rotate shop --drop-old",
        "add shop --issuer beta --redirect-uri https://shop.example.net/cb",
    ] {
        let refused = said(&desk, line).await.unwrap_err().to_string();
        assert!(
            refused.contains("managed by doorward.toml:"),
            "{line}: {refused}"
        );
    }
}

#[tokio::test]
async fn an_app_is_switched_off_and_on_again() {
    let desk = Desk::in_memory(FILE).await;
    let line = "add app --issuer beta --redirect-uri com.example.app:/cb --public";
    said(&desk, line).await.unwrap();
    said(&desk, "disable app").await.unwrap();
    assert!(load(&desk, "app").await.disabled);
    said(&desk, "enable app").await.unwrap();
    assert!(!load(&desk, "app").await.disabled);
}

#[tokio::test]
async fn what_cannot_be_registered_is_refused_with_its_reason() {
    let desk = Desk::in_memory(FILE).await;
    let uri = "--redirect-uri https://crm.example.net/cb";
    said(&desk, &format!("add crm --issuer beta {uri}"))
        .await
        .unwrap();
    for (line, reason) in [
        (format!("add crm --issuer beta {uri}"), "exists already"),
        (format!("add new {uri}"), "--issuer"),
        (
            format!("add new --issuer gamma {uri}"),
            "no issuer \"gamma\"",
        ),
        (format!("add n\u{e9}w --issuer beta {uri}"), "visible ASCII"),
        ("add new --issuer beta".to_owned(), "--redirect-uri"),
        (
            format!("add new --issuer beta {uri} --scope a\"b"),
            "cannot be a scope",
        ),
        (
            format!("add new --issuer beta {uri} --id-token-alg none"),
            "no algorithm",
        ),
        (
            format!("add new --issuer beta {uri} --public --pkce-optional"),
            "--public",
        ),
        (
            "add new --issuer beta --redirect-uri https://*.example.net/".to_owned(),
            "wildcard",
        ),
        (
            "add new --issuer beta --redirect-uri http://example.net/".to_owned(),
            "is http",
        ),
        ("rotate nobody".to_owned(), "there is no client nobody"),
    ] {
        let refused = said(&desk, &line).await.unwrap_err().to_string();
        assert!(refused.contains(reason), "{line}: {refused}");
    }
}

#[tokio::test]
async fn an_address_that_no_form_can_lead_to_is_not_registered() {
    let desk = Desk::in_memory(FILE).await;
    for uris in [
        "--redirect-uri https:/cb",
        "--redirect-uri https://a.example'/cb",
        "--redirect-uri https://a.example/cb --post-logout-redirect-uri https:/bye",
        "--redirect-uri https://a.example/cb --post-logout-redirect-uri https://a,b.example/bye",
    ] {
        let answer = said(&desk, &format!("add crm --issuer beta {uris}")).await;
        assert!(answer.is_err(), "{uris}");
    }
}

#[tokio::test]
async fn an_app_is_shown_and_removed_for_good() {
    let desk = Desk::in_memory(FILE).await;
    let line = "add crm --issuer beta --name CRM --redirect-uri https://crm.example.net/cb";
    let secret = secret(&said(&desk, line).await.unwrap());
    let shown = said(&desk, "show crm").await.unwrap();
    assert!(shown.human.contains("https://crm.example.net/cb"));
    assert_eq!(shown.json["client"]["grant_types"][0], "authorization_code");
    let text = format!("{} {}", shown.human, shown.json);
    assert!(!text.contains(secret.expose_secret()));
    said(&desk, "remove crm").await.unwrap();
    for line in ["show crm", "remove crm", "enable crm"] {
        let refused = said(&desk, line).await.unwrap_err().to_string();
        assert!(refused.contains("there is no client crm"), "{refused}");
    }
    let refused = said(&desk, "remove shop").await.unwrap_err().to_string();
    assert!(refused.contains("managed by doorward.toml:"), "{refused}");
}

#[tokio::test]
async fn a_secret_that_makes_codes_is_rotated_under_the_servers_key_only() {
    let mut desk = Desk::in_memory(FILE).await;
    let server = || Secret::new(vec![7; 32]);
    desk.settings.store.key = MasterKeySource::Given(server());
    let master = MasterKey::from_bytes(&server()).unwrap();
    let sealer = Sealer::new(&master, desk.clock.clone(), desk.rng.clone());
    let first = Opaque::<ClientSecret>::mint(&desk.rng).unwrap();
    let auth = ClientAuthMethod::ClientSecretJwt;
    let kept = secret_as_kept((&"signer".into(), auth), &first, &sealer).unwrap();
    let signer = Client {
        auth,
        secrets: vec![kept],
        ..Client::new("signer", "beta")
    };
    desk.store.insert_client(&signer).await.unwrap();
    let second = secret(&said(&desk, "rotate signer").await.unwrap());
    let readable = async |desk: &Desk| {
        let secrets = kept_secrets(&load(desk, "signer").await, &sealer);
        let secrets = secrets.into_iter();
        secrets
            .map(|secret| secret.expose_secret().clone())
            .collect::<Vec<_>>()
    };
    let both = [second.expose_secret().clone(), first.reveal().to_owned()];
    assert_eq!(readable(&desk).await, both);

    desk.settings.store.key = MasterKeySource::Given(Secret::new(vec![8; 32]));
    let refused = said(&desk, "rotate signer").await.unwrap_err().to_string();
    assert!(refused.contains("storage.key"), "{refused}");
    assert_eq!(readable(&desk).await, both, "nothing changed");
    said(&desk, "rotate signer --drop-old").await.unwrap();
    assert_eq!(readable(&desk).await, both[..1]);
}
