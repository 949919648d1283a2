//! [`Watch`]: the rows of one scan as they come: which are kept, and how far the state may move.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};

use super::appends::{Appends, MOST};
use super::column::{Native, Values, display};
use super::cursor::Cursor;
use super::judge::{Fate, Lines};
use super::order::{Order, Ordered};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::gather;
use crate::spec::{CursorSpan, OnMissing, RowOrder};
use crate::state::{Boundary, CursorValue};

/// A server that sends so many rows that are too old may not know the bound that it was sent.
const SUSPICIOUS: u64 = 10;
/// Rows that change while a load runs are younger than its beginning, and clocks differ.
const FUTURE: CursorSpan = CursorSpan::Time { months: 0, days: 1, seconds: 0 };

/// What a scan, or a window, is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {
    /// The lower bound, as it was asked for.
    pub(crate) start: Option<CursorValue>,
    /// The upper bound, likewise.
    pub(crate) end: Option<CursorValue>,
    /// Rows that are equal to the lower bound are there. Not so for a window, which begins with rows
    /// that no other window has, nor for a range that a person asked for.
    pub(crate) open: bool,
    /// The state never passes it: the beginning of the load.
    pub(crate) ceiling: Option<CursorValue>,
    /// The greatest value of the part of the scan that was read before.
    pub(crate) max: Option<CursorValue>,
    /// Rows are appended, and these are there.
    pub(crate) appended: Option<Appended>,
}

/// Where rows are appended, those that are there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Appended {
    /// Every row up to here.
    pub(crate) cursor: Option<CursorValue>,
    /// And those that are equal to it: digests, and how many rows have each.
    pub(crate) boundary: Boundary,
}

/// What is kept of a batch.
#[derive(Debug)]
pub(crate) struct Taken {
    /// Some rows, if not all were dropped or held back.
    pub(crate) rows: Option<RecordBatch>,
    /// Rows that were dropped: of this batch, and those that had been held back for nothing.
    pub(crate) dropped: u64,
}

/// The rows of one scan, or of one window.
#[derive(Debug)]
pub(crate) struct Watch {
    cursor: Arc<Cursor>,
    start: Option<CursorValue>,
    end: Option<CursorValue>,
    /// Rows that are equal to the lower bound are there.
    open: bool,
    /// Rows that are equal to the state are not read again: it moves when all rows with a value are there.
    by_groups: bool,
    /// The greatest value that the state may have.
    ceiling: Option<CursorValue>,
    /// What is greater is from the future.
    future: Option<CursorValue>,
    appends: Option<Appends>,
    order: Order,
    /// The greatest value up to the ceiling and before the end.
    max: Option<CursorValue>,
    /// Rows that came.
    rows: u64,
    /// Those that are older than was asked for.
    older: u64,
    /// Those from the future, and the greatest value of them.
    ahead: u64,
    latest: Option<CursorValue>,
    past: bool,
}

/// What a batch says.
#[derive(Debug)]
struct Judged {
    max: Option<CursorValue>,
    older: u64,
    ahead: u64,
    latest: Option<CursorValue>,
    ordered: Option<Ordered>,
    is_below: bool,
    is_beyond: bool,
    /// Of the appended rows that are kept, if that is the greatest so far.
    top: Option<CursorValue>,
    /// If not all are kept.
    fates: Option<Vec<Fate>>,
}

impl Watch {
    pub(crate) fn new(cursor: Arc<Cursor>, bounds: Bounds) -> Self {
        let Bounds { start, end, open, ceiling, max, appended } = bounds;
        // the first load has no rows to drop, but the next one will
        let by_groups = open || cursor.is_open();
        Self {
            start,
            end,
            open,
            by_groups,
            future: ceiling.as_ref().map(|ceiling| cursor.moved(ceiling, FUTURE, 1)),
            ceiling: ceiling.map(|ceiling| below(&cursor, ceiling, by_groups)),
            appends: appended.map(Appends::new),
            order: Order::new(cursor.spec.row_order),
            max,
            rows: 0,
            older: 0,
            ahead: 0,
            latest: None,
            past: false,
            cursor,
        }
    }

    /// The rows of a batch that are kept.
    ///
    /// # Errors
    ///
    /// When a row has no cursor value, and that is an error.
    pub(crate) fn take(&mut self, batch: RecordBatch) -> Result<Taken> {
        let array = batch.column(self.cursor.column);
        let places = match array.null_count() {
            0 => None,
            _ => Some(self.places(&batch, array)?),
        };
        let array = match &places {
            Some(places) => gather(array, places),
            None => array.clone(),
        };
        let judged = match Values::of(&array) {
            Values::Numbers(numbers) => self.judge(numbers.iter().copied()),
            Values::Texts(texts) => self.judge(texts.iter().flatten()),
        };
        let rows = batch.num_rows();
        self.rows += rows as u64;
        let (mut fates, mut top) = (None, None);
        if let Some(judged) = judged {
            (fates, top) = self.learn(judged);
        }
        if let Some(places) = places {
            fates = Some(self.spread(rows, &places, fates));
        }
        Ok(match (fates, &mut self.appends) {
            (None, _) => Taken { rows: Some(batch), dropped: 0 },
            (Some(fates), Some(appends)) => {
                let last = top.is_some() && top == self.ceiling;
                appends.take(batch, &fates, top, last)
            }
            (Some(fates), None) => {
                let is_kept = |row: &usize| fates[*row] != Fate::Dropped;
                let kept: Vec<_> = (0..rows).filter(is_kept).collect();
                let dropped = (rows - kept.len()) as u64;
                Taken { rows: rows_of(batch, &kept), dropped }
            }
        })
    }

    /// Rows that were held back until the end, which are now kept.
    pub(crate) fn finish(&mut self) -> Vec<RecordBatch> {
        self.appends.as_mut().map(Appends::finish).unwrap_or_default()
    }

    /// How far the state may move, while the scan goes on, once the rows that were taken are
    /// committed; `None`: nowhere.
    pub(crate) fn so_far(&self) -> Option<CursorValue> {
        let last = self.order.last()?;
        if self.appends.is_some() || !self.order.is(RowOrder::Asc) {
            return None;
        }
        // more rows with the last value may come, and would not be read again
        let is_group_open = self.by_groups && self.counts(last);
        let so_far = if is_group_open { self.order.whole() } else { self.max.as_ref() };
        so_far.map(|value| self.capped(value))
    }

    /// How far the state may move at the end of the scan, or window, and the digests of appended rows
    /// there. `None`: no row, nowhere.
    ///
    /// # Errors
    ///
    /// When rows are appended, and those with the greatest value are too many to be remembered.
    pub(crate) fn at_end(&self) -> Result<Option<(CursorValue, Boundary)>> {
        match &self.appends {
            Some(appends) if !self.open => appends.at_end(&self.cursor, self.ceiling.as_ref()),
            _ => Ok(self.max.as_ref().map(|max| (self.capped(max), Vec::new()))),
        }
    }

    /// Whether rows beyond what was asked for have come in a scan that is in order: no later page has
    /// one that is wanted.
    pub(crate) fn is_past(&self) -> bool {
        self.past
    }

    /// Whether an order was declared that the rows do not have.
    pub(crate) fn is_disordered(&self) -> bool {
        self.order.is_broken()
    }

    /// The greatest value that counts.
    pub(crate) fn max(&self) -> Option<&CursorValue> {
        self.max.as_ref()
    }

    /// What the state does not pass.
    pub(crate) fn ceiling(&self) -> Option<&CursorValue> {
        self.ceiling.as_ref()
    }

    /// Whether a row with this value is older than the load: a change that comes later gives it another
    /// value, as far as bounds can say, and even where the API says minutes only.
    pub(crate) fn is_settled(&self, value: &CursorValue) -> bool {
        const MINUTE: CursorSpan = CursorSpan::Time { months: 0, days: 0, seconds: 60 };
        let present = self.ceiling.as_ref().map(|ceiling| {
            let before = self.cursor.moved(ceiling, MINUTE, -1);
            self.cursor.floor(before)
        });
        present.is_none_or(|present| *value < present)
    }

    /// The API's clock says that the load began earlier. Where rows are appended, this counts before
    /// the first of them only: what is handed out is there.
    pub(crate) fn lower_ceiling(&mut self, ceiling: CursorValue) {
        if self.appends.is_some() && self.rows > 0 {
            return;
        }
        let ceiling = below(&self.cursor, ceiling, self.by_groups);
        self.ceiling = self.ceiling.take().map(|before| before.min(ceiling));
    }

    /// For the report.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let column = self.cursor.spec.cursor;
        let ignored = self.start.as_ref().filter(|_| {
            let many = self.older >= SUSPICIOUS && self.older * 2 > self.rows;
            many && !self.cursor.spec.client_side
        });
        let ignored = ignored.map(|start| {
            let (older, rows) = (self.older, self.rows);
            format!(
                "{older} of {rows} rows have a `{column}` before {start}, which was the lower bound: \
                 the API may not know it under the name, or in the format, in which it is sent"
            )
        });
        let ahead = self.latest.as_ref().map(|latest| {
            let rows = match self.ahead {
                1 => format!("1 row has a `{column}` from the future, {latest}"),
                many => {
                    format!("{many} rows have a `{column}` from the future, the last one {latest}")
                }
            };
            format!("{rows}: the state does not move to it")
        });
        let many = self.appends.as_ref().and_then(Appends::overfull).map(|top| {
            let what = match self.ceiling.as_ref() == Some(top) {
                true => "they come with a later load",
                false => "rows with it that come later will not be loaded",
            };
            format!("more than {MOST} rows have the `{column}` {top}, the last one: {what}")
        });
        self.order.warning(column).into_iter().chain(ignored).chain(ahead).chain(many).collect()
    }

    /// Where the rows are that have a value.
    fn places(&self, batch: &RecordBatch, array: &ArrayRef) -> Result<Vec<usize>> {
        let (missing, places): (Vec<_>, Vec<_>) =
            (0..batch.num_rows()).partition(|row| array.is_null(*row));
        match (self.cursor.spec.on_missing, missing.first()) {
            (None | Some(OnMissing::Fail), Some(row)) => Err(self.missing(batch, *row)),
            _ => Ok(places),
        }
    }

    fn missing(&self, batch: &RecordBatch, row: usize) -> Error {
        let column = self.cursor.spec.cursor;
        let number = self.rows + row as u64 + 1;
        let key = self.cursor.keys.iter().filter_map(|(at, name)| {
            display(batch.column(*at), row).map(|value| format!(" with `{name}` {value}"))
        });
        let key: String = key.collect();
        let message = format!("row {number}{key} has no `{column}`, which is the cursor");
        Error::new(ErrorKind::Row, message).with_help(
            "`incremental(.., on_missing = include)` loads such rows each time they come, \
             `exclude` never",
        )
    }

    fn spread(&self, rows: usize, places: &[usize], fates: Option<Vec<Fate>>) -> Vec<Fate> {
        let missing = match self.cursor.spec.on_missing {
            Some(OnMissing::Include) => Fate::Kept,
            _ => Fate::Dropped,
        };
        let mut spread = vec![missing; rows];
        for (at, place) in places.iter().enumerate() {
            spread[*place] = fates.as_ref().map_or(Fate::Kept, |fates| fates[at]);
        }
        spread
    }

    /// `None`: there is no value.
    fn judge<'a, V: Native<'a>>(
        &'a self,
        values: impl DoubleEndedIterator<Item = V> + Clone,
    ) -> Option<Judged> {
        let ty = self.cursor.ty;
        let native = |value: &'a CursorValue| V::of(value, ty);
        let lines = Lines {
            start: self.start.as_ref().map(native),
            end: self.end.as_ref().map(native),
            ceiling: self.ceiling.as_ref().map(native),
            open: self.open,
            client_side: self.cursor.spec.client_side,
            appends: self.appends.is_some(),
            stored: self.appends.as_ref().and_then(Appends::stored).map(native),
            top: self.appends.as_ref().and_then(Appends::top).map(native),
        };
        let (min, max) = (values.clone().min()?, values.clone().max()?);
        let best = lines.best(values.clone(), max);
        let top = best.filter(|best| lines.is_top(*best));
        let older = lines.start.filter(|start| min < *start);
        let future = self.future.as_ref().map(native).filter(|future| *future < max);
        let count = |is: &dyn Fn(V) -> bool| values.clone().filter(|v| is(*v)).count() as u64;
        Some(Judged {
            max: best.map(|value| value.value(ty)),
            older: older.map_or(0, |start| count(&|value| value < start)),
            ahead: future.map_or(0, |future| count(&|value| value > future)),
            latest: future.map(|_| max.value(ty)),
            ordered: self.order.look(values.clone(), max, ty),
            // what is there of appended rows may lead to children that are not
            is_below: lines.start.is_some_and(|start| min < start),
            is_beyond: !lines.is_before_end(max),
            top: top.map(|value| value.value(ty)),
            fates: lines.fates(values, (min, max), top),
        })
    }

    fn learn(&mut self, judged: Judged) -> (Option<Vec<Fate>>, Option<CursorValue>) {
        self.older += judged.older;
        self.ahead += judged.ahead;
        self.latest = self.latest.take().max(judged.latest);
        self.max = self.max.take().max(judged.max);
        if let Some(ordered) = judged.ordered {
            self.order.learn(ordered);
        }
        let is_past = self.order.is(RowOrder::Desc) && judged.is_below
            || self.order.is(RowOrder::Asc) && judged.is_beyond;
        // rows without a value may stand anywhere, at the end too
        self.past |= is_past && self.cursor.spec.on_missing != Some(OnMissing::Include);
        (judged.fates, judged.top)
    }

    /// Whether the state may have a value.
    fn counts(&self, value: &CursorValue) -> bool {
        self.end.as_ref().is_none_or(|end| value < end)
            && self.ceiling.as_ref().is_none_or(|ceiling| value <= ceiling)
    }

    fn capped(&self, value: &CursorValue) -> CursorValue {
        match &self.ceiling {
            Some(ceiling) if ceiling < value => ceiling.clone(),
            _ => value.clone(),
        }
    }
}

/// The greatest value that the state may have. Rows that are as old as the load itself may not all be
/// there, and an open range does not read them again.
fn below(cursor: &Cursor, ceiling: CursorValue, open: bool) -> CursorValue {
    if open { cursor.neighbour(&ceiling, -1) } else { ceiling }
}

/// These rows of a batch, if there are any.
pub(super) fn rows_of(batch: RecordBatch, rows: &[usize]) -> Option<RecordBatch> {
    if rows.len() == batch.num_rows() {
        return Some(batch);
    }
    let columns = batch.columns().iter().map(|column| gather(column, rows)).collect();
    let taken = || RecordBatch::try_new(batch.schema(), columns);
    (!rows.is_empty()).then(|| taken().expect("BUG: rows of a batch have its schema"))
}
