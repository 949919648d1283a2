//! `auth = session_token(..)`: a login of the API's own, whose answer holds a token.

use std::time::Duration;

use serde_json::Value;
use url::{Url, form_urlencoded};

use super::oauth2::absolute;
use super::token::{Fetched, TokenSource};
use super::{Grant, TokenServer, http_basic, shown};
use crate::config::{ConfigKind, ConfigValue};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response, join};
use crate::instance::{Bindings, Instance};
use crate::secret::Secret;
use crate::spec::{LoginBody, LoginField, Part, Path, Segment, SessionTokenSpec, Template};

/// A login, which is the same each time.
#[derive(Debug)]
pub(super) struct SessionToken {
    request: Request,
    basic: Option<Secret>,
    token_path: Path,
    lifetime: Option<Duration>,
    header: &'static str,
    prefix: &'static str,
}

/// What a login sends under a name.
enum Sent {
    Secret(Secret),
    Text(String),
}

impl SessionToken {
    /// `None` when the login's optional secrets were left out.
    pub(super) fn new(
        instance: &Instance,
        spec: &SessionTokenSpec,
        base_url: &Url,
    ) -> Result<Option<Self>> {
        let url = instance.text(&spec.login_url)?;
        let url = match url.starts_with('/') {
            true => join(base_url, &url),
            false => absolute(instance, &url, "login URL")?,
        };
        if !complete(instance, spec)? {
            return Ok(None);
        }
        let mut request = Request::new(spec.method, url);
        request.push_header("accept", "application/json");
        for param in spec.params {
            match sent(instance, &param.value)? {
                Some(Sent::Secret(value)) => request.push_secret_param(param.name, value),
                Some(Sent::Text(value)) => request.push_param(param.name, &value),
                None => {}
            }
        }
        for header in spec.headers {
            match sent(instance, &header.value)? {
                Some(Sent::Secret(value)) => request.push_secret_header(header.name, value),
                Some(Sent::Text(value)) => request.push_header(header.name, value),
                None => {}
            }
        }
        let basic = match spec.http_basic {
            Some((username, password)) => http_basic::header(instance, username, password)?,
            None => None,
        };
        if let Some(value) = &basic {
            request.push_secret_header("authorization", value.clone());
        }
        match spec.body {
            LoginBody::Form(fields) => request.set_secret_form(form(instance, fields)?),
            LoginBody::Json(fields) => request.set_secret_json(json(instance, fields)?),
            LoginBody::None => {}
        }
        Ok(Some(Self {
            request,
            basic,
            token_path: spec.token_path,
            lifetime: spec.lifetime_ms.map(Duration::from_millis),
            header: spec.header,
            prefix: spec.prefix,
        }))
    }

    /// Where the login is.
    pub(super) fn url(&self) -> &Url {
        self.request.url()
    }

    /// The header that holds name and password, if one does.
    pub(super) fn basic(&self) -> Option<&Secret> {
        self.basic.as_ref()
    }

    /// How the API is sent the token: a header, and what stands before the token in it.
    pub(super) fn header(&self) -> (&'static str, &'static str) {
        (self.header, self.prefix)
    }

    fn read(&self, response: &Response) -> Result<Secret> {
        let path = self.token_path;
        let refused = |found: &str| {
            let text =
                format!("expected a token at `{}` of the login's answer, found {found}", path.text);
            Error::new(ErrorKind::Auth, text)
                .with_help("`token_path` says where the token is; some APIs answer a refused login with a success")
        };
        // values are not shown: a token elsewhere is a token, too
        let Ok(answer) = serde_json::from_slice::<Value>(response.body()) else {
            return Err(refused("no JSON"));
        };
        match at(&answer, path) {
            Some(Value::String(token)) if !token.is_empty() => Ok(token.as_str().into()),
            Some(Value::String(_)) => Err(refused("an empty text")),
            Some(Value::Null) => Err(refused("null")),
            Some(Value::Bool(_)) => Err(refused("`true` or `false`")),
            Some(Value::Number(_)) => Err(refused("a number")),
            Some(Value::Array(_)) => Err(refused("a list")),
            Some(Value::Object(_)) => Err(refused("an object")),
            None => match &answer {
                Value::Object(keys) if !keys.is_empty() => {
                    let mut keys: Vec<_> =
                        keys.keys().map(|key| format!("`{}`", shown(key))).collect();
                    keys.sort();
                    Err(refused(&format!("nothing; the answer has {}", keys.join(", "))))
                }
                _ => Err(refused("nothing")),
            },
        }
    }
}

impl TokenSource for SessionToken {
    async fn fetch(&self, server: &mut dyn TokenServer) -> Result<Fetched> {
        let response = server.ask(&self.request, Grant::Login).await?;
        let read = self.read(&response);
        let token = read.map_err(|error| server.refuse(error, &self.request))?;
        Ok(Fetched { token, lifetime: self.lifetime })
    }
}

/// Whether no secret of the login was left out. All of them may be: the API is then asked without a
/// token.
fn complete(instance: &Instance, spec: &SessionTokenSpec) -> Result<bool> {
    let mut missing = None;
    let mut given = false;
    for field in spec.fields() {
        let is_secret = instance.kind(field).is_some_and(|kind| matches!(kind, ConfigKind::Secret));
        match instance.value(field) {
            _ if !is_secret => {}
            ConfigValue::None => missing = Some(field),
            _ => given = true,
        }
    }
    match (missing, given) {
        (None, _) => Ok(true),
        (Some(_), false) => Ok(false),
        (Some(field), true) => {
            let text = format!("the login is incomplete: `{field}` is missing");
            Err(Error::new(ErrorKind::Config, text))
        }
    }
}

/// A lone field may be a secret here, and only here.
fn sent(instance: &Instance, template: &Template) -> Result<Option<Sent>> {
    if let [Part::Config(name)] = template.parts
        && let ConfigValue::Secret(secret) = instance.value(name)
    {
        return Ok(Some(Sent::Secret(secret.clone())));
    }
    Ok(instance.optional_text(template, Bindings::NONE)?.map(Sent::Text))
}

fn form(instance: &Instance, fields: &[LoginField]) -> Result<Secret> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for field in fields {
        match sent(instance, &field.value)? {
            Some(Sent::Secret(value)) => form.append_pair(field.name, value.expose()),
            Some(Sent::Text(value)) => form.append_pair(field.name, &value),
            None => continue,
        };
    }
    Ok(Secret::new(form.finish()))
}

fn json(instance: &Instance, fields: &[LoginField]) -> Result<Secret> {
    let mut members = Vec::new();
    for field in fields {
        let value = match sent(instance, &field.value)? {
            Some(Sent::Secret(value)) => Value::from(value.expose()).to_string(),
            Some(Sent::Text(value)) if is_bare(instance, field, &value) => value,
            Some(Sent::Text(value)) => Value::from(value).to_string(),
            None => continue,
        };
        members.push(format!("{}:{value}", Value::from(field.name)));
    }
    Ok(Secret::new(format!("{{{}}}", members.join(","))))
}

/// Numbers, `true` and `false` are none of them texts, whether they stand in the source or come
/// from the configuration.
fn is_bare(instance: &Instance, field: &LoginField, value: &str) -> bool {
    // there are floats that JSON cannot write
    serde_json::from_str::<Value>(value).is_ok()
        && match field.value.parts {
            [Part::Config(name)] => matches!(
                instance.kind(name),
                Some(ConfigKind::Bool | ConfigKind::Float | ConfigKind::Integer)
            ),
            _ => field.bare,
        }
}

fn at(root: &Value, path: Path) -> Option<&Value> {
    path.segments.iter().try_fold(root, |here, segment| match segment {
        Segment::Key(key) => here.as_object()?.get(*key),
        Segment::Index(index) => here.as_array()?.get(*index),
        // names many values; the macros do not take it
        Segment::Each => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Method;

    #[test]
    fn d18_an_answer_without_a_token_is_an_error() {
        let url = Url::parse("https://api.example.com/login").expect("a URL");
        let login = SessionToken {
            request: Request::new(Method::Post, url),
            basic: None,
            token_path: Path {
                text: "data[0].token",
                segments: &[Segment::Key("data"), Segment::Index(0), Segment::Key("token")],
            },
            lifetime: None,
            header: "authorization",
            prefix: "Bearer ",
        };
        let read = |body: &'static str| login.read(&Response::new(200, body));
        assert_eq!(read(r#"{"data":[{"token":"t0k"}]}"#).expect("a token").expose(), "t0k");
        for (body, says) in [
            ("", "no JSON"),
            ("t0k", "no JSON"),
            ("[]", "found nothing"),
            (r#"{"token":"t0k","b":1}"#, "nothing; the answer has `b`, `token`"),
            (r#"{"data":[{"token":null}]}"#, "null"),
            (r#"{"data":[{"token":""}]}"#, "an empty text"),
            (r#"{"data":[{"token":false}]}"#, "`true` or `false`"),
            (r#"{"data":[{"token":7}]}"#, "a number"),
            (r#"{"data":[{"token":["t0k"]}]}"#, "a list"),
            (r#"{"data":[{"token":{"a":"t0k"}}]}"#, "an object"),
        ] {
            let error = read(body).expect_err(body);
            assert_eq!(error.kind(), ErrorKind::Auth);
            assert!(error.message().contains(says), "{body}: {error}");
            assert!(error.message().contains("expected a token at `data[0].token`"), "{error}");
            assert!(!error.to_string().contains("t0k\""), "{error}");
        }
    }
}
