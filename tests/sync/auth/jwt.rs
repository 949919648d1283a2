//! Signed assertions: what is in them, and keys that are none.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_jwt(
        token_url = config.token_url,
        private_key = private_key,
        issuer = config.client_email,
        subject = "person+{config.client_email}",
        audience = "https://oauth2.example.com/token",
        scopes = "read write",
        key_id = config.key_id,
        lifetime = "5m",
        params(tenant = "acme"),
    ),
    retry(initial_delay = "1ms"),
    resources(Row),
)]
struct Service {
    token_url: String,
    private_key: Option<Secret>,
    client_email: String,
    key_id: Option<String>,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_jwt(
        token_url = "https://auth.example.com/token",
        private_key = private_key,
        issuer = "me",
    ),
    resources(Thing),
)]
struct Plain {
    private_key: Secret,
}

/// A key, and the other half of it.
fn key() -> (Secret, Vec<u8>) {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = key.as_der().expect("its text");
    let text = STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    (pem.into(), key.public_key().as_ref().to_vec())
}

/// Header and claims of an assertion with a good signature.
fn opened(assertion: &str, public: &[u8]) -> [serde_json::Value; 2] {
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64");
    let (signed, signature) = assertion.rsplit_once('.').expect("three parts");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
        .verify(signed.as_bytes(), &decode(signature))
        .expect("a signature of this key");
    let (header, claims) = signed.split_once('.').expect("two parts");
    [header, claims].map(|part| serde_json::from_slice(&decode(part)).expect("JSON"))
}

#[tokio::test]
async fn an_assertion_is_exchanged_for_a_token_and_again_when_that_ends() {
    let (folder, (private_key, public)) = (Folder::new(), key());
    let (server, issued) = token_server(items(1..301), 2);
    let api = Service {
        token_url: format!("{}/token", server.url()),
        private_key: Some(private_key),
        client_email: "sync@example.com".to_owned(),
        key_id: Some("k1".to_owned()),
    };
    let report = run_in_order(&api, &server, &folder.database()).await;
    assert_eq!(done(&report), counts(300, 300, 0, 0));
    assert_eq!(issued.load(Ordering::SeqCst), 2);
    let request = &server.requests()[0];
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_eq!(request.form("grant_type").as_deref(), Some(grant));
    assert_eq!(request.form("tenant").as_deref(), Some("acme"));
    assert_eq!(request.form("scope"), None);
    let [header, claims] = opened(&request.form("assertion").expect("an assertion"), &public);
    assert_eq!(header, serde_json::json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    for (name, value) in [
        ("iss", "sync@example.com"),
        ("sub", "person+sync@example.com"),
        ("aud", "https://oauth2.example.com/token"),
        ("scope", "read write"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    let seconds = |name: &str| claims[name].as_u64().expect("a number");
    assert_eq!(seconds("exp") - seconds("iat"), 300);
}

#[tokio::test]
async fn what_is_not_said_is_not_in_the_assertion() {
    let (private_key, public) = key();
    let script = ScriptedTransport::new()
        .on("/token", token(TOKEN, 3600))
        .on("/things", Response::new(200, "[]"));
    let (outcome, requests) = things(&Plain { private_key }, script).await;
    assert!(outcome.is_ok());
    let form = requests[0].secret_form().expect("a form").expose().to_owned();
    let fields = url::form_urlencoded::parse(form.as_bytes()).into_owned();
    let fields: std::collections::BTreeMap<String, String> = fields.collect();
    let [header, claims] = opened(&fields["assertion"], &public);
    assert_eq!(header, serde_json::json!({"alg": "RS256", "typ": "JWT"}));
    assert_eq!(claims["aud"], "https://auth.example.com/token");
    let mut names: Vec<_> = claims.as_object().expect("an object").keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["aud", "exp", "iat", "iss"]);
    assert_eq!(sent(&requests[1], "authorization"), Some(&*format!("Bearer {TOKEN}")));
}

#[tokio::test]
async fn a_key_that_is_none_is_found_at_the_start() {
    for key in ["n0-key-at-all", "-----BEGIN PRIVATE KEY-----\nbjA=\n-----END PRIVATE KEY-----"] {
        let api = Plain { private_key: key.into() };
        let (outcome, _) = things(&api, ScriptedTransport::new()).await;
        let error = outcome.expect_err("no key");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_says(
            &error,
            &["`private_key` is no private key to sign with", "an RSA key of at least 2048 bits"],
        );
        assert!(!error.to_string().contains("n0-key") && !error.to_string().contains("bjA"));
    }
}

#[tokio::test]
async fn assertions_are_in_no_error() {
    let (private_key, _) = key();
    let (folder, logs) = (Folder::new(), Logs::new());
    let server = Server::start(|request| {
        let assertion = request.form("assertion").unwrap_or_default();
        let body = format!(r#"{{"error":"invalid_grant","error_description":"bad {assertion}"}}"#);
        Reply::status(400).body(body)
    });
    let api = Service {
        token_url: format!("{}/token", server.url()),
        private_key: Some(private_key),
        client_email: "sync@example.com".to_owned(),
        key_id: None,
    };
    let report = run(&api, &server, &folder.database()).await;
    assert_says(
        failed(&report),
        &[
            "the token server answered 400 Bad Request: `invalid_grant`, bad ",
            "this machine's clock",
        ],
    );
    let texts = format!("{report:?} {}", logs.text());
    assert!(!texts.contains("eyJ"), "{texts}");
    assert_eq!(server.count(), 1);
}
