//! Grants of devices (RFC 8628 3.5).

use super::Tokens;
use crate::model::grant::Confirmation;
use crate::model::{DeviceApproval, DeviceRequest, Extent, Grant};
use crate::store::Redeemed;
use crate::tokens::{Authorization, Entitled, Redemption, Terms, TokenError};

impl Tokens {
    /// Redeems what a person allowed a device, once: as a code is redeemed. `held` is the key that
    /// refresh tokens are bound to.
    pub async fn redeem_device(
        &self,
        terms: &Terms,
        (request, approval): (&DeviceRequest, &DeviceApproval),
        entitled: Entitled,
        held: Option<&Confirmation>,
    ) -> Result<Redemption, TokenError> {
        let now = self.now();
        // Offline access is access without the session (OpenID Connect Core 11).
        let offline = entitled.scopes().contains("offline_access");
        let grant = Grant {
            id: request.grant.clone(),
            issuer: request.issuer.clone(),
            client: request.client.clone(),
            user: approval.user.clone(),
            session: (!offline).then(|| approval.session.clone()),
            tenant: request.tenant.clone(),
            scopes: approval.scopes.clone(),
            extent: Extent {
                resources: approval.resources.clone(),
                confirmation: held.cloned(),
                sector: entitled.sector(),
                ..request.extent.clone()
            },
            auth_time: approval.auth_time,
            amr: approval.amr.clone(),
            created: now,
            expires: now.plus(terms.refresh_token),
            generation: 0,
            rotated: None,
            revoked: None,
        };
        match self.0.store.redeem_grant(&grant, &approval.session).await? {
            Redeemed::First => {
                let authorization = Authorization::approved(grant, entitled, None);
                Ok(Redemption::First(Box::new(authorization)))
            }
            Redeemed::Again => {
                self.0.store.revoke_grant(&grant.id, now).await?;
                Ok(Redemption::Again(grant.id))
            }
            Redeemed::Over => Ok(Redemption::Over),
        }
    }
}
