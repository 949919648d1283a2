//! Statements and what they count.

use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;

/// What the affected rows of a statement are to the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::destination) enum Count {
    /// Staged rows that are there already: those of a load that is loaded again.
    Again,
    /// Every staged row but those, which is inserted.
    All,
    /// Rows that were to be inserted, updated or deleted.
    Decided,
    Deleted,
    Inserted,
    /// Rows among them that stay as they are, as their lists have told.
    Kept,
    /// Rows of lists that the next statement is to insert; none where nothing could drop one.
    Listed,
    /// Those that were, into this table.
    Lists(String),
    Removed,
    Updated,
}

/// A statement and what it counts.
#[derive(Clone, Debug)]
pub(in crate::destination) struct Step {
    pub(in crate::destination) sql: String,
    pub(in crate::destination) count: Option<Count>,
}

/// Adds up what the steps of a merge have affected, of so many staged rows.
///
/// # Errors
///
/// When a row has got lost: the database did not do with each of them what was decided.
pub(in crate::destination) fn settle<'a>(
    affected: impl IntoIterator<Item = (&'a Step, u64)>,
    staged: u64,
) -> Result<RowCounts> {
    let mut counts = RowCounts::default();
    let mut decided = None;
    let (mut again, mut listed) = (0, 0);
    for (step, affected) in affected {
        match &step.count {
            Some(Count::Again) => again = affected,
            Some(Count::All) => {
                counts.inserted += affected;
                decided = Some(staged.saturating_sub(again));
            }
            Some(Count::Decided) => decided = Some(affected),
            Some(Count::Kept) => decided = decided.map(|all| all.saturating_sub(affected)),
            Some(Count::Deleted) => counts.deleted += affected,
            Some(Count::Inserted) => counts.inserted += affected,
            Some(Count::Listed) => listed = affected,
            Some(Count::Lists(table)) => all_listed(table, std::mem::take(&mut listed), affected)?,
            Some(Count::Removed) => counts.removed += affected,
            Some(Count::Updated) => counts.updated += affected,
            None => {}
        }
    }
    let changed = counts.inserted + counts.updated + counts.deleted;
    counts.unchanged = staged.saturating_sub(changed);
    match decided {
        Some(decided) if decided != changed => {}
        _ if changed > staged => {}
        _ => return Ok(counts),
    }
    let text = format!(
        "of {staged} rows {} were to be written, and {changed} were: has the table a rule or a trigger that drops or adds rows?",
        decided.unwrap_or(staged)
    );
    Err(Error::new(ErrorKind::Destination, text))
}

/// Whether rows of lists were written as they came. `listed`: 0 where nothing could drop one.
///
/// # Errors
///
/// When some were not, or more were.
pub(in crate::destination) fn all_listed(table: &str, listed: u64, written: u64) -> Result<()> {
    if listed == 0 || listed == written {
        return Ok(());
    }
    let text = format!(
        "of {listed} rows of lists in `{table}` {written} were written: has the table a rule or a trigger that drops or adds rows?"
    );
    Err(Error::new(ErrorKind::Destination, text))
}

impl Step {
    pub(super) fn new(sql: String) -> Self {
        Self { sql, count: None }
    }

    pub(super) fn counting(count: Count, sql: String) -> Self {
        Self { sql, count: Some(count) }
    }
}
