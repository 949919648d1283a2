//! How resources are read in parts: incremental loads, windows, parents, partitions, resume.
#![deny(warnings)]
use connector_runtime::prelude::*;
use connector_runtime::spec::{
    BodySpec, BoundFormat, ColumnSource, CursorRange, CursorSpan, FieldSpec, JsonSpec, OnMissing,
    Part, PartitionValues, RowOrder, Target,
};
use connector_runtime::{Date, Timestamp};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(resume_within = "2 hours"),
    resources(Team, Issue, Comment, Reaction, Day, Entry, Event, Change, Search),
)]
struct Api {
    projects: Vec<String>,
    years: Vec<i64>,
    #[config(default = "2020-01-01T00:00:00Z")]
    start: Timestamp,
    first: Option<i64>,
}

/// Read for its children only.
#[derive(Resource)]
#[resource(path = "/teams", store = false, resume_within = "0s")]
struct Team {
    id: i64,
    #[column(flatten)]
    owner: Owner,
    lead: Option<String>,
    kind: Kind,
    // without a table there is none for its elements
    labels: Vec<String>,
}

#[derive(Choice, Clone, Copy)]
enum Kind {
    Open,
    Closed,
}

#[derive(Record)]
struct Owner {
    login: String,
}

#[derive(Resource)]
#[resource(
    path = "/projects/{partition.project}/{partition.state}",
    params(year = partition.year),
    partition(project in config.projects, state in ["open", "closed"], year in config.years),
    incremental(
        cursor = updated_at,
        start_param = "since",
        end_header = "x-until",
        format = rfc3339_millis,
        initial = config.start,
        lag = "15 minutes",
        row_order = asc,
        range = closed,
        on_missing = exclude,
        step = "1 month",
        parallel = 4,
    ),
    resume_within = "1 day",
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(primary_key, partition = project)]
    project: String,
    #[column(partition = year)]
    year: i32,
    #[column(partition = state)]
    r#type: String,
    number: u32,
    updated_at: Option<Timestamp>,
}

#[derive(Resource)]
#[resource(
    parent(issue: Issue, on_missing = skip),
    path = "/projects/{issue.project}/issues/{issue.number}/comments",
    params(kind = issue.type, since = "after {incremental.start_value}"),
    headers("x-until" = incremental.end_value),
    incremental(cursor = day, format = "%Y%m%d", initial = "2020-01-31", range = open),
)]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(primary_key, parent = issue.project)]
    project: String,
    #[column(parent = issue.number)]
    number: u32,
    #[column(parent = issue.updated_at)]
    issue_updated_at: Timestamp,
    day: Date,
}

#[derive(Resource)]
#[resource(
    parent(comment: crate::Comment, on_missing = fail),
    path = "/reactions",
    params(comment = comment.id),
    write_disposition = append,
    incremental(cursor = number, start_param = "after", row_order = desc, initial = 0),
)]
struct Reaction {
    #[column(parent = comment.number)]
    issue_number: u32,
    number: u64,
}

#[derive(Resource)]
#[resource(
    parent(team: Team),
    path = "/days",
    method = post,
    json = {
        "team": team.id,
        "owner": "{team.owner__login}",
        "text": "{team.lead}: {config.start}",
        "since": incremental.start_value,
        "kind": partition.kind,
    },
    partition(kind in ["a"]),
    incremental(
        cursor = day,
        end_body_path = "range.until",
        initial = "{config.start}",
        step = "2 days",
    ),
)]
struct Day {
    #[column(primary_key)]
    day: Date,
    #[column(parent = team.owner__login)]
    owner: String,
    #[column(parent = team.kind)]
    kind: Kind,
}

#[derive(Resource)]
#[resource(
    path = "/entries",
    method = post,
    form(token = "x"),
    incremental(
        cursor = at,
        start_body_path = "since",
        end_param = "until",
        format = epoch_millis,
        initial = config.start,
        step = "1 year",
    ),
)]
struct Entry {
    #[column(primary_key)]
    id: i64,
    at: i64,
}

#[derive(Resource)]
#[resource(path = "/events", incremental(cursor = id, client_side, row_order = desc, initial = config.first))]
struct Event {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    path = "/changes",
    incremental(cursor = version, start_header = "x-version", as_text, range = closed, on_missing = include),
)]
struct Change {
    #[column(primary_key)]
    id: i64,
    version: Option<String>,
}

#[derive(Resource)]
#[resource(
    path = "/search/{incremental.start_value}",
    incremental(cursor = id, initial = -5, lag = 100, on_missing = fail),
)]
struct Search {
    #[column(primary_key)]
    key: i64,
    id: Option<i16>,
}

fn sources(fields: &[FieldSpec]) -> Vec<ColumnSource> {
    let source = |field: &FieldSpec| match field {
        FieldSpec::Column(column) => column.source,
        _ => ColumnSource::Row,
    };
    fields.iter().map(source).collect()
}

fn main() {
    assert_eq!(Api::SPEC.defaults.resume_within_ms, Some(7_200_000));
    assert!(!Team::SPEC.store && Issue::SPEC.store);
    assert_eq!(Team::SPEC.resume_within_ms, Some(0));
    assert_eq!(Issue::SPEC.resume_within_ms, Some(86_400_000));

    let issue = Issue::SPEC;
    let names: Vec<_> = issue.partitions.iter().map(|partition| partition.name).collect();
    assert_eq!(names, ["project", "state", "year"]);
    assert!(matches!(issue.partitions[0].values, PartitionValues::Config("projects")));
    assert!(matches!(issue.partitions[1].values, PartitionValues::Listed(["open", "closed"])));
    assert!(matches!(issue.params[0].value.parts, [Part::Partition("year")]));
    assert_eq!(
        sources(issue.fields),
        [
            ColumnSource::Row,
            ColumnSource::Partition("project"),
            ColumnSource::Partition("year"),
            ColumnSource::Partition("state"),
            ColumnSource::Row,
            ColumnSource::Row,
        ]
    );
    let spec = issue.incremental.expect("it is incremental");
    assert_eq!((spec.cursor, spec.start), ("updated_at", Some(Target::Param("since"))));
    assert_eq!(spec.end, Some(Target::Header("x-until")));
    assert_eq!(spec.format, Some(BoundFormat::Rfc3339Millis));
    assert_eq!(spec.initial.and_then(|initial| initial.lone_field()), Some("start"));
    assert_eq!(spec.lag, Some(CursorSpan::Time { months: 0, days: 0, seconds: 900 }));
    assert_eq!((spec.row_order, spec.range), (Some(RowOrder::Asc), CursorRange::Closed));
    assert_eq!(spec.on_missing, Some(OnMissing::Exclude));
    assert_eq!(spec.step, Some(CursorSpan::Time { months: 1, days: 0, seconds: 0 }));
    assert_eq!(spec.parallel, 4);

    let comment = Comment::SPEC;
    let parent = comment.parent.expect("it has one");
    assert_eq!((parent.alias, parent.resource, parent.type_name), ("issue", "issue", "Issue"));
    assert!(parent.skip_missing);
    assert!(matches!(comment.params[0].value.parts, [Part::Parent("type")]));
    assert!(matches!(comment.params[1].value.parts, [Part::Text("after "), Part::StartValue]));
    assert!(matches!(comment.headers[0].value.parts, [Part::EndValue]));
    let spec = comment.incremental.expect("it is incremental");
    assert_eq!(spec.format, Some(BoundFormat::Strftime("%Y%m%d")));
    assert_eq!(spec.range, CursorRange::Open);
    assert!(spec.has_start_value && spec.has_end_value && spec.sends_start() && spec.sends_end());
    assert_eq!(sources(comment.fields)[2], ColumnSource::Parent("number"));

    assert_eq!(Reaction::SPEC.parent.expect("it has one").resource, "comment");
    let Some(BodySpec::Json(JsonSpec::Object(members))) = Day::SPEC.body else { panic!() };
    assert!(matches!(members[0].1, JsonSpec::Bound(Part::Parent("id"))));
    assert!(matches!(members[1].1, JsonSpec::Bound(Part::Parent("owner__login"))));
    assert!(matches!(members[2].1, JsonSpec::Text(_)));
    assert!(matches!(members[3].1, JsonSpec::Bound(Part::StartValue)));
    assert!(matches!(members[4].1, JsonSpec::Bound(Part::Partition("kind"))));
    let spec = Day::SPEC.incremental.expect("it is incremental");
    assert_eq!(spec.end, Some(Target::Body(&["range", "until"])));

    let spec = Entry::SPEC.incremental.expect("it is incremental");
    assert_eq!(spec.start, Some(Target::Body(&["since"])));
    assert_eq!(spec.step, Some(CursorSpan::Time { months: 12, days: 0, seconds: 0 }));
    let spec = Event::SPEC.incremental.expect("it is incremental");
    assert!(spec.client_side && !spec.sends_start());
    assert!(Change::SPEC.incremental.expect("it is incremental").as_text);
    let spec = Search::SPEC.incremental.expect("it is incremental");
    assert_eq!(spec.lag, Some(CursorSpan::Number(100)));
    assert_eq!(spec.initial.expect("it has one").text, "-5");
}
