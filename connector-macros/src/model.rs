//! Decided values: what `check` hands to `emit`. Everything here is known to be right.

mod incremental;
mod request;
mod token;
mod write;

pub(crate) use incremental::{
    BoundFormat, ColumnSource, CursorSpan, Incremental, Initial, OnMissing, Parent, Partition,
    PartitionValues, RowOrder,
};
pub(crate) use token::{Jwt, Login, LoginBody, RefreshToken, SessionToken};
pub(crate) use write::{
    Budget, DeleteMissing, Mark, Misfits, OnBadRow, SchemaContract, SortOrder, Strategy,
    UnknownFields, Write, WriteDisposition,
};

use proc_macro2::Ident;
use syn::{Path, Type};

use crate::diag::{At, Spans};
pub(crate) use request::{Body, Json, Method};

/// A connector.
pub(crate) struct Connector {
    pub(crate) item: Item,
    pub(crate) base_url: Template,
    pub(crate) auth: Option<Auth>,
    pub(crate) allow_http: bool,
    pub(crate) trusted_origins: Vec<String>,
    pub(crate) headers: Vec<Param>,
    pub(crate) retry: Retry,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) read_timeout_ms: Option<u64>,
    pub(crate) max_body: Option<u64>,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) max_concurrency: Option<u32>,
    pub(crate) defaults: Defaults,
    pub(crate) resources: Vec<Listed>,
    pub(crate) config: Vec<ConfigField>,
    /// Where `config.x` of the connector itself stands: its type is checked there.
    pub(crate) uses: Vec<Use>,
}

/// A resource.
pub(crate) struct Resource {
    pub(crate) record: Record,
    pub(crate) method: Method,
    pub(crate) auth: Option<Declared>,
    pub(crate) path: Template,
    pub(crate) params: Vec<Param>,
    pub(crate) headers: Vec<Param>,
    pub(crate) body: Option<Body>,
    pub(crate) data_selector: Option<Selector>,
    pub(crate) paginator: Option<Paginator>,
    pub(crate) responses: Responses,
    pub(crate) write: Write,
    pub(crate) incremental: Option<Incremental>,
    pub(crate) parent: Option<Parent>,
    pub(crate) partitions: Vec<Partition>,
    pub(crate) store: bool,
    pub(crate) resume_within_ms: Option<u64>,
}

/// The shape of a row.
pub(crate) struct Record {
    pub(crate) item: Item,
    pub(crate) fields: Vec<Field>,
}

/// A closed set of texts.
pub(crate) struct Choice {
    pub(crate) item: Item,
    pub(crate) variants: Vec<(Ident, String)>,
}

/// What every derive knows of its type.
pub(crate) struct Item {
    pub(crate) ident: Ident,
    /// The name in the field's terms: of the connector, of the table.
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) crate_path: Option<Path>,
}

/// An entry of `resources(..)`.
pub(crate) struct Listed {
    pub(crate) path: Path,
    pub(crate) spans: Spans,
}

/// A use of `config.x` by the connector itself.
pub(crate) struct Use {
    pub(crate) field: String,
    pub(crate) site: Site,
    pub(crate) spans: Spans,
    /// In an arm of `select(..)`, where it may be left out.
    pub(crate) in_arm: bool,
}

/// What a configuration value is used for.
#[derive(Clone, Copy)]
pub(crate) enum Site {
    BaseUrl,
    /// In a claim that must be there.
    Claim,
    ClientId,
    /// Inside the text of a parameter or header.
    Text,
    /// A header of its own.
    Header,
    /// A value of a login.
    Login,
    /// Inside the text of a value of a login.
    LoginText,
    LoginUrl,
    /// In a claim that may be left out.
    OptionalClaim,
    /// A credential that may be left out.
    OptionalSecret,
    /// A parameter of its own.
    Param,
    /// A credential.
    Secret,
    TokenUrl,
    Username,
}

/// A text with places to fill in.
#[derive(Clone, Default)]
pub(crate) struct Template {
    pub(crate) text: String,
    pub(crate) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Config(String),
    /// `incremental.end_value`.
    EndValue,
    Parent(String),
    Partition(String),
    /// `incremental.start_value`.
    StartValue,
    Text(String),
}

pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) value: Template,
    /// A lone `config.x`, whose values are sent one by one when it is a list.
    pub(crate) repeated: bool,
}

#[derive(Clone)]
pub(crate) struct Selector {
    pub(crate) text: String,
    pub(crate) segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Each,
    Index(u64),
    Key(String),
}

pub(crate) enum Auth {
    ApiKey { name: String, location: Location, value: String },
    Bearer { token: String },
    ClientCredentials(Box<ClientCredentials>),
    HttpBasic { username: String, password: Option<String> },
    None,
    Select(Select),
    Jwt(Box<Jwt>),
    RefreshToken(Box<RefreshToken>),
    SessionToken(Box<SessionToken>),
    With(Path),
}

/// What is `None` is the runtime's default.
pub(crate) struct ClientCredentials {
    pub(crate) token_url: Template,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) client_auth: Option<ClientAuth>,
    pub(crate) scopes: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) params: Vec<Param>,
    pub(crate) leeway_ms: Option<u64>,
}

/// A way to authenticate, and the fields of the connector that it is made of.
pub(crate) struct Declared {
    pub(crate) auth: Auth,
    pub(crate) fields: Vec<(String, Site)>,
}

/// The value of a field decides.
pub(crate) struct Select {
    pub(crate) field: String,
    pub(crate) spans: Spans,
    pub(crate) arms: Vec<Arm>,
}

pub(crate) struct Arm {
    pub(crate) variant: String,
    pub(crate) spans: Spans,
    pub(crate) declared: Declared,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Cookie,
    Header,
    Query,
}

#[derive(Clone, Copy)]
pub(crate) enum ClientAuth {
    Basic,
    Body,
}

/// What is `None` is the runtime's default.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) max_retries: Option<u32>,
    pub(crate) backoff_factor: Option<f32>,
    pub(crate) initial_delay_ms: Option<u64>,
    pub(crate) max_delay_ms: Option<u64>,
    pub(crate) statuses: Option<Vec<(u16, u16)>>,
    pub(crate) total_timeout_ms: Option<u64>,
    pub(crate) wait_header: Option<String>,
    pub(crate) wait_path: Option<Selector>,
}

/// How many requests go in which time.
pub(crate) struct RateLimit {
    pub(crate) requests: u32,
    pub(crate) period_ms: u64,
    pub(crate) burst: Option<u32>,
}

/// What bodies are written in and what responses mean.
#[derive(Default)]
pub(crate) struct Responses {
    pub(crate) format: Option<ResponseFormat>,
    pub(crate) rules: Vec<ResponseRule>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseFormat {
    Csv { delimiter: u8 },
    Json,
    JsonLines,
}

pub(crate) struct ResponseRule {
    pub(crate) action: ResponseAction,
    pub(crate) statuses: Vec<(u16, u16)>,
    pub(crate) content: Option<String>,
    pub(crate) value: Option<(Selector, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseAction {
    Fail,
    Ignore,
    Retry,
    StopResource,
}

#[derive(Default)]
pub(crate) struct Defaults {
    pub(crate) params: Vec<Param>,
    pub(crate) data_selector: Option<Selector>,
    pub(crate) paginator: Option<Paginator>,
    pub(crate) responses: Responses,
    pub(crate) write_disposition: Option<WriteDisposition>,
    pub(crate) misfits: Misfits,
    pub(crate) resume_within_ms: Option<u64>,
}

pub(crate) struct ConfigField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) name: String,
    pub(crate) flag: String,
    pub(crate) env: String,
    pub(crate) doc: String,
    pub(crate) default: Option<ConfigDefault>,
    /// Signs requests.
    pub(crate) credential: bool,
}

pub(crate) struct ConfigDefault {
    pub(crate) text: String,
    pub(crate) literal: LiteralKind,
    pub(crate) spans: Spans,
}

#[derive(Clone, Copy)]
pub(crate) enum LiteralKind {
    Bool,
    Float,
    Integer(i128),
    Text,
}

pub(crate) enum Paginator {
    Cursor(Cursor),
    Link(Link),
    Offset(Offset),
    PageNumber(PageNumber),
    SinglePage,
    With(Path),
}

/// Where a value of a paginator goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Body(Vec<String>),
    Header(String),
    Param(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TotalUnit {
    Pages,
    Rows,
}

/// What is `None` is the runtime's default.
pub(crate) struct Offset {
    pub(crate) limit: u64,
    pub(crate) offset: Option<u64>,
    pub(crate) offset_target: Option<Target>,
    pub(crate) limit_target: Option<Target>,
    pub(crate) total_path: Option<Selector>,
    pub(crate) has_more_path: Option<Selector>,
    pub(crate) maximum_offset: Option<u64>,
    pub(crate) stop_on_short_page: bool,
}

/// What is `None` is the runtime's default.
pub(crate) struct PageNumber {
    pub(crate) base_page: u64,
    pub(crate) page_target: Option<Target>,
    pub(crate) page_size: Option<u64>,
    pub(crate) page_size_target: Option<Target>,
    pub(crate) total_path: Option<Selector>,
    pub(crate) total_counts: Option<TotalUnit>,
    pub(crate) has_more_path: Option<Selector>,
    pub(crate) maximum_page: Option<u64>,
    pub(crate) stop_on_short_page: bool,
}

/// What is `None` is the runtime's default.
pub(crate) struct Cursor {
    pub(crate) source: CursorSource,
    pub(crate) target: Option<Target>,
    pub(crate) has_more_path: Option<Selector>,
    pub(crate) limit: Option<u64>,
    pub(crate) limit_target: Option<Target>,
    pub(crate) stop_after_empty_page: bool,
}

pub(crate) enum CursorSource {
    Body(Selector),
    Column { name: String, spans: Spans },
    Header(String),
}

pub(crate) struct Link {
    pub(crate) source: LinkSource,
    pub(crate) page_size: Option<u64>,
    pub(crate) page_size_param: Option<String>,
}

pub(crate) enum LinkSource {
    Body(Selector),
    Header(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epoch {
    Milliseconds,
    Seconds,
}

/// A field of a row.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The type as the user wrote it.
    pub(crate) ty_text: String,
    pub(crate) kind: FieldKind,
}

pub(crate) enum FieldKind {
    Column(Column),
    Flatten { name: String, wire: String },
    List(List),
    Skip,
}

/// A list whose elements become rows of a child table.
pub(crate) struct List {
    pub(crate) name: String,
    pub(crate) wire: String,
    pub(crate) doc: String,
    /// Null and absent are the empty list.
    pub(crate) or_empty: bool,
}

pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) wire: String,
    pub(crate) doc: String,
    pub(crate) primary_key: bool,
    pub(crate) default: Option<ColumnDefault>,
    pub(crate) decode: Decode,
    pub(crate) mark: Option<At<Mark>>,
    pub(crate) source: Option<At<ColumnSource>>,
}

/// `default` of a column.
pub(crate) struct ColumnDefault {
    pub(crate) value: DefaultValue,
    pub(crate) spans: Spans,
}

pub(crate) enum DefaultValue {
    Literal { json: String, literal: LiteralKind },
    Zero,
}

pub(crate) enum Decode {
    Epoch { unit: Epoch, spans: Spans },
    Json,
    Plain,
    With(Path),
}
