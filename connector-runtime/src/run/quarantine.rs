//! Rows that do not fit, and how many of them a load bears with.

use crate::destination::Reject;
use crate::error::{Error, ErrorKind};
use crate::spec::Budget;

/// Percents of fewer rows than these say little.
const PERCENT_FROM: u64 = 1_000;

/// The rows of a scan that do not fit.
pub(super) struct Quarantine {
    budget: Budget,
    rows: u64,
    /// What is wrong with the first one, and where it is.
    first: String,
    rejects: Vec<Reject>,
}

impl Quarantine {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, rows: 0, first: String::new(), rejects: Vec::new() }
    }

    pub(super) fn add(&mut self, rejects: Vec<Reject>) {
        if let Some(first) = rejects.first().filter(|_| self.rows == 0) {
            self.first = format!("page {}: row {}: {}", first.page, first.row, first.reason);
        }
        self.rows += rejects.len() as u64;
        self.rejects.extend(rejects);
    }

    /// All of them, up to now.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Those since the last call.
    pub(super) fn take(&mut self) -> Vec<Reject> {
        std::mem::take(&mut self.rejects)
    }

    /// Whether there are more than the budget allows.
    pub(super) fn check(&self, received: u64, at_end: bool) -> Result<(), Error> {
        let (exceeded, allowed) = match self.budget {
            Budget::Rows(rows) => (self.rows > rows, format!("max_rows = {rows}")),
            Budget::Percent(percent) => {
                let looked_at = received >= PERCENT_FROM || at_end;
                let share = self.rows as f64 * 100.0;
                (looked_at && share > percent * received as f64, format!("max_percent = {percent}"))
            }
        };
        if !exceeded {
            return Ok(());
        }
        let text = format!(
            "{} of {received} rows do not fit, more than `quarantine({allowed})` bears with; the first: {}",
            self.rows, self.first
        );
        Err(Error::new(ErrorKind::Row, text)
            .with_help("the rows and what is wrong with each are in `_connector_rejects`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejects(page: u64, rows: u64) -> Vec<Reject> {
        let reject = |row| Reject {
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
            let mut quarantine = Quarantine::new(budget);
            quarantine.add(rejects(1, rows));
            let fits = quarantine.check(received, at_end).is_ok();
            assert_eq!(fits, expected, "{budget:?} {rows} {received} {at_end}");
        }
    }

    #[test]
    fn the_first_reason_is_told() {
        let mut quarantine = Quarantine::new(Budget::Rows(1));
        quarantine.add(Vec::new());
        quarantine.add(rejects(2, 1));
        quarantine.add(rejects(3, 2));
        let error = quarantine.check(40, false).expect_err("three rows").to_string();
        for part in [
            "3 of 40 rows",
            "`quarantine(max_rows = 1)`",
            "page 2: row 1: reason 1",
            "_connector_rejects",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
        let pages: Vec<_> =
            quarantine.take().iter().map(|reject| (reject.page, reject.row)).collect();
        assert_eq!(pages, [(2, 1), (3, 1), (3, 2)]);
        assert_eq!((quarantine.take().len(), quarantine.rows()), (0, 3));
    }
}
