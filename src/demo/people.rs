//! The demo's two people. Their passwords are printed, so they are no secrets.

use crate::base::{GroupName, RngFailed, Secret, UserId};
use crate::identity::passwords::HashError;
use crate::model::{Login, PasswordCredential, User};
use crate::server::Rooms;
use crate::store::StoreError;

/// Somebody who can sign in to the demo.
#[derive(Debug)]
pub struct Person {
    /// User name.
    pub username: &'static str,
    /// Full name.
    pub name: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// Password.
    pub password: &'static str,
    /// Groups, sorted.
    pub groups: &'static [&'static str],
}

/// Ada may open everything, Bob may not.
pub const PEOPLE: &[Person] = &[
    Person {
        username: "ada",
        name: "Ada Lovelace",
        email: "ada@example.com",
        password: "velvet-otter-42",
        groups: &["admin", "staff"],
    },
    Person {
        username: "bob",
        name: "Bob Cratchit",
        email: "bob@example.com",
        password: "quiet-maple-17",
        groups: &["staff"],
    },
];

/// Why somebody could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NobodyMade {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password.
    #[error(transparent)]
    Password(#[from] HashError),
    /// No randomness.
    #[error(transparent)]
    Rng(#[from] RngFailed),
    /// A name that can be nobody's.
    #[error("{0} cannot be a user name")]
    Name(&'static str),
}

/// Makes them in the demo's own store.
pub async fn make(rooms: &Rooms) -> Result<(), NobodyMade> {
    for person in PEOPLE {
        let id = UserId::from(rooms.rng.uuid()?.to_string());
        let now = rooms.clock.now();
        let user = User {
            id: id.clone(),
            login: Login::parse(person.username).ok_or(NobodyMade::Name(person.username))?,
            username: person.username.to_owned(),
            name: person.name.to_owned(),
            email: Some(person.email.to_owned()),
            email_verified: true,
            groups: person
                .groups
                .iter()
                .map(|name| GroupName::from(*name))
                .collect(),
            tenants: Vec::new(),
            attributes: std::collections::BTreeMap::new(),
            disabled: false,
            created: now,
            updated: now,
            epoch: 0,
        };
        let phc = rooms
            .passwords
            .hash(Secret::new(person.password.to_owned()))
            .await?;
        let password = PasswordCredential {
            user: id,
            phc,
            changed: now,
            must_change: false,
        };
        rooms.store.insert_user(&user, Some(&password)).await?;
    }
    Ok(())
}
