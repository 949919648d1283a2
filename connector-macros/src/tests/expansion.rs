//! Snapshots of expansions. `INSTA_UPDATE=always cargo test -p connector-macros` writes them anew.

use proc_macro2::TokenStream;

use crate::expand;
use crate::keys::Derive;

/// The seed's connector and resource.
const SEED: [(Derive, &str); 2] = [
    (
        Derive::Connector,
        r#"
/// The example API.
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    retry(max_retries = 3, backoff_factor = 2, statuses = [429, 500, 502, 503, 504]),
    resources(ResourceName),
)]
struct ExampleApi {
    /// Key from the account page.
    api_key: Secret,
}
"#,
    ),
    (
        Derive::Resource,
        r#"
/// One row of `GET /v1/resource`.
#[resource(
    path = "/v1/resource",
    data_selector = "data",
    paginator = offset(limit = 100),
    write_disposition = merge,
)]
struct ResourceName {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
    value: Option<f64>,
}
"#,
    ),
];

const TEN_COLUMNS: &str = r#"
/// An invoice.
#[resource(
    path = "/{config.account}/invoices",
    params(state = "all"),
    data_selector = "data.items",
    paginator = offset(limit = 100),
    write_disposition = merge,
    rename_all = "camelCase",
)]
struct Invoice {
    /// Number in the books.
    #[column(primary_key)]
    id: i64,
    /// Who pays.
    customer_id: i64,
    state: State,
    currency: String,
    total: Decimal,
    /// The day it was sent, in UTC.
    #[column(epoch = seconds)]
    sent_at: Timestamp,
    paid_at: Option<Timestamp>,
    #[column(json)]
    lines: Vec<Line>,
    #[column(default)]
    overdue: bool,
    #[column(rename = "_note")]
    note: Option<String>,
}
"#;

/// Most options of a resource.
const OPTIONS: &str = r#"
/// An invoice.
#[resource(
    path = "/{config.account}/invoices",
    params(state = "all", since = config.start),
    data_selector = "data.items",
    paginator = offset(limit = 100, total_path = "meta.total"),
    write_disposition = merge,
    rename_all = "camelCase",
)]
struct Invoice {
    /// Number in the books.
    #[column(primary_key)]
    id: i64,
    /// Who pays.
    customer_id: i64,
    state: State,
    #[column(default = "EUR")]
    currency: String,
    total: Decimal,
    /// The day it was sent, in UTC.
    #[column(epoch = seconds)]
    sent_at: Timestamp,
    paid_at: Option<Timestamp>,
    #[column(json)]
    lines: Vec<Line>,
    #[column(with(yes_no))]
    overdue: bool,
    #[column(rename = "_note")]
    note: Option<String>,
}
"#;

/// What is sent beside the URL.
const REQUEST: &str = r#"
#[resource(
    path = "/search",
    method = post,
    params(ids = config.ids, state = ["open", "closed"]),
    headers("accept" = "text/csv", "x-ids" = config.ids),
    json = { "query": "by {config.owner}", "filter": { "ids": "{config.ids}", "n": [1, -2.5, null, true] } },
    paginator = cursor(
        cursor_path = "next",
        cursor_body_path = "page.after",
        limit = 100,
        limit_header = "x-limit",
    ),
)]
struct Found {
    #[column(primary_key)]
    id: i64,
}
"#;

/// How rows get into the table.
const WRITE: &str = r#"
#[resource(
    path = "/issues",
    strategy = scd2(valid_from = since),
    delete_missing = soft,
    allow_empty,
    schema_contract = freeze,
    unknown_fields = capture(extra),
    on_bad_row = quarantine(max_percent = 1.5),
    filter = Issue::is_open,
    map = clean::issue,
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(dedup_sort = desc)]
    updated_at: Timestamp,
    #[column(hard_delete)]
    deleted: bool,
    extra: Json,
}
"#;

/// How a resource is read in parts.
const PARTS: &str = r#"
#[resource(
    path = "/teams/{partition.team}/issues/{issue.number}/comments",
    parent(issue: crate::Issue, on_missing = skip),
    partition(team in config.teams, state in ["open", "closed"]),
    params(state = partition.state, title = issue.title),
    incremental(
        cursor = updated_at,
        start_param = "since",
        end_header = "x-until",
        format = epoch,
        initial = "2020-01-01",
        lag = "1 hour",
        row_order = asc,
        on_missing = exclude,
        step = "1 month",
        parallel = 4,
    ),
    resume_within = "2 hours",
)]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(parent = issue.number)]
    issue_number: i64,
    #[column(partition = team)]
    team: String,
    updated_at: Option<Timestamp>,
}
"#;

fn expanded(derive: Derive, input: &str) -> String {
    let input: TokenStream = input.parse().expect("the input is Rust");
    let file = syn::parse2(expand(derive, input)).expect("the expansion is Rust");
    prettyplease::unparse(&file)
}

/// The input stands in the snapshot.
fn shown(derive: Derive, input: &str) -> String {
    format!("{}\n// becomes\n\n{}", input.trim(), expanded(derive, input))
}

#[test]
fn seed() {
    for (derive, input) in SEED {
        insta::assert_snapshot!(format!("seed_{derive:?}"), shown(derive, input));
    }
}

/// Compile time is paid by the line.
#[test]
fn ten_columns() {
    let code = expanded(Derive::Resource, TEN_COLUMNS);
    insta::assert_snapshot!("ten_columns", shown(Derive::Resource, TEN_COLUMNS));
    assert!(code.lines().count() <= 90, "{} lines", code.lines().count());
    assert!(code.len() <= 5_000, "{} bytes", code.len());
}

#[test]
fn options() {
    insta::assert_snapshot!("options", shown(Derive::Resource, OPTIONS));
}

#[test]
fn request() {
    insta::assert_snapshot!("request", shown(Derive::Resource, REQUEST));
}

#[test]
fn write() {
    insta::assert_snapshot!("write", shown(Derive::Resource, WRITE));
}

#[test]
fn parts() {
    insta::assert_snapshot!("parts", shown(Derive::Resource, PARTS));
}

#[test]
fn stub() {
    let input = TEN_COLUMNS.replace("limit = 100", "limit = 0");
    insta::assert_snapshot!("stub", expanded(Derive::Resource, &input));
}

/// With `crate = ..` nothing names the runtime by its usual name.
#[test]
fn only_the_given_crate() {
    for (derive, input) in SEED {
        let input = input.replacen("(\n", "(\n    crate = ::other,\n", 1);
        assert!(input.contains("::other"), "{input}");
        let code = expanded(derive, &input);
        assert!(code.contains("use ::other::__private"), "{code}");
        assert!(!code.contains("connector_runtime"), "{code}");
    }
    let code = expanded(Derive::Choice, "#[choice(crate = ::other)] enum State { Open }");
    assert!(!code.contains("connector_runtime"), "{code}");
    let broken = "#[resource(crate = ::other, pth = \"/x\")] struct Issue { id: i64 }";
    assert!(!expanded(Derive::Resource, broken).contains("connector_runtime"));
}
