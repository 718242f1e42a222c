//! People, as answers.

use serde_json::{Value, json};

use crate::base::GroupName;
use crate::cli::desk::{Answer, Desk, Link};
use crate::cli::table::table;
use crate::model::User;

/// People read at once.
const PAGE: u32 = 500;

/// Everybody, by user name.
pub async fn list(desk: &Desk) -> anyhow::Result<Answer> {
    let mut everybody: Vec<User> = Vec::new();
    loop {
        let after = everybody.last().map(|user| &user.login);
        let page = desk.store.list_users(after, PAGE).await?;
        if page.is_empty() {
            break;
        }
        everybody.extend(page);
    }
    let rows: Vec<_> = everybody.iter().map(row).collect();
    let human = if rows.is_empty() {
        "nobody yet; `doorward user add NAME` adds somebody".to_owned()
    } else {
        table(["user", "name", "e-mail", "groups", "state"], &rows)
    };
    let json = json!({ "users": everybody.iter().map(self::json).collect::<Vec<_>>() });
    Ok(Answer { human, json })
}

/// One person.
pub fn json(user: &User) -> Value {
    json!({
        "id": user.id,
        "login": user.login,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "email_verified": user.email_verified,
        "groups": user.groups,
        "tenants": user.tenants,
        "attributes": user.attributes,
        "disabled": user.disabled,
        "created": user.created.rfc3339(),
        "updated": user.updated.rfc3339(),
    })
}

/// A person and their one-time link.
pub fn link(user: &User, link: &Link, said: &str) -> Answer {
    Answer {
        human: format!("{said}\n{}", link.human()),
        json: json!({
            "user": json(user),
            "link": link.url.expose_secret(),
            "expires": link.expires.rfc3339(),
        }),
    }
}

/// One person and what happened.
pub fn done(user: &User, said: String) -> Answer {
    Answer {
        human: said,
        json: json!({ "user": json(user) }),
    }
}

fn row(user: &User) -> [String; 5] {
    let groups: Vec<_> = user.groups.iter().map(GroupName::as_str).collect();
    [
        user.username.clone(),
        user.name.clone(),
        user.email.clone().unwrap_or_default(),
        groups.join(", "),
        if user.disabled { "disabled" } else { "" }.to_owned(),
    ]
}
