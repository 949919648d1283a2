//! [`Reached`]: how far the cursor of a resource has come, by what is committed.

use std::collections::HashMap;

use super::ledger::Changes;
use crate::state::{CursorValue, is_of_whole};

/// How far a resource has come.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// As a whole, where it has no partitions.
    whole: Option<CursorValue>,
    /// The least of the partitions that were read to their end.
    least: Option<CursorValue>,
    /// Partitions that were begun and are not at their end: few.
    open: HashMap<String, CursorValue>,
}

/// What states say of cursors that are about to be committed.
pub(super) type Marks = Vec<Mark>;

/// The cursor of a state.
#[derive(Debug)]
pub(super) struct Mark {
    key: String,
    cursor: Option<CursorValue>,
    is_complete: bool,
}

/// Takes down what states say.
pub(super) fn marks(changes: &Changes) -> Marks {
    // how far a child has come with the rows of its parent is no position of its own
    let own = changes.iter().filter(|(key, _)| !key.starts_with('^'));
    let mark = |(key, state): &(String, Option<crate::state::State>)| {
        let state = state.as_ref()?;
        let (cursor, is_complete) = (state.cursor.clone(), state.complete);
        Some(Mark { key: key.clone(), cursor, is_complete })
    };
    own.filter_map(mark).collect()
}

impl Reached {
    /// From where a resource without partitions goes on.
    pub(super) fn from(whole: Option<CursorValue>) -> Self {
        Self { whole, ..Self::default() }
    }

    /// What was taken down is committed.
    pub(super) fn commit(&mut self, marks: Marks) {
        for Mark { key, cursor, is_complete } in marks {
            if is_of_whole(&key) {
                self.whole = cursor;
                continue;
            }
            self.open.remove(&key);
            let Some(cursor) = cursor else { continue };
            match is_complete {
                true => {
                    self.least =
                        self.least.take().map(|least| least.min(cursor.clone())).or(Some(cursor))
                }
                false => drop(self.open.insert(key, cursor)),
            }
        }
    }

    /// The position of the resource: of the partition that is farthest behind.
    pub(super) fn position(&self) -> Option<&CursorValue> {
        let partitions = self.open.values().chain(&self.least).min();
        partitions.or(self.whole.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;

    fn reach(reached: &mut Reached, key: &str, cursor: i128, complete: bool) -> Option<i128> {
        let cursor = Some(CursorValue::Integer(cursor));
        let state = State { cursor, complete, ..State::default() };
        reached.commit(marks(&vec![(key.to_owned(), Some(state))]));
        match reached.position() {
            Some(CursorValue::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    #[test]
    fn a_whole_resource_is_where_its_last_commit_is() {
        let mut reached = Reached::from(Some(CursorValue::Integer(3)));
        assert_eq!(reached.position(), Some(&CursorValue::Integer(3)));
        assert_eq!(reach(&mut reached, "", 5, false), Some(5));
        // rows came out of order
        assert_eq!(reach(&mut reached, "", 4, false), Some(4));
        assert_eq!(reach(&mut reached, "@1/2", 9, true), Some(9));
        assert_eq!(reach(&mut reached, "^", 1, true), Some(9));
    }

    #[test]
    fn of_partitions_the_last_one_counts() {
        let mut reached = Reached::default();
        assert_eq!(reach(&mut reached, "a", 2, false), Some(2));
        assert_eq!(reach(&mut reached, "b", 5, true), Some(2));
        assert_eq!(reach(&mut reached, "a", 7, false), Some(5));
        assert_eq!(reach(&mut reached, "a", 8, true), Some(5));
        assert_eq!(reach(&mut reached, "c", 1, true), Some(1));
    }
}
