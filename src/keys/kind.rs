//! The kinds of JWTs that we sign.

/// What a token is for: its `typ` header. One kind is never taken for another (RFC 8725 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtType {
    /// An ID token (OpenID Connect Core 2). No type of its own is registered.
    Id,
    /// An access token (RFC 9068 2.1).
    Access,
    /// The assertion a protected app receives.
    Identity,
    /// An answer of the authorization endpoint (JARM 2.1).
    Answer,
    /// A logout token (OpenID Connect Back-Channel Logout 2.4).
    Logout,
    /// What introspection says about a token (RFC 9701 5).
    Introspection,
}

impl JwtType {
    /// Every value.
    pub const ALL: [Self; 6] = [
        Self::Id,
        Self::Access,
        Self::Identity,
        Self::Answer,
        Self::Logout,
        Self::Introspection,
    ];

    /// As written in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "JWT",
            Self::Access => "at+jwt",
            Self::Identity => "identity+jwt",
            Self::Answer => "oauth-authz-resp+jwt",
            Self::Logout => "logout+jwt",
            Self::Introspection => "token-introspection+jwt",
        }
    }

    pub(super) const fn position(self) -> usize {
        match self {
            Self::Id => 0,
            Self::Access => 1,
            Self::Identity => 2,
            Self::Answer => 3,
            Self::Logout => 4,
            Self::Introspection => 5,
        }
    }
}
