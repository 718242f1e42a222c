//! `doorward client initial-access-token`.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::json;

use super::add;
use crate::base::Opaque;
use crate::base::encoding::hex;
use crate::base::opaque::InitialToken;
use crate::cli::desk::{Answer, Desk};
use crate::issuer::RegistrationMode;
use crate::model::InitialTokenRecord;

/// Most apps that one token lets in.
const MOST: u32 = 10_000;
/// The longest a token may be used.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// What the token allows.
#[derive(Debug, clap::Args)]
pub struct MakeToken {
    /// The issuer at which apps may register themselves; may be left out when there is one.
    #[arg(long)]
    issuer: Option<String>,
    /// How many apps may.
    #[arg(long, default_value_t = 1)]
    uses: u32,
    /// For how long, such as 7d or 12h.
    #[arg(long, default_value = "7d")]
    expires: String,
}

impl MakeToken {
    pub(super) async fn perform(self, desk: &Desk) -> anyhow::Result<Answer> {
        let issuer = add::issuer(&desk.settings.issuers, self.issuer.as_deref())?;
        match issuer.registration.mode {
            RegistrationMode::Token => {}
            RegistrationMode::Open => bail!(
                "at issuer {} anybody may register an app: no token is asked for",
                issuer.id
            ),
            RegistrationMode::Off => bail!(
                "issuer {0} lets no app register itself: write registration = \"token\" under \
                 [issuer.{0}] first",
                issuer.id
            ),
        }
        if self.uses == 0 || self.uses > MOST {
            bail!("--uses is 1 to {MOST}");
        }
        let life = humantime::parse_duration(&self.expires)
            .ok()
            .filter(|life| !life.is_zero() && *life <= LONGEST)
            .context("--expires is a time such as 12h or 7d, a year at most")?;
        let token = Opaque::<InitialToken>::mint(&desk.rng)?;
        let record = InitialTokenRecord {
            id: format!("it-{}", hex(desk.rng.bytes::<4>()?)),
            issuer: issuer.id.clone(),
            uses: self.uses,
            expires: desk.clock.now().plus(life),
        };
        desk.store
            .insert_initial_token(&record, &token.hash())
            .await?;
        desk.audit("initial_token_made", None, None).await?;
        let (uses, until) = (record.uses, record.expires.rfc3339());
        let endpoint = format!("{}{}", issuer.url, issuer.endpoints.register);
        Ok(Answer {
            human: format!(
                "initial access token {}\n  {}\n  shown this once; lets {uses} app{} register at \
                 {endpoint}, until {until}",
                record.id,
                token.reveal(),
                if uses == 1 { "" } else { "s" },
            ),
            json: json!({
                "id": record.id,
                "initial_access_token": token.reveal(),
                "issuer": record.issuer,
                "registration_endpoint": endpoint,
                "uses": uses,
                "expires": until,
            }),
        })
    }
}
