//! `auth = oauth2_jwt(..)`: tokens for a key pair, as service accounts have one (RFC 7523).

use std::time::{Duration, SystemTime};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Map, Value};

use super::oauth2::TokenEndpoint;
use super::token::{Fetched, TokenSource};
use super::{Grant, TokenServer};
use crate::config::ConfigValue;
use crate::error::{Error, ErrorKind, Result};
use crate::instance::{Bindings, Instance};
use crate::secret::Secret;
use crate::spec::{OAuth2JwtSpec, Template};

#[derive(Debug)]
pub(super) struct Jwt {
    endpoint: TokenEndpoint,
    key: RsaKeyPair,
    /// The first part of each assertion, encoded.
    header: String,
    /// The claims that are the same each time.
    claims: Map<String, Value>,
    lifetime: Duration,
}

impl Jwt {
    /// `None` when an optional key was left out.
    pub(super) fn new(instance: &Instance, spec: &OAuth2JwtSpec) -> Result<Option<Self>> {
        let grant = Grant::JwtBearer;
        let mut endpoint = TokenEndpoint::new(instance, grant, &spec.token_url, spec.leeway_ms)?;
        let ConfigValue::Secret(key) = instance.value(spec.private_key) else { return Ok(None) };
        let key = private_key(key).map_err(|problem| {
            let text = format!("`{}` is no private key to sign with: {problem}", spec.private_key);
            Error::new(ErrorKind::Config, text).with_help(
                "an RSA key of at least 2048 bits in PEM, from `-----BEGIN PRIVATE KEY-----` or `-----BEGIN RSA PRIVATE KEY-----` to the end line, not encrypted",
            )
        })?;
        let text = |template: &Template| instance.optional_text(template, Bindings::NONE);
        let mut header = Map::new();
        header.insert("alg".to_owned(), "RS256".into());
        header.insert("typ".to_owned(), "JWT".into());
        if let Some(key_id) = spec.key_id.as_ref().map(text).transpose()?.flatten() {
            header.insert("kid".to_owned(), key_id.into());
        }
        let audience = match &spec.audience {
            Some(audience) => text(audience)?,
            // whom it is for (RFC 7523, 3)
            None => Some(instance.text(&spec.token_url)?),
        };
        let subject = spec.subject.as_ref().map(text).transpose()?.flatten();
        let claims = [
            ("iss", text(&spec.issuer)?),
            ("sub", subject),
            ("aud", audience),
            ("scope", spec.scopes.map(str::to_owned)),
        ];
        let claims = claims.into_iter().filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            Some((name.to_owned(), Value::from(value)))
        });
        endpoint.ask_for(spec.scopes);
        endpoint.push_params(instance, spec.params)?;
        Ok(Some(Self {
            endpoint,
            key,
            header: encoded(&header),
            claims: claims.collect(),
            lifetime: Duration::from_millis(spec.lifetime_ms),
        }))
    }

    pub(super) fn endpoint(&self) -> &TokenEndpoint {
        &self.endpoint
    }

    /// A statement that the holder of the key is the issuer, good for a while from `now` on.
    fn assertion(&self, now: SystemTime) -> Result<Secret> {
        let internal = |text: &str| Error::new(ErrorKind::Internal, text);
        let now = now.duration_since(SystemTime::UNIX_EPOCH);
        let now = now.map_err(|_| internal("the clock of this machine is before 1970"))?;
        let mut claims = self.claims.clone();
        claims.insert("iat".to_owned(), now.as_secs().into());
        claims.insert("exp".to_owned(), (now + self.lifetime).as_secs().into());
        let signed = format!("{}.{}", self.header, encoded(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature)
            .map_err(|_| internal("BUG: a checked key does not sign"))?;
        Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

impl TokenSource for Jwt {
    async fn fetch(&self, server: &mut dyn TokenServer) -> Result<Fetched> {
        let assertion = self.assertion(SystemTime::now())?;
        server.learn(&assertion);
        let request = self.endpoint.request(&[("assertion", &assertion)]);
        let response = server.ask(&request, Grant::JwtBearer).await?;
        let read = self.endpoint.read(&response);
        Ok(read.map_err(|error| server.refuse(error, &request))?.fetched)
    }
}

/// A key of PKCS#8 or PKCS#1. What is wrong is said without a byte of it.
fn private_key(pem: &Secret) -> Result<RsaKeyPair, &'static str> {
    let text = pem.expose();
    if !text.contains("-----BEGIN ") {
        return Err("it is not PEM");
    }
    if text.contains("-----BEGIN ENCRYPTED") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err("it is encrypted");
    }
    // in JSON files of service accounts and in environment variables line breaks are two letters
    let text = Secret::new(text.replace("\\n", "\n"));
    let der = PrivateKeyDer::from_pem_slice(text.expose().as_bytes())
        .map_err(|_| "its PEM holds no private key, or was cut short")?;
    let key = match &der {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        _ => return Err("it is no RSA key"),
    };
    key.map_err(|_| "it is no RSA key of 2048 to 8192 bits")
}

fn encoded(object: &Map<String, Value>) -> String {
    let json = Value::Object(object.clone()).to_string();
    URL_SAFE_NO_PAD.encode(json)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    fn pkcs8() -> Vec<u8> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        AsDer::<Pkcs8V1Der<'_>>::as_der(&key).expect("its text").as_ref().to_vec()
    }

    #[test]
    fn keys_in_both_forms() {
        let der = pkcs8();
        let modulus = |text: String| {
            let key = private_key(&Secret::new(text)).expect("a key");
            key.public_key().as_ref().to_vec()
        };
        let text = pem("PRIVATE KEY", &der);
        let expected = modulus(text.clone());
        assert_eq!(modulus(text.replace('\n', "\\n")), expected);
        assert_eq!(modulus(text.replace('\n', "\r\n")), expected);
        // a key of PKCS#1 is the last part of one of PKCS#8, after 26 bytes of header
        assert_eq!(modulus(pem("RSA PRIVATE KEY", &der[26..])), expected);
        for (text, says) in [
            (String::new(), "not PEM"),
            ("s3cret".to_owned(), "not PEM"),
            (text.replace("PRIVATE", "ENCRYPTED PRIVATE"), "encrypted"),
            (text[..900].to_owned(), "cut short"),
            (text.replace("PRIVATE", "PUBLIC"), "no private key"),
            (pem("PRIVATE KEY", b"s3cret"), "no RSA key of"),
            (pem("EC PRIVATE KEY", b"s3cret"), "no RSA key"),
        ] {
            let problem = private_key(&Secret::new(text)).expect_err(says);
            assert!(problem.contains(says), "{says}: {problem}");
        }
    }

    #[test]
    fn an_assertion_is_signed_and_ends() {
        let der = pkcs8();
        let key = private_key(&Secret::new(pem("PRIVATE KEY", &der))).expect("a key");
        let public = key.public_key().as_ref().to_vec();
        let url = url::Url::parse("https://auth.example.com/token").expect("a URL");
        let jwt = Jwt {
            endpoint: TokenEndpoint::of(url),
            key,
            header: encoded(&Map::from_iter([("alg".to_owned(), "RS256".into())])),
            claims: Map::from_iter([("iss".to_owned(), "me".into())]),
            lifetime: Duration::from_secs(90),
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_500);
        let assertion = jwt.assertion(now).expect("an assertion");
        let (signed, signature) = assertion.expose().rsplit_once('.').expect("three parts");
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64");
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(signed.as_bytes(), &decoded(signature))
            .expect("a signature of this key");
        let (header, claims) = signed.split_once('.').expect("two parts");
        assert_eq!(decoded(header), br#"{"alg":"RS256"}"#);
        let claims: Value = serde_json::from_slice(&decoded(claims)).expect("JSON");
        assert_eq!(claims, serde_json::json!({"exp": 1090, "iat": 1000, "iss": "me"}));
    }
}
