//! Authentication: fields that are there, credentials that nobody reads on the way, nothing sent twice.

use super::connector::exists;
use super::sources::Sources;
use super::{names, oauth2, paginator, span, template, values};
use crate::diag::{At, Diag, Spans};
use crate::model::{
    Arm, Auth, ClientCredentials, Declared, Location, Param, Select, Site, Target, Template, Use,
};
use crate::read::{
    RawArm, RawAuth, RawClientCredentials, RawConnector, RawHttpBasic, RawParam, RawSelect, RawUrl,
    RawValue,
};

/// The model, and the fields of the connector that it names.
pub(super) fn auth(diag: &Diag, raw: &RawConnector) -> (Option<Auth>, Vec<Use>) {
    credentials_over_https(diag, raw);
    auth_sent_once(diag, raw);
    let mut fields = Fields::new(diag, Some(raw));
    let auth = raw.auth.as_ref().and_then(|auth| fields.auth(&auth.value));
    (auth, fields.uses)
}

/// What a resource says itself. Its fields are those of a connector that is not in sight.
pub(super) fn own(diag: &Diag, raw: &At<RawAuth>) -> Option<Declared> {
    let mut fields = Fields::new(diag, None);
    let auth = fields.auth(&raw.value)?;
    Some(fields.declared(auth, 0))
}

/// Looks up the fields that `auth` names.
pub(super) struct Fields<'a> {
    pub(super) diag: &'a Diag,
    /// The struct whose fields they are, if it is in sight.
    raw: Option<&'a RawConnector>,
    uses: Vec<Use>,
    in_arm: bool,
}

impl<'a> Fields<'a> {
    fn new(diag: &'a Diag, raw: Option<&'a RawConnector>) -> Self {
        Self { diag, raw, uses: Vec::new(), in_arm: false }
    }

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
            RawAuth::None => Some(Auth::None),
            RawAuth::Select(raw) => self.select(raw).map(Auth::Select),
            RawAuth::With { function } => function.clone().map(Auth::With),
        }
    }

    fn select(&mut self, raw: &RawSelect) -> Option<Select> {
        let RawSelect { field, arms } = raw;
        let found = self.find(field, "Login");
        self.in_arm = true;
        let arms: Vec<_> = arms.iter().map(|arm| self.arm(arm)).collect();
        self.in_arm = false;
        Some(Select {
            field: found?,
            spans: field.spans,
            arms: arms.into_iter().collect::<Option<_>>()?,
        })
    }

    fn arm(&mut self, raw: &RawArm) -> Option<Arm> {
        let RawArm { variant: At { value: variant, spans }, auth } = raw;
        let before = self.uses.len();
        let auth = self.auth(&auth.value)?;
        let declared = self.declared(auth, before);
        Some(Arm { variant: variant.clone(), spans: *spans, declared })
    }

    /// With the fields that were named since there were `before` of them; a choice leaves them to
    /// its arms.
    fn declared(&self, auth: Auth, before: usize) -> Declared {
        let uses = match auth {
            Auth::Select(_) => &[],
            _ => &self.uses[before..],
        };
        let fields = uses.iter().map(|used| (used.field.clone(), used.site)).collect();
        Declared { auth, fields }
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
            leeway_ms: span::duration(self.diag, leeway.clone()),
        })
    }

    pub(super) fn params(&mut self, raw: &[RawParam]) -> Vec<Param> {
        let params = values::params(self.diag, raw, &Sources::connector());
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

    /// A field of type `Secret`.
    pub(super) fn secret(&mut self, field: Option<&At<String>>) -> Option<String> {
        self.named(field?, Site::Secret, "Secret")
    }

    /// A field of type `Secret`, without which a request can be sent all the same.
    pub(super) fn optional_secret(&mut self, field: Option<&At<String>>) -> Option<String> {
        self.named(field?, Site::OptionalSecret, "Secret")
    }

    /// A field whose type must fit the site.
    pub(super) fn text(&mut self, field: Option<&At<String>>, site: Site) -> Option<String> {
        self.named(field?, site, "String")
    }

    fn named(&mut self, field: &At<String>, site: Site, ty: &str) -> Option<String> {
        let found = self.find(field, ty)?;
        let in_arm = self.in_arm;
        self.uses.push(Use { field: found.clone(), site, spans: field.spans, in_arm });
        Some(found)
    }

    fn find(&self, field: &At<String>, ty: &str) -> Option<String> {
        let exists = self.raw.is_none_or(|RawConnector { container, fields, .. }| {
            exists(self.diag, &container.ident.to_string(), fields, field, ty)
        });
        exists.then(|| field.value.clone())
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
    let leaves = auth.value.leaves();
    let token_urls = leaves.iter().filter_map(|auth| match auth {
        RawAuth::ClientCredentials(raw) => raw.token_url.as_ref(),
        RawAuth::Jwt(raw) => raw.token_url.as_ref(),
        RawAuth::RefreshToken(raw) => raw.token_url.as_ref(),
        RawAuth::SessionToken(raw) => raw.login_url.as_ref(),
        _ => None,
    });
    let is_signed = leaves.iter().any(|auth| !matches!(auth, RawAuth::None));
    for url in raw.base_url.iter().filter(|_| is_signed).chain(token_urls) {
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
    for leaf in auth.value.leaves() {
        leaf_sent_once(diag, raw, leaf, auth.spans);
    }
}

fn leaf_sent_once(diag: &Diag, raw: &RawConnector, auth: &RawAuth, spans: Spans) {
    let (name, location) = match auth {
        RawAuth::ApiKey { name: Some(name), location: Some(location), .. } => {
            match location.value {
                // all cookies are in one header
                Location::Cookie => (At::new("cookie".to_owned(), spans), Location::Header),
                other => (name.clone(), other),
            }
        }
        // what a function adds, nobody knows
        RawAuth::ApiKey { .. } | RawAuth::None | RawAuth::Select(_) | RawAuth::With { .. } => {
            return;
        }
        RawAuth::SessionToken(raw) => {
            let default = At::new("authorization".to_owned(), spans);
            (raw.header.clone().unwrap_or(default), Location::Header)
        }
        RawAuth::Bearer { .. }
        | RawAuth::ClientCredentials(_)
        | RawAuth::HttpBasic(_)
        | RawAuth::Jwt(_)
        | RawAuth::RefreshToken(_) => {
            (At::new("authorization".to_owned(), spans), Location::Header)
        }
    };
    let sent: Vec<At<String>> = match location {
        Location::Cookie | Location::Header => raw.headers.iter().map(param_name).collect(),
        Location::Query => {
            let paginator = raw.defaults.paginator.as_ref();
            let paginator = paginator.map(|at| paginator::sent(&at.value)).unwrap_or_default();
            let paginator = paginator.into_iter().filter_map(|at| match at.value {
                Target::Param(name) => Some(At::new(name, at.spans)),
                Target::Body(_) | Target::Header(_) => None,
            });
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
