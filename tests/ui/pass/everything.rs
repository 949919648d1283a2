//! Every option of the grammar at least once.
#![deny(warnings)]
use connector_runtime::spec::{FieldSpec, PaginatorSpec, Part, Segment, Target, WriteDisposition};
use connector_runtime::{
    Bytes, Choice, Connector, Date, Decimal, Json, Record, Resource, Secret, Time, Timestamp, Uuid,
};

#[derive(Connector)]
#[connector(
    base_url = config.base_url,
    auth = bearer(token),
    headers("accept" = "application/json", "x-account" = config.account, "x-tenant" = "t-{config.account}"),
    retry(max_retries = 5, backoff_factor = 1.5, statuses = [429, 500..=599], initial_delay = "500ms", max_delay = "2m", total_timeout = "10m", wait_header = "X-Retry-In", wait_path = "error.retry_in"),
    rate_limit("600/m", burst = 20),
    resource_defaults(
        params(per = 5),
        data_selector = "data",
        paginator = page_number(base_page = 1),
        response_format = json,
        on_response(status = [404, 410], action = ignore),
        on_response(status = 500..=599, content = "for ever", action = fail),
        write_disposition = append,
    ),
    timeout = "45s",
    read_timeout = "10s",
    max_body = "64MiB",
    name = "everything",
    crate = ::connector_runtime,
    allow_http,
    resources(Ticket, nested::Log, Flat),
)]
struct Api {
    /// Where it is hosted.
    base_url: String,
    #[config(env = "EVERYTHING_TOKEN")]
    token: Secret,
    #[config(default = "main")]
    account: String,
    #[config(default = 3, name = "tries")]
    attempts: u8,
    #[config(default = 1.5)]
    ratio: f64,
    #[config(default = 2)]
    whole: f32,
    #[config(default = true)]
    deep: bool,
    #[config(default = "2020-01-01T00:00:00Z")]
    start: Timestamp,
    #[config(default = "open")]
    state: State,
    teams: Vec<String>,
    until: Option<Timestamp>,
    r#type: Option<String>,
}

#[derive(Choice, Clone, Copy, Debug, PartialEq)]
#[choice(rename_all = "snake_case")]
enum State {
    Open,
    InReview,
    #[choice(rename = "CLOSED!")]
    Closed,
}

#[derive(Resource)]
#[resource(
    path = "/{config.account}/tickets/{{x}}",
    method = get,
    params(state = "all", "created[gte]" = config.start, until = config.until, n = -5, deep = true, f = 1.5, type = "t-{config.account}", team = config.teams),
    data_selector = "data.items[*]['odd name'][0]",
    paginator = offset(
        limit = 100,
        offset = 0,
        offset_param = "from",
        limit_param = "size",
        total_path = "meta.total",
        has_more_path = "meta.more",
        maximum_offset = 10_000,
        stop_on_short_page,
    ),
    write_disposition = replace,
    name = "tickets",
    rename_all = "camelCase",
)]
struct Ticket {
    #[column(primary_key)]
    account_id: u64,
    #[column(primary_key)]
    state: State,
    #[column(rename = "Title")]
    title: Option<String>,
    #[column(default)]
    count: i32,
    #[column(default = -5)]
    level: i8,
    #[column(default = "n/a")]
    note: String,
    #[column(default = 0.5)]
    share: f64,
    #[column(default = true)]
    open: bool,
    #[column(epoch = seconds)]
    created: Timestamp,
    #[column(epoch = milliseconds, default = 0)]
    changed: Option<Timestamp>,
    #[column(json)]
    labels: Vec<String>,
    raw: Json,
    #[column(with(yes_no))]
    paid: bool,
    #[column(flatten)]
    user: User,
    #[column(flatten, rename = "assigned")]
    assignee: Option<User>,
    #[column(skip)]
    cache: Vec<u8>,
    day: Date,
    time: Time,
    price: Decimal,
    key: Uuid,
    bytes: Bytes,
    r#type: String,
}

fn yes_no(text: String) -> Result<bool, String> {
    match text.as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("`yes` or `no`".to_owned()),
    }
}

/// A person.
#[derive(Record)]
#[record(rename_all = "PascalCase")]
struct User {
    id: i64,
    /// The name
    /// of the account.
    login_name: String,
}

mod nested {
    #[derive(connector_runtime::Resource)]
    #[resource(path = "/log", paginator = page_number(base_page = 0, page_size = 10, page_size_param = "n", maximum_page = 5, page_param = "p", total_path = "pages", has_more_path = "more", stop_on_short_page))]
    pub struct Log {
        pub line: String,
    }
}

#[derive(Resource)]
#[resource(
    path = "/flat",
    paginator = single_page,
    response_format = json_lines,
    on_response(path = "error.code", value = "RATE", action = retry),
    on_response(path = "error.fatal", value = true, action = fail),
    on_response(status = 404, content = "closed", action = stop_resource),
)]
struct Flat {
    x: f32,
}

fn column(spec: &FieldSpec) -> &connector_runtime::spec::ColumnSpec {
    match spec {
        FieldSpec::Column(column) => column,
        _ => panic!("not a column"),
    }
}

fn main() {
    let api = Api::SPEC;
    assert_eq!(api.name, "everything");
    assert!(api.allow_http);
    assert_eq!(api.timeout_ms, 45_000);
    assert_eq!(api.retry.statuses, [(429, 429), (500, 599)]);
    assert_eq!(api.retry.max_delay_ms, 120_000);
    assert!(matches!(api.base_url.parts, [Part::Config("base_url")]));
    assert_eq!(api.config[3].flag, "tries");
    assert_eq!(api.config[3].env, "EVERYTHING_TRIES");
    assert_eq!(api.config[1].env, "EVERYTHING_TOKEN");
    assert_eq!(api.config[11].flag, "type");
    assert_eq!(api.defaults.write_disposition, Some(WriteDisposition::Append));

    let ticket = Ticket::SPEC;
    assert_eq!(ticket.name, "tickets");
    assert!(matches!(
        ticket.path.parts,
        [Part::Text("/"), Part::Config("account"), Part::Text("/tickets/{x}")]
    ));
    assert_eq!(ticket.params[3].value.text, "-5");
    let path = ticket.data_selector.expect("given");
    assert_eq!(
        path.segments,
        [Segment::Key("data"), Segment::Key("items"), Segment::Each, Segment::Key("odd name"), Segment::Index(0)]
    );
    let Some(PaginatorSpec::Offset(offset)) = ticket.paginator else { panic!("an offset") };
    let targets = (offset.offset_target, offset.limit_target);
    assert_eq!((offset.limit, targets), (100, (Target::Param("from"), Target::Param("size"))));
    assert_eq!(column(&ticket.fields[0]).wire, "accountId");
    assert!(column(&ticket.fields[0]).primary_key && column(&ticket.fields[1]).primary_key);
    assert_eq!(column(&ticket.fields[2]).wire, "Title");
    assert_eq!(column(&ticket.fields[3]).default, Some("0"));
    assert_eq!(column(&ticket.fields[4]).default, Some("-5"));
    assert_eq!(column(&ticket.fields[5]).default, Some("\"n/a\""));
    assert_eq!(ticket.fields.len(), 21);
    let FieldSpec::Flatten { name: "assignee", wire: "assigned", optional: true, fields } = ticket.fields[14] else {
        panic!("a flattened object")
    };
    assert_eq!(column(&fields[1]).wire, "LoginName");
    assert_eq!(column(&fields[1]).doc, "The name\nof the account.");
    assert_eq!(State::CHOICES[1], ("in_review", State::InReview));
}
