//! What the derives fill in: one API, its resources and their columns, as `'static` data.
//!
//! Nothing here does I/O and everything can be built in a `const`, so that facts which concern
//! several structs are checked while the user's crate compiles (`check`).

mod auth;
mod body;
mod incremental;
mod paging;
mod response;
mod select;
mod target;
mod token;
mod write;

pub use response::{CsvSpec, RateLimitSpec, ResponseAction, ResponseFormat, ResponseRule};

use crate::config::{ConfigKind, ConfigType};
use crate::value::{Check, Column, ColumnBuilder, LogicalType};

pub use auth::{AuthSpec, ClientAuth, KeyLocation, OAuth2ClientCredentialsSpec};
pub use body::{BodySpec, JsonSpec, Method};
pub use incremental::{
    BoundFormat, ColumnSource, CursorRange, CursorSpan, IncrementalSpec, OnMissing, ParentSpec,
    PartitionSpec, PartitionValues, RowOrder,
};
pub use paging::{
    CursorSource, CursorSpec, LinkSource, LinkSpec, OffsetSpec, PageNumberSpec, PaginatorSpec,
    TotalUnit,
};
pub use select::{AuthArm, DeclaredAuth, FieldUse, SelectSpec, Site};
pub use target::Target;
pub use token::{
    LoginBody, LoginField, OAuth2JwtSpec, OAuth2RefreshTokenSpec, RotationSpec, SessionTokenSpec,
};
pub use write::{
    Budget, ColumnMark, DeleteMissing, Filter, MapRow, MergeStrategy, OnBadRow, SchemaContract,
    SortOrder, UnknownFields, WriteDisposition,
};

/// One API: what `#[derive(Connector)]` leaves of a struct.
#[derive(Debug)]
pub struct ConnectorSpec {
    /// `example_api`: the struct's name in snake case, or `name = ".."`.
    pub name: &'static str,
    /// The Rust name of the struct, for messages.
    pub type_name: &'static str,
    /// The struct's doc comment.
    pub doc: &'static str,
    /// Version of the crate that holds the struct.
    pub version: &'static str,
    /// Where requests go.
    pub base_url: Template,
    /// How requests are authenticated.
    pub auth: Option<AuthSpec>,
    /// Credentials may be sent over plain http.
    pub allow_http: bool,
    /// Origins beside that of the base URL to which links and redirects may lead. They get
    /// requests without credentials.
    pub trusted_origins: &'static [&'static str],
    /// Sent with every request.
    pub headers: &'static [Param],
    /// What is tried again.
    pub retry: RetrySpec,
    /// Longest time one request may take, body included, in milliseconds.
    pub timeout_ms: u64,
    /// Longest time in which nothing comes, in milliseconds.
    pub read_timeout_ms: u64,
    /// Bytes of the longest body that is taken, counted after it was unpacked.
    pub max_body: u64,
    /// How many requests the API takes in which time.
    pub rate_limit: Option<RateLimitSpec>,
    /// Requests that may be on their way at once.
    pub max_concurrency: u32,
    /// The fields of the struct.
    pub config: &'static [ConfigField],
    /// What a resource falls back to.
    pub defaults: ResourceDefaults,
    /// The listed resources.
    pub resources: &'static [&'static ResourceSpec],
    /// Set by a derive that reported an error: says nothing more.
    pub poisoned: bool,
}

/// One endpoint that yields rows for one table: what `#[derive(Resource)]` leaves of a struct.
#[derive(Debug)]
pub struct ResourceSpec {
    /// Name of the resource and of its table.
    pub name: &'static str,
    /// The Rust name of the struct, for messages.
    pub type_name: &'static str,
    /// The struct's doc comment.
    pub doc: &'static str,
    /// The request's method.
    pub method: Method,
    /// How its requests are authenticated; `None`: as the connector says.
    pub auth: Option<DeclaredAuth>,
    /// Appended to the connector's base URL.
    pub path: Template,
    /// The query string.
    pub params: &'static [Param],
    /// Headers, in the place of the connector's of the same names.
    pub headers: &'static [Param],
    /// What is sent beside URL and headers.
    pub body: Option<BodySpec>,
    /// Where the rows are in the body; `None`: the connector's default, else the whole body.
    pub data_selector: Option<Path>,
    /// How further pages are asked for; `None`: the connector's default, else one request.
    pub paginator: Option<PaginatorSpec>,
    /// What bodies are written in; `None`: the connector's default, else JSON.
    pub response_format: Option<ResponseFormat>,
    /// What responses mean, asked before the connector's default rules; the first one decides.
    pub on_response: &'static [ResponseRule],
    /// What happens to rows that are there already; `None`: the connector's default, else merge
    /// with a primary key and append without.
    pub write_disposition: Option<WriteDisposition>,
    /// How merged rows meet those that are there; `None`: upsert.
    pub strategy: Option<MergeStrategy>,
    /// What happens to rows that a complete scan did not bring; `None`: they stay.
    pub delete_missing: Option<DeleteMissing>,
    /// A scan without rows may empty the table.
    pub allow_empty: bool,
    /// What may become of the table; `None`: the connector's default, else evolve.
    pub schema_contract: Option<SchemaContract>,
    /// What happens to fields that no column takes; `None`: the connector's default, else report.
    pub unknown_fields: Option<UnknownFields>,
    /// What happens to rows that do not fit; `None`: the connector's default, else the load fails.
    pub on_bad_row: Option<OnBadRow>,
    /// Only what is new is read.
    pub incremental: Option<IncrementalSpec>,
    /// It is read once for each row of another resource.
    pub parent: Option<ParentSpec>,
    /// It is read once for each element of these lists, each with each.
    pub partitions: &'static [PartitionSpec],
    /// Its rows go into a table; otherwise they are read for its children only.
    pub store: bool,
    /// How old an interrupted scan may be that goes on, in milliseconds; `None`: the connector's
    /// default, else a day.
    pub resume_within_ms: Option<u64>,
    /// Which rows are wanted; asked after `map`.
    pub filter: Option<Filter>,
    /// What each row becomes.
    pub map: Option<MapRow>,
    /// The columns.
    pub fields: &'static [FieldSpec],
    /// Set by a derive that reported an error: says nothing more.
    pub poisoned: bool,
}

/// What `resource_defaults(..)` says: a resource that says nothing itself takes it from here.
#[derive(Debug)]
pub struct ResourceDefaults {
    /// As in [`ResourceSpec::params`]; a resource's own parameter of the same name wins.
    pub params: &'static [Param],
    /// As in [`ResourceSpec::data_selector`].
    pub data_selector: Option<Path>,
    /// As in [`ResourceSpec::paginator`].
    pub paginator: Option<PaginatorSpec>,
    /// As in [`ResourceSpec::response_format`].
    pub response_format: Option<ResponseFormat>,
    /// What responses mean, asked after a resource's own rules.
    pub on_response: &'static [ResponseRule],
    /// As in [`ResourceSpec::write_disposition`].
    pub write_disposition: Option<WriteDisposition>,
    /// As in [`ResourceSpec::schema_contract`].
    pub schema_contract: Option<SchemaContract>,
    /// As in [`ResourceSpec::unknown_fields`]; never a column.
    pub unknown_fields: Option<UnknownFields>,
    /// As in [`ResourceSpec::on_bad_row`].
    pub on_bad_row: Option<OnBadRow>,
    /// As in [`ResourceSpec::resume_within_ms`].
    pub resume_within_ms: Option<u64>,
}

/// A text with places to fill in.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// As the user wrote it.
    pub text: &'static str,
    /// Its pieces, in order.
    pub parts: &'static [Part],
}

/// A piece of a [`Template`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Part {
    /// Text that is sent as it is.
    Text(&'static str),
    /// `{config.x}`: the value of a field of the connector.
    Config(&'static str),
    /// `{incremental.end_value}`: the upper bound.
    EndValue,
    /// `{issue.x}`: the value of a column of the parent's row.
    Parent(&'static str),
    /// `{partition.x}`: the element of a partition.
    Partition(&'static str),
    /// `{incremental.start_value}`: the lower bound.
    StartValue,
}

/// A named value: a query parameter, a field of a form or a header.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its value. A value that is a lone `config.x` whose field is empty is not sent at all.
    pub value: Template,
    /// A list is sent value by value under the same name; otherwise with commas between.
    pub repeated: bool,
}

/// A place in a JSON body, parsed while the user's crate compiles.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// As the user wrote it.
    pub text: &'static str,
    /// Its steps from the top of the body.
    pub segments: &'static [Segment],
}

/// A step of a [`Path`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Segment {
    /// `.name` or `['name']`: the value of a key.
    Key(&'static str),
    /// `[3]`: an element of a list, counted from 0.
    Index(usize),
    /// `[*]`: every element of a list.
    Each,
}

/// What is tried again, how often and after which wait.
#[derive(Clone, Copy, Debug)]
pub struct RetrySpec {
    /// Further requests after the first one failed.
    pub max_retries: u32,
    /// Each wait is this many times the one before.
    pub backoff_factor: f32,
    /// The first wait, in milliseconds.
    pub initial_delay_ms: u64,
    /// No wait is longer, in milliseconds; a server that asks for more is not asked again.
    pub max_delay_ms: u64,
    /// Statuses worth another request, as inclusive ranges.
    pub statuses: &'static [(u16, u16)],
    /// Longest time from the first try of a request to the beginning of its last one, in
    /// milliseconds.
    pub total_timeout_ms: Option<u64>,
    /// A header that says how long to wait, beside `Retry-After`.
    pub wait_header: Option<&'static str>,
    /// Where the body says how long to wait.
    pub wait_path: Option<Path>,
}

impl RetrySpec {
    /// Three retries with factor 2 from one second on 429, 500, 502, 503, 504.
    pub const DEFAULT: Self = Self {
        max_retries: 3,
        backoff_factor: 2.0,
        initial_delay_ms: 1_000,
        max_delay_ms: 300_000,
        statuses: &[(429, 429), (500, 500), (502, 504)],
        total_timeout_ms: None,
        wait_header: None,
        wait_path: None,
    };
}

/// A field of a row struct.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FieldSpec {
    /// One column.
    Column(ColumnSpec),
    /// `#[column(flatten)]`: a nested object whose columns are called `name__column`.
    Flatten {
        /// The Rust field's name.
        name: &'static str,
        /// The JSON key.
        wire: &'static str,
        /// The object may be null or absent: all its columns are then null.
        optional: bool,
        /// The nested columns.
        fields: &'static [FieldSpec],
    },
    /// `Vec<T>`: a table of its own, called `table__name`, with a row for each element.
    List {
        /// The Rust field's name.
        name: &'static str,
        /// The JSON key.
        wire: &'static str,
        /// The field's doc comment.
        doc: &'static str,
        /// The list may be null or absent, which is no element.
        optional: bool,
        /// What the list holds.
        element: ElementSpec,
    },
}

/// What a list holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ElementSpec {
    /// Objects with these fields.
    Record(&'static [FieldSpec]),
    /// Values, in the column `value`.
    Value(ColumnSpec),
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// The Rust field's name, which is the column's name.
    pub name: &'static str,
    /// The JSON key.
    pub wire: &'static str,
    /// The field's doc comment.
    pub doc: &'static str,
    /// What is stored.
    pub ty: LogicalType,
    /// Null and absent are values.
    pub nullable: bool,
    /// Part of the primary key.
    pub primary_key: bool,
    /// JSON text that stands for an absent or null value.
    pub default: Option<&'static str>,
    /// How the JSON value becomes the stored one.
    pub decode: Decode,
    /// A further condition on a text or JSON value.
    pub check: Option<Check>,
    /// What it says of its row.
    pub mark: Option<ColumnMark>,
    /// Where the value comes from.
    pub source: ColumnSource,
}

/// How a JSON value becomes the stored one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Decode {
    /// As the column's type says.
    Plain,
    /// A number of seconds since 1970-01-01T00:00:00Z.
    EpochSeconds,
    /// A number of milliseconds since 1970-01-01T00:00:00Z.
    EpochMillis,
    /// By a function of the user's; it gets the value's JSON text and appends exactly one value.
    With(fn(&str, &mut ColumnBuilder) -> Result<(), String>),
}

impl ColumnSpec {
    /// The column of a field of type `T`.
    pub const fn new<T: Column>(name: &'static str, wire: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            wire,
            doc,
            ty: T::TYPE,
            nullable: T::NULLABLE,
            primary_key: false,
            default: None,
            decode: Decode::Plain,
            check: T::CHECK,
            mark: None,
            source: ColumnSource::Row,
        }
    }

    /// `#[column(hard_delete)]` and its like.
    pub const fn mark(mut self, mark: ColumnMark) -> Self {
        self.mark = Some(mark);
        self
    }

    /// `#[column(parent = ..)]` or `#[column(partition = ..)]`.
    pub const fn source(mut self, source: ColumnSource) -> Self {
        self.source = source;
        self
    }

    /// `#[column(primary_key)]`.
    pub const fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self
    }

    /// `#[column(default = ..)]`: `json` is the literal as JSON text.
    pub const fn default(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }

    /// `#[column(default)]`: what the type stands for by itself. A type without such a value does
    /// not get here; `check` has refused it.
    #[doc(hidden)]
    pub const fn or_zero(mut self, zero: Option<&'static str>) -> Self {
        self.default = zero;
        self
    }

    /// The finished field, under its name, JSON key and doc comment.
    #[doc(hidden)]
    pub const fn named(
        mut self,
        name: &'static str,
        wire: &'static str,
        doc: &'static str,
    ) -> FieldSpec {
        self.name = name;
        self.wire = wire;
        self.doc = doc;
        self.field()
    }

    /// `#[column(epoch = ..)]` or `#[column(with(..))]`.
    pub const fn decode(mut self, decode: Decode) -> Self {
        self.decode = decode;
        self
    }

    /// The finished field.
    pub const fn field(self) -> FieldSpec {
        FieldSpec::Column(self)
    }
}

/// A field of a connector's struct.
#[derive(Clone, Copy, Debug)]
pub struct ConfigField {
    /// The Rust field's name.
    pub name: &'static str,
    /// The command line flag, without dashes: the name with `-` for `_`, or `name = ".."`.
    pub flag: &'static str,
    /// The environment variable.
    pub env: &'static str,
    /// The field's doc comment.
    pub doc: &'static str,
    /// What kind of value it takes.
    pub kind: ConfigKind,
    /// May be left out.
    pub optional: bool,
    /// Text of the value when none is given.
    pub default: Option<&'static str>,
    /// Whether a text is a value of the field's type.
    pub check: Check,
}

impl ConfigField {
    /// The configuration value of a field of type `T`.
    pub const fn new<T: ConfigType>(
        name: &'static str,
        flag: &'static str,
        env: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            flag,
            env,
            doc,
            kind: T::KIND,
            optional: T::OPTIONAL,
            default: None,
            check: crate::config::check::<T>,
        }
    }

    /// `#[config(default = ..)]`.
    pub const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    /// The finished field, under its name, flag, environment variable and doc comment.
    #[doc(hidden)]
    pub const fn named(
        mut self,
        name: &'static str,
        flag: &'static str,
        env: &'static str,
        doc: &'static str,
    ) -> Self {
        self.name = name;
        self.flag = flag;
        self.env = env;
        self.doc = doc;
        self
    }
}

impl ConnectorSpec {
    /// An empty description, for the derives to fill in.
    pub const EMPTY: Self = Self {
        name: "",
        type_name: "",
        doc: "",
        version: "",
        base_url: Template::EMPTY,
        auth: None,
        allow_http: false,
        trusted_origins: &[],
        headers: &[],
        retry: RetrySpec::DEFAULT,
        timeout_ms: 60_000,
        read_timeout_ms: 60_000,
        max_body: 128 << 20,
        rate_limit: None,
        max_concurrency: 10,
        config: &[],
        defaults: ResourceDefaults::NONE,
        resources: &[],
        poisoned: false,
    };

    /// How the requests of a resource are authenticated.
    pub const fn auth_of(&self, resource: &ResourceSpec) -> Option<AuthSpec> {
        match &resource.auth {
            Some(own) => Some(own.auth),
            None => self.auth,
        }
    }
}

impl ResourceSpec {
    /// An empty description, for the derives to fill in.
    pub const EMPTY: Self = Self {
        name: "",
        type_name: "",
        doc: "",
        method: Method::Get,
        auth: None,
        path: Template::EMPTY,
        params: &[],
        headers: &[],
        body: None,
        data_selector: None,
        paginator: None,
        response_format: None,
        on_response: &[],
        write_disposition: None,
        strategy: None,
        delete_missing: None,
        allow_empty: false,
        schema_contract: None,
        unknown_fields: None,
        on_bad_row: None,
        incremental: None,
        parent: None,
        partitions: &[],
        store: true,
        resume_within_ms: None,
        filter: None,
        map: None,
        fields: &[],
        poisoned: false,
    };
}

impl ResourceDefaults {
    /// Nothing said.
    pub const NONE: Self = Self {
        params: &[],
        data_selector: None,
        paginator: None,
        response_format: None,
        on_response: &[],
        write_disposition: None,
        schema_contract: None,
        unknown_fields: None,
        on_bad_row: None,
        resume_within_ms: None,
    };
}

impl Template {
    /// The empty text.
    pub const EMPTY: Self = Self { text: "", parts: &[] };

    /// The field, if it is one and nothing else.
    pub const fn lone_field(&self) -> Option<&'static str> {
        match self.parts {
            [Part::Config(name)] => Some(name),
            _ => None,
        }
    }
}
