//! `doorward user add`.

use serde_json::json;

use super::{check, password, show};
use crate::base::UserId;
use crate::cli::desk::{Answer, Desk};
use crate::model::{PasswordCredential, User};

/// Who to add.
#[derive(Debug, clap::Args)]
pub struct AddUser {
    /// User name; upper and lower case are the same.
    login: String,
    /// E-mail address; also a way to sign in.
    #[arg(long)]
    email: Option<String>,
    /// The address is known to be this person's.
    #[arg(long, requires = "email")]
    email_verified: bool,
    /// Full name.
    #[arg(long, default_value = "")]
    name: String,
    /// A group; may be repeated, or several separated by commas.
    #[arg(
        long = "group",
        visible_alias = "groups",
        value_name = "GROUP",
        value_delimiter = ','
    )]
    groups: Vec<String>,
    /// A tenant they belong to, by its name in the file; may be repeated.
    #[arg(
        long = "tenant",
        visible_alias = "tenants",
        value_name = "TENANT",
        value_delimiter = ','
    )]
    tenants: Vec<String>,
    /// A fact about the person for claims and headers, NAME=VALUE; may be repeated.
    #[arg(long = "attr", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
    /// Read the password from standard input.
    #[arg(long, conflicts_with = "ask_password")]
    password_stdin: bool,
    /// Ask for the password on the terminal.
    #[arg(long)]
    ask_password: bool,
}

impl AddUser {
    pub(super) async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        let user = self.user(desk)?;
        if !self.password_stdin && !self.ask_password {
            return with_link(desk, &user).await;
        }
        let password = if self.password_stdin {
            password::from_stdin()?
        } else {
            password::asked()?
        };
        desk.settings.login.accept(&password)?;
        let credential = PasswordCredential {
            user: user.id.clone(),
            phc: desk.hash(password).await?,
            changed: user.created,
            must_change: false,
        };
        desk.store.insert_user(&user, Some(&credential)).await?;
        desk.audit("user_added", Some(&user.id), None).await?;
        Ok(Answer {
            human: format!("added {}", user.username),
            json: json!({ "user": show::json(&user) }),
        })
    }

    fn user(&self, desk: &Desk) -> anyhow::Result<User> {
        let now = desk.clock.now();
        let username = self.login.trim();
        Ok(User {
            id: UserId::random(&desk.rng)?,
            login: check::login(username)?,
            username: username.to_owned(),
            name: check::name(&self.name)?,
            email: self.email.as_deref().map(check::email).transpose()?,
            email_verified: self.email_verified,
            groups: check::groups(&self.groups)?,
            tenants: desk.tenants(&self.tenants)?,
            attributes: check::attributes(&self.attributes)?,
            disabled: false,
            created: now,
            updated: now,
            epoch: 0,
        })
    }
}

async fn with_link(desk: &Desk, user: &User) -> anyhow::Result<Answer> {
    check::links_work(desk)?;
    desk.store.insert_user(user, None).await?;
    let link = desk.link_for(&user.id).await?;
    desk.audit("user_added", Some(&user.id), None).await?;
    Ok(show::link(
        user,
        &link,
        &format!("added {}; to choose a password:", user.username),
    ))
}
