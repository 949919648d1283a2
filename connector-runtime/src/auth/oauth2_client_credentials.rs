//! `auth = oauth2_client_credentials(..)`: tokens for a program that acts for itself (RFC 6749,
//! 4.4).

use std::time::Duration;

use serde_json::{Map, Value};
use tracing::warn;
use url::{Url, form_urlencoded};

use super::TokenServer;
use super::http_basic;
use super::token::{Fetched, TokenSource};
use crate::config::ConfigValue;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response};
use crate::instance::Instance;
use crate::secret::Secret;
use crate::spec::{ClientAuth, Method, OAuth2ClientCredentialsSpec};

/// How long a token is used whose answer does not say so; dlt's value.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);
/// Names and texts of a server that a message shows.
const SHOWN: usize = 200;

/// The request for a token, which is the same each time.
#[derive(Debug)]
pub(super) struct ClientCredentials {
    request: Request,
    basic: Option<Secret>,
    scopes: Option<&'static str>,
    leeway: Duration,
}

impl ClientCredentials {
    /// `None` when an optional secret was left out.
    pub(super) fn new(
        instance: &Instance,
        spec: &OAuth2ClientCredentialsSpec,
    ) -> Result<Option<Self>> {
        let url = token_url(instance, &instance.text(&spec.token_url)?)?;
        let id = instance.value(spec.client_id);
        let ConfigValue::Secret(secret) = instance.value(spec.client_secret) else {
            return Ok(None);
        };
        if matches!(id, ConfigValue::None) {
            let text = format!("there is a client secret, but `{}` is missing", spec.client_id);
            return Err(Error::new(ErrorKind::Config, text));
        }
        let id = http_basic::text(id);
        let mut form = vec![("grant_type", "client_credentials".to_owned())];
        form.extend(spec.scopes.map(|scopes| ("scope", scopes.to_owned())));
        form.extend(spec.audience.map(|audience| ("audience", audience.to_owned())));
        for param in spec.params {
            form.extend(instance.texts(param)?.into_iter().map(|value| (param.name, value)));
        }
        let mut request = Request::new(Method::Post, url);
        request.push_header("accept", "application/json");
        let mut basic = None;
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(form);
        match spec.client_auth {
            ClientAuth::Basic => {
                let value = client_basic(id, secret.expose());
                request.push_secret_header("authorization", value.clone());
                basic = Some(value);
            }
            ClientAuth::Body => {
                text.append_pair("client_id", id).append_pair("client_secret", secret.expose());
            }
        }
        request.set_secret_form(Secret::new(text.finish()));
        let leeway = Duration::from_millis(spec.leeway_ms);
        Ok(Some(Self { request, basic, scopes: spec.scopes, leeway }))
    }

    /// Where tokens are asked for.
    pub(super) fn url(&self) -> &Url {
        self.request.url()
    }

    /// The header that holds name and secret, if one does.
    pub(super) fn basic(&self) -> Option<&Secret> {
        self.basic.as_ref()
    }

    fn read(&self, response: &Response) -> Result<Fetched> {
        let answer: Map<String, Value> = match serde_json::from_slice(response.body()) {
            Ok(Value::Object(answer)) => answer,
            // the body is not shown: it may hold a token
            _ => return Err(refused("the answer of the token server is no JSON object", None)),
        };
        let token = match answer.get("access_token") {
            Some(Value::String(token)) if !token.is_empty() => Secret::new(token.clone()),
            _ => return Err(no_token(&answer)),
        };
        if let Some(Value::String(kind)) = answer.get("token_type")
            && !kind.eq_ignore_ascii_case("bearer")
        {
            let text = format!("the token server issues tokens of type `{}`", shown(kind));
            return Err(refused(&text, Some("only bearer tokens (RFC 6750) can be sent")));
        }
        if let (Some(asked), Some(Value::String(granted))) = (self.scopes, answer.get("scope"))
            && let missing = missing(asked, granted)
            && !missing.is_empty()
        {
            warn!("the token server does not grant all scopes: `{}` missing", missing.join(" "));
        }
        let life = answer.get("expires_in").and_then(seconds).unwrap_or(DEFAULT_LIFETIME);
        // a leeway beyond the token's life would ask for a token with each request
        Ok(Fetched { token, lifetime: life - self.leeway.min(life / 2) })
    }
}

impl TokenSource for ClientCredentials {
    async fn fetch(&self, server: &mut dyn TokenServer) -> Result<Fetched> {
        let response = server.ask(&self.request).await?;
        self.read(&response).map_err(|error| server.refuse(error, &self.request))
    }
}

/// The URL may hold a query string, but no fragment (RFC 6749, 3.2).
fn token_url(instance: &Instance, text: &str) -> Result<Url> {
    let config = |message: String| Error::new(ErrorKind::Config, message);
    let url =
        Url::parse(text).map_err(|error| config(format!("the token URL is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(config("the token URL must start with `https://`".to_owned()));
    }
    if url.fragment().is_some() {
        return Err(config("the token URL has a fragment".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(config("the token URL holds a user name or password".to_owned())
            .with_help("use `client_id` and `client_secret`"));
    }
    instance.not_in_clear(&url)?;
    Ok(url)
}

/// Name and secret are form-encoded before base64, so that a colon in the name does not end it (RFC
/// 6749, 2.3.1).
fn client_basic(id: &str, secret: &str) -> Secret {
    let encode = |text: &str| -> Secret {
        Secret::new(form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>())
    };
    http_basic::encode(encode(id).expose(), encode(secret).expose())
}

/// `3600` or `"3600"`, which some servers send; anything else counts as not said.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// The scopes that were asked for and not granted (RFC 6749, 5.1).
fn missing<'a>(asked: &'a str, granted: &str) -> Vec<&'a str> {
    let granted: Vec<_> = granted.split_whitespace().collect();
    asked.split_whitespace().filter(|scope| !granted.contains(scope)).collect()
}

/// Names keys, but no values: a token under another name is a token, too.
fn no_token(answer: &Map<String, Value>) -> Error {
    if let Some(Value::String(error)) = answer.get("error") {
        let text = format!("the token server gave no token: `{}`", shown(error));
        return refused(&text, None);
    }
    let found = match answer.get("access_token") {
        Some(_) => "`access_token` is empty or no text".to_owned(),
        None => {
            let mut keys: Vec<_> = answer.keys().map(|key| format!("`{}`", shown(key))).collect();
            keys.sort();
            format!("no `access_token`; it has {}", keys.join(", "))
        }
    };
    let text = format!("expected a token from the token server, found {found}");
    refused(&text, Some("check `token_url`"))
}

fn refused(text: &str, help: Option<&str>) -> Error {
    let error = Error::new(ErrorKind::Auth, text);
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).flat_map(char::escape_debug).collect()
}

/// What a token server says when it refuses (RFC 6749, 5.2): its code and its explanation.
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) description: Option<String>,
}

impl Refusal {
    /// Reads the body of an answer that is no success.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let Ok(Value::Object(answer)) = serde_json::from_slice(body) else { return None };
        let text = |key| answer.get(key).and_then(Value::as_str).map(shown);
        Some(Self { code: text("error")?, description: text("error_description") })
    }

    /// Whether it is a setting to mend: one of the codes of RFC 6749.
    pub(crate) fn is_final(&self) -> bool {
        const CODES: [&str; 7] = [
            "access_denied",
            "invalid_client",
            "invalid_grant",
            "invalid_request",
            "invalid_scope",
            "unauthorized_client",
            "unsupported_grant_type",
        ];
        CODES.contains(&self.code.as_str())
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<&'static str> {
        Some(match self.code.as_str() {
            "invalid_client" => {
                "check the client id and the client secret, and whether the server takes them by `client_auth = basic` or `client_auth = body`"
            }
            "invalid_scope" => "check `scopes` against what the client may ask for",
            "unauthorized_client" | "unsupported_grant_type" => {
                "allow the client the grant type `client_credentials` at the server"
            }
            "invalid_request" => {
                "check `token_url`, and whether the server wants `client_auth = basic` or `client_auth = body`, `audience` or further `params(..)`"
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_secrets_are_form_encoded_before_base64() {
        for (id, secret, expected) in [
            ("lab", "lab-secret", "Basic bGFiOmxhYi1zZWNyZXQ="),
            // odd+id%3A%2B:s3cr%26t+%2B%25%3A
            ("odd id:+", "s3cr&t +%:", "Basic b2RkK2lkJTNBJTJCOnMzY3IlMjZ0KyUyQiUyNSUzQQ=="),
            // %C3%BC:%E2%82%AC
            ("ü", "€", "Basic JUMzJUJDOiVFMiU4MiVBQw=="),
            // a-b._*:
            ("a-b._*", "", "Basic YS1iLl8qOg=="),
        ] {
            assert_eq!(client_basic(id, secret).expose(), expected, "{id} {secret}");
        }
    }

    fn source(leeway: u64) -> ClientCredentials {
        let url = Url::parse("https://auth.example.com/token").expect("a URL");
        ClientCredentials {
            request: Request::new(Method::Post, url),
            basic: None,
            scopes: None,
            leeway: Duration::from_secs(leeway),
        }
    }

    #[test]
    fn lifetimes() {
        for (leeway, expires_in, expected) in [
            (60, r#""expires_in":3600"#, 3540.0),
            (60, r#""expires_in":"3600""#, 3540.0),
            (60, r#""expires_in":6"#, 3.0),
            (1, r#""expires_in":6"#, 5.0),
            (60, r#""expires_in":0"#, 0.0),
            (60, r#""expires_in":3599.5"#, 3539.5),
            // not said: dlt's hour
            (60, r#""expires_in":null"#, 3540.0),
            (60, r#""expires_in":-5"#, 3540.0),
            (60, r#""expires_in":"soon""#, 3540.0),
            (0, r#""x":1"#, 3600.0),
        ] {
            let body = format!(r#"{{"access_token":"t0ken","token_type":"bearer",{expires_in}}}"#);
            let fetched = source(leeway).read(&Response::new(200, body)).expect("a token");
            assert_eq!(fetched.token.expose(), "t0ken");
            assert_eq!(fetched.lifetime.as_secs_f64(), expected, "{leeway} {expires_in}");
        }
    }

    #[test]
    fn d18_an_answer_without_a_token_is_an_error() {
        for (body, says) in [
            (r#"{}"#, "no `access_token`"),
            (r#"{"token":"t0ken","expires_in":5}"#, "it has `expires_in`, `token`"),
            (r#"{"access_token":null}"#, "`access_token` is empty or no text"),
            (r#"{"access_token":""}"#, "`access_token` is empty or no text"),
            (r#"{"access_token":{"a":"t0ken"}}"#, "`access_token` is empty or no text"),
            (r#"{"error":"bad_verification_code"}"#, "gave no token: `bad_verification_code`"),
            (r#"{"access_token":"t0ken","token_type":"mac"}"#, "tokens of type `mac`"),
            (r#"["t0ken"]"#, "no JSON object"),
            ("<html>t0ken</html>", "no JSON object"),
            ("", "no JSON object"),
        ] {
            let error = source(0).read(&Response::new(200, body)).expect_err("no token");
            assert_eq!(error.kind(), ErrorKind::Auth);
            assert!(error.to_string().contains(says), "{body}: {error}");
            assert!(!error.to_string().contains("t0ken"), "{body}: {error}");
        }
    }

    #[test]
    fn scopes_that_were_not_granted() {
        assert_eq!(missing("read write", "write read admin"), [""; 0]);
        assert_eq!(missing("read write", "read"), ["write"]);
    }
}
