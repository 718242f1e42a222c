//! The round trip, by the library: nothing here knows more about the issuer than its address.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl,
    RefreshToken, Scope, TokenResponse,
};

use super::Client;
use super::visits::{Here, Leaving};
use crate::base::encoding;

type Discovered = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Client {
    /// Where to send a browser, and what must fit when it returns.
    pub(super) async fn leave(&self) -> Result<(String, Leaving), String> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.discover().await?;
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        for scope in ["profile", "email", "groups", "offline_access"] {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        let (url, state, nonce) = request.url();
        let state = state.secret().clone();
        let leaving = Leaving {
            state,
            nonce,
            verifier,
        };
        Ok((url.into(), leaving))
    }

    /// Redeems `code`, checks the ID token and asks who it is.
    pub(super) async fn arrive(&self, code: String, left: Leaving) -> Result<Here, String> {
        let client = self.discover().await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(told)?
            .set_pkce_verifier(left.verifier)
            .request_async(&self.fetch)
            .await
            .map_err(told)?;
        self.check(&client, &tokens, &left.nonce).await
    }

    /// New tokens for somebody who is signed in. A refreshed ID token carries no nonce, or the old
    /// one (OpenID Connect Core 12.2), so it is checked against the first one's subject instead.
    pub(super) async fn refresh(&self, here: Here) -> Result<Here, String> {
        let token = here.refresh_token.ok_or("there is no refresh token")?;
        let client = self.discover().await?;
        let tokens = client
            .exchange_refresh_token(&RefreshToken::new(token))
            .map_err(told)?
            .request_async(&self.fetch)
            .await
            .map_err(told)?;
        let userinfo = self.userinfo(&client, &tokens).await?;
        if userinfo.get("sub") != here.claims.get("sub") {
            return Err("the refreshed tokens are about somebody else".to_owned());
        }
        let next = tokens.refresh_token().map(|token| token.secret().clone());
        let seconds = tokens.expires_in().map_or(0, |span| span.as_secs());
        Ok(Here {
            userinfo,
            refresh_token: next,
            refreshed: Some(format!(
                "Refreshed: a new access token for {seconds} seconds, and a new refresh token."
            )),
            ..here
        })
    }

    /// Where a browser signs out everywhere.
    pub(super) async fn leave_for_good(&self, here: Option<&Here>) -> Result<String, String> {
        let document = format!("{}/.well-known/openid-configuration", self.issuer);
        let document: serde_json::Value = self.fetch.json(&document).await?;
        let endpoint = document
            .get("end_session_endpoint")
            .and_then(|value| value.as_str());
        let mut url = url::Url::parse(endpoint.ok_or("the issuer names no way to sign out")?)
            .map_err(told)?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.name)
            .append_pair("post_logout_redirect_uri", &self.own_url);
        if let Some(here) = here {
            url.query_pairs_mut()
                .append_pair("id_token_hint", &here.id_token);
        }
        Ok(url.into())
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn registered_name(&self) -> &str {
        &self.name
    }

    async fn discover(&self) -> Result<Discovered, String> {
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(told)?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.fetch)
            .await
            .map_err(told)?;
        let callback = RedirectUrl::new(format!("{}/callback", self.own_url)).map_err(told)?;
        let id = ClientId::new(self.name.clone());
        let secret = ClientSecret::new(self.secret.expose_secret().clone());
        Ok(
            CoreClient::from_provider_metadata(metadata, id, Some(secret))
                .set_redirect_uri(callback),
        )
    }

    async fn check(
        &self,
        client: &Discovered,
        tokens: &CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<Here, String> {
        let id_token = tokens.id_token().ok_or("the answer has no ID token")?;
        let claims = id_token
            .claims(&client.id_token_verifier(), nonce)
            .map_err(told)?;
        let name = claims
            .preferred_username()
            .map_or_else(|| claims.subject().to_string(), |name| name.to_string());
        let text = id_token.to_string();
        Ok(Here {
            name,
            claims: payload(&text).ok_or("the ID token cannot be shown")?,
            id_token: text,
            userinfo: self.userinfo(client, tokens).await?,
            refresh_token: tokens.refresh_token().map(|token| token.secret().clone()),
            refreshed: None,
        })
    }

    async fn userinfo(
        &self,
        client: &Discovered,
        tokens: &CoreTokenResponse,
    ) -> Result<serde_json::Value, String> {
        let claims: CoreUserInfoClaims = client
            .user_info(tokens.access_token().clone(), None)
            .map_err(told)?
            .request_async(&self.fetch)
            .await
            .map_err(told)?;
        serde_json::to_value(claims).map_err(told)
    }
}

/// The claims of a token that was verified before, as they stand in it.
fn payload(verified: &str) -> Option<serde_json::Value> {
    let middle = verified.split('.').nth(1)?;
    serde_json::from_slice(&encoding::from_base64url(middle)?).ok()
}

/// An error with its causes, in one line.
fn told(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
