//! Authorization codes: everything that was approved, sealed. Nothing is stored until a code is
//! redeemed; the grant's row then is the memory that it was.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::base::encoding::{base64url, sha256};
use crate::base::{
    ClientId, GrantId, IssuerId, RngFailed, ScopeSet, SessionId, TenantId, Timestamp, UserId,
};
use crate::keys::{Purpose, Sealer};
use crate::model::grant::Confirmation;
use crate::model::{Amr, Client, Extent};
use crate::tokens::{Entitled, Terms};

const PREFIX: &str = "dw_code_";
/// Longest code that is looked at, in bytes.
const MAX_LENGTH: usize = 8 * 1024;

/// What a person allowed a client, as the authorization endpoint saw it.
#[derive(Clone, Debug)]
pub struct Approval {
    /// The issuer.
    pub issuer: IssuerId,
    /// The client.
    pub client: ClientId,
    /// Where the code is sent, exactly as in the request.
    pub redirect_uri: String,
    /// The S256 challenge, if one was sent.
    pub challenge: Option<CodeChallenge>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// What was granted.
    pub scopes: ScopeSet,
    /// What was granted besides.
    pub extent: Extent,
    /// The tenant it was granted in.
    pub tenant: Option<TenantId>,
    /// Who is signed in.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub amr: Vec<Amr>,
}

/// An S256 code challenge (RFC 7636 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads a challenge; `None` unless it is the canonical base64url of a SHA-256.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = crate::base::encoding::from_base64url(text)?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// Whether `verifier` is well formed and the one this is the challenge of; constant time.
    pub fn is_of(&self, verifier: &str) -> bool {
        // RFC 7636 4.1: 43 to 128 unreserved characters.
        let well_formed = (43..=128).contains(&verifier.len())
            && verifier
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        let computed = base64url(sha256(verifier));
        well_formed & bool::from(computed.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

/// A code as opened: believed, not yet redeemed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    pub(super) grant: GrantId,
    pub(super) client: ClientId,
    redirect: String,
    challenge: Option<CodeChallenge>,
    pub(super) nonce: Option<String>,
    pub(super) scopes: ScopeSet,
    #[serde(default)]
    pub(super) extent: Extent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<TenantId>,
    pub(super) user: UserId,
    pub(super) session: SessionId,
    pub(super) auth_time: Timestamp,
    pub(super) amr: Vec<Amr>,
    pub(super) minted: Timestamp,
    pub(super) expires: Timestamp,
}

impl Code {
    /// Seals `approval` as a code that lives for `life`.
    pub(super) fn mint(
        approval: &Approval,
        grant: GrantId,
        sealer: &Sealer,
        now: Timestamp,
        life: Duration,
    ) -> Result<String, RngFailed> {
        let code = Self {
            grant,
            client: approval.client.clone(),
            redirect: fingerprint(&approval.redirect_uri),
            challenge: approval.challenge.clone(),
            nonce: approval.nonce.clone(),
            scopes: approval.scopes.clone(),
            extent: approval.extent.clone(),
            tenant: approval.tenant.clone(),
            user: approval.user.clone(),
            session: approval.session.clone(),
            auth_time: approval.auth_time,
            amr: approval.amr.clone(),
            minted: now,
            expires: now.plus(life),
        };
        // A struct of strings and numbers always is JSON.
        let plain = serde_json::to_vec(&code).unwrap_or_default();
        let envelope = sealer.seal(Purpose::Code, approval.issuer.as_str().as_bytes(), &plain)?;
        Ok(format!("{PREFIX}{envelope}"))
    }

    /// Opens what was presented at `issuer`; `None` for anything that is not a code of its own
    /// that is still in its time.
    pub(super) fn open(
        text: &str,
        issuer: &IssuerId,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Option<Self> {
        let envelope = text.strip_prefix(PREFIX)?;
        if envelope.len() > MAX_LENGTH {
            return None;
        }
        let plain = sealer.open(
            Purpose::Code,
            issuer.as_str().as_bytes(),
            envelope.as_bytes(),
        )?;
        let code: Self = serde_json::from_slice(&plain).ok()?;
        (now < code.expires).then_some(code)
    }

    /// Whose it is.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// The grant that comes of it.
    pub const fn grant(&self) -> &GrantId {
        &self.grant
    }

    /// Who approved it.
    pub const fn user(&self) -> &UserId {
        &self.user
    }

    /// In which session.
    pub const fn session(&self) -> &SessionId {
        &self.session
    }

    /// What `client` may have of it now, if anything.
    pub fn entitled(&self, terms: &Terms, client: &Client) -> Option<Entitled> {
        Entitled::of(terms, client, &self.scopes, &self.extent)
    }

    /// The key it was asked for with.
    pub const fn confirmation(&self) -> Option<&Confirmation> {
        self.extent.confirmation.as_ref()
    }

    /// When it was made.
    pub const fn minted(&self) -> Timestamp {
        self.minted
    }

    /// Whether the code was sent to `redirect_uri`.
    pub fn was_sent_to(&self, redirect_uri: &str) -> bool {
        fingerprint(redirect_uri)
            .as_bytes()
            .ct_eq(self.redirect.as_bytes())
            .into()
    }

    /// Whether `verifier` is what the request's challenge asks for: nothing when there was no
    /// challenge, so that a downgraded request is noticed (RFC 9700 4.8.2).
    pub fn is_proven_by(&self, verifier: Option<&str>) -> bool {
        match (&self.challenge, verifier) {
            (Some(challenge), Some(verifier)) => challenge.is_of(verifier),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

fn fingerprint(redirect_uri: &str) -> String {
    base64url(sha256(redirect_uri))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_verifier_of_the_rfc_matches_its_challenge() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert!(challenge.is_of(VERIFIER));
        assert!(!challenge.is_of(CHALLENGE));
    }

    #[test]
    fn auz_16_challenges_and_verifiers_of_another_form_are_refused() {
        for bad in [
            &CHALLENGE[..42],
            &format!("{CHALLENGE}A"),
            &format!("{CHALLENGE}="),
            &"A".repeat(129),
            &CHALLENGE.replace('-', "+"),
            "",
        ] {
            assert_eq!(CodeChallenge::parse(bad), None, "{bad}");
        }
        let of = |verifier: &str| CodeChallenge(base64url(sha256(verifier)));
        for bad in [
            "a".repeat(42),
            "a".repeat(129),
            format!("{}=", "a".repeat(43)),
            format!("{} ", "a".repeat(43)),
            format!("{}é", "a".repeat(43)),
        ] {
            assert!(!of(&bad).is_of(&bad), "{bad}");
        }
        for good in ["a".repeat(43), "~".repeat(128)] {
            assert!(of(&good).is_of(&good));
        }
    }

    proptest! {
        #[test]
        fn only_the_verifier_itself_matches(a in "[A-Za-z0-9._~-]{43,128}", b in "[A-Za-z0-9._~-]{43,128}") {
            let challenge = CodeChallenge(base64url(sha256(&a)));
            prop_assert!(challenge.is_of(&a));
            prop_assert_eq!(challenge.is_of(&b), a == b);
            prop_assert!(CodeChallenge::parse(&challenge.0).is_some());
        }

        #[test]
        fn no_text_that_was_not_sealed_opens(text in ".{0,200}") {
            let rng = crate::base::Rng::system();
            let clock = crate::base::Clock::system();
            let sealer = Sealer::new(&crate::keys::MasterKey::ephemeral(&rng).unwrap(), clock.clone(), rng);
            let prefixed = format!("{PREFIX}{text}");
            prop_assert!(Code::open(&prefixed, &"p".into(), &sealer, clock.now()).is_none());
            prop_assert!(Code::open(&text, &"p".into(), &sealer, clock.now()).is_none());
        }
    }
}
