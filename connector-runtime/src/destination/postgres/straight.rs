//! Batches whose keys are all new: rows that go by `COPY` straight into their tables.
//!
//! Nothing is looked up before. A key that is there refuses the `COPY`, and the transaction is repeated by way of
//! the stages. That is dear, so rows go straight only into tables without any, and behind batches that
//! were wholly new. What else may refuse a row here, a constraint or a trigger that would never have seen it, is
//! left to the stages to tell, too.

use super::catalog;
use super::connection::Connection;
use super::copy::{Last, Rows};
use super::explain::Failure;
use crate::destination::Load;
use crate::destination::sql::Space;
use crate::destination::sql::merge::{Count, Step, all_listed, settle};
use crate::report::RowCounts;
use crate::schema::{LOAD_ID, Part, Table};
use crate::spec::ColumnMark;

/// The statements that copy a batch into its tables, and what is known of the batches so far.
#[derive(Debug)]
pub(super) struct Straight {
    /// Keeps the tables as they are until the transaction ends.
    lock: String,
    /// Whether they take the rows as they are, which others may have changed since the last batch.
    fits: String,
    /// `COPY` of each table.
    copies: Vec<Step>,
    load_id: i64,
    /// Batches without a break that were wholly new.
    new: u32,
    /// So many of them are wanted.
    wanted: u32,
}

/// Whether a row that is not there is inserted as it came, and nothing else is to be done about it.
fn is_straight(load: &Load) -> bool {
    let root = load.tables.root();
    load.store
        && !load.waits()
        && load.write.delete_missing.is_none()
        && root.key().next().is_some()
        && root.marked(|mark| mark == ColumnMark::HardDelete).is_none()
}

impl Straight {
    /// `None`: the rows of the load have to be judged.
    pub(super) async fn of(
        connection: &mut Connection,
        space: &Space,
        load: &Load,
        load_id: i64,
        stages: &[String],
    ) -> Result<Option<Self>, Failure> {
        if !is_straight(load) {
            return Ok(None);
        }
        let targets: Vec<_> = load.tables.iter().map(|table| space.table(&table.name)).collect();
        let lock = format!("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE", targets.join(", ONLY "));
        let fits = catalog::takes_copies(space, &load.tables, stages);
        let is_empty = catalog::is_empty(connection, &targets[0]).await?;
        let copy = |(at, (table, name)): (usize, (&Table, &String))| {
            let names = table.columns.iter().map(|column| space.name(&column.name));
            let names: Vec<_> = names.chain([LOAD_ID.to_owned()]).collect();
            let sql = format!("COPY {name} ({}) FROM STDIN (FORMAT binary)", names.join(", "));
            Step { sql, count: (at == 0).then_some(Count::All) }
        };
        let copies = load.tables.iter().zip(&targets).enumerate().map(copy).collect();
        let load_id = load.load_id_of_rows(load_id);
        let fits = format!("SELECT {fits}");
        Ok(Some(Self { lock, fits, copies, load_id, new: is_empty.into(), wanted: 1 }))
    }

    /// Whether the next batch is to go straight.
    pub(super) fn is_next(&self) -> bool {
        self.new >= self.wanted
    }

    /// A batch was committed.
    pub(super) fn committed(&mut self, is_new: bool) {
        self.new = if is_new { self.new.saturating_add(1) } else { 0 };
    }

    /// A batch was refused that went straight: it goes by way of the stages now, and the next one to go straight
    /// is wanted later.
    pub(super) fn refused(&mut self) {
        self.new = 0;
        self.wanted = self.wanted.saturating_mul(2);
    }

    /// Whether the tables take a batch as it is, until the transaction ends.
    pub(super) async fn is_open(&self, connection: &mut Connection) -> Result<bool, Failure> {
        connection.execute(&[&self.lock]).await?;
        Ok(connection.value(&self.fits).await?.as_deref() == Some("t"))
    }

    /// Copies the rows of a batch.
    pub(super) async fn insert(
        &self,
        connection: &mut Connection,
        load: &Load,
        parts: &[Part],
    ) -> Result<RowCounts, Failure> {
        let mut taken = Vec::new();
        for ((table, part), copy) in load.tables.iter().zip(parts).zip(&self.copies) {
            if part.rows.is_empty() {
                continue;
            }
            let types = table.columns.iter().map(|column| column.ty);
            let last = Last::Same(self.load_id);
            let rows = Rows::new(part.columns.iter().zip(types), &part.rows, last);
            let written = connection.copy(&copy.sql, rows).await?;
            if table.parent.is_some() {
                all_listed(&table.name, part.rows.len() as u64, written)?;
            }
            taken.push((copy, written));
        }
        Ok(settle(taken, parts[0].rows.len() as u64)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_refused_tries_again_later_each_time() {
        let (lock, fits, copies) = (String::new(), String::new(), Vec::new());
        let mut straight = Straight { lock, fits, copies, load_id: 1, new: 1, wanted: 1 };
        for wanted in [2, 4, 8] {
            assert!(straight.is_next());
            straight.refused();
            for _ in 1..wanted {
                straight.committed(true);
                assert!(!straight.is_next(), "{wanted}");
            }
            straight.committed(true);
        }
        straight.committed(false);
        assert!(!straight.is_next(), "a batch that was not new");
    }
}
