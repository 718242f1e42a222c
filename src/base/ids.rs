//! Identifiers. Each kind of thing has its own type, so one cannot be passed for another.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::rng::{Rng, RngFailed};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(#[schemars(with = "String")] Arc<str>);

        impl $name {
            /// Names an existing thing.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    };
}

macro_rules! random_id {
    ($name:ident) => {
        impl $name {
            /// A fresh random identifier (122 bits, UUID version 4 text).
            pub fn random(rng: &Rng) -> Result<Self, RngFailed> {
                Ok(Self::new(rng.uuid()?.to_string()))
            }
        }
    };
}

id! {
    /// A user; also the `sub` of tokens (OpenID Connect Core 2): opaque, never reused.
    UserId
}
id! {
    /// A session (one browser's login); also the `sid` claim. Not a credential: a browser proves
    /// its session with the sealed cookie, never with this.
    SessionId
}
id! {
    /// A grant: what a client was given by one authorization.
    GrantId
}
id! {
    /// One access token (`jti`). Not a credential.
    TokenId
}
id! {
    /// A registered client (`client_id`).
    ClientId
}
id! {
    /// An issuer's name in the configuration, such as `production`.
    IssuerId
}
id! {
    /// A tenant's name in the configuration.
    TenantId
}
id! {
    /// A route's `id` in the configuration.
    RouteId
}
id! {
    /// A signing key (`kid`).
    KeyId
}
id! {
    /// A group's name; compared byte for byte.
    GroupName
}
id! {
    /// One request, as printed on error pages and in the logs.
    RequestId
}

random_id!(UserId);
random_id!(SessionId);
random_id!(GrantId);
random_id!(KeyId);
random_id!(RequestId);

impl TokenId {
    /// A fresh identifier of a token that is made at `now` (74 random bits, UUID version 7 text).
    pub fn made_at(now: Timestamp, rng: &Rng) -> Result<Self, RngFailed> {
        let millis = u64::try_from(now.millis()).unwrap_or_default();
        let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &rng.bytes()?);
        Ok(Self::new(uuid.into_uuid().to_string()))
    }

    /// When its token was made, to the millisecond; `None` when it does not say.
    pub fn made(&self) -> Option<Timestamp> {
        let uuid = uuid::Uuid::parse_str(self.as_str()).ok()?;
        let uuid = (uuid.get_version_num() == 7).then_some(uuid)?;
        let (seconds, nanos) = uuid.get_timestamp()?.to_unix();
        let millis = i64::try_from(seconds).ok()?.checked_mul(1000)?;
        Some(Timestamp::from_millis(
            millis + i64::from(nanos / 1_000_000),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_of_a_token_says_to_the_millisecond_when_it_was_made() {
        let now = Timestamp::from_millis(1_790_000_000_123);
        let made = |now| TokenId::made_at(now, &Rng::system()).unwrap();
        assert_eq!(made(now).made(), Some(now));
        assert_ne!(made(now), made(now));
        for silent in ["", "t1", "6ba7b810-9dad-41d1-80b4-00c04fd430c8"] {
            assert_eq!(TokenId::new(silent).made(), None, "{silent}");
        }
    }
}
