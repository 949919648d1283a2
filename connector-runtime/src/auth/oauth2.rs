//! What the OAuth2 kinds share: where tokens are asked for, how a client says who it is, and what
//! an answer holds (RFC 6749).

use std::time::Duration;

use serde_json::{Map, Value};
use tracing::warn;
use url::{Url, form_urlencoded};

use super::token::Fetched;
use super::{Grant, http_basic, shown};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response};
use crate::instance::{Bindings, Instance};
use crate::secret::Secret;
use crate::spec::{ClientAuth, Method, Param, Template};

/// How long a token is used whose answer does not say so; dlt's value.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(3600);

/// Where tokens are asked for, and what each request for one says.
#[derive(Debug)]
pub(super) struct TokenEndpoint {
    /// Without its form.
    request: Request,
    /// The fields of the form that are the same each time.
    fields: Vec<(&'static str, Secret)>,
    basic: Option<Secret>,
    scopes: Option<&'static str>,
    leeway: Duration,
}

/// What a token server gave.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) fetched: Fetched,
    /// The token to ask with from now on (RFC 6749, 6).
    pub(super) refresh_token: Option<Secret>,
}

impl TokenEndpoint {
    pub(super) fn new(
        instance: &Instance,
        grant: Grant,
        token_url: &Template,
        leeway_ms: u64,
    ) -> Result<Self> {
        let url = absolute(instance, &instance.text(token_url)?, "token URL")?;
        let mut request = Request::new(Method::Post, url);
        request.push_header("accept", "application/json");
        Ok(Self {
            request,
            fields: vec![("grant_type", grant.name().into())],
            basic: None,
            scopes: None,
            leeway: Duration::from_millis(leeway_ms),
        })
    }

    /// A field that is the same each time.
    pub(super) fn push(&mut self, name: &'static str, value: impl Into<Secret>) {
        self.fields.push((name, value.into()));
    }

    /// Asks for these scopes, and says which of them were not granted. `None`: for those that the
    /// server gives of itself.
    pub(super) fn ask_for(&mut self, scopes: Option<&'static str>) {
        self.scopes = scopes;
    }

    /// The fields that the user adds.
    pub(super) fn push_params(&mut self, instance: &Instance, params: &[Param]) -> Result<()> {
        for param in params {
            if let Some(value) = instance.param(param, Bindings::NONE)? {
                self.push(param.name, value);
            }
        }
        Ok(())
    }

    /// Says who asks. A client without a secret has nothing to put into a header.
    pub(super) fn identify(&mut self, id: &str, secret: Option<&Secret>, how: ClientAuth) {
        match (how, secret) {
            (ClientAuth::Basic, Some(secret)) => {
                let value = client_basic(id, secret.expose());
                self.request.push_secret_header("authorization", value.clone());
                self.basic = Some(value);
            }
            (ClientAuth::Basic | ClientAuth::Body, secret) => {
                self.push("client_id", id);
                if let Some(secret) = secret {
                    self.fields.push(("client_secret", secret.clone()));
                }
            }
        }
    }

    /// The header that holds name and secret, if one does.
    pub(super) fn basic(&self) -> Option<&Secret> {
        self.basic.as_ref()
    }

    /// Where tokens are asked for.
    pub(super) fn url(&self) -> &Url {
        self.request.url()
    }

    /// A request for a token, with fields that are not the same each time.
    pub(super) fn request(&self, fields: &[(&str, &Secret)]) -> Request {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(self.fields.iter().map(|(name, value)| (*name, value.expose())));
        form.extend_pairs(fields.iter().map(|(name, value)| (*name, value.expose())));
        let mut request = self.request.clone();
        request.set_secret_form(Secret::new(form.finish()));
        request
    }

    /// Reads the token out of an answer that is a success.
    pub(super) fn read(&self, response: &Response) -> Result<Answer> {
        let answer: Map<String, Value> = match serde_json::from_slice(response.body()) {
            Ok(Value::Object(answer)) => answer,
            // the body is not shown: it may hold a token
            _ => return Err(refused("the answer of the token server is no JSON object", None)),
        };
        let text = |key| match answer.get(key) {
            Some(Value::String(text)) if !text.is_empty() => Some(Secret::new(text.clone())),
            _ => None,
        };
        let Some(token) = text("access_token") else { return Err(no_token(&answer)) };
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
            warn!(target: "connector_runtime::auth", "the token server does not grant all scopes: `{}` missing", missing.join(" "));
        }
        let life = answer.get("expires_in").and_then(seconds).unwrap_or(DEFAULT_LIFETIME);
        // a leeway beyond the token's life would ask for a token with each request
        let fetched = Fetched { token, lifetime: Some(life - self.leeway.min(life / 2)) };
        Ok(Answer { fetched, refresh_token: text("refresh_token") })
    }
}

/// A URL to which credentials are sent. It may hold a query string, but no fragment (RFC 6749,
/// 3.2).
pub(super) fn absolute(instance: &Instance, text: &str, noun: &str) -> Result<Url> {
    let config = |message: String| Error::new(ErrorKind::Config, message);
    let url =
        Url::parse(text).map_err(|error| config(format!("the {noun} is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(config(format!("the {noun} must start with `https://`")));
    }
    if url.fragment().is_some() {
        return Err(config(format!("the {noun} has a fragment")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(config(format!("the {noun} holds a user name or password"))
            .with_help("use the options of `auth` that send them"));
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
    // no life at all is no token, which the server has just given
    Duration::try_from_secs_f64(seconds).ok().filter(|life| !life.is_zero())
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

fn refused(text: &str, help: Option<&'static str>) -> Error {
    Error::new(ErrorKind::Auth, text).with_any_help(help)
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

    impl TokenEndpoint {
        pub(in crate::auth) fn of(url: Url) -> Self {
            Self {
                request: Request::new(Method::Post, url),
                fields: Vec::new(),
                basic: None,
                scopes: None,
                leeway: Duration::ZERO,
            }
        }
    }

    fn endpoint(leeway: u64) -> TokenEndpoint {
        let url = Url::parse("https://auth.example.com/token").expect("a URL");
        TokenEndpoint { leeway: Duration::from_secs(leeway), ..TokenEndpoint::of(url) }
    }

    #[test]
    fn lifetimes() {
        for (leeway, expires_in, expected) in [
            (60, r#""expires_in":3600"#, 3540.0),
            (60, r#""expires_in":"3600""#, 3540.0),
            (60, r#""expires_in":6"#, 3.0),
            (1, r#""expires_in":6"#, 5.0),
            (60, r#""expires_in":0"#, 3540.0),
            (60, r#""expires_in":3599.5"#, 3539.5),
            // not said: dlt's hour
            (60, r#""expires_in":null"#, 3540.0),
            (60, r#""expires_in":-5"#, 3540.0),
            (60, r#""expires_in":"soon""#, 3540.0),
            (0, r#""x":1"#, 3600.0),
        ] {
            let body = format!(r#"{{"access_token":"t0ken","token_type":"bearer",{expires_in}}}"#);
            let answer = endpoint(leeway).read(&Response::new(200, body)).expect("a token");
            assert_eq!(answer.fetched.token.expose(), "t0ken");
            let lifetime = answer.fetched.lifetime.map(|life| life.as_secs_f64());
            assert_eq!(lifetime, Some(expected), "{leeway} {expires_in}");
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
            let error = endpoint(0).read(&Response::new(200, body)).expect_err("no token");
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
