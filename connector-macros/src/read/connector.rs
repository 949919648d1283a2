//! `#[derive(Connector)]`: the API and its configuration.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields, Lit, Path, Type};

use super::auth::{self, RawAuth};
use super::options::{self, Options, Owner};
use super::params::{self, RawLiteral, RawPaginator, RawParam};
use super::response::{self, RawRate, RawResponses};
use super::syntax::{Kind, Node};
use super::write::{self, RawMisfits};
use super::{Container, misplaced_attribute, no_generics};
use crate::diag::{At, Diag};
use crate::keys::{Derive, Place};
use crate::model::WriteDisposition;

pub(crate) struct RawConnector {
    pub(crate) container: Container,
    pub(crate) base_url: Option<RawUrl>,
    pub(crate) auth: Option<At<RawAuth>>,
    pub(crate) allow_http: bool,
    pub(crate) trusted_origins: Vec<At<String>>,
    pub(crate) headers: Vec<RawParam>,
    pub(crate) retry: RawRetry,
    pub(crate) rate_limit: Option<RawRate>,
    pub(crate) max_concurrency: Option<At<u64>>,
    pub(crate) timeout: Option<At<String>>,
    pub(crate) read_timeout: Option<At<String>>,
    pub(crate) max_body: Option<At<String>>,
    pub(crate) defaults: RawDefaults,
    pub(crate) resources: Vec<At<Path>>,
    pub(crate) name: Option<At<String>>,
    pub(crate) fields: Vec<RawConfigField>,
}

pub(crate) enum RawUrl {
    Config(At<String>),
    Text(At<String>),
}

#[derive(Default)]
pub(crate) struct RawRetry {
    pub(crate) max_retries: Option<At<u64>>,
    pub(crate) backoff_factor: Option<At<f64>>,
    pub(crate) statuses: Option<Vec<At<RawStatuses>>>,
    pub(crate) initial_delay: Option<At<String>>,
    pub(crate) max_delay: Option<At<String>>,
    pub(crate) total_timeout: Option<At<String>>,
    pub(crate) wait_header: Option<At<String>>,
    pub(crate) wait_path: Option<At<String>>,
}

/// `429` or `500..=504`.
#[derive(Clone, Copy)]
pub(crate) struct RawStatuses {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) inclusive: bool,
}

#[derive(Default)]
pub(crate) struct RawDefaults {
    pub(crate) params: Vec<RawParam>,
    pub(crate) data_selector: Option<At<String>>,
    pub(crate) paginator: Option<At<RawPaginator>>,
    pub(crate) responses: RawResponses,
    pub(crate) write_disposition: Option<At<WriteDisposition>>,
    pub(crate) misfits: RawMisfits,
    pub(crate) resume_within: Option<At<String>>,
}

pub(crate) struct RawConfigField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) doc: String,
    pub(crate) default: Option<At<RawLiteral>>,
    pub(crate) env: Option<At<String>>,
    pub(crate) name: Option<At<String>>,
}

pub(crate) fn connector(diag: &Diag, input: &DeriveInput) -> RawConnector {
    let ident = &input.ident;
    let owner = Owner { diag, derive: Derive::Connector, ident };
    let options = Options::of_attributes(owner, Place::Connector, &input.attrs);
    misplaced_attribute(owner, &input.attrs, Place::Config, "a field");
    no_generics(diag, &input.generics, ident, "a connector is one concrete API");
    missing(owner, &options);
    let raw = RawConnector {
        container: Container::new(diag, input, &options),
        base_url: url(&options, "base_url"),
        auth: auth::auth(owner, &options),
        allow_http: options.flag("allow_http").is_some(),
        trusted_origins: trusted_origins(&options),
        headers: params::params(owner, &options, "headers"),
        retry: retry(owner, &options),
        rate_limit: response::rate(owner, &options),
        max_concurrency: options.integer("max_concurrency"),
        timeout: options.text("timeout"),
        read_timeout: options.text("read_timeout"),
        max_body: options.text("max_body"),
        defaults: defaults(owner, &options),
        resources: resources(owner, &options),
        name: options.text("name"),
        fields: fields(owner, input),
    };
    options.done();
    raw
}

/// The options without which there is nothing to do.
fn missing(owner: Owner<'_>, options: &Options<'_>) {
    let Owner { diag, ident, .. } = owner;
    if !options.complete() {
        return;
    }
    match (options.has("base_url"), options.has("resources")) {
        (true, true) => {}
        (true, false) => diag.error(
            ident,
            format!("`{ident}` lists no resources\nhelp: add `resources(..)` with the structs that have `#[derive(Resource)]`"),
        ),
        (false, true) => diag.error(
            ident,
            format!("`{ident}` has no base URL\nhelp: add `base_url = \"https://..\"`"),
        ),
        (false, false) => diag.error(
            ident,
            format!("`{ident}` does not say which API it is\nhelp: add `#[connector(base_url = \"https://..\", resources(..))]`"),
        ),
    }
}

/// `option = ".."` or `option = config.field`.
pub(super) fn url(options: &Options<'_>, option: &str) -> Option<RawUrl> {
    let (_, node) = options.value(option)?;
    match &node.kind {
        Kind::Dotted(source, field) if source == "config" => {
            Some(RawUrl::Config(At::new(super::plain(field), node.spans)))
        }
        _ => {
            let text = options::text(&node);
            if text.is_none() {
                options.wrong_form(option, node.spans);
            }
            text.map(RawUrl::Text)
        }
    }
}

fn trusted_origins(options: &Options<'_>) -> Vec<At<String>> {
    let Some((name, args)) = options.args("trusted_origins") else { return Vec::new() };
    if args.is_empty() {
        options.wrong_form("trusted_origins", name);
    }
    let texts = args.into_iter().filter_map(|arg| {
        let text = options::text(&arg.head).filter(|_| arg.value.is_none());
        if text.is_none() {
            options.wrong_form("trusted_origins", arg.spans());
        }
        text
    });
    texts.collect()
}

fn retry(owner: Owner<'_>, options: &Options<'_>) -> RawRetry {
    let Some((_, args)) = options.args("retry") else { return RawRetry::default() };
    let options = Options::new(owner, Place::Retry, args);
    let raw = RawRetry {
        max_retries: options.integer("max_retries"),
        backoff_factor: options.number("backoff_factor"),
        statuses: statuses(&options),
        initial_delay: options.text("initial_delay"),
        max_delay: options.text("max_delay"),
        total_timeout: options.text("total_timeout"),
        wait_header: options.text("wait_header"),
        wait_path: options.text("wait_path"),
    };
    options.done();
    raw
}

fn statuses(options: &Options<'_>) -> Option<Vec<At<RawStatuses>>> {
    let (_, node) = options.value("statuses")?;
    let Kind::List(items) = &node.kind else {
        options.wrong_form("statuses", node.spans);
        return None;
    };
    Some(items.iter().filter_map(|item| status(options, "statuses", item)).collect())
}

/// A status, a range of them, or a list of both.
pub(super) fn statuses_of(options: &Options<'_>, name: &str) -> Option<Vec<At<RawStatuses>>> {
    let (_, node) = options.value(name)?;
    Some(match &node.kind {
        Kind::List(items) => items.iter().filter_map(|item| status(options, name, item)).collect(),
        _ => status(options, name, &node).into_iter().collect(),
    })
}

/// `429` or `500..=504`.
fn status(options: &Options<'_>, name: &str, item: &Node) -> Option<At<RawStatuses>> {
    let range = match &item.kind {
        Kind::Lit { lit: Lit::Int(lit), negative: false } => {
            options::small(lit).map(|status| (status, status, true))
        }
        Kind::Range { start: Lit::Int(start), end: Lit::Int(end), inclusive } => {
            options::small(start).zip(options::small(end)).map(|(a, b)| (a, b, *inclusive))
        }
        _ => None,
    };
    let Some((start, end, inclusive)) = range else {
        options.wrong_form(name, item.spans);
        return None;
    };
    Some(At::new(RawStatuses { start, end, inclusive }, item.spans))
}

fn defaults(owner: Owner<'_>, options: &Options<'_>) -> RawDefaults {
    let Some((_, args)) = options.args("resource_defaults") else { return RawDefaults::default() };
    let options = Options::new(owner, Place::Defaults, args);
    let raw = RawDefaults {
        params: params::params(owner, &options, "params"),
        data_selector: options.text("data_selector"),
        paginator: params::paginator(owner, &options),
        responses: response::responses(owner, &options),
        write_disposition: write::disposition(owner, &options),
        misfits: write::misfits(owner, &options),
        resume_within: options.text("resume_within"),
    };
    options.done();
    raw
}

fn resources(owner: Owner<'_>, options: &Options<'_>) -> Vec<At<Path>> {
    let Some((name, args)) = options.args("resources") else { return Vec::new() };
    if args.is_empty() {
        owner.diag.error(
            name,
            format!(
                "`{}` lists no resources\nhelp: name the structs that have `#[derive(Resource)]`",
                owner.ident
            ),
        );
    }
    let paths = args.into_iter().filter_map(|arg| match (arg.value.as_ref(), &arg.head.kind) {
        (None, Kind::Path(path)) => Some(At::new(path.clone(), arg.head.spans)),
        _ => {
            owner
                .diag
                .error(arg.spans(), "a resource is the name of a struct: `resources(Invoice)`");
            None
        }
    });
    paths.collect()
}

fn fields(owner: Owner<'_>, input: &DeriveInput) -> Vec<RawConfigField> {
    let Owner { diag, ident, .. } = owner;
    let needs = format!(
        "configuration has named fields; `#[derive(Connector)]` needs `struct {ident} {{ .. }}`"
    );
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                return fields.named.iter().filter_map(|field| self::field(owner, field)).collect();
            }
            // an API without configuration
            Fields::Unit => {}
            Fields::Unnamed(fields) => diag.error(fields, needs),
        },
        Data::Enum(data) => diag.error(data.enum_token, needs),
        Data::Union(data) => diag.error(data.union_token, needs),
    }
    Vec::new()
}

fn field(owner: Owner<'_>, field: &syn::Field) -> Option<RawConfigField> {
    let ident = field.ident.clone()?;
    misplaced_attribute(owner, &field.attrs, Place::Connector, "the struct");
    let options = Options::of_attributes(owner, Place::Config, &field.attrs);
    let default = options.value("default").and_then(|(_, node)| {
        let literal = params::literal(&node);
        if literal.is_none() {
            options.wrong_form("default", node.spans);
        }
        literal.map(|literal| At::new(literal, node.spans))
    });
    let raw = RawConfigField {
        ident,
        ty: field.ty.clone(),
        doc: super::doc(&field.attrs),
        default,
        env: options.text("env"),
        name: options.text("name"),
    };
    options.done();
    Some(raw)
}
