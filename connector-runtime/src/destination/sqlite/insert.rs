//! Arrow arrays into a table, many rows a statement.

use std::fmt::Write as _;

use arrow_array::ArrayRef;
use rusqlite::Connection;

use super::bind::{self, Columns};
use super::explain::explain;
use crate::error::Result;
use crate::value::LogicalType;

/// Rows of one statement, where the columns allow it.
const ROWS: usize = 100;
/// Texts that a statement holds at once. SQLite has memory at hand for about ninety short ones; each
/// one more is an allocation behind a lock.
const TEXTS: usize = 64;
/// Rows lie apart where less than one of so many is inserted, each in a page of the table for itself. What a
/// statement of many rows writes to is copied before, beyond 64 KiB to a file, lest it fail: one row needs no
/// copy.
const APART: usize = 8;
/// SQLite's own limit.
const MAX_PARAMETERS: usize = 32_766;

/// An insert, for many rows at once and for the few that are left.
#[derive(Debug)]
pub(super) struct Insert {
    width: usize,
    rows: usize,
    many: String,
    one: String,
}

impl Insert {
    /// `into`: the table and its columns, of which those of `types` are bound and `last`, if it is
    /// there, is the value of one more; `end`: what follows the values.
    pub(super) fn new(
        into: &str,
        types: impl Iterator<Item = LogicalType> + Clone,
        last: Option<i64>,
        end: &str,
    ) -> Self {
        let width = types.clone().count();
        let texts = types.filter(|ty| bind::is_text(*ty)).count();
        let rows = (MAX_PARAMETERS / width.max(1)).min(TEXTS / texts.max(1)).clamp(1, ROWS);
        let last = last.map(|value| format!(", {value}")).unwrap_or_default();
        let marks = vec!["?"; width].join(", ");
        let statement = |rows: usize| {
            let mut sql = format!("INSERT INTO {into} VALUES ");
            for row in 0..rows {
                let comma = if row == 0 { "" } else { ", " };
                let _ = write!(sql, "{comma}({marks}{last})");
            }
            format!("{sql} {end}")
        };
        Self { width, rows, many: statement(rows), one: statement(1) }
    }

    /// Inserts every row of the arrays, whose types are these.
    pub(super) fn run(
        &self,
        connection: &Connection,
        arrays: &[ArrayRef],
        types: impl Iterator<Item = LogicalType>,
    ) -> Result<()> {
        let count = arrays.first().map_or(0, |array| array.len());
        self.insert(connection, Columns::new(arrays, types), 0..count, self.rows)
    }

    /// Inserts some rows of the arrays, which are in order.
    pub(super) fn run_rows(
        &self,
        connection: &Connection,
        arrays: &[ArrayRef],
        types: impl Iterator<Item = LogicalType>,
        rows: &[usize],
    ) -> Result<()> {
        let span = rows.last().zip(rows.first()).map_or(0, |(last, first)| last - first);
        let at_once = if rows.len() * APART < span { 1 } else { self.rows };
        self.insert(connection, Columns::new(arrays, types), rows.iter().copied(), at_once)
    }

    /// Inserts rows, as many a statement as there can be or one.
    fn insert(
        &self,
        connection: &Connection,
        mut columns: Columns,
        mut rows: impl ExactSizeIterator<Item = usize>,
        at_once: usize,
    ) -> Result<()> {
        if at_once > 1 && rows.len() >= at_once {
            let mut many = connection.prepare_cached(&self.many).map_err(explain)?;
            while rows.len() >= at_once {
                for (place, row) in rows.by_ref().take(at_once).enumerate() {
                    columns.bind(&mut many, place * self.width, row)?;
                }
                many.raw_execute().map_err(explain)?;
            }
        }
        let mut one = connection.prepare_cached(&self.one).map_err(explain)?;
        for row in rows {
            columns.bind(&mut one, 0, row)?;
            one.raw_execute().map_err(explain)?;
        }
        Ok(())
    }

    /// Inserts some rows of the arrays one by one, and says after each that it was done.
    pub(super) fn each(
        &self,
        connection: &Connection,
        arrays: &[ArrayRef],
        types: impl Iterator<Item = LogicalType>,
        rows: impl Iterator<Item = usize>,
        mut done: impl FnMut(usize),
    ) -> Result<()> {
        let mut columns = Columns::new(arrays, types);
        let mut one = connection.prepare_cached(&self.one).map_err(explain)?;
        for row in rows {
            columns.bind(&mut one, 0, row)?;
            one.raw_execute().map_err(explain)?;
            done(row);
        }
        Ok(())
    }
}
