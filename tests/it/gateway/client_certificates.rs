//! Apps that prove themselves by the certificate of their connection (RFC 8705).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData as _};

use crate::support::{Doorward, Setup};

/// An authority of its own for clients.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    fn issue(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate, key }
    }
}

impl Identity {
    fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, key }
    }

    /// The public key as a JWK with its certificate.
    fn jwk(&self) -> String {
        let point = self.key.der_bytes();
        let (x, y) = point[1..].split_at(32);
        serde_json::json!({
            "kty": "EC", "crv": "P-256", "kid": "1",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
            "x5c": [STANDARD.encode(self.certificate.der())],
        })
        .to_string()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's client is not the product's"
)]
fn connect(server: &Doorward, identity: Option<&Identity>, http2: bool) -> reqwest::Client {
    let authority = reqwest::Certificate::from_pem(&server.authority().unwrap()).unwrap();
    let here = std::net::SocketAddr::from(([127, 0, 0, 1], server.port()));
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([authority])
        .resolve("gw.test", here);
    if !http2 {
        builder = builder.http1_only();
    }
    if let Some(identity) = identity {
        let pem = identity.certificate.pem() + &identity.key.serialize_pem();
        builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes()).unwrap());
    }
    builder.build().unwrap()
}

#[tokio::test]
async fn a_certificate_says_who_is_calling_and_nobody_needs_one() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let (app, forged) = (ours.issue("app.test"), theirs.issue("app.test"));
    let (another, own) = (ours.issue("other.test"), Identity::self_signed("own.test"));
    let stranger = Identity::self_signed("own.test");
    let setup = Setup::tls()
        .listen("client_certificates = { trust = [\"@DIR@/clients.pem\"] }")
        .with(
            "[client.t1]\nauth = \"tls_client_auth\"\ntls = { san_dns = \"app.test\" }\n\
             redirect_uris = [\"https://app.test/cb\"]\n\
             [client.s1]\nauth = \"self_signed_tls_client_auth\"\njwks = { file = \"@DIR@/s1.json\" }\n\
             redirect_uris = [\"https://own.test/cb\"]\n",
        );
    std::fs::write(setup.dir().join("clients.pem"), &ours.pem).unwrap();
    let set = format!("{{\"keys\":[{}]}}", own.jwk());
    std::fs::write(setup.dir().join("s1.json"), set).unwrap();
    let server = setup.start();

    for http2 in [false, true] {
        let plain = connect(&server, None, http2);
        let discovery = server.url("/.well-known/openid-configuration");
        let answer = plain.get(discovery).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let told: serde_json::Value = answer.json().await.unwrap();
        let methods = told["token_endpoint_auth_methods_supported"].to_string();
        assert!(methods.contains("\"tls_client_auth\""), "{methods}");

        for (why, identity, client, status) in [
            ("its certificate", Some(&app), "t1", 200),
            ("another authority", Some(&forged), "t1", 401),
            ("another name", Some(&another), "t1", 401),
            ("none", None, "t1", 401),
            ("its own", Some(&own), "s1", 200),
            ("another key", Some(&stranger), "s1", 401),
            ("an authority's", Some(&app), "s1", 401),
            ("another client's", Some(&own), "t1", 401),
            ("none", None, "s1", 401),
        ] {
            let form = [("client_id", client), ("token", "x")];
            let url = server.url("/connect/introspect");
            let caller = connect(&server, identity, http2);
            let answer = caller.post(url).form(&form).send().await.unwrap();
            assert_eq!(answer.status(), status, "{why} {client}");
        }
    }
}
