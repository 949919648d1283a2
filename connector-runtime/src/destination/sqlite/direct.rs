//! Plain merges go straight into the tables, without a stage: many rows a statement, and where rows
//! have lists one, because what becomes of a row decides about its lists.

use arrow_array::RecordBatch;
use rusqlite::Connection;
use tracing::debug;

use super::changes::Changes;
use super::explain::explain;
use super::insert::Insert;
use super::nested::Lists;
use super::same::Same;
use super::stage::Stage;
use crate::destination::Load;
use crate::destination::sql::{Space, ddl};
use crate::error::{ErrorKind, Result};
use crate::report::RowCounts;
use crate::schema::LOAD_ID;
use crate::spec::{ColumnMark, MergeStrategy};

/// The row that is there already; no table has this name.
const THERE: &str = "_connector_there";

/// A plain merge.
#[derive(Debug)]
pub(super) struct Direct {
    /// Whether a table has triggers. What they write or drop cannot be told from what became of a row.
    is_triggered: String,
    /// Leaves out what is there already.
    same: Option<Same>,
    insert: Insert,
    /// What the rows of lists take, if there are any.
    lists: Option<Lists>,
    changes: Changes,
    table: String,
    /// For batches in which a key comes twice, where the last row alone counts, for those whose rows are
    /// refused one after the other, and for tables with triggers.
    stage: Stage,
    has_stage: bool,
}

/// Whether the rows of a load can be judged one by one, by the tables alone.
pub(super) fn is_direct(load: &Load) -> bool {
    let root = load.tables.root();
    let deletes = |mark| matches!(mark, ColumnMark::HardDelete | ColumnMark::SoftDelete);
    !load.waits()
        && load.write.delete_missing.is_none()
        && load.replays.is_none()
        && root.marked(deletes).is_none()
}

impl Direct {
    pub(super) fn new(
        connection: &Connection,
        space: &Space,
        load: &Load,
        load_id: i64,
        place: u64,
    ) -> Result<Self> {
        let lists = match load.tables.is_nested() {
            true => Some(Lists::new(connection, space, load, load_id, place)?),
            false => None,
        };
        let hooks: Vec<_> = load.tables.iter().map(|table| space.has_hooks(&table.name)).collect();
        Ok(Self {
            is_triggered: format!("SELECT {}", hooks.join(" OR ")),
            same: Same::new(connection, space, load.tables.root(), place)?,
            insert: upsert(space, load, load_id),
            lists,
            changes: Changes::default(),
            table: load.tables.root().name.clone(),
            stage: Stage::new(space, load, load_id, place),
            has_stage: false,
        })
    }

    /// Counts what happens to the table from now on. A connection has one watcher, and several loads.
    pub(super) fn watch(&self, connection: &mut Connection) -> Result<()> {
        self.changes.watch(connection, self.table.clone()).map_err(explain)
    }

    /// Merges a batch, inside of a transaction, while the table is watched. `None`: a key comes twice in
    /// it, or the tables have triggers or refuse its rows in this order, and nothing of the transaction may be
    /// kept.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        load: &Load,
        batch: &RecordBatch,
    ) -> Result<Option<RowCounts>> {
        match self.merge(connection, load, batch) {
            // a unique index or a foreign key of a table's own: the transaction of what the disk refuses ends
            Err(error) if error.kind() == ErrorKind::Destination && !connection.is_autocommit() => {
                debug!(target: "connector_runtime::destination", "through a stage: {error}");
                Ok(None)
            }
            merged => merged,
        }
    }

    fn merge(
        &mut self,
        connection: &Connection,
        load: &Load,
        batch: &RecordBatch,
    ) -> Result<Option<RowCounts>> {
        let Self { is_triggered, same, insert, lists, changes, .. } = self;
        let mut triggered = connection.prepare_cached(is_triggered).map_err(explain)?;
        if triggered.query_row([], |row| row.get(0)).map_err(explain)? {
            return Ok(None);
        }
        if let Some(lists) = lists {
            return lists.write(connection, load, batch, (same.as_ref(), insert), changes);
        }
        let types = load.tables.root().columns.iter().map(|column| column.ty);
        let arrays = batch.columns();
        let rows = match same {
            Some(same) => same.others(connection, arrays, types.clone())?,
            None => None,
        };
        match rows {
            Some(rows) => insert.run_rows(connection, arrays, types, &rows)?,
            None => insert.run(connection, arrays, types)?,
        }
        Ok(changes.of(batch.num_rows() as u64))
    }

    /// The same for a batch that goes through a stage.
    pub(super) fn write_once(
        &mut self,
        connection: &Connection,
        load: &Load,
        batch: &RecordBatch,
    ) -> Result<RowCounts> {
        if !self.has_stage {
            self.stage.create(connection)?;
            self.has_stage = true;
        }
        let counts = self.stage.merge(connection, load, batch)?;
        // what the stage has done is counted
        self.changes.of(0);
        Ok(counts)
    }

    /// Takes away what was made for the load.
    pub(super) fn clear(self, connection: &mut Connection) -> Result<()> {
        Changes::unwatch(connection).map_err(explain)?;
        if let Some(same) = &self.same {
            same.clear(connection)?;
        }
        if let Some(lists) = &self.lists {
            lists.clear(connection)?;
        }
        if self.has_stage { self.stage.drop(connection) } else { Ok(()) }
    }
}

/// Rows whose key is there update it, if any value differs; the load id alone is no difference.
fn upsert(space: &Space, load: &Load, load_id: i64) -> Insert {
    let table = load.tables.root();
    let names: Vec<_> = table.columns.iter().map(|column| space.name(&column.name)).collect();
    let types = table.columns.iter().map(|column| column.ty);
    let key = ddl::key(table, &load.write);
    let into = format!("{} AS {THERE} ({}, {LOAD_ID})", space.table(&table.name), names.join(", "));
    let conflict = format!("ON CONFLICT ({})", ddl::list(space, key.iter().copied()));
    let others: Vec<_> = table.columns.iter().filter(|column| !column.primary_key).collect();
    if others.is_empty() || load.write.strategy == MergeStrategy::InsertOnly {
        let end = format!("{conflict} DO NOTHING");
        return Insert::new(&into, types, Some(load_id), &end);
    }
    let names_of_others = || others.iter().map(|column| space.name(&column.name));
    let set = names_of_others().chain([LOAD_ID.to_owned()]);
    let set: Vec<_> = set.map(|name| format!("{name} = excluded.{name}")).collect();
    // a table that was made by hand may take `A` and `a` for one text
    let differs = |name| format!("{THERE}.{name} IS NOT excluded.{name} COLLATE BINARY");
    let differs: Vec<_> = names_of_others().map(differs).collect();
    let newer = table.marked(|mark| mark == ColumnMark::Version).map(|version| {
        let name = space.name(&version.name);
        format!(" AND ({THERE}.{name} IS NULL OR excluded.{name} >= {THERE}.{name})")
    });
    let end = format!(
        "{conflict} DO UPDATE SET {} WHERE ({}){}",
        set.join(", "),
        differs.join(" OR "),
        newer.unwrap_or_default()
    );
    Insert::new(&into, types, Some(load_id), &end)
}
