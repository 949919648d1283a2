//! `#[derive(Resource)]` and `#[derive(Record)]`: the struct, its fields, their options.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields, Path, Type};

use super::auth::{self, RawAuth};
use super::body::{self, RawBodies};
use super::incremental::{self, RawIncremental, RawParent, RawPartitions};
use super::options::{Options, Owner};
use super::params::{self, RawLiteral, RawPaginator, RawParam, RawPlace};
use super::response::{self, RawResponses};
use super::syntax::Kind;
use super::write::{self, RawWrite};
use super::{Container, misplaced_attribute, no_generics};
use crate::case::{RULES, Rule};
use crate::diag::{At, Diag, Spans};
use crate::keys::{Derive, Place};
use crate::model::{Epoch, Mark, Method};

/// The words of `method = ..`.
const METHODS: [(&str, Method); 5] = [
    ("get", Method::Get),
    ("post", Method::Post),
    ("put", Method::Put),
    ("patch", Method::Patch),
    ("delete", Method::Delete),
];

pub(crate) struct RawResource {
    pub(crate) record: RawRecord,
    pub(crate) auth: Option<At<RawAuth>>,
    pub(crate) path: Option<At<String>>,
    pub(crate) method: Option<At<Method>>,
    /// `method` is there, in whatever form.
    pub(crate) has_method: bool,
    pub(crate) params: Vec<RawParam>,
    pub(crate) headers: Vec<RawParam>,
    pub(crate) bodies: RawBodies,
    pub(crate) data_selector: Option<At<String>>,
    pub(crate) paginator: Option<At<RawPaginator>>,
    pub(crate) responses: RawResponses,
    pub(crate) write: RawWrite,
    pub(crate) incremental: Option<RawIncremental>,
    pub(crate) parent: Option<RawParent>,
    /// `parent` is there, in whatever form.
    pub(crate) has_parent: bool,
    pub(crate) partitions: RawPartitions,
    /// `store = false`, and where.
    pub(crate) not_stored: Option<Spans>,
    pub(crate) resume_within: Option<At<String>>,
    pub(crate) name: Option<At<String>>,
}

pub(crate) struct RawRecord {
    pub(crate) derive: Derive,
    pub(crate) container: Container,
    pub(crate) rename_all: Option<Rule>,
    pub(crate) fields: Vec<RawField>,
}

pub(crate) struct RawField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) doc: String,
    pub(crate) primary_key: Option<Spans>,
    pub(crate) rename: Option<At<String>>,
    pub(crate) default: Option<At<RawDefault>>,
    pub(crate) json: Option<Spans>,
    pub(crate) epoch: Option<At<Epoch>>,
    pub(crate) with: Option<At<Path>>,
    pub(crate) flatten: Option<Spans>,
    pub(crate) marks: Vec<At<Mark>>,
    /// `parent = issue.column`.
    pub(crate) parent: Option<At<RawPlace>>,
    /// `partition = name`.
    pub(crate) partition: Option<At<String>>,
    pub(crate) skip: Option<Spans>,
}

pub(crate) enum RawDefault {
    Literal(RawLiteral),
    /// `default` alone.
    Zero,
}

pub(crate) fn resource(diag: &Diag, input: &DeriveInput) -> RawResource {
    let owner = Owner { diag, derive: Derive::Resource, ident: &input.ident };
    let options = Options::of_attributes(owner, Place::Resource, &input.attrs);
    if options.complete() && !options.has("path") {
        diag.error(
            &input.ident,
            format!("`{}` has no endpoint\nhelp: add `#[resource(path = \"/path\")]`", input.ident),
        );
    }
    let raw = RawResource {
        auth: auth::auth(owner, &options),
        path: options.text("path"),
        has_method: options.has("method"),
        method: options.word("method", "method", &METHODS),
        params: params::params(owner, &options, "params"),
        headers: params::params(owner, &options, "headers"),
        bodies: body::bodies(owner, &options),
        data_selector: options.text("data_selector"),
        paginator: params::paginator(owner, &options),
        responses: response::responses(owner, &options),
        write: write::write(owner, &options),
        incremental: incremental::incremental(owner, &options),
        has_parent: options.has("parent"),
        parent: incremental::parent(owner, &options),
        partitions: incremental::partitions(owner, &options),
        not_stored: options.switch("store").filter(|at| !at.value).map(|at| at.spans),
        resume_within: options.text("resume_within"),
        name: options.text("name"),
        record: raw_record(owner, input, &options),
    };
    options.done();
    raw
}

pub(crate) fn record(diag: &Diag, input: &DeriveInput) -> RawRecord {
    let owner = Owner { diag, derive: Derive::Record, ident: &input.ident };
    let options = Options::of_attributes(owner, Place::Record, &input.attrs);
    let raw = raw_record(owner, input, &options);
    options.done();
    raw
}

fn raw_record(owner: Owner<'_>, input: &DeriveInput, options: &Options<'_>) -> RawRecord {
    let Owner { diag, derive, ident } = owner;
    misplaced_attribute(owner, &input.attrs, Place::Column, "a field");
    let what = match derive {
        Derive::Record => "a record is one concrete shape",
        _ => "a resource is one concrete table",
    };
    no_generics(diag, &input.generics, ident, what);
    RawRecord {
        derive,
        container: Container::new(diag, input, options),
        rename_all: rename_all(diag, options),
        fields: fields(owner, input),
    }
}

/// `rename_all = ".."`, a string because the rules' names are no Rust words.
pub(super) fn rename_all(diag: &Diag, options: &Options<'_>) -> Option<Rule> {
    let text = options.text("rename_all")?;
    super::options::lookup(diag, "rename rule", &text.value, text.spans, &RULES)
}

fn fields(owner: Owner<'_>, input: &DeriveInput) -> Vec<RawField> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                if fields.named.is_empty() {
                    owner.diag.error(
                        owner.ident,
                        format!(
                            "`{}` has no columns\nhelp: a field makes a column: `id: i64`",
                            owner.ident
                        ),
                    );
                }
                return fields.named.iter().filter_map(|field| self::field(owner, field)).collect();
            }
            Fields::Unnamed(fields) => no_columns(owner, fields),
            Fields::Unit => no_columns(owner, owner.ident),
        },
        Data::Enum(data) => no_columns(owner, data.enum_token),
        Data::Union(data) => no_columns(owner, data.union_token),
    }
    Vec::new()
}

fn no_columns(owner: Owner<'_>, place: impl quote::ToTokens) {
    let Owner { diag, derive, ident } = owner;
    diag.error(
        place,
        format!("a row has named columns; `#[derive({derive:?})]` needs `struct {ident} {{ .. }}`"),
    );
}

fn field(owner: Owner<'_>, field: &syn::Field) -> Option<RawField> {
    let ident = field.ident.clone()?;
    misplaced_attribute(owner, &field.attrs, Place::Resource, "the struct");
    misplaced_attribute(owner, &field.attrs, Place::Record, "the struct");
    let options = Options::of_attributes(owner, Place::Column, &field.attrs);
    let raw = RawField {
        ident,
        ty: field.ty.clone(),
        doc: super::doc(&field.attrs),
        primary_key: options.flag("primary_key"),
        rename: options.text("rename"),
        default: default(&options),
        json: options.flag("json"),
        epoch: options.word(
            "epoch",
            "unit",
            &[("seconds", Epoch::Seconds), ("milliseconds", Epoch::Milliseconds)],
        ),
        with: with(&options),
        flatten: options.flag("flatten"),
        marks: write::marks(&options),
        parent: parent(&options),
        partition: options
            .ident("partition")
            .map(|ident| At::new(super::plain(&ident), Spans::of(&ident))),
        skip: options.flag("skip"),
    };
    options.done();
    Some(raw)
}

fn default(options: &Options<'_>) -> Option<At<RawDefault>> {
    let (name, node) = options.value_or_flag("default")?;
    let Some(node) = node else { return Some(At::new(RawDefault::Zero, name)) };
    let literal = params::literal(&node);
    if literal.is_none() {
        options.wrong_form("default", node.spans);
    }
    literal.map(|literal| At::new(RawDefault::Literal(literal), node.spans))
}

/// `parent = issue.column`.
fn parent(options: &Options<'_>) -> Option<At<RawPlace>> {
    let (_, node) = options.value("parent")?;
    match &node.kind {
        Kind::Dotted(source, name) => Some(At::new(RawPlace::new(source, name), node.spans)),
        _ => {
            options.wrong_form("parent", node.spans);
            None
        }
    }
}

/// `with(path)`.
fn with(options: &Options<'_>) -> Option<At<Path>> {
    let (name, args) = options.args("with")?;
    match args.as_slice() {
        [arg] if arg.value.is_none() => match &arg.head.kind {
            Kind::Path(path) => return Some(At::new(path.clone(), arg.head.spans)),
            _ => options.wrong_form("with", arg.spans()),
        },
        _ => options.wrong_form("with", name),
    }
    None
}
