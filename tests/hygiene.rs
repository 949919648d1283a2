//! Expanded code names everything through the runtime: nothing of the user's can shadow it.
#![no_implicit_prelude]
#![allow(dead_code, missing_docs, non_camel_case_types)]

struct Option;
struct Some;
struct None;
struct Ok;
struct Err;
struct Vec;
struct String;
struct Result;
struct Default;
struct Send;
struct Sized;
struct str;
mod core {}
mod std {}

#[allow(unused_macros)]
macro_rules! vec {
    () => {};
}

type Text = ::std::string::String;
type Maybe<T> = ::std::option::Option<T>;

#[derive(::connector_runtime::Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = bearer(token),
    headers("accept" = "text/csv"),
    retry(max_retries = 1, statuses = [429]),
    resource_defaults(paginator = offset(limit = 5), resume_within = "1h"),
    resources(Row, Parted),
)]
struct Api {
    token: ::connector_runtime::Secret,
    #[config(default = "x")]
    owner: Text,
}

#[derive(::connector_runtime::Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_client_credentials(
        token_url = "https://auth.example.com/token",
        client_id = id,
        client_secret = secret,
        scopes = "read",
        params(owner = config.id),
    ),
    resources(Row2),
)]
struct OAuth {
    id: Text,
    secret: ::connector_runtime::Secret,
}

#[derive(::connector_runtime::Connector)]
#[connector(base_url = "https://api.example.com", auth = with(sign), resources(Row2))]
struct Signed;

fn sign(
    _: &::connector_runtime::auth::Credentials<'_>,
    _: &mut ::connector_runtime::http::Request,
) -> ::connector_runtime::Result<()> {
    ::std::result::Result::Ok(())
}

#[derive(::connector_runtime::Resource)]
#[resource(path = "/", strategy = delete_insert(merge_key = id))]
struct Row2 {
    id: i64,
}

#[derive(::connector_runtime::Resource)]
#[resource(
    path = "/{config.owner}",
    params(owner = config.owner),
    data_selector = "data[0].x",
    paginator = page_number(base_page = 1, maximum_page = 5, page_size = 3, page_size_param = "n"),
    write_disposition = merge,
    strategy = upsert,
    delete_missing = soft,
    schema_contract = freeze,
    unknown_fields = capture(json),
    on_bad_row = quarantine(max_rows = 3),
    filter = keep,
    map = Row::trimmed,
)]
struct Row {
    #[column(primary_key)]
    id: i64,
    #[column(default)]
    text: Text,
    #[column(default = 3, version)]
    number: Maybe<u8>,
    #[column(with(same))]
    with: bool,
    #[column(json)]
    json: ::serde_json::Value,
    #[column(epoch = seconds)]
    at: ::connector_runtime::Timestamp,
    #[column(soft_delete)]
    deleted: bool,
    #[column(flatten)]
    nested: Nested,
    #[column(skip)]
    skipped: bool,
    state: State,
}

#[derive(::connector_runtime::Resource)]
#[resource(
    path = "/parted/{row.id}/{partition.kind}",
    params(number = row.number),
    parent(row: Row, on_missing = skip),
    partition(kind in ["a"]),
    incremental(
        cursor = at,
        start_param = "since",
        end_param = "until",
        format = "%Y-%m-%d",
        initial = "2020-01-01",
        lag = "1 hour",
        on_missing = include,
        step = "1 day",
        parallel = 2,
    ),
    resume_within = "1h",
)]
struct Parted {
    #[column(primary_key, parent = row.id)]
    row_id: i64,
    #[column(partition = kind)]
    kind: Text,
    at: Maybe<::connector_runtime::Timestamp>,
}

fn same(value: bool) -> ::std::result::Result<bool, Text> {
    ::std::result::Result::Ok(value)
}

fn keep(row: &Row) -> bool {
    !row.deleted
}

impl Row {
    fn trimmed(self) -> Self {
        self
    }
}

#[derive(::connector_runtime::Record)]
struct Nested {
    id: i64,
}

#[derive(::connector_runtime::Choice, ::std::clone::Clone, ::std::marker::Copy)]
enum State {
    Some,
    None,
}

/// A struct made by a macro, whose tokens come from two places.
macro_rules! resource {
    ($name:ident, $path:literal, $field:ident: $ty:ty) => {
        #[derive(::connector_runtime::Resource)]
        #[resource(path = $path)]
        struct $name {
            #[column(default)]
            $field: $ty,
        }
    };
}

resource!(Made, "/made", id: i64);

#[test]
fn it_compiles() {
    use ::connector_runtime::{Connector, Resource};
    ::std::assert_eq!(Api::SPEC.resources.len(), 2);
    ::std::assert_eq!(Made::SPEC.path.text, "/made");
}
