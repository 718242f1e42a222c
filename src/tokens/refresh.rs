//! Refresh tokens: a grant's id, a generation and a MAC. Nothing is stored per token; junk dies on
//! the MAC without a trip to the database, and the same generation is always the same text.

use crate::base::encoding::{base64url, from_base64url};
use crate::base::{ClientId, GrantId, IssuerId};
use crate::keys::{Purpose, Sealer};
use crate::model::Grant;

const PREFIX: &str = "dw_rt_";
const BODY: usize = 16 + 4;
const MAC: usize = 32;

/// A refresh token that its client presented, and the grant behind it; not yet rotated.
#[derive(Clone, Debug)]
pub struct Refreshable {
    pub(super) token: RefreshToken,
    pub(super) grant: Grant,
    /// Whether a new token takes its place.
    pub(super) rotates: bool,
}

impl Refreshable {
    /// What the person allowed.
    pub const fn grant(&self) -> &Grant {
        &self.grant
    }
}

/// What a refresh token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RefreshToken {
    /// The grant.
    pub grant: GrantId,
    /// The generation, counted from 0.
    pub generation: u32,
}

impl RefreshToken {
    /// The text handed to the client. `None` when the grant's id is not one of ours.
    pub fn reveal(&self, sealer: &Sealer, issuer: &IssuerId, client: &ClientId) -> Option<String> {
        let grant = uuid::Uuid::parse_str(self.grant.as_str()).ok()?;
        let mut bytes = Vec::with_capacity(BODY + MAC);
        bytes.extend_from_slice(grant.as_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        let mac = sealer.mac(Purpose::RefreshToken, &bound(issuer, client, &bytes));
        bytes.extend_from_slice(&mac);
        Some(format!("{PREFIX}{}", base64url(bytes)))
    }

    /// Reads what `client` presented at `issuer`; `None` unless we gave exactly this text to
    /// exactly this client there.
    pub fn parse(
        text: &str,
        sealer: &Sealer,
        issuer: &IssuerId,
        client: &ClientId,
    ) -> Option<Self> {
        let bytes = from_base64url(text.strip_prefix(PREFIX)?)?;
        let (body, mac) = bytes.split_at_checked(BODY)?;
        if !sealer.mac_is(Purpose::RefreshToken, &bound(issuer, client, body), mac) {
            return None;
        }
        let (grant, generation) = body.split_at_checked(16)?;
        Some(Self {
            grant: GrantId::new(uuid::Uuid::from_slice(grant).ok()?.to_string()),
            generation: u32::from_be_bytes(generation.try_into().ok()?),
        })
    }
}

/// What the MAC is over. Lengths first, so that no two triples have the same bytes.
fn bound(issuer: &IssuerId, client: &ClientId, body: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    for part in [issuer.as_str().as_bytes(), client.as_str().as_bytes(), body] {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Clock, Rng};
    use crate::keys::MasterKey;

    fn sealer() -> Sealer {
        let rng = Rng::system();
        Sealer::new(&MasterKey::ephemeral(&rng).unwrap(), Clock::system(), rng)
    }

    #[test]
    fn a_token_is_read_by_its_own_client_at_its_own_issuer_only() {
        let (sealer, rng) = (sealer(), Rng::system());
        let (prod, beta): (IssuerId, IssuerId) = ("production".into(), "beta".into());
        let (c1, c2): (ClientId, ClientId) = ("c1".into(), "c2".into());
        let token = RefreshToken {
            grant: GrantId::random(&rng).unwrap(),
            generation: 7,
        };
        let text = token.reveal(&sealer, &prod, &c1).unwrap();
        assert_eq!(
            RefreshToken::parse(&text, &sealer, &prod, &c1),
            Some(token.clone())
        );
        assert_eq!(RefreshToken::parse(&text, &sealer, &prod, &c2), None);
        assert_eq!(RefreshToken::parse(&text, &sealer, &beta, &c1), None);
        assert_eq!(token.reveal(&sealer, &prod, &c1).unwrap(), text);
    }

    #[test]
    fn a_token_with_any_character_changed_is_not_read() {
        let (sealer, rng) = (sealer(), Rng::system());
        let (issuer, client): (IssuerId, ClientId) = ("production".into(), "c1".into());
        let text = RefreshToken {
            grant: GrantId::random(&rng).unwrap(),
            generation: 0,
        }
        .reveal(&sealer, &issuer, &client)
        .unwrap();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(
                RefreshToken::parse(&changed, &sealer, &issuer, &client),
                None,
                "{at}"
            );
        }
        for bad in ["", "dw_rt_", &text[..text.len() - 1], &format!("{text}A")] {
            assert_eq!(RefreshToken::parse(bad, &sealer, &issuer, &client), None);
        }
    }
}
