//! What the derives fill in: one API, its resources and their columns, as `'static` data.
//!
//! Nothing here does I/O and everything can be built in a `const`, so that facts which concern
//! several structs are checked while the user's crate compiles (`check`).

mod auth;
mod body;
mod config;
mod field;
mod incremental;
mod paging;
mod response;
mod retry;
mod select;
mod target;
mod template;
mod token;
mod write;

pub use auth::{AuthSpec, ClientAuth, KeyLocation, OAuth2ClientCredentialsSpec};
pub use body::{BodySpec, JsonSpec, Method};
pub use config::ConfigField;
pub use field::{ColumnSpec, Decode, ElementSpec, FieldSpec};
pub use incremental::{
    BoundFormat, ColumnSource, CursorRange, CursorSpan, IncrementalSpec, OnMissing, ParentSpec,
    PartitionSpec, PartitionValues, RowOrder,
};
pub use paging::{
    CursorSource, CursorSpec, LinkSource, LinkSpec, OffsetSpec, PageNumberSpec, PaginatorSpec,
    TotalUnit,
};
pub use response::{CsvSpec, RateLimitSpec, ResponseAction, ResponseFormat, ResponseRule};
pub use retry::RetrySpec;
pub use select::{AuthArm, DeclaredAuth, FieldUse, SelectSpec, Site};
pub use target::Target;
pub use template::{Param, Part, Path, Segment, Template};
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
