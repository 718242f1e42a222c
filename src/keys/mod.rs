//! Sealing and signing. Knows keys and bytes; not where they are stored, nor what they mean.

mod dn;
pub mod foreign;
mod json;
pub mod jwt;
mod kind;
pub mod master;
pub mod ring;
pub mod seal;
pub mod signing;

pub use dn::DistinguishedName;
pub use foreign::{ForeignAlg, ForeignClaims, ForeignKey, ForeignKeys, Jws};
pub use json::strict_object;
pub use jwt::{Audience, Claims, Expected, Expiry, JwtRejected, JwtType};
pub use master::{MasterKey, MasterKeyError};
pub use ring::{Jwks, KeyRing, RingKey};
pub use seal::{Purpose, Sealer};
pub use signing::{KeyLife, SigningError, SigningKey};
