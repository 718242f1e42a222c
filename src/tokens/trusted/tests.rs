//! Tokens of an issuer that is not ours: what passes, whom it is about, and the issuer's bad days.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::base::Rng;
use crate::keys::ForeignAlg;
use crate::keys::foreign::testing::Stranger;
use crate::outbound::{OutboundSettings, Reach};
use crate::tokens::tests::ground::Ground;

const API: &str = "https://api.test";

/// The issuer's server: documents by path, and how often it was asked. What is not there is an error
/// of the server's.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<(BTreeMap<String, String>, usize)>>);

impl Server {
    fn put(&self, path: &str, body: &str) {
        let path = path.to_owned();
        self.0.lock().0.insert(path, body.to_owned());
    }

    fn fails(&self) {
        self.0.lock().0.clear();
    }

    fn asked(&self) -> usize {
        self.0.lock().1
    }

    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 2048];
                let read = stream.read(&mut head).await.unwrap_or_default();
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                let path = head.split(' ').nth(1).unwrap_or_default();
                let body = {
                    let mut server = server.0.lock();
                    server.1 += 1;
                    server.0.get(path).cloned()
                };
                let (status, body) =
                    body.map_or(("500 No", String::new()), |body| ("200 OK", body));
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        url
    }
}

struct World {
    ground: Ground,
    server: Server,
    url: String,
    key: Stranger,
    trust: Trust,
}

fn settings(url: &str) -> TrustedIssuer {
    TrustedIssuer {
        name: "corp".to_owned(),
        url: url.to_owned(),
        keys: KeysAt::Jwks(format!("{url}/keys")),
        audiences: vec![API.to_owned(), "urn:other".to_owned()],
        algs: vec![ForeignAlg::ES256],
        types: vec!["at+jwt".to_owned()],
        login: "email".to_owned(),
        people: People::Known,
        groups: Some(GroupClaim {
            claim: "roles".to_owned(),
            map: [("Readers".to_owned(), "staff".into())].into(),
        }),
    }
}

async fn world(change: impl FnOnce(&mut TrustedIssuer)) -> World {
    let (ground, server) = (Ground::new().await, Server::default());
    let url = server.serve().await;
    let key = Stranger::new(ForeignAlg::ES256, "k1");
    server.put("/keys", &key.jwks());
    let mut settings = settings(&url);
    change(&mut settings);
    let outbound = Outbound::new(&OutboundSettings {
        reach: Reach::with(vec!["127.0.0.1/32".parse().unwrap()]),
        danger_allow_http: true,
        ..OutboundSettings::default()
    });
    let directory = Directory::new(ground.store.clone());
    let trust = Trust::new(
        settings,
        outbound.unwrap(),
        directory,
        ground.clock.clone(),
        Duration::from_hours(24),
    );
    World {
        ground,
        server,
        url,
        key,
        trust,
    }
}

impl World {
    fn claims(&self) -> Value {
        let now = self.ground.clock.now().seconds();
        json!({
            "iss": self.url, "sub": "00u1", "aud": API, "exp": now + 600, "iat": now - 5,
            "client_id": "cli", "scope": "booking:read other", "name": "Ada L",
            "email": "Ada@example.com", "email_verified": true, "roles": ["Readers", "admin"],
        })
    }

    fn header() -> Value {
        json!({ "alg": "ES256", "kid": "k1", "typ": "at+jwt" })
    }

    fn sign(&self, claims: &Value) -> String {
        self.key.sign_as(&World::header(), claims)
    }

    fn with(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        self.sign(&claims)
    }

    async fn is_taken(&self, jwt: &str) -> bool {
        self.trust.verify(jwt).await.is_ok()
    }

    async fn person(&self, jwt: &str) -> Option<Arc<User>> {
        let token = self.trust.verify(jwt).await.unwrap();
        let person = self.trust.person(&token).await.unwrap();
        person.map(|(user, _)| user)
    }

    async fn ada(&self) -> User {
        let now = self.ground.clock.now();
        let user = User {
            id: UserId::random(&Rng::system()).unwrap(),
            login: Login::parse("ada").unwrap(),
            username: "ada".to_owned(),
            name: String::new(),
            email: Some("ada@example.com".to_owned()),
            email_verified: true,
            groups: vec!["admin".into()],
            tenants: Vec::new(),
            attributes: BTreeMap::new(),
            disabled: false,
            created: now,
            updated: now,
            epoch: 0,
        };
        self.ground.store.insert_user(&user, None).await.unwrap();
        user
    }
}

#[tokio::test]
async fn a_token_is_verified_once_and_is_about_somebody_of_ours() {
    let world = world(|_| {}).await;
    let ada = world.ada().await;
    let jwt = world.sign(&world.claims());
    let first = world.trust.verify(&jwt).await.unwrap();
    let again = world.trust.verify(&jwt).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(world.server.asked(), 1);
    assert_eq!(first.client.as_str(), "corp:cli");
    assert_eq!(first.audience, [API]);
    assert!(first.scopes.contains("booking:read"));
    let (user, lease) = world.trust.person(&first).await.unwrap().unwrap();
    // Ours, with our groups: the token's say nothing of her.
    assert_eq!((&user.id, &user.groups), (&ada.id, &vec!["admin".into()]));
    assert!(lease.amr.is_empty());
    assert_eq!(
        lease.auth_time,
        world.ground.clock.now().minus(Duration::from_secs(5))
    );
}

#[tokio::test]
async fn somebody_unknown_is_nobody_unless_the_file_takes_the_issuers_word() {
    let known = world(|_| {}).await;
    assert_eq!(known.person(&known.sign(&known.claims())).await, None);
    // An address that the issuer has not verified is nobody's.
    known.ada().await;
    for unproven in [json!(false), json!("true"), json!(1), Value::Null] {
        let jwt = known.with("email_verified", unproven);
        assert_eq!(known.person(&jwt).await, None);
    }

    let described = world(|settings| settings.people = People::Claims).await;
    let user = described
        .person(&described.sign(&described.claims()))
        .await
        .unwrap();
    assert_eq!(user.id.as_str(), "corp|00u1");
    assert_eq!(user.login.as_str(), "ada@example.com");
    assert_eq!(user.name, "Ada L");
    // Only groups that are mapped: the issuer makes nobody an admin.
    assert_eq!(user.groups, ["staff".into()]);
    let ada = described.ada().await;
    described.ground.clock.advance(Duration::from_secs(10));
    let user = described
        .person(&described.sign(&described.claims()))
        .await
        .unwrap();
    assert_eq!(user.id, ada.id);

    let programs = world(|settings| settings.people = People::Nobody).await;
    programs.ada().await;
    assert!(!programs.trust.is_about_people());
    assert_eq!(
        programs.person(&programs.sign(&programs.claims())).await,
        None
    );
}

#[tokio::test]
async fn jwt_05_jwt_06_jwt_07_claims_of_another_kind_are_refused() {
    let world = world(|_| {}).await;
    let now = world.ground.clock.now().seconds();
    assert!(world.is_taken(&world.sign(&world.claims())).await);
    for (name, wrong) in [
        ("aud", Value::Null),
        ("aud", json!(5)),
        ("aud", json!({})),
        ("aud", json!([])),
        ("aud", json!(["evil"])),
        ("aud", json!([API, 5])),
        ("aud", json!(format!("{API}/"))),
        ("iss", Value::Null),
        ("iss", json!({})),
        ("iss", json!(["evil", world.url])),
        ("iss", json!(format!("{}/", world.url))),
        ("iss", json!(world.url.to_uppercase())),
        ("exp", Value::Null),
        ("exp", json!("9999999999")),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("exp", json!(now - 10)),
        ("nbf", json!(now + 11)),
        ("iat", json!(now + 11)),
        ("iat", json!("yesterday")),
        ("sub", Value::Null),
        ("sub", json!(7)),
        ("sub", json!("")),
        ("sub", json!("a\nb")),
        ("cnf", json!({ "jkt": "x" })),
    ] {
        assert!(
            !world.is_taken(&world.with(name, wrong.clone())).await,
            "{name} {wrong}"
        );
    }
    let mut several = world.claims();
    several["aud"] = json!(["evil", API]);
    assert!(world.is_taken(&world.sign(&several)).await);
    several.as_object_mut().unwrap().remove("client_id");
    assert!(!world.is_taken(&world.sign(&several)).await);
    for missing in ["iss", "aud", "exp", "sub"] {
        let mut claims = world.claims();
        claims.as_object_mut().unwrap().remove(missing);
        assert!(!world.is_taken(&world.sign(&claims)).await, "{missing}");
    }
}

#[tokio::test]
async fn jwt_01_jwt_02_jwt_03_jwt_04_jwt_09_headers_of_another_kind_are_refused() {
    let world = world(|_| {}).await;
    let claims = world.claims();
    let with = |name: &str, value: Value| {
        let mut header = World::header();
        header[name] = value;
        world.key.sign_as(&header, &claims)
    };
    assert!(
        world
            .is_taken(&with("typ", json!("application/at+jwt")))
            .await
    );
    let asked = world.server.asked();
    for (name, wrong) in [
        ("typ", json!("JWT")),
        ("typ", json!("logout+jwt")),
        ("typ", json!("identity+jwt")),
        ("typ", json!("")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("nOnE")),
        ("alg", json!("RS256")),
        ("alg", json!("HS256")),
        ("jku", json!("https://evil.test")),
        ("x5u", json!("https://evil.test")),
        ("jwk", world.key.jwk()),
        ("crit", json!(["x"])),
        ("crit", json!([])),
    ] {
        assert!(
            !world.is_taken(&with(name, wrong.clone())).await,
            "{name} {wrong}"
        );
    }
    // None of these made us ask anybody.
    assert_eq!(world.server.asked(), asked);
    let stranger = Stranger::new(ForeignAlg::ES256, "k1");
    assert!(
        !world
            .is_taken(&stranger.sign_as(&World::header(), &claims))
            .await
    );
    let jwt = world.sign(&claims);
    let (head, _) = jwt.rsplit_once('.').unwrap();
    for text in ["", "x", head, &format!("{head}."), &format!("{jwt}.x")] {
        assert!(!world.is_taken(text).await, "{text}");
    }
}

#[tokio::test]
async fn jwt_14_turned_keys_leave_no_gap_and_strangers_cause_few_questions() {
    let world = world(|_| {}).await;
    assert!(world.is_taken(&world.sign(&world.claims())).await);
    let next = Stranger::new(ForeignAlg::ES256, "k2");
    let header = json!({ "alg": "ES256", "kid": "k2", "typ": "at+jwt" });
    let by_next = next.sign_as(&header, &world.claims());
    // Not published yet; and nobody is asked again within ten seconds.
    for _ in 0..5 {
        assert!(!world.is_taken(&by_next).await);
    }
    assert_eq!(world.server.asked(), 1);
    let both = json!({ "keys": [world.key.jwk(), next.jwk()] });
    world.server.put("/keys", &both.to_string());
    world.ground.clock.advance(Duration::from_secs(10));
    assert!(world.is_taken(&by_next).await);
    assert!(world.is_taken(&world.sign(&world.claims())).await);
    assert_eq!(world.server.asked(), 2);
    // A key that is withdrawn is believed no longer than the keys are fresh.
    world.server.put("/keys", &next.jwks());
    world.ground.clock.advance(Duration::from_mins(10));
    assert!(!world.is_taken(&world.sign(&world.claims())).await);
}

#[tokio::test]
async fn while_the_issuer_is_away_its_keys_count_on_for_a_day() {
    let world = world(|_| {}).await;
    assert!(world.is_taken(&world.sign(&world.claims())).await);
    world.server.fails();
    world.ground.clock.advance(Duration::from_hours(24));
    let jwt = world.sign(&world.claims());
    for _ in 0..5 {
        assert!(world.is_taken(&jwt).await);
    }
    assert_eq!(world.server.asked(), 2);
    world.ground.clock.advance(Duration::from_mins(10));
    let jwt = world.sign(&world.claims());
    let error = world.trust.verify(&jwt).await.unwrap_err();
    assert!(matches!(error, Untrusted::Keys(_)), "{error}");
    world.server.put("/keys", &world.key.jwks());
    world.ground.clock.advance(Duration::from_secs(10));
    assert!(world.is_taken(&jwt).await);
}

#[tokio::test]
async fn many_at_once_ask_the_issuer_once() {
    let world = world(|_| {}).await;
    let tokens: Vec<String> = (0..8).map(|n| world.with("jti", json!(n))).collect();
    let all = tokens.iter().map(|jwt| {
        let (trust, jwt) = (world.trust.clone(), jwt.clone());
        tokio::spawn(async move { trust.verify(&jwt).await.is_ok() })
    });
    for one in all.collect::<Vec<_>>() {
        assert!(one.await.unwrap());
    }
    assert_eq!(world.server.asked(), 1);
}

#[tokio::test]
async fn keys_are_found_by_the_issuers_own_document_and_no_other() {
    let world = world(|settings| settings.keys = KeysAt::Discovered).await;
    let path = "/.well-known/openid-configuration";
    let document = |issuer: &str| {
        json!({ "issuer": issuer, "jwks_uri": format!("{}/keys", world.url) }).to_string()
    };
    let jwt = world.sign(&world.claims());
    for wrong in [
        document("http://evil.test"),
        document(&format!("{}/", world.url)),
        json!({ "issuer": world.url }).to_string(),
        json!({ "issuer": world.url, "jwks_uri": "file:///etc/passwd" }).to_string(),
        json!({ "issuer": world.url, "jwks_uri": "http://169.254.169.254/" }).to_string(),
        "[".to_owned(),
    ] {
        world.server.put(path, &wrong);
        let error = world.trust.verify(&jwt).await.unwrap_err();
        assert!(matches!(error, Untrusted::Keys(_)), "{wrong}: {error}");
        world.ground.clock.advance(Duration::from_secs(10));
    }
    world.server.put(path, &document(&world.url));
    assert!(world.is_taken(&jwt).await);
}
