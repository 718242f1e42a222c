//! What the browser of somebody who signs out loads, unseen (OpenID Connect Front-Channel Logout 3).

use std::time::Duration;

use super::Logout;
use crate::base::SessionId;
use crate::identity::ClientError;
use crate::model::OpenedKind;

/// Frames that one page loads at most.
const MOST: usize = 64;
/// Longest that whoever signs out waits for them: a client's own server may have to be asked.
const PATIENCE: Duration = Duration::from_secs(2);

impl Logout {
    /// The addresses to load, one for each client that the session opened and that wants it. Issuer
    /// and session are always named: a client that ignores them loses nothing. None when the
    /// database does not say: whoever signs out is not held up by that.
    pub async fn frames(&self, session: &SessionId) -> Vec<String> {
        match tokio::time::timeout(PATIENCE, self.find_frames(session)).await {
            Ok(Ok(frames)) => frames,
            Ok(Err(error)) => {
                tracing::warn!(%error, "no app is told of a logout by frames");
                Vec::new()
            }
            Err(_) => {
                tracing::warn!("no app is told of a logout by frames: finding them took too long");
                Vec::new()
            }
        }
    }

    async fn find_frames(&self, session: &SessionId) -> Result<Vec<String>, ClientError> {
        let parts = &self.0.parts;
        let mut frames = Vec::new();
        for opened in parts.store.list_opened(session).await? {
            let OpenedKind::Client = opened.kind else {
                continue;
            };
            let id = opened.name.as_str().into();
            let Some(issuer) = opened.issuer else {
                continue;
            };
            let client = match parts.clients.known(&issuer, &id).await {
                Ok(client) => client,
                Err(ClientError::Undescribed(_)) => continue,
                Err(error @ ClientError::Store(_)) => return Err(error),
            };
            let (Some(terms), Some(client)) = (self.0.issuers.get(&issuer), client) else {
                continue;
            };
            if let Some(uri) = &client.logout.frontchannel
                && frames.len() < MOST
            {
                let sid = parts.tokens.sid(terms, &client, session);
                frames.push(with_session(uri, &terms.url, &sid));
            }
        }
        Ok(frames)
    }
}

/// Adds to a query that may be there already; nothing of it is written anew.
fn with_session(uri: &str, issuer: &str, sid: &str) -> String {
    let mut added = form_urlencoded::Serializer::new(String::new());
    added.append_pair("iss", issuer).append_pair("sid", sid);
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", added.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_and_session_are_added_to_whatever_query_there_is() {
        let with = |uri| with_session(uri, "https://a.test/x", "s 1");
        let added = "iss=https%3A%2F%2Fa.test%2Fx&sid=s+1";
        assert_eq!(
            with("https://c.test/out"),
            format!("https://c.test/out?{added}")
        );
        assert_eq!(
            with("https://c.test/o?a=%20"),
            format!("https://c.test/o?a=%20&{added}")
        );
        assert_eq!(
            with("https://c.test/o?"),
            format!("https://c.test/o?{added}")
        );
    }
}
