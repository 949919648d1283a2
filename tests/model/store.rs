//! [`Store`]: where the rows of a schedule go, and what is there.

use connector_runtime::destination::Destination;
use connector_runtime::state::State;
use connector_runtime::{Date, Timestamp};
use connector_tests::sim::{DAY, Kind, SimRow};
use connector_tests::{Cell, CellRow, Database, Folder, Shelf};

use crate::variant::Resource;

/// A destination that outlives its runs.
pub(crate) enum Store {
    Memory(Shelf),
    Sqlite(Database),
}

impl Store {
    pub(crate) fn memory() -> Self {
        Self::Memory(Shelf::default())
    }

    /// A file, in memory where the system has a folder for that.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(Folder::in_memory().into_database())
    }

    pub(crate) fn destination(&self) -> Box<dyn Destination> {
        match self {
            Self::Memory(shelf) => Box::new(shelf.destination()),
            Self::Sqlite(database) => Box::new(database.destination()),
        }
    }

    /// The rows of a resource, by id.
    pub(crate) fn rows(&self, resource: &Resource) -> Vec<SimRow> {
        let mut rows: Vec<SimRow> = match self {
            Self::Memory(shelf) => {
                shelf.rows(resource.name).into_iter().map(|row| parse(resource, row)).collect()
            }
            Self::Sqlite(database) if !has_table(database, resource.name) => Vec::new(),
            Self::Sqlite(database) => {
                let columns = columns(resource).join(", ");
                let sql = format!("SELECT {columns} FROM {}", resource.name);
                let rows = database.texts(&sql).into_iter();
                rows.map(|row| parse(resource, row.into_iter().map(cell).collect())).collect()
            }
        };
        rows.sort();
        rows
    }

    /// The states of a resource, by partition.
    pub(crate) fn states(&self, resource: &Resource) -> Vec<(String, State)> {
        match self {
            Self::Memory(shelf) => shelf.states(resource.name),
            Self::Sqlite(database) if !has_table(database, "_connector_state") => Vec::new(),
            Self::Sqlite(database) => {
                let sql = format!(
                    "SELECT partition, state FROM _connector_state WHERE resource = '{}'",
                    resource.name
                );
                let state = |text: String| serde_json::from_str(&text).expect("a state");
                database.query(&sql, |row| Ok((row.get(0)?, state(row.get(1)?))))
            }
        }
    }
}

/// Whether a table is there: a run may have ended before it made any.
fn has_table(database: &Database, name: &str) -> bool {
    let sql = format!("SELECT count(*) FROM sqlite_master WHERE name = '{name}'");
    database.path().exists() && database.value::<i64>(&sql) > 0
}

/// The columns of a table, in the order of the struct's fields.
fn columns(resource: &Resource) -> Vec<&'static str> {
    let scope = match resource.parent {
        None => "team",
        Some("parents") => "parent_id",
        Some(_) => "child_id",
    };
    let mut columns = vec!["id"];
    columns.extend(resource.has_scope().then_some(scope));
    columns.extend(resource.tombstones.then_some("gone"));
    columns.extend(["at", "value"]);
    columns
}

fn cell(text: Option<String>) -> Cell {
    text.map_or(Cell::Null, Cell::Text)
}

fn parse(resource: &Resource, row: CellRow) -> SimRow {
    let mut parsed = SimRow { id: 0, scope: String::new(), at: None, value: 0, gone: false };
    for (column, cell) in columns(resource).into_iter().zip(row) {
        match column {
            "id" => parsed.id = integer(&cell),
            "value" => parsed.value = integer(&cell),
            "gone" => parsed.gone = integer(&cell) != 0,
            "at" => parsed.at = tick(resource.kind(), &cell),
            _ => parsed.scope = text(cell),
        }
    }
    parsed
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Text(text) => text,
        Cell::Integer(number) => number.to_string(),
        Cell::Null => panic!("a column that is never null"),
    }
}

fn integer(cell: &Cell) -> i64 {
    match cell {
        Cell::Integer(number) => i64::try_from(*number).expect("an i64"),
        Cell::Text(text) => text.parse().expect("a number"),
        Cell::Null => panic!("a column that is never null"),
    }
}

/// The cursor of a row as the source has it.
fn tick(kind: Kind, cell: &Cell) -> Option<i64> {
    Some(match (kind, cell) {
        (_, Cell::Null) => return None,
        (Kind::Date, Cell::Integer(days)) => i64::try_from(*days).expect("a day") * DAY,
        (Kind::Date, Cell::Text(text)) => date(text.parse().expect("a date")),
        (Kind::Instant { .. }, Cell::Text(text)) => instant(text.parse().expect("an instant")),
        (_, cell) => integer(cell),
    })
}

pub(crate) fn date(date: Date) -> i64 {
    instant(format!("{date}T00:00:00Z").parse().expect("an instant"))
}

pub(crate) fn instant(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}
