//! What is known about somebody, by name.

use super::filter::{Kind, Said};
use crate::tokens::claims::Whom;

/// A name and what it stands for.
type Named = (&'static str, Fact);

const NAMED: &[Named] = &[
    ("user.username", Fact::Username),
    ("user.sub", Fact::Subject),
    ("user.email", Fact::Email),
    ("user.name", Fact::Name),
    ("user.groups", Fact::Groups),
    ("tenant.id", Fact::TenantId),
    ("tenant.uuid", Fact::TenantUuid),
    ("tenant.name", Fact::TenantName),
];

/// The names there are, besides `user.attr.NAME`.
pub const FACTS: [&str; NAMED.len()] = {
    let mut names = [""; NAMED.len()];
    let mut n = 0;
    while n < NAMED.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "bounded by the loop, in a constant"
        )]
        {
            names[n] = NAMED[n].0;
        }
        n += 1;
    }
    names
};

/// Something known about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Username,
    Subject,
    Email,
    Name,
    Groups,
    Attribute(String),
    TenantId,
    TenantUuid,
    TenantName,
}

impl Fact {
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(attribute) = name.strip_prefix("user.attr.") {
            let plain = !attribute.is_empty() && !attribute.contains(['{', '"', ' ']);
            return plain.then(|| Self::Attribute(attribute.to_owned()));
        }
        let mut named = NAMED.iter();
        let found = named.find(|(known, _)| *known == name)?;
        Some(found.1.clone())
    }

    pub const fn kind(&self) -> Kind {
        match self {
            Self::Groups => Kind::List,
            Self::Username
            | Self::Subject
            | Self::Email
            | Self::Name
            | Self::Attribute(_)
            | Self::TenantId
            | Self::TenantUuid
            | Self::TenantName => Kind::Text,
        }
    }

    pub fn of(&self, whom: &Whom<'_>) -> Option<Said> {
        let user = whom.user;
        let text = match self {
            Self::Username => &user.username,
            // What the client calls them: a pairwise client must not learn the other name.
            Self::Subject => whom.sub,
            Self::Email => user.email.as_deref()?,
            Self::Name => &user.name,
            Self::Attribute(name) => user.attributes.get(name)?,
            Self::TenantId => whom.tenant?.id.as_str(),
            Self::TenantUuid => &whom.tenant?.uuid,
            Self::TenantName => &whom.tenant?.name,
            Self::Groups => {
                let groups = user.groups.iter().map(ToString::to_string);
                return Some(Said::List(groups.collect()));
            }
        };
        Some(Said::Text(text.to_owned()))
    }
}
