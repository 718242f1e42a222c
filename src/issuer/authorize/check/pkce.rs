//! PKCE (RFC 7636): S256 or nothing, and nothing only for a confidential client that opted out.

use super::Draft;
use crate::issuer::error::AuthorizeError;
use crate::model::Pkce;
use crate::model::client::Profile;
use crate::tokens::CodeChallenge;

pub fn present_and_s256(draft: &mut Draft<'_>) -> Result<(), AuthorizeError> {
    if !draft.request.response_type.code {
        return Ok(());
    }
    let Some(challenge) = draft.params.find("code_challenge") else {
        if draft.params.has("code_challenge_method") || draft.params.has("code_challenge") {
            return Err(AuthorizeError::invalid_request(
                "code_challenge is missing.",
            ));
        }
        let optional = draft.client.pkce == Pkce::Optional
            && !draft.client.auth.is_public()
            && draft.client.security.profile == Profile::Oidc;
        return if optional {
            Ok(())
        } else {
            Err(AuthorizeError::invalid_request(
                "PKCE is required: send code_challenge and code_challenge_method=S256.",
            ))
        };
    };
    // Absent means `plain` (RFC 7636 4.3), which proves nothing to who can read the request.
    if draft.params.find("code_challenge_method") != Some("S256") {
        return Err(AuthorizeError::invalid_request(
            "code_challenge_method must be S256.",
        ));
    }
    let challenge = CodeChallenge::parse(challenge).ok_or(AuthorizeError::invalid_request(
        "code_challenge must be the base64url of a SHA-256.",
    ))?;
    draft.request.challenge = Some(challenge);
    Ok(())
}
