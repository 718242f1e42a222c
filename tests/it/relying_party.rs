//! The `openidconnect` crate, which nobody here wrote, as the relying party of the running server:
//! discovery, sign-in, userinfo, refresh and sign-out, each with the library's own checks.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreIdToken, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError, Scope,
    TokenResponse,
};

use crate::support::browser::redirect_of;
use crate::support::oidc::{self, CALLBACK};
use crate::support::server::ADA;
use crate::support::{Browser, Setup};

const SECRET: &str = "K7pW3n5xQ0mZ8vT2yR6uB1cD4eF9gH+/a b%";
const BYE: &str = "http://127.0.0.1:9/bye";

fn configuration() -> String {
    format!(
        r#"
[[users]]
kind = "local"
[issuer.production]
path = "/production/oidc"
[client.shop]
secret = "{SECRET}"
redirect_uris = ["{CALLBACK}"]
post_logout_redirect_uris = ["{BYE}"]
scopes = ["openid", "profile", "email", "groups"]
consent = "skip"
"#
    )
}

/// The library's requests by the client of the tests.
async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let answer = http.execute(request.try_into()?).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = HttpResponse::new(answer.bytes().await?.to_vec());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// What proves the ID token is about the access token beside it.
fn at_hash_fits(
    client: &openidconnect::IdTokenVerifier<'_, openidconnect::core::CoreJsonWebKey>,
    id_token: &CoreIdToken,
    tokens: &impl OAuth2TokenResponse,
    told: Option<&AccessTokenHash>,
) -> bool {
    let alg = id_token.signing_alg().unwrap();
    let key = id_token.signing_key(client).unwrap();
    let own = AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap();
    told == Some(&own)
}

#[tokio::test]
async fn the_openidconnect_crate_signs_in_asks_refreshes_and_signs_out() {
    let server = Setup::plain().with(&configuration()).ada_and_bob().start();
    let mut browser = Browser::new(&server);
    let bare = browser.client().clone();
    let http = |request: HttpRequest| send(bare.clone(), request);

    let issuer = IssuerUrl::new(server.url("/production/oidc")).unwrap();
    let metadata = ProviderMetadataWithLogout::discover_async(issuer, &http);
    let metadata = metadata.await.unwrap();
    let leaving = &metadata.additional_metadata().end_session_endpoint;
    let leaving = leaving.clone().unwrap();
    let secret = ClientSecret::new(SECRET.to_owned());
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new("shop".to_owned()),
        Some(secret),
    )
    .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["profile", "email"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let page = browser.open(url).await;
    let form = page.form_of("login-submit").fill("username", "ada");
    let page = browser
        .submit_once(&page, &form.fill("password", ADA))
        .await;
    let answer = oidc::arrive(&mut browser, page).await;
    assert_eq!(
        oidc::parameter(&answer, "state").as_ref(),
        Some(state.secret())
    );

    let code = AuthorizationCode::new(oidc::parameter(&answer, "code").unwrap());
    let tokens = client.exchange_code(code).unwrap();
    let tokens = tokens.set_pkce_verifier(verifier).request_async(&http);
    let tokens = tokens.await.unwrap();
    let id_token = tokens.id_token().unwrap();
    let proof = client.id_token_verifier();
    let claims = id_token.claims(&proof, &nonce).unwrap();
    assert!(at_hash_fits(
        &proof,
        id_token,
        &tokens,
        claims.access_token_hash()
    ));
    assert_eq!(claims.email().unwrap().as_str(), "ada@example.com");
    assert!(id_token.claims(&proof, &Nonce::new_random()).is_err());

    let subject = claims.subject().clone();
    let userinfo = client.user_info(tokens.access_token().clone(), Some(subject.clone()));
    let told: CoreUserInfoClaims = userinfo.unwrap().request_async(&http).await.unwrap();
    assert_eq!(told.preferred_username().unwrap().as_str(), "ada");

    let refresh = tokens.refresh_token().unwrap();
    let fresh = client.exchange_refresh_token(refresh).unwrap();
    let fresh = fresh.request_async(&http).await.unwrap();
    assert_ne!(
        fresh.access_token().secret(),
        tokens.access_token().secret()
    );
    // OpenID Connect Core 12.2: about the same login, with the first nonce or none.
    let renewed = fresh.id_token().unwrap();
    let unasked = |_: Option<&Nonce>| Ok(());
    let again = renewed.claims(&proof, unasked).unwrap();
    assert_eq!(
        (again.subject(), again.auth_time()),
        (&subject, claims.auth_time())
    );

    let state = CsrfToken::new_random();
    let bye = PostLogoutRedirectUrl::new(BYE.to_owned()).unwrap();
    let url = LogoutRequest::from(leaving)
        .set_id_token_hint(renewed)
        .set_post_logout_redirect_uri(bye)
        .set_state(state.clone())
        .http_get_url();
    let gone = redirect_of(&browser.open_once(url).await).unwrap();
    assert!(gone.as_str().starts_with(BYE), "{gone}");
    assert_eq!(
        oidc::parameter(&gone, "state").as_ref(),
        Some(state.secret())
    );
    let late = client.exchange_refresh_token(fresh.refresh_token().unwrap());
    match late.unwrap().request_async(&http).await {
        Err(RequestTokenError::ServerResponse(said)) => {
            assert_eq!(*said.error(), CoreErrorResponseType::InvalidGrant);
        }
        other => panic!("refreshed after the sign-out: {other:?}"),
    }
}
