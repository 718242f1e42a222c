//! Header fields that a route writes and removes. Which names it may touch was checked at start.

use pingora::http::{RequestHeader, ResponseHeader};

use crate::gateway::settings::HeaderChanges;

pub(super) fn change_request(request: &mut RequestHeader, changes: &HeaderChanges) {
    for name in &changes.remove {
        request.remove_header(name);
    }
    for (name, value) in &changes.set {
        let _ = request.insert_header(name.clone(), value.clone());
    }
}

/// Changes what an app answered.
pub(in crate::gateway) fn change_answer(answer: &mut ResponseHeader, changes: &HeaderChanges) {
    for name in &changes.remove {
        answer.remove_header(name);
    }
    for (name, value) in &changes.set {
        let _ = answer.insert_header(name.clone(), value.clone());
    }
}
