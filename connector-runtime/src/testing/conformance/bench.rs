//! What a case works with: loads, and what they leave.

use std::sync::Arc;

use super::script::Script;
use super::{Harness, Selected};
use crate::connector::Connector;
use crate::error::Error;
use crate::report::{Report, ResourceReport, RowCounts, Status};
use crate::schema::{LOAD_ID, Tables};
use crate::state::State;
use crate::value::LogicalType;

/// A destination under test.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) harness: Arc<dyn Harness>,
}

/// What a load left: its report, its line in the log, its state.
pub(super) struct Loaded {
    pub(super) report: Report,
    /// Status, counts in the order of [`COUNTS`], error.
    log: Vec<String>,
    before: Option<State>,
    state: Option<State>,
}

/// The counts in the log, as the columns of `_connector_loads` are called.
const COUNTS: [&str; 8] = [
    "received",
    "inserted",
    "updated",
    "unchanged",
    "deleted",
    "filtered",
    "quarantined",
    "removed",
];

/// [`RowCounts`] in which every received row is counted: `counts!(inserted: 2, unchanged: 1)`.
macro_rules! counts {
    ($($count:ident: $value:expr),* $(,)?) => {{
        let counts = RowCounts { $($count: $value,)* ..RowCounts::default() };
        RowCounts { received: counts.inserted + counts.updated + counts.unchanged + counts.deleted
            + counts.filtered + counts.quarantined + counts.discarded, ..counts }
    }};
}
pub(super) use counts;

impl Bench {
    pub(super) fn new(harness: Arc<dyn Harness>) -> Self {
        Self { harness }
    }

    /// Loads what the script has with a connector of one resource.
    pub(super) async fn load<C: Connector>(&self, api: &C, script: Script) -> Loaded {
        let before = self.state::<C>().await;
        let run = api.sync().transport(script.transport());
        let report = run.boxed_destination(self.harness.destination()).run().await;
        self.loaded::<C>(before, report).await
    }

    /// As [`Self::load`], a full refresh.
    pub(super) async fn refresh<C: Connector>(&self, api: &C, script: Script) -> Loaded {
        let before = self.state::<C>().await;
        let run = api.sync().full_refresh().transport(script.transport());
        let report = run.boxed_destination(self.harness.destination()).run().await;
        self.loaded::<C>(before, report).await
    }

    async fn loaded<C: Connector>(&self, before: Option<State>, report: Report) -> Loaded {
        let log = self.log(&report).await;
        Loaded { log, before, state: self.state::<C>().await, report }
    }

    /// What an error shows where the destination speaks SQL.
    pub(super) fn statement<'a>(&self, text: &'a str) -> &'a str {
        if self.harness.speaks_sql() { text } else { "" }
    }

    /// The rows of the resource's table, without `_load_id`: the values joined by `|`, sorted.
    pub(super) async fn rows<C: Connector>(&self, _: &C) -> Vec<String> {
        self.table::<C>(0).await
    }

    /// As [`Self::rows`], of the table of a list: `child(&Api {}, "labels")`.
    pub(super) async fn child<C: Connector>(&self, _: &C, list: &str) -> Vec<String> {
        let tables = tables::<C>();
        let name = format!("{}__{list}", tables.root().name);
        let at = tables.iter().position(|table| table.name == name);
        self.table::<C>(at.unwrap_or_else(|| panic!("BUG: no list makes the table `{name}`"))).await
    }

    /// The load that wrote each row of the resource's table, beside the first column.
    pub(super) async fn load_ids<C: Connector>(&self, _: &C) -> Vec<(String, i64)> {
        let tables = tables::<C>();
        let first = &tables.root().columns[0];
        let columns = [(first.name.as_str(), first.ty), (LOAD_ID, LogicalType::I64)];
        let rows = self.select(&tables.root().name, &columns).await;
        let pair = |row: &String| {
            let (key, id) = row.split_once('|')?;
            Some((key.to_owned(), id.parse().ok()?))
        };
        let pairs: Option<_> = rows.iter().map(pair).collect();
        pairs.unwrap_or_else(|| panic!("`{LOAD_ID}` is no number: {rows:?}"))
    }

    /// These columns of a table: the values joined by `|`, null as `null`, sorted.
    pub(super) async fn select(&self, table: &str, columns: &[(&str, LogicalType)]) -> Vec<String> {
        let columns: Vec<_> = columns.iter().map(|&(name, ty)| Selected { name, ty }).collect();
        let rows = self.harness.rows(table, &columns).await;
        let join = |row: Vec<Option<String>>| {
            let values: Vec<_> =
                row.iter().map(|value| value.as_deref().unwrap_or("null")).collect();
            values.join("|")
        };
        let mut rows: Vec<_> = rows.into_iter().map(join).collect();
        rows.sort();
        rows
    }

    async fn table<C: Connector>(&self, at: usize) -> Vec<String> {
        let table = &tables::<C>()[at];
        let columns: Vec<_> =
            table.columns.iter().map(|column| (column.name.as_str(), column.ty)).collect();
        self.select(&table.name, &columns).await
    }

    async fn state<C: Connector>(&self) -> Option<State> {
        const COLUMNS: [Selected<'_>; 4] = [
            Selected { name: "connector", ty: LogicalType::Text },
            Selected { name: "resource", ty: LogicalType::Text },
            Selected { name: "partition", ty: LogicalType::Text },
            Selected { name: "state", ty: LogicalType::Json },
        ];
        let (connector, resource) = (C::SPEC.name, C::SPEC.resources[0].name);
        let rows = self.harness.rows("_connector_state", &COLUMNS).await;
        let ours = |row: &&Vec<Option<String>>| {
            let [of_connector, of_resource, partition, _] = &row[..] else { return false };
            of_connector.as_deref() == Some(connector)
                && of_resource.as_deref() == Some(resource)
                && partition.as_deref() == Some("")
        };
        let ours: Vec<_> = rows.iter().filter(ours).collect();
        assert!(ours.len() < 2, "one state a resource: {ours:?}");
        let json = ours.first()?[3].as_deref().unwrap_or_default();
        let state = serde_json::from_str(json);
        Some(state.unwrap_or_else(|error| panic!("no state: {json:?}: {error}")))
    }

    async fn log(&self, report: &Report) -> Vec<String> {
        let integer = |name| Selected { name, ty: LogicalType::I64 };
        let text = |name| Selected { name, ty: LogicalType::Text };
        let mut columns = vec![integer("load_id"), text("status")];
        columns.extend(COUNTS.map(integer));
        columns.push(text("error"));
        let id = report.load_id.to_string();
        let rows = self.harness.rows("_connector_loads", &columns).await;
        let mut ours = rows.into_iter().filter(|row| row[0].as_ref() == Some(&id));
        let line = ours.next().unwrap_or_default();
        assert!(ours.next().is_none(), "one line in the log for a load and resource");
        line.into_iter().skip(1).map(Option::unwrap_or_default).collect()
    }
}

impl Loaded {
    /// The number of the load.
    pub(super) fn id(&self) -> i64 {
        self.report.load_id
    }

    /// It came to its end, with exactly these counts, in report and log alike, and the state says so.
    #[track_caller]
    pub(super) fn done(&self, expected: RowCounts) {
        self.ended(Status::Done, expected);
        let state = self.state.as_ref().unwrap_or_else(|| panic!("no state: {:?}", self.report));
        assert!(state.complete, "{state:?}");
        assert_eq!((state.load_id, state.rows), (self.id(), expected.received), "{state:?}");
    }

    /// The API had less than it had promised.
    #[track_caller]
    pub(super) fn partial(&self, expected: RowCounts) {
        self.ended(Status::Partial, expected);
        let state = self.state.as_ref().unwrap_or_else(|| panic!("no state: {:?}", self.report));
        assert!(!state.complete, "{state:?}");
        assert_eq!((state.load_id, state.rows), (self.id(), expected.received), "{state:?}");
    }

    /// It failed, for a reason that has these phrases; the state is that of what is there.
    #[track_caller]
    pub(super) fn failed(&self, expected: RowCounts, phrases: &[&str]) {
        self.ended(Status::Failed, expected);
        says(self.resource().error.as_ref(), phrases);
        match &self.state {
            // nothing became visible, and nothing is remembered
            state if expected.discarded + expected.quarantined == expected.received => {
                assert_eq!(state, &self.before);
            }
            Some(state) => {
                assert!(!state.complete, "{state:?}");
                assert_eq!(state.load_id, self.id(), "{state:?}");
            }
            None => panic!("rows, but no state: {:?}", self.report),
        }
    }

    /// The run ended before its first request, for a reason that has these phrases.
    #[track_caller]
    pub(super) fn refused(&self, phrases: &[&str]) {
        assert!(self.report.resources.is_empty(), "{:?}", self.report);
        says(self.report.error.as_ref(), phrases);
        assert_eq!(self.state, self.before);
    }

    /// Nothing of it became visible, though so many rows came.
    #[track_caller]
    pub(super) fn withheld(&self, received: u64) {
        let resource = self.resource();
        assert!(matches!(resource.status, Status::Failed | Status::Partial), "{:?}", self.report);
        self.ended(resource.status, counts!(discarded: received));
        assert_eq!(self.state, self.before);
    }

    /// The report has these phrases, in its error or in warnings.
    #[track_caller]
    pub(super) fn tells(&self, phrases: &[&str]) {
        let resource = self.resource();
        let error = resource.error.iter().map(ToString::to_string);
        let text: Vec<_> = error.chain(resource.warnings.iter().cloned()).collect();
        let text = text.join("\n");
        for phrase in phrases {
            assert!(text.contains(phrase), "expected {phrase:?} in:\n{text}");
        }
    }

    /// What was made or altered: `table: change`.
    pub(super) fn changes(&self) -> Vec<String> {
        let changes = self.report.schema_changes.iter();
        changes.map(|change| format!("{}: {}", change.table, change.change)).collect()
    }

    #[track_caller]
    fn ended(&self, status: Status, expected: RowCounts) {
        let resource = self.resource();
        assert_eq!((resource.status, resource.rows), (status, expected), "{:?}", self.report);
        assert!(resource.rows.adds_up(), "every row has one fate: {:?}", resource.rows);
        let RowCounts { received, inserted, updated, unchanged, deleted, .. } = expected;
        let RowCounts { filtered, quarantined, removed, .. } = expected;
        let counts =
            [received, inserted, updated, unchanged, deleted, filtered, quarantined, removed];
        let error = resource.error.as_ref().map(|error| error.message().to_owned());
        let (log_error, log) =
            self.log.split_last().unwrap_or_else(|| panic!("no line in the log"));
        let counts = counts.map(|count| count.to_string());
        assert_eq!(log[0], status.as_str(), "the log's status");
        assert_eq!(log[1..], counts, "the log's {COUNTS:?}");
        match error {
            Some(message) => assert!(log_error.contains(&message), "{log_error:?}: {message}"),
            None => assert_eq!(log_error, "", "the log's error"),
        }
    }

    #[track_caller]
    pub(super) fn resource(&self) -> &ResourceReport {
        self.report
            .resources
            .first()
            .unwrap_or_else(|| panic!("it did not begin: {:?}", self.report))
    }
}

#[track_caller]
fn says(error: Option<&Error>, phrases: &[&str]) {
    let error = error.unwrap_or_else(|| panic!("no error"));
    let text = error.to_string();
    for phrase in phrases {
        assert!(text.contains(phrase), "expected {phrase:?} in:\n{text}");
    }
}

fn tables<C: Connector>() -> Tables {
    Tables::of(C::SPEC.resources[0])
}
