//! Connectors: the API, its configuration, the list of resources.

use std::collections::HashMap;

use quote::ToTokens;

use super::sources::Sources;
use super::target::{Beside, not_taken};
use super::{auth, misfits, names, origins, paginator, response, selector, span, template, values};
use crate::case;
use crate::diag::{At, Diag, Spans};
use crate::guess;
use crate::model::{
    ConfigDefault, ConfigField, Connector, Defaults, Item, Listed, Param, Site, Template, Use,
};
use crate::read::{RawConfigField, RawConnector, RawDefaults, RawLiteral, RawUrl, RawValue, plain};

pub(crate) fn connector(diag: &Diag, raw: RawConnector) -> Connector {
    let default_name = case::snake(&plain(&raw.container.ident));
    let headers = values::headers(diag, &raw.headers, &Sources::connector());
    let params = values::params(diag, &raw.defaults.params, &Sources::connector());
    let mut uses = uses(diag, &raw, &headers, &params);
    let (auth, mut auth_uses) = auth::auth(diag, &raw);
    // a credential's type is checked where the field is read
    let is_secret = |used: &mut Use| matches!(used.site, Site::Secret | Site::OptionalSecret);
    let secrets: Vec<_> = auth_uses.extract_if(.., is_secret).collect();
    uses.extend(auth_uses);
    let beside = Beside { params: &raw.defaults.params, headers: &[], request: None };
    not_taken(diag, &beside, raw.defaults.paginator.as_ref());
    listed_once(diag, &raw);

    let RawConnector {
        container,
        base_url,
        auth: _,
        allow_http,
        trusted_origins,
        headers: _,
        retry,
        rate_limit,
        max_concurrency,
        timeout,
        read_timeout,
        max_body,
        defaults,
        resources,
        name,
        fields,
    } = raw;
    let name = names::name(diag, "connector", name, &container.ident, default_name);
    let config: Vec<_> = fields.iter().map(|field| config(diag, field, &name, &secrets)).collect();
    flags(diag, &fields, &config, &name);
    Connector {
        base_url: base_url.map_or_else(Template::default, |url| template::base_url(diag, &url)),
        auth,
        allow_http,
        trusted_origins: origins::origins(diag, &trusted_origins),
        headers,
        retry: values::retry(diag, retry),
        timeout_ms: span::duration(diag, timeout),
        read_timeout_ms: span::duration(diag, read_timeout),
        max_body: response::size(diag, max_body),
        rate_limit: rate_limit.and_then(|rate| response::rate(diag, rate)),
        max_concurrency: response::concurrency(diag, max_concurrency),
        defaults: self::defaults(diag, defaults, params),
        resources: resources
            .into_iter()
            .map(|At { value: path, spans }| Listed { path, spans })
            .collect(),
        config,
        uses,
        item: Item {
            ident: container.ident,
            name,
            doc: container.doc,
            crate_path: container.crate_path,
        },
    }
}

fn defaults(diag: &Diag, raw: RawDefaults, params: Vec<Param>) -> Defaults {
    let RawDefaults {
        params: _,
        data_selector,
        paginator,
        responses,
        write_disposition,
        misfits,
        resume_within,
    } = raw;
    response::lines_have_no_envelope(diag, &responses, data_selector.as_ref(), paginator.as_ref());
    Defaults {
        params,
        data_selector: selector::many(diag, data_selector),
        paginator: paginator.map(|raw| paginator::paginator(diag, raw)),
        responses: response::responses(diag, responses),
        write_disposition: write_disposition.map(|at| at.value),
        misfits: misfits::misfits(diag, None, misfits),
        resume_within_ms: resume_within.and_then(|text| span::millis(diag, &text)),
    }
}

/// Every `config.x` of the connector itself names one of its fields.
fn uses(diag: &Diag, raw: &RawConnector, headers: &[Param], params: &[Param]) -> Vec<Use> {
    let mut uses = Vec::new();
    let mut add = |field: &At<String>, site: Site| {
        if exists(diag, &raw.container.ident.to_string(), &raw.fields, field, "String") {
            let field_name = field.value.clone();
            uses.push(Use { field: field_name, site, spans: field.spans, in_arm: false });
        }
    };
    if let Some(RawUrl::Config(field)) = &raw.base_url {
        add(field, Site::BaseUrl);
    }
    let groups =
        [(&raw.headers, headers, Site::Header), (&raw.defaults.params, params, Site::Param)];
    for (raw, params, lone) in groups {
        for (raw, param) in raw.iter().zip(params) {
            let site = if matches!(raw.value, RawValue::Config(_)) { lone } else { Site::Text };
            for field in values::fields(raw, param) {
                add(&field, site);
            }
        }
    }
    uses
}

/// "no field `tokn` in `GitHub`; did you mean `token`?"
pub(super) fn exists(
    diag: &Diag,
    connector: &str,
    fields: &[RawConfigField],
    name: &At<String>,
    ty: &str,
) -> bool {
    let names: Vec<String> = fields.iter().map(|field| plain(&field.ident)).collect();
    if names.contains(&name.value) {
        return true;
    }
    let mut text = format!("no field `{}` in `{connector}`", name.value);
    match guess::nearest(&name.value, names.iter().map(String::as_str)) {
        Some(guess) => text.push_str(&format!("; did you mean `{guess}`?")),
        None if names.is_empty() => {
            text.push_str(&format!("\nhelp: add it: `{}: {ty}`", name.value))
        }
        None => {
            let list = guess::list(names.iter().map(String::as_str));
            text.push_str(&format!("\nhelp: its fields are {list}"));
        }
    }
    diag.error(name.spans, text);
    false
}

/// A resource is loaded once.
fn listed_once(diag: &Diag, raw: &RawConnector) {
    let mut first: HashMap<String, Spans> = HashMap::new();
    for At { value: path, spans } in &raw.resources {
        let text = path.to_token_stream().to_string();
        if let Some(earlier) = first.get(&text) {
            let text = crate::read::path_text(path);
            diag.error_with_first(
                spans,
                format!("`{text}` is listed twice"),
                earlier,
                format!("`{text}` was first listed here"),
            );
        } else {
            first.insert(text, *spans);
        }
    }
}

fn config(diag: &Diag, raw: &RawConfigField, connector: &str, secrets: &[Use]) -> ConfigField {
    let RawConfigField { ident, ty, doc, default, env, name } = raw;
    let field = plain(ident);
    if let Some(name) = name {
        let fits = name.value.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !fits {
            diag.error(
                name.spans,
                "a flag is made of letters, digits and `-`, and starts with a letter",
            );
        }
    }
    if let Some(env) = env {
        let fits = env.value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && env.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !fits {
            diag.error(env.spans, "an environment variable is made of letters, digits and `_`, and starts with no digit");
        }
    }
    let name = name.as_ref().map_or_else(|| field.clone(), |name| name.value.clone());
    let credential = secrets.iter().any(|secret| secret.field == field);
    ConfigField {
        ident: ident.clone(),
        ty: ty.clone(),
        flag: name.replace('_', "-"),
        env: env.as_ref().map_or_else(
            || format!("{connector}_{name}").to_ascii_uppercase().replace('-', "_"),
            |env| env.value.clone(),
        ),
        name: field,
        doc: doc.clone(),
        default: default.as_ref().map(config_default),
        credential,
    }
}

/// The literal as text. Whether it fits the type is asked of the type, by a const check.
fn config_default(raw: &At<RawLiteral>) -> ConfigDefault {
    let (text, literal) = values::plain(&raw.value);
    ConfigDefault { text, literal, spans: raw.spans }
}

/// A flag and an environment variable stand for one field, and the program has flags of its own.
fn flags(diag: &Diag, raw: &[RawConfigField], config: &[ConfigField], connector: &str) {
    const PROGRAM: &[&str] = &[
        "ca-file",
        "client-cert",
        "client-key",
        "config",
        "dataset",
        "destination",
        "format",
        "from",
        "full-refresh",
        "help",
        "lease-timeout",
        "limit",
        "max-concurrency",
        "max-run-time",
        "now",
        "output",
        "partition",
        "profile",
        "proxy",
        "quiet",
        "to",
        "verbose",
        "version",
    ];
    // a table of the configuration file
    const TABLE: &str = "connector";
    const VARIABLES: &[&str] = &[
        "ca_file",
        "client_cert",
        "client_key",
        "dataset",
        "destination",
        "max_concurrency",
        "lease_timeout",
        "max_run_time",
        "proxy",
    ];
    const SHARED: &[&str] =
        &["CONNECTOR_CONFIG", "CONNECTOR_PROFILE", "CONNECTOR_SECRETS_DIR", "CONNECTOR_STATE_DIR"];
    for (i, (raw_field, field)) in raw.iter().zip(config).enumerate() {
        let flag_spans = |raw: &RawConfigField| {
            raw.name.as_ref().map_or_else(|| Spans::of(&raw.ident), |name| name.spans)
        };
        let env_spans = |raw: &RawConfigField| {
            raw.env.as_ref().map_or_else(|| flag_spans(raw), |env| env.spans)
        };
        if PROGRAM.contains(&field.flag.as_str()) {
            diag.error(
                flag_spans(raw_field),
                format!(
                    "the flag `--{flag}` belongs to the sync program\nhelp: `#[config(name = \"api-{flag}\")]` gives the field another one",
                    flag = field.flag
                ),
            );
        } else if field.flag == TABLE {
            diag.error(
                flag_spans(raw_field),
                format!(
                    "`[{TABLE}.NAME]` is a table of the configuration file\nhelp: `#[config(name = \"api-{TABLE}\")]` gives the field another key"
                ),
            );
        } else if SHARED.contains(&field.env.as_str())
            || VARIABLES
                .iter()
                .any(|name| field.env == format!("{connector}_{name}").to_ascii_uppercase())
        {
            diag.error(
                env_spans(raw_field),
                format!(
                    "the environment variable `{}` belongs to the sync program\nhelp: name another one",
                    field.env
                ),
            );
        }
        let earlier = raw.iter().zip(config).take(i);
        if let Some((first, _)) = earlier.clone().find(|(_, other)| other.flag == field.flag) {
            diag.error_with_first(
                flag_spans(raw_field),
                format!("the flag `--{}` is already that of `{}`", field.flag, first.ident),
                flag_spans(first),
                format!("`--{}` is first used here", field.flag),
            );
        } else if let Some((first, _)) = earlier.clone().find(|(_, other)| other.env == field.env) {
            diag.error_with_first(
                env_spans(raw_field),
                format!(
                    "the environment variable `{}` is already that of `{}`",
                    field.env, first.ident
                ),
                env_spans(first),
                format!("`{}` is first used here", field.env),
            );
        }
    }
}
