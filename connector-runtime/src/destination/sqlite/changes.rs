//! Counts: SQLite itself says, row by row, what it did.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::Action;

use crate::report::RowCounts;

/// Rows that were inserted and updated in one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Arc<Mutex<Touched>>);

/// The numbers that SQLite has for these rows, since the last count.
#[derive(Debug, Default)]
struct Touched {
    inserted: Vec<i64>,
    updated: Vec<i64>,
}

impl Changes {
    /// Counts the rows of this table, and those of no other any more; what triggers write elsewhere
    /// does not count.
    pub(super) fn watch(&self, connection: &mut Connection, table: String) -> rusqlite::Result<()> {
        let touched = self.0.clone();
        *touched.lock().unwrap_or_else(PoisonError::into_inner) = Touched::default();
        connection.update_hook(Some(move |action, database: &str, changed: &str, row| {
            // as a rule it is the same text, and this is asked for every row
            let is_it = changed == table || changed.eq_ignore_ascii_case(&table);
            if !is_it || database != "main" {
                return;
            }
            let mut touched = touched.lock().unwrap_or_else(PoisonError::into_inner);
            match action {
                Action::SQLITE_INSERT => touched.inserted.push(row),
                Action::SQLITE_UPDATE => touched.updated.push(row),
                _ => {}
            }
        }))
    }

    /// How many rows were inserted and updated since the last count.
    pub(super) fn so_far(&self) -> (usize, usize) {
        let touched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (touched.inserted.len(), touched.updated.len())
    }

    /// Counts nothing any more.
    pub(super) fn unwatch(connection: &mut Connection) -> rusqlite::Result<()> {
        connection.update_hook(None::<fn(Action, &str, &str, i64)>)
    }

    /// What became of so many rows, since the last call. `None`: a row was written twice, because
    /// its key came twice, or because of a trigger.
    pub(super) fn of(&self, rows: u64) -> Option<RowCounts> {
        let touched = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let inserted = touched.inserted.len() as u64;
        let updated = touched.updated.len() as u64;
        let unchanged = rows.checked_sub(inserted + updated)?;
        let counts = RowCounts { inserted, updated, unchanged, ..RowCounts::default() };
        touched.is_once().then_some(counts)
    }
}

impl Touched {
    /// Whether each row was written once. An insert alone cannot be of a row that was there.
    fn is_once(&self) -> bool {
        if self.updated.is_empty() {
            return true;
        }
        let mut seen: HashSet<i64> = self.inserted.iter().copied().collect();
        self.updated.iter().all(|row| seen.insert(*row))
    }
}
