//! Counts: SQLite itself says, row by row, what it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::Action;

use crate::report::RowCounts;

/// Rows that were inserted and updated in one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    inserted: AtomicU64,
    updated: AtomicU64,
}

impl Changes {
    /// Counts the rows of this table; what triggers write elsewhere does not count.
    pub(super) fn watch(connection: &mut Connection, table: String) -> rusqlite::Result<Self> {
        let changes = Self::default();
        let counters = changes.0.clone();
        connection.update_hook(Some(move |action, changed_in: &str, changed: &str, _| {
            if !changed.eq_ignore_ascii_case(&table) || changed_in != "main" {
                return;
            }
            let counter = match action {
                Action::SQLITE_INSERT => &counters.inserted,
                Action::SQLITE_UPDATE => &counters.updated,
                _ => return,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }))?;
        Ok(changes)
    }

    /// What became of so many rows, since the last call.
    pub(super) fn of(&self, rows: u64) -> RowCounts {
        let inserted = self.0.inserted.swap(0, Ordering::Relaxed);
        // a trigger that updates its own table is counted by SQLite, too
        let updated = self.0.updated.swap(0, Ordering::Relaxed).min(rows.saturating_sub(inserted));
        let unchanged = rows.saturating_sub(inserted + updated);
        RowCounts { inserted, updated, unchanged, ..RowCounts::default() }
    }
}
