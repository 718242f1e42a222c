//! Inputs that are well formed and say anything: what no mangled text gets as far as.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::run;
use crate::keys::foreign::testing::Stranger;
use crate::keys::{ForeignAlg, ForeignKeys, Jws};

/// Names that mean something somewhere, and some that do not.
fn name() -> impl Strategy<Value = String> {
    let known = vec![
        "iss",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "sub",
        "client_id",
        "response_type",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "claims",
        "resource",
        "request",
        "request_uri",
        "userinfo",
        "id_token",
        "essential",
        "value",
        "values",
        "acr",
        "email",
        "plan",
        "alg",
        "typ",
        "kid",
        "crit",
        "jwk",
        "jku",
        "x5c",
        "b64",
    ];
    prop_oneof![
        4 => prop::sample::select(known).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 4.0)),
        name().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            object(inner).prop_map(Value::from),
        ]
    })
}

fn object(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(name(), values, 0..6).prop_map(|all| all.into_iter().collect())
}

fn parameters() -> impl Strategy<Value = String> {
    prop::collection::vec((name(), "\\PC{0,12}"), 0..8).prop_map(|pairs| {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    })
}

proptest! {
    #[test]
    fn a_request_object_may_hold_anything(inside in object(value()), beside in parameters()) {
        run("request_object", format!("{}\n{beside}", Value::from(inside)).as_bytes());
    }

    #[test]
    fn a_claims_parameter_may_hold_anything(user in value(), token in value()) {
        run("claims_parameter", json!({ "userinfo": user, "id_token": token }).to_string().as_bytes());
    }

    #[test]
    fn a_registration_may_hold_anything(said in object(value())) {
        run("registration", Value::from(said).to_string().as_bytes());
    }

    #[test]
    fn an_authorization_request_may_have_any_parameters(query in parameters()) {
        run("authorize", format!("client_id=shop&redirect_uri=http://127.0.0.1/cb&{query}").as_bytes());
    }

    #[test]
    fn a_client_may_say_anything_of_itself(id in "\\PC{0,12}", secret in "\\PC{0,12}", form in parameters()) {
        use base64::Engine as _;
        let pair = format!("{}:{}", encoded(&id), encoded(&secret));
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        run("client_authentication", format!("Basic {basic}\n{form}").as_bytes());
        run("client_authentication", format!("\n{form}&client_secret={}", encoded(&secret)).as_bytes());
    }

    #[test]
    fn a_token_says_what_was_signed_whatever_it_is(header in object(value()), payload in object(value())) {
        let own = Stranger::new(ForeignAlg::EdDSA, "k");
        let mut header = header;
        header.insert("alg".to_owned(), "EdDSA".into());
        header.insert("kid".to_owned(), "k".into());
        let text = own.sign_as(&Value::from(header.clone()), &Value::from(payload.clone()));
        run("jwt", text.as_bytes());
        run("dpop", text.as_bytes());
        let refused = ["crit", "b64", "jku", "x5u", "x5c", "jwk"];
        match Jws::read(&text) {
            Ok(jws) => {
                prop_assert!(!refused.iter().any(|name| header.contains_key(*name)));
                let keys = ForeignKeys::read(own.jwks().as_bytes()).unwrap();
                prop_assert_eq!(keys.verify(&jws, ForeignAlg::ALL), Ok(()));
                prop_assert_eq!(jws.claims().members(), &payload);
                let other = Stranger::new(ForeignAlg::EdDSA, "k");
                let keys = ForeignKeys::read(other.jwks().as_bytes()).unwrap();
                prop_assert!(keys.verify(&jws, ForeignAlg::ALL).is_err());
            }
            Err(_) => prop_assert!(refused.iter().any(|name| header.contains_key(*name))),
        }
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
