//! `session_token(..)`: a login that can be sent, and nothing in it twice.

use super::auth::{Fields, credentials_url};
use super::sources::Sources;
use super::{names, selector, span, template, values};
use crate::diag::{At, Diag, Spans};
use crate::model::{Login, LoginBody, Param, SessionToken, Site, Template};
use crate::read::{RawPairs, RawParam, RawSessionToken, RawUrl, RawValue};

impl Fields<'_> {
    pub(super) fn session_token(&mut self, raw: &RawSessionToken) -> Option<SessionToken> {
        let RawSessionToken {
            kind,
            login_url,
            get,
            json,
            form,
            params,
            headers,
            http_basic,
            token_path,
            lifetime,
            header,
            prefix,
        } = raw;
        one_body(self.diag, raw);
        headers_sent_once(self.diag, raw);
        carrier(self.diag, header.as_ref(), prefix.as_ref());
        let body = match (json, form) {
            (Some(json), _) => LoginBody::Json(self.body(&json.pairs)),
            (None, Some(form)) => LoginBody::Form(self.body(&form.pairs)),
            (None, None) => LoginBody::None,
        };
        let models = values::params(self.diag, params, &Sources::connector());
        self.may_be_secret(params, &models);
        let header_models = values::headers(self.diag, headers, &Sources::connector());
        self.may_be_secret(headers, &header_models);
        let basic = http_basic.as_ref().map(|(_, raw)| self.http_basic(raw));
        let url = login_url.as_ref().map(|url| self.login_url(url));
        let token_path = selector::one(self.diag, "token_path", token_path.clone());
        Some(SessionToken {
            spans: *kind,
            login: Login {
                url: url?,
                get: get.as_ref().is_some_and(|at| at.value),
                body,
                params: models,
                headers: header_models,
            },
            http_basic: match basic {
                Some(basic) => Some(basic?),
                None => None,
            },
            token_path: token_path?,
            lifetime_ms: span::duration(self.diag, lifetime.clone()),
            header: header.as_ref().map(|at| at.value.clone()),
            prefix: prefix.as_ref().map(|at| at.value.clone()),
        })
    }

    /// The values of a body, and whether each is a number, `true` or `false`.
    fn body(&mut self, raw: &[RawParam]) -> Vec<(Param, bool)> {
        let models = values::params(self.diag, raw, &Sources::connector());
        self.may_be_secret(raw, &models);
        for again in raw.iter().filter(|raw| raw.again) {
            let message = format!("a login sends one value as `{}`, not a list", again.name.value);
            self.diag.error(again.name.spans, message);
        }
        let bare = raw.iter().map(|raw| matches!(raw.value, RawValue::Plain(_)));
        models.into_iter().zip(bare).collect()
    }

    /// A lone field can hold anything; one inside a text is seen.
    fn may_be_secret(&mut self, raw: &[RawParam], models: &[Param]) {
        for (raw, model) in raw.iter().zip(models) {
            let lone = matches!(raw.value, RawValue::Config(_));
            for field in values::fields(raw, model) {
                self.text(Some(&field), if lone { Site::Login } else { Site::LoginText });
            }
        }
    }

    fn login_url(&mut self, url: &RawUrl) -> Template {
        match url {
            RawUrl::Config(field) => {
                self.text(Some(field), Site::LoginUrl);
                template::config(&field.value)
            }
            RawUrl::Text(url) => {
                if let Err(message) = login_url_shape(&url.value) {
                    self.diag.error(url.spans, message);
                }
                template::plain(&url.value)
            }
        }
    }
}

fn login_url_shape(url: &str) -> Result<(), String> {
    if url.contains('{') {
        return Err("a login URL has no placeholders\nhelp: `login_url = config.url` takes a whole URL or path from the configuration".to_owned());
    }
    if url.starts_with('/') {
        return template::path_shape(url);
    }
    if !url.contains("://") {
        return Err(format!(
            "a login URL is a path, which starts with `/`, or a URL\nhelp: `\"/{url}\"`, or `\"https://auth.example.com/{url}\"`"
        ));
    }
    credentials_url("login URL", url)
}

/// One body, with a method that has one.
fn one_body(diag: &Diag, raw: &RawSessionToken) {
    let (json, form) = (raw.json.as_ref(), raw.form.as_ref());
    if let (Some(json), Some(form)) = (json, form) {
        diag.error_with_first(
            form.name,
            "a login has one body: `json(..)` or `form(..)`",
            json.name,
            "the other one is here",
        );
    }
    if let Some(At { value: true, spans }) = &raw.get
        && let Some(RawPairs { .. }) = json.or(form)
    {
        diag.error(
            spans,
            "`get` sends no body\nhelp: `method = post`, or `params(..)` for the query string",
        );
    }
}

/// What an option of its own writes is not among the headers.
fn headers_sent_once(diag: &Diag, raw: &RawSessionToken) {
    let body = [("json", &raw.json), ("form", &raw.form)];
    let body = body.into_iter().find_map(|(name, pairs)| Some((name, pairs.as_ref()?.name)));
    let basic = raw.http_basic.as_ref().map(|(name, _)| ("http_basic", *name));
    let written: [(&str, Option<(&str, Spans)>); 2] =
        [("content-type", body), ("authorization", basic)];
    for RawParam { name, .. } in &raw.headers {
        let found = written.iter().find(|(header, _)| name.value.eq_ignore_ascii_case(header));
        if let Some((_, Some((option, first)))) = found {
            diag.error_with_first(
                name.spans,
                format!("`{}` is already sent by `{option}(..)`", name.value),
                first,
                format!("`{}` is first given here", name.value),
            );
        }
    }
}

/// The header that carries the token.
fn carrier(diag: &Diag, header: Option<&At<String>>, prefix: Option<&At<String>>) {
    if let Some(header) = header {
        names::header(diag, header);
    }
    if let Some(prefix) = prefix
        && prefix.value.chars().any(|c| c.is_control() && c != '\t')
    {
        diag.error(
            prefix.spans,
            "a header's value has no control characters, line breaks among them",
        );
    }
}
