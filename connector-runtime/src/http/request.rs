//! [`Request`] and [`Response`].

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::body::Body;
use crate::secret::Secret;
use crate::spec::Method;

/// What a path segment keeps as it is: the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value as one path segment: no slash, question mark or space of it can change the path.
pub(crate) fn percent_encode_segment(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

/// A base URL and a path, with exactly one slash between them.
pub(crate) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let joined = format!("{}/{}", base.path().trim_end_matches('/'), path.trim_start_matches('/'));
    url.set_path(joined.trim_end_matches(|c| c == '/' && path.is_empty()));
    url
}

/// Takes every parameter of this name out of a query string, and leaves the others as they are.
pub(crate) fn remove_param(url: &mut Url, name: &str) {
    let Some(query) = url.query() else { return };
    let is_other = |pair: &&str| {
        form_urlencoded::parse(pair.as_bytes()).next().is_none_or(|(key, _)| key != name)
    };
    let kept: Vec<&str> = query.split('&').filter(is_other).collect();
    let kept = kept.join("&");
    url.set_query((!kept.is_empty()).then_some(&kept));
}

/// One request, credentials apart.
#[derive(Clone)]
pub struct Request {
    method: Method,
    url: Url,
    headers: Vec<(String, String)>,
    body: Option<Body>,
    secret_query: Vec<(Cow<'static, str>, Secret)>,
    secret_headers: Vec<(Cow<'static, str>, Secret)>,
    secret_body: Option<SecretBody>,
    /// The query parameter that its credential will be.
    key_param: Option<&'static str>,
    /// It goes where no credential may go.
    unsigned: bool,
    /// How many of the headers were there before it was signed.
    own_headers: Option<usize>,
}

/// A body that holds credentials.
#[derive(Clone, Debug)]
enum SecretBody {
    Form(Secret),
    Json(Secret),
}

impl Request {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            body: None,
            secret_query: Vec::new(),
            secret_headers: Vec::new(),
            secret_body: None,
            key_param: None,
            unsigned: false,
            own_headers: None,
        }
    }

    /// Says which query parameter its credential will be, if it is one.
    pub(crate) fn expect_key(&mut self, name: Option<&'static str>) {
        self.key_param = name;
    }

    /// The query parameter that its credential is, or will be.
    pub(crate) fn key_param(&self) -> Option<&'static str> {
        self.key_param
    }

    /// What is added from here on belongs to the signature.
    pub(crate) fn begin_signature(&mut self) {
        self.own_headers = Some(self.headers.len());
    }

    /// The same request to another URL, before it was signed.
    pub(crate) fn to(&self, url: Url) -> Self {
        Self { url, ..self.clone() }
    }

    /// The same request without credentials, now and later.
    pub(crate) fn without_credentials(mut self) -> Self {
        self.headers.truncate(self.own_headers.unwrap_or(self.headers.len()));
        self.secret_query.clear();
        self.secret_headers.clear();
        self.secret_body = None;
        self.unsigned = true;
        self
    }

    /// Whether credentials may be added.
    pub(crate) fn may_be_signed(&self) -> bool {
        !self.unsigned
    }

    /// The URL without credentials.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The value of a query parameter that is no credential.
    pub fn param(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The text of a header that is no credential.
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().rfind(same).map(|(_, value)| value.as_str())
    }

    /// Names and texts of the headers that are no credentials.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body as it goes over the wire; `None` without one, and for the form of a request for a
    /// token.
    pub fn body(&self) -> Option<String> {
        self.body.as_ref().map(Body::text)
    }

    pub(crate) fn set_body(&mut self, body: Body) {
        self.body = Some(body);
    }

    /// Sets the value at these keys of a JSON body, as a number, flag or string, and makes the
    /// objects on the way; what is in the way gives way. In a form it is the field of that name.
    pub fn set_body_value(&mut self, keys: &[&str], value: impl Into<Value>) {
        self.body.get_or_insert_with(Body::object).set(keys, value.into());
    }

    /// Sets a query parameter; all of the same name give way.
    pub fn set_param(&mut self, name: &str, value: &str) {
        self.remove_param(name);
        self.push_param(name, value);
    }

    /// Takes every query parameter of this name out.
    pub fn remove_param(&mut self, name: &str) {
        remove_param(&mut self.url, name);
    }

    /// Appends a query parameter.
    pub fn push_param(&mut self, name: &str, value: &str) {
        self.url.query_pairs_mut().append_pair(name, value);
    }

    /// Adds a header; one of the same name gives way.
    pub fn push_header(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Appends a query parameter that is never printed.
    pub fn push_secret_param(&mut self, name: impl Into<Cow<'static, str>>, value: Secret) {
        self.secret_query.push((name.into(), value));
    }

    /// Adds a header that is never printed; one of the same name gives way.
    pub fn push_secret_header(&mut self, name: impl Into<Cow<'static, str>>, value: Secret) {
        self.secret_headers.push((name.into(), value));
    }

    /// A body of `application/x-www-form-urlencoded` that is never printed.
    pub(crate) fn set_secret_form(&mut self, form: Secret) {
        self.secret_body = Some(SecretBody::Form(form));
    }

    /// A body of `application/json` that is never printed.
    pub(crate) fn set_secret_json(&mut self, json: Secret) {
        self.secret_body = Some(SecretBody::Json(json));
    }

    /// A header that is never printed; for transports, and tests of signatures.
    pub fn secret_header(&self, name: &str) -> Option<&Secret> {
        let same = |(key, _): &&(Cow<'static, str>, Secret)| key.eq_ignore_ascii_case(name);
        self.secret_headers.iter().rfind(same).map(|(_, value)| value)
    }

    /// A query parameter that is never printed; for transports, and tests of signatures.
    pub fn secret_param(&self, name: &str) -> Option<&Secret> {
        self.secret_query.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A body that is never printed: the form of a request for a token.
    pub fn secret_form(&self) -> Option<&Secret> {
        match &self.secret_body {
            Some(SecretBody::Form(form)) => Some(form),
            _ => None,
        }
    }

    /// A body that is never printed, a form or JSON: the one of a login.
    pub fn secret_body(&self) -> Option<&Secret> {
        match &self.secret_body {
            Some(SecretBody::Form(body) | SecretBody::Json(body)) => Some(body),
            None => None,
        }
    }

    /// What was added that is never printed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secret_query.iter().chain(&self.secret_headers).map(|(_, value)| value)
    }

    /// The URL as it goes over the wire, credentials included.
    pub(super) fn signed_url(&self) -> Url {
        let mut url = self.url.clone();
        // a link may repeat what the last request was signed with
        for (name, _) in &self.secret_query {
            remove_param(&mut url, name);
        }
        for (name, value) in &self.secret_query {
            url.query_pairs_mut().append_pair(name, value.expose());
        }
        url
    }

    /// The headers as they go over the wire; a name or value that HTTP does not allow is named.
    pub(super) fn signed_headers(&self) -> Result<HeaderMap, String> {
        let plain = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str(), false));
        let secret =
            self.secret_headers.iter().map(|(name, value)| (name.as_ref(), value.expose(), true));
        let mut map = HeaderMap::new();
        for (name, value, sensitive) in plain.chain(secret) {
            let key =
                HeaderName::try_from(name).map_err(|_| format!("`{name}` is not a header name"))?;
            let mut value = HeaderValue::try_from(value)
                .map_err(|_| format!("the value of header `{name}` has a control character"))?;
            value.set_sensitive(sensitive);
            map.insert(key, value);
        }
        if let Some(body) = &self.body {
            map.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(body.content_type()));
        }
        let content_type = match &self.secret_body {
            Some(SecretBody::Form(_)) => Some("application/x-www-form-urlencoded"),
            Some(SecretBody::Json(_)) => Some("application/json"),
            None => None,
        };
        if let Some(content_type) = content_type {
            map.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        Ok(map)
    }
}

/// Hides what the text of the request hides.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { headers, body, secret_headers, secret_body, .. } = self;
        f.debug_struct("Request")
            .field("request", &format_args!("{self}"))
            .field("headers", headers)
            .field("body", body)
            .field("secret_headers", secret_headers)
            .field("secret_body", secret_body)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unsigned && self.url.query().is_some() {
            // links to files are often signed in their query
            let mut url = self.url.clone();
            url.set_query(None);
            return write!(f, "{} {url}?***", self.method.as_str());
        }
        write!(f, "{} {}", self.method.as_str(), self.url)?;
        let mut separator = if self.url.query().is_some() { '&' } else { '?' };
        let signed = self.secret_query.iter().map(|(name, _)| name.as_ref());
        // before it is signed, the request looks as it will
        let expected = self.key_param.filter(|key| !signed.clone().any(|name| name == *key));
        for name in signed.chain(expected.filter(|_| !self.unsigned)) {
            write!(f, "{separator}{name}=***")?;
            separator = '&';
        }
        Ok(())
    }
}

/// One response, its body read to the end.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    url: Option<Url>,
}

impl Response {
    /// A response with a body.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into(), url: None }
    }

    /// `url` is where the response came from in the end, after redirects.
    pub(super) fn from_parts(status: u16, headers: HeaderMap, body: Bytes, mut url: Url) -> Self {
        // the key may be in it
        url.set_query(None);
        Self { status, headers, body, url: Some(url) }
    }

    /// Where it came from, without its query string, if redirects were followed.
    pub(crate) fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// Adds a header; for scripted transports.
    ///
    /// # Panics
    ///
    /// When HTTP does not allow the name or the value.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("a header value of printable characters");
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Every value of a header.
    pub(crate) fn header_values(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_stays_at_home_and_is_sent_once() {
        let url = |text| Url::parse(text).expect("a URL");
        let mut request =
            Request::new(Method::Get, url("https://a.example/x?page=2&sig=old&sig=older"));
        request.push_header("x-team", "core");
        request.begin_signature();
        request.push_header("x-time", "now");
        request.push_secret_param("sig", Secret::new("new"));
        assert_eq!(request.signed_url().as_str(), "https://a.example/x?page=2&sig=new");
        let away = request.to(url("https://b.example/f?sig=presigned")).without_credentials();
        assert_eq!((away.header("x-team"), away.header("x-time")), (Some("core"), None));
        assert_eq!(away.to_string(), "GET https://b.example/f?***");
        let text = format!("{away:?} {request:?}");
        assert!(!text.contains("presigned") && !text.contains("new"), "{text}");
    }
}
