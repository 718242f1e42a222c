//! Tokens of an issuer that is not ours, at the real binary: its keys come over the wire.

use std::sync::{Arc, Mutex};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::bearer::refused;
use super::{House, cookie};
use crate::support::upstream::ok;
use crate::support::wire::Answer;
use crate::support::{Recorder, Setup};

/// An issuer with one key pair, which publishes whatever it was told to.
struct Issuer {
    server: Recorder,
    key: EncodingKey,
}

impl Issuer {
    fn start() -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        let point = pair.public_key_raw();
        let jwk = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256", "use": "sig",
            "x": base64url(&point[1..33]), "y": base64url(&point[33..65]),
        }] });
        let published = Arc::new(Mutex::new(jwk.to_string()));
        let server = Recorder::scripted(move |_, stream| {
            use std::io::Write as _;
            let body = published.lock().unwrap().clone();
            stream.write_all(&ok("application/json", &body)).is_ok()
        });
        Self { server, key }
    }

    fn url(&self) -> String {
        self.server.url()
    }

    fn token(&self, change: impl FnOnce(&mut Value)) -> String {
        let now = doorward::base::Clock::system().now().seconds();
        let mut claims = json!({
            "iss": self.url(), "sub": "00u1", "aud": "urn:api", "exp": now + 600, "iat": now,
            "client_id": "cli", "scope": "booking:read", "email": "ada@example.com",
            "email_verified": true, "roles": ["Readers", "admin"],
        });
        change(&mut claims);
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some("k1".to_owned());
        jsonwebtoken::encode(&header, &claims, &self.key).unwrap()
    }
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn start(issuer: &Issuer) -> House {
    let upstream = Recorder::start();
    let route = |id: &str, path: &str, allow: &str, bearer: &str| {
        format!(
            "[[route]]\nid = \"{id}\"\nmatch = {{ host = \"app.test\", path = \"{path}\" }}\n\
             allow = [\"{allow}\"]\nupstream = \"{}\"\nbearer = {{ {bearer} }}\n\
             identity = {{ preset = \"remote-user\", decision = true }}\n",
            upstream.url()
        )
    };
    let trusted = |name: &str, more: &str| {
        format!(
            "[trusted_issuer.{name}]\nissuer = \"{0}\"\njwks_uri = \"{0}/keys\"\n\
             audiences = [\"urn:api\", \"urn:other\"]\n{more}\n",
            issuer.url()
        )
    };
    let setup = Setup::plain()
        .with("[outbound]\nallow_private = [\"127.0.0.0/8\"]\ndanger_allow_http = true\n")
        .with(&trusted(
            "corp",
            "people = \"claims\"\ngroups = { claim = \"roles\", map = { Readers = \"staff\" } }",
        ))
        .with(&route(
            "api",
            "/",
            "group:staff",
            "issuer = \"corp\", audience = \"urn:api\", scopes = [\"booking:read\"]",
        ))
        .with(&route(
            "admin",
            "/admin",
            "group:admin",
            "issuer = \"corp\"",
        ))
        .with(&route(
            "pass",
            "/pass",
            "group:staff",
            "issuer = \"corp\", forward = true",
        ));
    House {
        server: setup.ada_and_bob().start(),
        upstream,
    }
}

fn get(house: &House, path: &str, token: &str) -> Answer {
    house.upstream.forget();
    let line = format!("Authorization: Bearer {token}");
    house.get("app.test", path, &[&line])
}

#[tokio::test]
async fn a_token_of_a_trusted_issuer_is_somebody_of_ours_or_whom_it_describes() {
    let issuer = Issuer::start();
    let house = start(&issuer);
    let adas = issuer.token(|_| {});
    for _ in 0..3 {
        assert_eq!(get(&house, "/admin", &adas).status, 200);
        let seen = house.upstream.only();
        assert_eq!(seen.headers.all("remote-user"), ["ada"]);
        assert_eq!(seen.headers.all("doorward-client"), ["corp:cli"]);
        assert!(!seen.contains(&adas), "{seen:?}");
    }
    let strangers = issuer.token(|claims| claims["email"] = json!("eve@elsewhere.test"));
    assert_eq!(get(&house, "/x", &strangers).status, 200);
    let seen = house.upstream.only();
    assert_eq!(seen.headers.all("remote-user"), ["eve@elsewhere.test"]);
    assert_eq!(seen.headers.all("remote-groups"), ["staff"]);
    assert_eq!(get(&house, "/admin", &strangers).status, 403);
    assert_eq!(issuer.server.requests().len(), 1);
    // The app gets it only where the route says so.
    assert_eq!(get(&house, "/pass", &adas).status, 200);
    assert!(house.upstream.only().contains(&adas));

    house
        .server
        .cli(&["user", "disable", "ada"], "")
        .succeeded();
    crate::support::wait_for("her end", || {
        (get(&house, "/admin", &adas).status == 401).then_some(())
    });
}

#[tokio::test]
async fn jwt_05_jwt_06_jwt_07_tok_12_no_other_token_passes_there() {
    let issuer = Issuer::start();
    let house = start(&issuer);
    let other = Issuer::start();
    let forged = other.token(|claims| claims["iss"] = json!(issuer.url()));
    for (what, token) in [
        (
            "another audience",
            issuer.token(|claims| claims["aud"] = json!("urn:other")),
        ),
        (
            "no audience",
            issuer.token(|claims| claims["aud"] = Value::Null),
        ),
        (
            "another issuer",
            issuer.token(|claims| claims["iss"] = json!("https://corp.test")),
        ),
        ("no end", issuer.token(|claims| claims["exp"] = Value::Null)),
        ("nobody", issuer.token(|claims| claims["sub"] = json!(7))),
        ("another's key", forged),
        ("junk", "x.y.z".to_owned()),
    ] {
        let (status, error, _) = refused(&get(&house, "/x", &token));
        assert_eq!((status, &*error), (401, "invalid_token"), "{what}");
        house.upstream.saw_nothing();
    }
    let weak = issuer.token(|claims| claims["scope"] = json!("booking:write"));
    let (status, error, _) = refused(&get(&house, "/x", &weak));
    assert_eq!((status, &*error), (403, "insufficient_scope"));
    // A session decides where no token comes.
    let session = cookie(&house.signed_in("app.test", "bob").await);
    assert_eq!(house.get("app.test", "/x", &[&session]).status, 200);
}
