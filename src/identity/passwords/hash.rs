//! argon2id itself: one password against one stored hash, in memory that is used again.

use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;

use super::{MAX_PASSWORD, Verified};

/// OWASP's choice for argon2id: 19 MiB, two passes, one lane.
pub(super) const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// A stored hash that asks for more memory than this is not worked out.
const MOST_KIB: usize = 1024 * 1024;
const HASH: usize = 32;

/// Checks `password` against `stored`. With none, or one that cannot be read, it works as long and
/// says no.
pub(super) fn verify(stored: Option<&str>, password: &[u8], memory: &mut Vec<Block>) -> Verified {
    let wrong = Verified {
        right: false,
        outdated: false,
    };
    let password = password
        .get(..password.len().min(MAX_PASSWORD + 1))
        .unwrap_or_default();
    let parsed = stored.and_then(|text| PasswordHash::new(text).ok());
    let known = parsed
        .as_ref()
        .and_then(|hash| Some((hash, hash.salt?, hash.hash?)));
    let Some((parsed, salt, expected)) = known else {
        // The same work for nobody as for somebody.
        let _ = hash(b"nobody at all...", password, memory);
        return wrong;
    };
    let Ok(params) = Params::try_from(parsed) else {
        return wrong;
    };
    let blocks = params.block_count();
    if blocks > MOST_KIB {
        return wrong;
    }
    let outdated = (params.m_cost(), params.t_cost()) != (MEMORY_KIB, PASSES);
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = vec![0; expected.len()];
    let blocks = memory.get_mut(..blocks).unwrap_or_default();
    let done = argon2.hash_password_into_with_memory(password, salt.as_ref(), &mut out, blocks);
    let is_argon2id = parsed.algorithm.as_str() == "argon2id";
    let same: bool = out.ct_eq(expected.as_bytes()).into();
    let right = done.is_ok() && is_argon2id && same && password.len() <= MAX_PASSWORD;
    // A hash imported with larger parameters must not keep its memory for ever.
    memory.truncate(MEMORY_KIB as usize);
    memory.shrink_to(MEMORY_KIB as usize);
    Verified {
        right,
        outdated: right && outdated,
    }
}

/// Hashes `password` into PHC string form.
pub(super) fn hash(salt: &[u8; 16], password: &[u8], memory: &mut [Block]) -> Option<String> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(HASH)).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut out = [0; HASH];
    let memory = memory.get_mut(..params.block_count())?;
    argon2
        .hash_password_into_with_memory(password, salt, &mut out, memory)
        .ok()?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&params).try_into().ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(argon2::password_hash::phc::Output::new(&out).ok()?),
    };
    Some(hash.to_string())
}
