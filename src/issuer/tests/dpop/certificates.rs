//! Tokens that are bound to the certificate of a connection (RFC 8705 3).

use super::*;
use crate::web::PeerCertificate;

#[tokio::test]
async fn a_token_bound_to_a_certificate_is_worth_nothing_on_another_connection() {
    let world = world_with(|clients| {
        let mut tls = confidential("t1");
        tls.security.certificate_bound_tokens = true;
        clients.push(tls);
    })
    .await;
    let (own, other) = (
        PeerCertificate::new(b"own", false),
        PeerCertificate::new(b"other", true),
    );
    let code = world.signed_in("alice").await.code("t1").await;
    let callback = "https://t1.test/cb";
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", callback),
        ("code_verifier", VERIFIER),
    ];
    let request = Request::post(format!("{PROD}/connect/token"))
        .header(CONTENT_TYPE, FORM)
        .header(AUTHORIZATION, basic("t1", &secret("t1")))
        .extension(own.clone());
    let tokens = world.send(request, encode(&form)).await.json();
    assert_eq!(tokens["token_type"], "Bearer", "{tokens}");
    let cnf = &payload(&tokens["access_token"])["cnf"];
    assert_eq!(cnf["x5t#S256"], own.thumbprint());
    let token = tokens["access_token"].as_str().unwrap();
    for (certificate, status) in [
        (Some(own), StatusCode::OK),
        (Some(other), StatusCode::UNAUTHORIZED),
        (None, StatusCode::UNAUTHORIZED),
    ] {
        let mut request = Request::get(format!("{PROD}/connect/userinfo"));
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        if let Some(certificate) = certificate {
            request = request.extension(certificate);
        }
        assert_eq!(world.send(request, String::new()).await.status, status);
    }
}
