//! Who answers for a client, and whether they still may.

use crate::base::GroupName;
use crate::model::User;

/// What an owner must be in; everybody may what is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerPermissions {
    /// One of these, to own clients at all.
    pub create_api_clients: Option<Vec<GroupName>>,
    /// And one of these, for clients that sign people in.
    pub openid_login: Option<Vec<GroupName>>,
}

impl OwnerPermissions {
    /// Whether `user` may own clients now.
    pub fn hold(&self, user: &User) -> bool {
        let within = |groups: &Option<Vec<GroupName>>| {
            groups
                .as_ref()
                .is_none_or(|groups| groups.iter().any(|group| user.groups.contains(group)))
        };
        !user.disabled && within(&self.create_api_clients) && within(&self.openid_login)
    }
}
