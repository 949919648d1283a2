//! Rows that do not fit, and how many of them a load bears with.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::destination::Reject;
use crate::error::{Error, ErrorKind};
use crate::spec::Budget;

/// Percents of fewer rows than these say little.
const PERCENT_FROM: u64 = 1_000;

/// The rows of a resource that do not fit, whoever reads them.
pub(super) struct Quarantine {
    budget: Budget,
    so_far: Mutex<SoFar>,
}

#[derive(Default)]
struct SoFar {
    received: u64,
    rows: u64,
    /// What is wrong with the first one, and where it is.
    first: String,
}

impl Quarantine {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, so_far: Mutex::default() }
    }

    /// Counts rows that were received, and those among them that do not fit.
    pub(super) fn add(&self, received: u64, rejects: &[Reject]) {
        let mut so_far = self.so_far();
        if let Some(first) = rejects.first().filter(|_| so_far.rows == 0) {
            so_far.first = format!("page {}: row {}: {}", first.page, first.row, first.reason);
        }
        so_far.received += received;
        so_far.rows += rejects.len() as u64;
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there are more than the budget allows.
    pub(super) fn check(&self, at_end: bool) -> Result<(), Error> {
        let SoFar { received, rows, first } = &*self.so_far();
        let (exceeded, allowed) = match self.budget {
            Budget::Rows(most) => (*rows > most, format!("max_rows = {most}")),
            Budget::Percent(percent) => {
                let looked_at = *received >= PERCENT_FROM || at_end;
                let exceeded = *rows as f64 * 100.0 > percent * *received as f64;
                (looked_at && exceeded, format!("max_percent = {percent}"))
            }
        };
        if !exceeded {
            return Ok(());
        }
        let text = format!(
            "{rows} of {received} rows do not fit, more than `quarantine({allowed})` bears with; the first: {first}"
        );
        Err(Error::new(ErrorKind::Row, text).with_help(
            "the rows and what is wrong with each are in `_connector_rejects`: `rejects show`",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejects(page: u64, rows: u64) -> Vec<Reject> {
        let reject = |row| Reject {
            partition: String::new(),
            page,
            row,
            path: "id".to_owned(),
            reason: format!("reason {row}"),
            raw: "{}".to_owned(),
        };
        (1..=rows).map(reject).collect()
    }

    #[test]
    fn budgets() {
        for (budget, rows, received, at_end, expected) in [
            (Budget::Rows(2), 2, 2, true, true),
            (Budget::Rows(2), 3, 5_000, false, false),
            (Budget::Rows(0), 1, 1, false, false),
            (Budget::Percent(1.0), 999, 999, false, true),
            (Budget::Percent(1.0), 10, 1_000, false, true),
            (Budget::Percent(1.0), 11, 1_000, false, false),
            (Budget::Percent(0.5), 1, 200, true, true),
            (Budget::Percent(0.5), 1, 199, true, false),
        ] {
            let quarantine = Quarantine::new(budget);
            quarantine.add(received, &rejects(1, rows));
            let fits = quarantine.check(at_end).is_ok();
            assert_eq!(fits, expected, "{budget:?} {rows} {received} {at_end}");
        }
    }

    #[test]
    fn the_first_reason_is_told() {
        let quarantine = Quarantine::new(Budget::Rows(1));
        quarantine.add(10, &[]);
        quarantine.add(10, &rejects(2, 1));
        quarantine.add(20, &rejects(3, 2));
        let error = quarantine.check(false).expect_err("three rows").to_string();
        for part in [
            "3 of 40 rows",
            "`quarantine(max_rows = 1)`",
            "page 2: row 1: reason 1",
            "_connector_rejects",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}
