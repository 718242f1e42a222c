//! Ways in, one file each: what a person shows, and whether it proves who they are.

pub(super) mod password;
