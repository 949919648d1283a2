//! Rows that go by `COPY` straight into their tables. A key that is there refuses them.

use super::connection::Connection;
use super::copy::{Last, Rows};
use super::explain::Failure;
use crate::destination::Load;
use crate::destination::sql::Space;
use crate::destination::sql::merge::{Count, Step, all_listed, settle};
use crate::report::RowCounts;
use crate::schema::{LOAD_ID, Part, Table};

/// The statements that copy a batch into its tables.
#[derive(Debug)]
pub(super) struct Straight {
    /// `COPY` of each table.
    copies: Vec<Step>,
    load_id: i64,
}

impl Straight {
    pub(super) fn of(space: &Space, load: &Load, load_id: i64, targets: &[String]) -> Self {
        let copy = |(at, (table, name)): (usize, (&Table, &String))| {
            let names = table.columns.iter().map(|column| space.name(&column.name));
            let names: Vec<_> = names.chain([LOAD_ID.to_owned()]).collect();
            let sql = format!("COPY {name} ({}) FROM STDIN (FORMAT binary)", names.join(", "));
            Step { sql, count: (at == 0).then_some(Count::All) }
        };
        let copies = load.tables.iter().zip(targets).enumerate().map(copy).collect();
        Self { copies, load_id: load.load_id_of_rows(load_id) }
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
