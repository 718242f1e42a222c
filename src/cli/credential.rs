//! `doorward credential`: what people sign in to apps with that have passwords of their own.

use anyhow::{Context, bail};
use serde_json::json;

use super::desk::{Answer, Desk};
use super::table::table;
use super::user::password;
use super::{ConfigFile, Exit, block_on};
use crate::base::RouteId;
use crate::identity::{AppLogin, AppLogins};
use crate::keys::Sealer;
use crate::model::{Login, User};
use crate::server::master;

/// What people sign in to apps with.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: CredentialCommand,
    #[command(flatten)]
    file: ConfigFile,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

/// What people sign in to apps with.
#[derive(Debug, clap::Subcommand)]
enum CredentialCommand {
    /// Keep somebody's name and password in an app, sealed, in place of what was kept before.
    Set(Set),
    /// List the apps for which something of a person's is kept.
    List {
        /// User name or e-mail address.
        #[arg(long, value_name = "LOGIN")]
        user: String,
    },
    /// Forget somebody's name and password in an app.
    Remove(Whose),
}

/// Whose, and in which app.
#[derive(Debug, clap::Args)]
struct Whose {
    /// User name or e-mail address.
    #[arg(long, value_name = "LOGIN")]
    user: String,
    /// The route of the app.
    #[arg(long, value_name = "ID")]
    route: String,
}

/// What to keep.
#[derive(Debug, clap::Args)]
struct Set {
    #[command(flatten)]
    whose: Whose,
    /// The name by which the app knows the person; their user name when left out.
    #[arg(long)]
    name: Option<String>,
    /// Read the password from standard input; it is asked for on the terminal otherwise.
    #[arg(long)]
    password_stdin: bool,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let settings = args.file.load_quietly()?;
    block_on(async {
        let desk = Desk::open(settings, args.json).await?;
        let answer = args.command.perform(&desk).await?;
        desk.say(&answer)?;
        Ok(Exit::Done)
    })
}

impl CredentialCommand {
    async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        match self {
            Self::Set(set) => set.perform(desk).await,
            Self::List { user } => list(desk, &user).await,
            Self::Remove(whose) => remove(desk, &whose).await,
        }
    }
}

impl Set {
    async fn perform(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let (user, route) = self.whose.find(desk).await?;
        let password = if self.password_stdin {
            password::from_stdin()?
        } else {
            password::asked()?
        };
        let name = self.name.as_deref().unwrap_or(&user.username);
        let login = AppLogin::new(name, password)?;
        logins(desk).await?.keep(&user.id, &route, &login).await?;
        desk.audit("app_credential_saved", Some(&user.id), None)
            .await?;
        Ok(Answer {
            human: format!("{} signs in at {route} as {name}", user.username),
            json: json!({ "user": user.username, "route": route, "name": name }),
        })
    }
}

async fn list(desk: &Desk, typed: &str) -> anyhow::Result<Answer> {
    let user = person(desk, typed).await?;
    let kept = desk.store.list_app_credentials(&user.id).await?;
    let rows: Vec<[String; 2]> = kept
        .iter()
        .map(|(route, since)| [route.to_string(), since.rfc3339()])
        .collect();
    let shown: Vec<_> = kept
        .iter()
        .map(|(route, since)| json!({ "route": route, "saved": since.rfc3339() }))
        .collect();
    Ok(Answer {
        human: if rows.is_empty() {
            format!("nothing of {}'s is kept", user.username)
        } else {
            table(["route", "saved"], &rows)
        },
        json: json!({ "credentials": shown }),
    })
}

async fn remove(desk: &Desk, whose: &Whose) -> anyhow::Result<Answer> {
    let user = person(desk, &whose.user).await?;
    // A route that is not in the file any more can have left something behind.
    let route = RouteId::new(&whose.route);
    if !desk.store.remove_app_credential(&user.id, &route).await? {
        bail!("nothing of {}'s is kept for {route:?}", user.username);
    }
    desk.audit("app_credential_removed", Some(&user.id), None)
        .await?;
    Ok(Answer {
        human: format!(
            "what {} signed in with at {route} is forgotten",
            user.username
        ),
        json: json!({ "removed": route }),
    })
}

impl Whose {
    async fn find(&self, desk: &Desk) -> anyhow::Result<(User, RouteId)> {
        let mut routes = desk.settings.routes.iter();
        let asks = |route: &RouteId| route.as_str() == self.route;
        let route = routes.find(|route| asks(&route.id) && route.credentials.is_some());
        let route = route.with_context(|| {
            format!(
                "no route {:?} of the file says credentials = \"basic\"",
                self.route
            )
        })?;
        Ok((person(desk, &self.user).await?, route.id.clone()))
    }
}

async fn logins(desk: &Desk) -> anyhow::Result<AppLogins> {
    let master = master::load(&desk.settings, &desk.store, &desk.rng).await?;
    let sealer = Sealer::new(&master, desk.clock.clone(), desk.rng.clone());
    Ok(AppLogins::new(desk.store.clone(), sealer))
}

async fn person(desk: &Desk, typed: &str) -> anyhow::Result<User> {
    let nobody = || format!("there is no user {typed:?}; `doorward user list` shows everybody");
    let login = Login::parse(typed).with_context(nobody)?;
    desk.store.find_user(&login).await?.with_context(nobody)
}
