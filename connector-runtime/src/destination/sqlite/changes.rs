//! Counts: SQLite itself says, row by row, what it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::Action;

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
    pub(super) fn watch(
        connection: &mut Connection,
        database: &'static str,
        table: String,
    ) -> rusqlite::Result<Self> {
        let changes = Self::default();
        let counters = changes.0.clone();
        connection.update_hook(Some(move |action, changed_in: &str, changed: &str, _| {
            if !changed.eq_ignore_ascii_case(&table) || changed_in != database {
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

    /// Inserted and updated rows since the last call.
    pub(super) fn take(&self) -> (u64, u64) {
        (self.0.inserted.swap(0, Ordering::Relaxed), self.0.updated.swap(0, Ordering::Relaxed))
    }
}
