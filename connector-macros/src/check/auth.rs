//! Authentication: fields that are there, credentials that nobody reads on the way, nothing sent twice.

use super::connector::exists;
use super::{names, oauth2, paginator, template, values};
use crate::diag::{At, Diag};
use crate::model::{Auth, ClientCredentials, Location, Param, Site, Template, Use};
use crate::read::{
    RawAuth, RawClientCredentials, RawConnector, RawHttpBasic, RawParam, RawUrl, RawValue,
};

/// The model, and the fields whose types are checked at their place.
pub(super) fn auth(diag: &Diag, raw: &RawConnector) -> (Option<Auth>, Vec<Use>) {
    credentials_over_https(diag, raw);
    auth_sent_once(diag, raw);
    let mut fields = Fields { diag, raw, uses: Vec::new() };
    let auth = raw.auth.as_ref().and_then(|auth| fields.auth(&auth.value));
    (auth, fields.uses)
}

/// Looks up the fields that `auth` names.
pub(super) struct Fields<'a> {
    pub(super) diag: &'a Diag,
    raw: &'a RawConnector,
    uses: Vec<Use>,
}

impl Fields<'_> {
    fn auth(&mut self, raw: &RawAuth) -> Option<Auth> {
        match raw {
            RawAuth::ApiKey { name, location, value } => {
                let location = location.as_ref().map(|location| location.value);
                if let Some(name) = name {
                    api_key_name(self.diag, name, location);
                }
                let value = self.secret(value.as_ref());
                Some(Auth::ApiKey { name: name.clone()?.value, location: location?, value: value? })
            }
            RawAuth::Bearer { token } => Some(Auth::Bearer { token: self.secret(token.as_ref())? }),
            RawAuth::ClientCredentials(raw) => {
                let model = self.client_credentials(raw)?;
                Some(Auth::ClientCredentials(Box::new(model)))
            }
            RawAuth::HttpBasic(raw) => {
                let (username, password) = self.http_basic(raw)?;
                Some(Auth::HttpBasic { username, password })
            }
            RawAuth::Jwt(raw) => self.jwt(raw).map(|model| Auth::Jwt(Box::new(model))),
            RawAuth::RefreshToken(raw) => {
                self.refresh_token(raw).map(|model| Auth::RefreshToken(Box::new(model)))
            }
            RawAuth::SessionToken(raw) => {
                self.session_token(raw).map(|model| Auth::SessionToken(Box::new(model)))
            }
            RawAuth::With { function } => function.clone().map(Auth::With),
        }
    }

    /// The fields of user name and password. Without a password the name is the key.
    pub(super) fn http_basic(&mut self, raw: &RawHttpBasic) -> Option<(String, Option<String>)> {
        let RawHttpBasic { username, password, has_password } = raw;
        if !has_password {
            return Some((self.secret(username.as_ref())?, None));
        }
        let username = self.text(username.as_ref(), Site::Username);
        let password = self.secret(password.as_ref())?;
        Some((username?, Some(password)))
    }

    fn client_credentials(&mut self, raw: &RawClientCredentials) -> Option<ClientCredentials> {
        let RawClientCredentials {
            token_url,
            client_id,
            client_secret,
            client_auth,
            scopes,
            audience,
            params,
            leeway,
        } = raw;
        form_sent_once(self.diag, raw);
        oauth2::something_in_it(self.diag, "scope", scopes.as_ref());
        oauth2::something_in_it(self.diag, "audience", audience.as_ref());
        let params = self.params(params);
        let token_url = token_url.as_ref().map(|url| self.token_url(url));
        let client_id = self.text(client_id.as_ref(), Site::ClientId);
        let client_secret = self.secret(client_secret.as_ref());
        Some(ClientCredentials {
            token_url: token_url?,
            client_id: client_id?,
            client_secret: client_secret?,
            client_auth: client_auth.as_ref().map(|at| at.value),
            scopes: scopes.as_ref().map(|at| at.value.clone()),
            audience: audience.as_ref().map(|at| at.value.clone()),
            params,
            leeway_ms: values::duration(self.diag, leeway.clone()),
        })
    }

    pub(super) fn params(&mut self, raw: &[RawParam]) -> Vec<Param> {
        let params = values::params(self.diag, raw);
        for (raw, param) in raw.iter().zip(&params) {
            let lone = matches!(raw.value, RawValue::Config(_));
            for field in values::fields(raw, param) {
                self.text(Some(&field), if lone { Site::Param } else { Site::Text });
            }
        }
        params
    }

    pub(super) fn token_url(&mut self, url: &RawUrl) -> Template {
        match url {
            RawUrl::Config(field) => {
                self.text(Some(field), Site::TokenUrl);
                template::config(&field.value)
            }
            RawUrl::Text(url) => {
                if let Err(message) = credentials_url("token URL", &url.value) {
                    self.diag.error(url.spans, message);
                }
                template::plain(&url.value)
            }
        }
    }

    /// A field of type `Secret`; the type is checked where the field is read.
    pub(super) fn secret(&self, field: Option<&At<String>>) -> Option<String> {
        self.find(field?, "Secret")
    }

    /// A field whose type must fit the site.
    pub(super) fn text(&mut self, field: Option<&At<String>>, site: Site) -> Option<String> {
        let At { value, spans } = field?;
        let found = self.find(field?, "String")?;
        self.uses.push(Use { field: value.clone(), site, spans: *spans });
        Some(found)
    }

    fn find(&self, field: &At<String>, ty: &str) -> Option<String> {
        let RawConnector { container, fields, .. } = self.raw;
        let found = exists(self.diag, &container.ident.to_string(), fields, field, ty);
        found.then(|| field.value.clone())
    }
}

/// Headers and cookies are called by tokens; a parameter by anything but nothing.
fn api_key_name(diag: &Diag, name: &At<String>, location: Option<Location>) {
    match location {
        Some(Location::Header) => names::header(diag, name),
        Some(Location::Cookie) if !names::is_token(&name.value) => diag.error(
            name.spans,
            format!(
                "{:?} cannot be the name of a cookie\nhelp: letters, digits, `-` and `_`",
                name.value
            ),
        ),
        _ if name.value.is_empty() => {
            diag.error(name.spans, "a parameter has a name\nhelp: `name = \"api_key\"`");
        }
        _ => {}
    }
}

/// Whoever shares the wire reads what is sent over plain http.
fn credentials_over_https(diag: &Diag, raw: &RawConnector) {
    let Some(auth) = raw.auth.as_ref().filter(|_| !raw.allow_http) else { return };
    let token_url = match &auth.value {
        RawAuth::ClientCredentials(raw) => raw.token_url.as_ref(),
        RawAuth::Jwt(raw) => raw.token_url.as_ref(),
        RawAuth::RefreshToken(raw) => raw.token_url.as_ref(),
        RawAuth::SessionToken(raw) => raw.login_url.as_ref(),
        RawAuth::ApiKey { .. }
        | RawAuth::Bearer { .. }
        | RawAuth::HttpBasic(_)
        | RawAuth::With { .. } => None,
    };
    for url in [raw.base_url.as_ref(), token_url].into_iter().flatten() {
        if let RawUrl::Text(url) = url
            && url.value.strip_prefix("http://").is_some_and(|rest| !is_loopback(rest))
        {
            diag.error(
                url.spans,
                "credentials would be sent over plain http\nhelp: use `https://`, or add `allow_http` for a test server",
            );
        }
    }
}

/// What is sent to this machine does not leave it; the runtime makes the same exception.
pub(super) fn is_loopback(rest: &str) -> bool {
    let host = rest.split('/').next().unwrap_or_default();
    let name =
        if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    let is_ip = name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    name == "localhost" || is_ip || name.starts_with("[::1]")
}

/// A URL to which credentials are sent, called `noun`. It has a host and perhaps a query string, but
/// no fragment (RFC 6749, 3.2).
pub(super) fn credentials_url(noun: &str, url: &str) -> Result<(), String> {
    let option = noun.to_ascii_lowercase().replace(' ', "_");
    let place = noun.split(' ').next().unwrap_or_default();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Err(format!(
            "a {noun} starts with `https://`\nhelp: `\"https://auth.example.com/{place}\"`"
        ));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() {
        return Err(format!(
            "the {noun} has no host\nhelp: `\"https://auth.example.com/{place}\"`"
        ));
    }
    if host.contains('@') {
        let options = match place {
            "token" => "`client_id` and `client_secret`",
            _ => "`http_basic(username = user, password = password)`",
        };
        return Err(format!("credentials do not stand in a URL\nhelp: use {options}"));
    }
    if url.contains('{') {
        return Err(format!(
            "a {noun} has no placeholders\nhelp: `{option} = config.url` takes the whole URL from the configuration"
        ));
    }
    if url.contains('#') {
        return Err(format!(
            "a {noun} has no fragment; the server never sees what comes after `#`"
        ));
    }
    if let Some(odd) = url.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("{odd:?} cannot stand in a URL\nhelp: a space is `%20`"));
    }
    Ok(())
}

/// The header, cookie or parameter of the credential is not sent by anything else.
fn auth_sent_once(diag: &Diag, raw: &RawConnector) {
    let Some(auth) = &raw.auth else { return };
    let (name, location) = match &auth.value {
        RawAuth::ApiKey { name: Some(name), location: Some(location), .. } => {
            match location.value {
                // all cookies are in one header
                Location::Cookie => (At::new("cookie".to_owned(), auth.spans), Location::Header),
                other => (name.clone(), other),
            }
        }
        // what a function adds, nobody knows
        RawAuth::ApiKey { .. } | RawAuth::With { .. } => return,
        RawAuth::SessionToken(raw) => {
            let default = At::new("authorization".to_owned(), auth.spans);
            (raw.header.clone().unwrap_or(default), Location::Header)
        }
        RawAuth::Bearer { .. }
        | RawAuth::ClientCredentials(_)
        | RawAuth::HttpBasic(_)
        | RawAuth::Jwt(_)
        | RawAuth::RefreshToken(_) => {
            (At::new("authorization".to_owned(), auth.spans), Location::Header)
        }
    };
    let sent: Vec<At<String>> = match location {
        Location::Cookie | Location::Header => raw.headers.iter().map(param_name).collect(),
        Location::Query => {
            let paginator = raw.defaults.paginator.as_ref();
            let paginator = paginator.map(|at| paginator::sent(&at.value)).unwrap_or_default();
            raw.defaults.params.iter().map(param_name).chain(paginator).collect()
        }
    };
    let same = |other: &str| match location {
        Location::Cookie | Location::Header => other.eq_ignore_ascii_case(&name.value),
        Location::Query => other == name.value,
    };
    for other in sent.iter().filter(|other| same(&other.value)) {
        diag.error_with_first(
            other.spans,
            format!("`{}` is already sent by `auth`", other.value),
            name.spans,
            format!("`{}` is first given here", name.value),
        );
    }
}

/// A field of the form that an option of its own writes is not among the further ones.
fn form_sent_once(diag: &Diag, raw: &RawClientCredentials) {
    let at = |option: &Option<At<String>>| option.as_ref().map(|at| at.spans);
    oauth2::form_sent_once(
        diag,
        &raw.params,
        "client_credentials",
        &[
            ("scope", "scopes", at(&raw.scopes)),
            ("audience", "audience", at(&raw.audience)),
            ("client_id", "client_id", at(&raw.client_id)),
            ("client_secret", "client_secret", at(&raw.client_secret)),
        ],
    );
}

fn param_name(param: &RawParam) -> At<String> {
    param.name.clone()
}
