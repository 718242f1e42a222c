//! `[[users]]` and `[login]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// A source of people.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// "local": people are kept in storage and managed by `doorward user`.
    #[schemars(required)]
    pub kind: Option<UsersKind>,
    /// Whether one-time links let people choose their first password. Default "invite".
    pub signup: Option<SignupWord>,
}

/// A kind of source.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UsersKind {
    /// In storage.
    Local,
}

/// How people get in for the first time.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignupWord {
    /// By a one-time link that an operator makes.
    Invite,
    /// Not at all: an operator sets the password.
    Off,
}

/// Ways in.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// In this order on the page. Default ["password"].
    pub methods: Option<Vec<MethodWord>>,
    /// What passwords must be like.
    pub password: PasswordRules,
    /// How often somebody may try.
    pub throttle: Throttle,
}

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MethodWord {
    /// User name or e-mail address, and password.
    Password,
}

/// What passwords must be like.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordRules {
    /// The fewest characters of a new password. Default 12.
    pub min_length: Option<u32>,
}

/// How often somebody may try.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Throttle {
    /// Failed sign-ins of one account. Default "5/15m".
    pub per_account: Option<String>,
    /// Attempts from one address. Default "30/5m".
    pub per_ip: Option<String>,
    /// Passwords hashed at the same time, 19 MiB of memory each. Default: half the processors.
    pub hashes_at_once: Option<u32>,
}
