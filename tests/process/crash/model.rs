//! What the tables must be: the ways to write, as a few lines over a set of rows.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::ROWS;

/// A row of the API.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    id: i64,
    text: String,
    gone: bool,
    day: i64,
    tags: Vec<String>,
}

/// The rows of the API: in its second version every seventh is gone, every fifth has changed, and
/// there are new ones at the beginning and at the end.
pub(super) fn rows(version: u8) -> Vec<Row> {
    let row = |id: i64, text: String, gone| {
        let tags = (0..id.rem_euclid(3)).map(|at| format!("{text} {at}")).collect();
        Row { id, text, gone, day: id / 1_000, tags }
    };
    match version {
        1 => (0..ROWS).map(|id| row(id, format!("text {id}"), false)).collect(),
        _ => (-200..ROWS + 200)
            .filter(|id| id % 7 != 1)
            .map(|id| match id {
                id if id % 5 == 0 => row(id, format!("changed {id}"), false),
                id => row(id, format!("text {id}"), id % 11 == 0),
            })
            .collect(),
    }
}

/// Rows as `id`, `text` and whether they are open, each with the number of times it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table(HashMap<(i64, String, bool), usize>);

impl Table {
    /// The rows of a query for these three.
    pub(super) fn of(rows: Vec<connector_tests::Row>) -> Self {
        let mut table = Self::default();
        for row in rows {
            let [Some(id), Some(text), Some(open)] = &row[..] else { panic!("{row:?}") };
            table.add(id.parse().expect("a number"), text, open == "open");
        }
        table
    }

    /// What becomes of it when these rows are committed; `complete`: they are all that the API has.
    pub(super) fn load(mut self, resource: &str, rows: &[Row], complete: bool) -> Self {
        match resource {
            "replaced" | "swapped" => self.0.clear(),
            "days" => {
                let days: HashSet<_> = rows.iter().map(|row| row.day).collect();
                self.0.retain(|(id, ..), _| !days.contains(&(id / 1_000)));
            }
            _ => {}
        }
        let keyed = !matches!(resource, "appended" | "swapped");
        let mut there: HashMap<i64, String> = match keyed {
            true => self.0.keys().filter(|row| row.2).map(|row| (row.0, row.1.clone())).collect(),
            false => HashMap::new(),
        };
        for row in rows {
            let old = there.get(&row.id).cloned();
            let deletes = matches!(resource, "deleted" | "nested") && row.gone;
            if old.as_deref() == Some(&row.text) && !deletes {
                continue;
            }
            if let Some(old) = old {
                self.0.remove(&(row.id, old.clone(), true));
                if resource == "history" {
                    self.add(row.id, &old, false);
                }
                there.remove(&row.id);
            }
            if !deletes {
                self.add(row.id, &row.text, true);
                if keyed {
                    there.insert(row.id, row.text.clone());
                }
            }
        }
        if resource == "swept" && complete {
            let came: HashSet<_> = rows.iter().map(|row| row.id).collect();
            self.0.retain(|(id, ..), _| came.contains(id));
        }
        self
    }

    fn add(&mut self, id: i64, text: &str, open: bool) {
        *self.0.entry((id, text.to_owned(), open)).or_default() += 1;
    }

    /// Fails with a few of the differences.
    #[track_caller]
    pub(super) fn assert_is(&self, expected: &Self, context: &str) {
        if self == expected {
            return;
        }
        let beyond = |one: &Self, other: &Self| -> Vec<_> {
            let rows = one.0.iter().filter(|(row, count)| other.0.get(*row) != Some(*count));
            rows.take(5).map(|(row, count)| (row.clone(), *count)).collect()
        };
        panic!(
            "{context}: found {:?}, expected {:?}",
            beyond(self, expected),
            beyond(expected, self)
        );
    }
}
