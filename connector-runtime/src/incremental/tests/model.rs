//! Rows that change while loads come to their end or do not: whatever moves the state, none is lost.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;

use super::{Dice, ids, number, watch};
use crate::incremental::{Bounds, Watch};
use crate::spec::{BoundFormat, RowOrder};
use crate::state::{CursorValue, Delta, State};

/// What an API has: the time of the last change of each row.
type Rows = BTreeMap<i64, i64>;

/// An API and how it is declared.
struct Model {
    dice: Dice,
    order: Option<RowOrder>,
    open: bool,
    client_side: bool,
    source: Rows,
    table: Rows,
    state: State,
    now: i64,
}

impl Model {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let orders = [None, Some(RowOrder::Asc), Some(RowOrder::Desc)];
        Self {
            order: orders[dice.below(3) as usize],
            open: dice.below(2) == 0,
            client_side: dice.below(3) == 0,
            dice,
            source: Rows::new(),
            table: Rows::new(),
            state: State::default(),
            now: 0,
        }
    }

    /// Some rows are added or change, now.
    fn change(&mut self) {
        for _ in 0..self.dice.below(5) {
            self.source.insert(self.dice.below(12) as i64, self.now);
        }
    }

    fn watch(&self) -> Watch {
        let bounds = Bounds {
            start: self.state.cursor.clone(),
            open: self.open,
            ceiling: Some(number(self.now.into())),
            ..Bounds::default()
        };
        let change = |spec: &mut crate::spec::IncrementalSpec| {
            spec.format = Some(BoundFormat::Epoch);
            spec.row_order = self.order;
            spec.client_side = self.client_side;
        };
        watch::<i64>(change, bounds)
    }

    /// The rows that the API sends, in its order.
    fn list(&mut self) -> Vec<(i64, i64)> {
        let start = self.state.cursor.clone().filter(|_| !self.client_side);
        let is_sent = |at: i64| start.as_ref().is_none_or(|start| *start <= number(at.into()));
        let mut rows: Vec<_> = self.source.iter().map(|(id, at)| (*id, *at)).collect();
        rows.retain(|(_, at)| is_sent(*at));
        for at in (1..rows.len()).rev() {
            rows.swap(at, self.dice.below(at as u64 + 1) as usize);
        }
        match self.order {
            Some(RowOrder::Asc) => rows.sort_by_key(|row| row.1),
            Some(RowOrder::Desc) => rows.sort_by_key(|row| -row.1),
            None => {}
        }
        rows
    }

    /// Whether it came to its end.
    fn load(&mut self) -> bool {
        let mut watch = self.watch();
        let rows = self.list();
        let size = 1 + self.dice.below(4) as usize;
        for page in rows.chunks(size) {
            if self.dice.below(6) == 0 {
                return false;
            }
            let taken = watch.take(page_of(page)).expect("rows").rows;
            let kept: Vec<_> = taken.iter().flat_map(ids).collect();
            self.table.extend(page.iter().copied().filter(|(id, _)| kept.contains(id)));
            if let Some(so_far) = watch.so_far() {
                self.state.apply(&Delta::Moved(so_far));
            }
            if watch.is_past() {
                break;
            }
        }
        self.state.apply(&Delta::Complete { cursor: watch.at_end().expect("an end") });
        assert_eq!(watch.warnings(), [""; 0]);
        true
    }
}

fn page_of(rows: &[(i64, i64)]) -> RecordBatch {
    let values = arrow_array::Int64Array::from_iter_values(rows.iter().map(|row| row.1));
    let batch = super::batch::<i64>(0, std::sync::Arc::new(values));
    let ids = arrow_array::Int64Array::from_iter_values(rows.iter().map(|row| row.0));
    let mut columns = batch.columns().to_vec();
    columns[2] = std::sync::Arc::new(ids);
    RecordBatch::try_new(batch.schema(), columns).expect("a batch")
}

#[test]
fn no_row_is_lost() {
    let mut whole = 0;
    for seed in 0..2_000 {
        let mut model = Model::new(seed);
        for _ in 0..10 {
            model.now += model.dice.below(3) as i64;
            model.change();
            if model.load() {
                assert_eq!(model.table, model.source, "seed {seed}");
                whole += 1;
            }
            assert!(model.state.cursor <= Some(number(model.now.into())), "seed {seed}");
            // still at the same time
            model.change();
        }
    }
    assert!(whole > 5_000, "{whole} loads came to their end");
}

#[test]
fn what_has_come_does_not_come_again() {
    for open in [false, true] {
        let mut model = Model::new(0);
        (model.order, model.open, model.client_side) = (Some(RowOrder::Asc), open, false);
        model.source.extend((0..12).map(|id| (id, id)));
        model.now = 20;
        while !model.load() {}
        let last = CursorValue::Integer(11);
        assert_eq!(model.state.cursor, Some(last));
        let rows = model.list();
        let taken = model.watch().take(page_of(&rows)).expect("rows");
        assert_eq!((taken.rows.is_some(), taken.dropped), (!open, open.into()));
    }
}
