//! Rows that are kept apart in private tables, until one transaction merges them.

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use rusqlite::Connection;
use std::sync::Arc;

use super::explain::explain;
use super::insert::Insert;
use super::worker::execute_all;
use crate::destination::Load;
use crate::destination::sql::keys::may_repeat;
use crate::destination::sql::merge::{Merge, ROW, Stages, Step, settle};
use crate::destination::sql::{Space, quote};
use crate::error::Result;
use crate::report::RowCounts;
use crate::spec::WriteDisposition;
use crate::value::LogicalType;

/// The stages of a load and the statements that empty them into its tables.
#[derive(Debug)]
pub(super) struct Stage {
    inserts: Vec<Insert>,
    create: Vec<String>,
    /// For a load that waits, before it is merged.
    index: Option<String>,
    dedup: Option<Step>,
    publish: Vec<Step>,
    missing: Vec<Step>,
    has_rows: String,
    clear: Vec<String>,
    drop: Vec<String>,
    /// Rows of the resource in the stage.
    staged: u64,
    /// A key may have come twice.
    repeats: bool,
}

impl Stage {
    /// `place`: tells its tables from those of other loads.
    pub(super) fn new(space: &Space, load: &Load, load_id: i64, place: u64) -> Self {
        let temporary = |name: &str| format!("temp.{}", quote(name));
        let stage = |at: usize| format!("_connector_stage_{place}_{at}");
        let stages = Stages {
            tables: (0..load.tables.len()).map(|at| temporary(&stage(at))).collect(),
            fates: temporary(&format!("_connector_fates_{place}")),
            seen: temporary(&format!("_connector_seen_{place}")),
        };
        let merge = Merge::new(space, load, stages.clone(), load_id);
        let keyed = load.tables.root().key().next().is_some();
        let mut tables = Vec::new();
        let mut inserts = Vec::new();
        for (table, stage) in load.tables.iter().zip(&stages.tables) {
            let key = if table.parent.is_none() {
                format!(", PRIMARY KEY ({ROW})")
            } else {
                String::new()
            };
            tables.push((stage, format!("{}{key}", merge.stage_columns(table))));
            let types = table.columns.iter().map(|column| column.ty).chain([LogicalType::I64]);
            inserts.push(Insert::new(stage, types, None, ""));
        }
        if keyed {
            tables.push((&stages.fates, merge.fate_columns()));
        }
        if merge.collects_keys() {
            tables.push((&stages.seen, merge.seen_columns()));
        }
        let mut create: Vec<_> = tables
            .iter()
            .flat_map(|(name, columns)| {
                let drop = format!("DROP TABLE IF EXISTS {name}");
                [drop, format!("CREATE TABLE {name} ({columns}) STRICT")]
            })
            .collect();
        for at in 1..load.tables.len() {
            let index = format!("{}_row", stage(at));
            // children are looked up one by one: each among those of its row
            let key = load.tables[at].key().map(|column| space.name(&column.name));
            let key: String = key.map(|name| format!(", {name}")).collect();
            create.push(format!(
                "CREATE INDEX temp.{} ON {} ({ROW}{key})",
                quote(&index),
                quote(&stage(at))
            ));
        }
        let key: Vec<_> = load.tables.root().key().map(|column| space.name(&column.name)).collect();
        let appends = load.write.disposition == WriteDisposition::Append;
        let index = (keyed && load.waits() && !appends).then(|| {
            let index = format!("{}_key", stage(0));
            format!(
                "CREATE INDEX temp.{} ON {} ({})",
                quote(&index),
                quote(&stage(0)),
                key.join(", ")
            )
        });
        let cleared = stages.tables.iter().chain(keyed.then_some(&stages.fates));
        Self {
            inserts,
            create,
            index,
            dedup: merge.dedup(),
            publish: merge.publish(),
            missing: merge.missing(),
            has_rows: merge.has_rows(),
            clear: cleared.map(|name| format!("DELETE FROM {name}")).collect(),
            drop: tables.iter().map(|(name, _)| format!("DROP TABLE {name}")).collect(),
            staged: 0,
            repeats: load.waits(),
        }
    }

    /// Makes the private tables.
    pub(super) fn create(&self, connection: &Connection) -> Result<()> {
        execute_all(connection, &self.create)
    }

    /// Takes the private tables away.
    pub(super) fn drop(&self, connection: &Connection) -> Result<()> {
        execute_all(connection, &self.drop)
    }

    /// Keeps the rows of a batch apart.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        load: &Load,
        batch: &RecordBatch,
    ) -> Result<()> {
        let parts = load.tables.split(batch);
        self.repeats |= may_repeat(&parts[0], load.tables.root());
        let first = i64::try_from(self.staged).unwrap_or(i64::MAX);
        for ((table, part), insert) in load.tables.iter().zip(parts).zip(&self.inserts) {
            let rows =
                Int64Array::from_iter_values(part.rows.values().iter().map(|row| first + row));
            let rows: ArrayRef = Arc::new(rows);
            let arrays: Vec<_> = part.columns.into_iter().chain([rows]).collect();
            let types = table.columns.iter().map(|column| column.ty);
            insert.run(connection, &arrays, types.chain([LogicalType::I64]))?;
        }
        self.staged += batch.num_rows() as u64;
        Ok(())
    }

    /// Merges a batch.
    pub(super) fn merge(
        &mut self,
        connection: &Connection,
        load: &Load,
        batch: &RecordBatch,
    ) -> Result<RowCounts> {
        self.add(connection, load, batch)?;
        let counts = self.publish(connection)?;
        self.repeats = false;
        self.clear(connection)?;
        Ok(counts)
    }

    /// Forgets what was merged.
    pub(super) fn clear(&self, connection: &Connection) -> Result<()> {
        execute_all(connection, &self.clear)
    }

    /// Merges what is in the stages.
    pub(super) fn publish(&mut self, connection: &Connection) -> Result<RowCounts> {
        if let Some(index) = &self.index {
            connection.execute_batch(index).map_err(explain)?;
        }
        let dedup = self.dedup.iter().filter(|_| self.repeats);
        run(connection, dedup.chain(&self.publish), std::mem::take(&mut self.staged))
    }

    /// Removes the rows that a complete scan did not bring.
    pub(super) fn remove_missing(&self, connection: &Connection) -> Result<RowCounts> {
        run(connection, &self.missing, 0)
    }

    /// Whether rows wait in the stages.
    pub(super) fn is_empty(&self) -> bool {
        self.staged == 0
    }

    /// Whether the table has any row.
    pub(super) fn table_has_rows(&self, connection: &Connection) -> Result<bool> {
        connection.prepare(&self.has_rows).and_then(|mut query| query.exists([])).map_err(explain)
    }
}

/// Runs the steps of a merge of so many rows.
fn run<'a>(
    connection: &Connection,
    steps: impl IntoIterator<Item = &'a Step>,
    staged: u64,
) -> Result<RowCounts> {
    let mut affected = Vec::new();
    for step in steps {
        let mut statement = connection.prepare_cached(&step.sql).map_err(explain)?;
        affected.push((step, statement.execute([]).map_err(explain)? as u64));
    }
    settle(affected, staged)
}
