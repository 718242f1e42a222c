//! The text of a standing token: how it is made, and how a made-up one is known.

use subtle::ConstantTimeEq;

use crate::base::encoding::{base64url, hex};
use crate::base::opaque::{Kind, PersonalToken, ServiceToken};
use crate::base::{Opaque, OpaqueHash, Rng, RngFailed, Secret, TokenId};
use crate::keys::{Purpose, Sealer};
use crate::model::{StandingHash, StandingKind};

/// Characters of the end: 64 bits.
pub(super) const END: usize = 11;

/// A token just made.
#[derive(Debug)]
pub struct NewStanding {
    /// What it is revoked by.
    pub id: TokenId,
    /// The token; this is the only time it is there.
    pub text: Secret<String>,
    /// What the store keeps.
    pub hash: StandingHash,
}

/// Makes a token that nobody knows yet.
pub fn mint(sealer: &Sealer, rng: &Rng, kind: StandingKind) -> Result<NewStanding, RngFailed> {
    let (text, hash) = match kind {
        StandingKind::Personal => minted::<PersonalToken>(sealer, rng)?,
        StandingKind::Service => minted::<ServiceToken>(sealer, rng)?,
    };
    let id = format!("{}{}", kind.id_prefix(), hex(rng.bytes::<8>()?));
    Ok(NewStanding {
        id: TokenId::new(id),
        text: Secret::new(text),
        hash,
    })
}

fn minted<K: Kind>(sealer: &Sealer, rng: &Rng) -> Result<(String, StandingHash), RngFailed>
where
    StandingHash: From<OpaqueHash<K>>,
{
    let token = Opaque::<K>::mint(rng)?;
    let text = format!("{}{}", token.reveal(), end(sealer, token.reveal()));
    Ok((text, token.hash().into()))
}

/// Whose a text would be if it were a standing token: by its prefix alone.
pub fn kind_of(text: &str) -> Option<StandingKind> {
    if text.starts_with(PersonalToken::PREFIX) {
        Some(StandingKind::Personal)
    } else if text.starts_with(ServiceToken::PREFIX) {
        Some(StandingKind::Service)
    } else {
        None
    }
}

/// What the store knows a text by; `None` for what was never ours.
pub(super) fn hash_of(sealer: &Sealer, text: &str) -> Option<StandingHash> {
    let (token, shown) = text.split_at_checked(text.len().checked_sub(END)?)?;
    let own = end(sealer, token);
    if !bool::from(own.as_bytes().ct_eq(shown.as_bytes())) {
        return None;
    }
    match kind_of(token)? {
        StandingKind::Personal => Some(Opaque::<PersonalToken>::parse(token)?.hash().into()),
        StandingKind::Service => Some(Opaque::<ServiceToken>::parse(token)?.hash().into()),
    }
}

fn end(sealer: &Sealer, token: &str) -> String {
    let mac = sealer.mac(Purpose::StandingToken, token.as_bytes());
    let (start, _) = mac.split_at(8);
    base64url(start)
}
