//! How rows get into tables: strategies, marks, what does not fit, filters and maps.
#![deny(warnings)]
use connector_runtime::prelude::*;
use connector_runtime::spec::{
    Budget, ColumnMark, DeleteMissing, FieldSpec, MergeStrategy, OnBadRow, SchemaContract,
    SortOrder, UnknownFields, WriteDisposition,
};
use connector_runtime::{Date, Json, Timestamp};

#[derive(Resource)]
#[resource(
    path = "/issues",
    write_disposition = merge,
    strategy = upsert,
    delete_missing = soft,
    allow_empty,
    schema_contract = freeze,
    unknown_fields = capture(extra),
    on_bad_row = quarantine(max_rows = 1_000),
    filter = Issue::is_open,
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(version, epoch = milliseconds)]
    updated_at: Option<Timestamp>,
    #[column(hard_delete)]
    gone: Option<String>,
    #[column(soft_delete, default)]
    closed: bool,
    extra: Json,
}

impl Issue {
    fn is_open(&self) -> bool {
        !self.closed
    }
}

#[derive(Resource)]
#[resource(
    path = "/events",
    strategy = delete_insert(merge_key = [day, team]),
    unknown_fields = capture(extra),
    on_bad_row = quarantine(max_percent = 1.5),
    filter = is_wanted,
    map = rows::cleaned,
)]
struct Event {
    day: Date,
    team: String,
    #[column(soft_delete)]
    deleted_at: Option<Timestamp>,
    #[column(json)]
    extra: Option<std::collections::BTreeMap<String, u8>>,
}

mod rows {
    pub fn cleaned(event: super::Event) -> super::Event {
        super::Event { team: event.team.trim().to_owned(), ..event }
    }
}

fn is_wanted(event: &Event) -> bool {
    event.team != "test"
}

#[derive(Resource)]
#[resource(path = "/users", strategy = scd2, delete_missing = soft, on_bad_row = quarantine)]
struct User {
    #[column(primary_key)]
    id: i64,
    #[column(dedup_sort = asc)]
    changed: Date,
    teams: Json<Vec<String>>,
    #[column(json)]
    labels: Vec<String>,
}

#[derive(Resource)]
#[resource(path = "/prices", strategy = scd2(valid_from = since, valid_to = until))]
struct Price {
    #[column(primary_key)]
    id: i64,
    #[column(version)]
    revision: u64,
    // of another table these are names like any other
    _valid_from: i64,
    _valid_to: i64,
}

#[derive(Resource)]
#[resource(path = "/log", strategy = insert_only, on_bad_row = fail, unknown_fields = report)]
struct Line {
    #[column(primary_key)]
    id: i64,
    #[column(dedup_sort = desc)]
    at: Option<Timestamp>,
}

#[derive(Resource)]
#[resource(path = "/teams", allow_empty, schema_contract = evolve, unknown_fields = fail)]
struct Team {
    name: String,
}

#[derive(Resource)]
#[resource(path = "/days", strategy = delete_insert(merge_key = day))]
struct Day {
    day: Date,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(
        write_disposition = replace,
        schema_contract = freeze,
        unknown_fields = ignore,
        on_bad_row = quarantine(max_percent = 100),
    ),
    resources(Issue, Event, User, Price, Line, Team, Day),
)]
struct Api;

fn marks(fields: &[FieldSpec]) -> Vec<Option<ColumnMark>> {
    let mark = |field: &FieldSpec| match field {
        FieldSpec::Column(column) => column.mark,
        _ => None,
    };
    fields.iter().map(mark).collect()
}

fn main() {
    let issue = Issue::SPEC;
    assert_eq!(issue.strategy, Some(MergeStrategy::Upsert));
    assert_eq!(issue.delete_missing, Some(DeleteMissing::Soft));
    assert!(issue.allow_empty);
    assert_eq!(issue.schema_contract, Some(SchemaContract::Freeze));
    assert_eq!(issue.unknown_fields, Some(UnknownFields::Capture("extra")));
    assert_eq!(issue.on_bad_row, Some(OnBadRow::Quarantine(Budget::Rows(1_000))));
    assert!(issue.filter.is_some() && issue.map.is_none());
    assert_eq!(
        marks(issue.fields),
        [
            None,
            Some(ColumnMark::Version),
            Some(ColumnMark::HardDelete),
            Some(ColumnMark::SoftDelete),
            None,
        ]
    );

    let event = Event::SPEC;
    assert!(event.filter.is_some() && event.map.is_some());
    // a strategy says merge, whatever the default is
    assert_eq!(event.write_disposition, Some(WriteDisposition::Merge));
    let merge_key = &["day", "team"];
    assert_eq!(event.strategy, Some(MergeStrategy::DeleteInsert { merge_key }));
    assert_eq!(event.on_bad_row, Some(OnBadRow::Quarantine(Budget::Percent(1.5))));
    assert_eq!(Day::SPEC.strategy, Some(MergeStrategy::DeleteInsert { merge_key: &["day"] }));

    let default = MergeStrategy::Scd2 { valid_from: "_valid_from", valid_to: "_valid_to" };
    assert_eq!(User::SPEC.strategy, Some(default));
    assert_eq!(User::SPEC.on_bad_row, Some(OnBadRow::Quarantine(Budget::DEFAULT)));
    assert_eq!(marks(User::SPEC.fields)[1], Some(ColumnMark::DedupSort(SortOrder::Asc)));
    let named = MergeStrategy::Scd2 { valid_from: "since", valid_to: "until" };
    assert_eq!(Price::SPEC.strategy, Some(named));
    assert_eq!(Line::SPEC.strategy, Some(MergeStrategy::InsertOnly));
    assert_eq!(Line::SPEC.on_bad_row, Some(OnBadRow::Fail));
    assert_eq!(Line::SPEC.unknown_fields, Some(UnknownFields::Report));
    assert_eq!(Team::SPEC.schema_contract, Some(SchemaContract::Evolve));
    assert_eq!(Team::SPEC.write_disposition, None);

    let defaults = &Api::SPEC.defaults;
    assert_eq!(defaults.schema_contract, Some(SchemaContract::Freeze));
    assert_eq!(defaults.unknown_fields, Some(UnknownFields::Ignore));
    assert_eq!(defaults.on_bad_row, Some(OnBadRow::Quarantine(Budget::Percent(100.0))));
}
