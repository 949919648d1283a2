//! Whether rows come in the order that was declared.

use super::column::Native;
use crate::spec::RowOrder;
use crate::state::CursorValue;
use crate::value::LogicalType;

/// The order of the rows so far.
#[derive(Debug)]
pub(super) struct Order {
    declared: Option<RowOrder>,
    /// Pages are judged each by itself: rows of one may come again with the next.
    apart: bool,
    /// Of the rows so far.
    last: Option<CursorValue>,
    greatest: Option<CursorValue>,
    /// The greatest value before that of the last rows: no more of its rows will come.
    whole: Option<CursorValue>,
    /// The first two that came in the wrong order.
    broken: Option<(CursorValue, CursorValue)>,
}

/// What a batch says of the order.
#[derive(Debug)]
pub(super) struct Ordered {
    last: CursorValue,
    greatest: CursorValue,
    whole: Option<CursorValue>,
    broken: Option<(CursorValue, CursorValue)>,
}

impl Order {
    pub(super) fn new(declared: Option<RowOrder>) -> Self {
        let (last, greatest, whole, broken) = (None, None, None, None);
        Self { declared, apart: false, last, greatest, whole, broken }
    }

    /// From now on, whether pages are judged each by itself.
    pub(super) fn set_apart(&mut self, apart: bool) {
        self.apart = apart;
    }

    /// Whether rows came in another order than the one that was declared.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Whether the rows so far came in this order, which was declared.
    pub(super) fn is(&self, order: RowOrder) -> bool {
        self.declared == Some(order) && self.broken.is_none()
    }

    pub(super) fn last(&self) -> Option<&CursorValue> {
        self.last.as_ref()
    }

    pub(super) fn greatest(&self) -> Option<&CursorValue> {
        self.greatest.as_ref()
    }

    pub(super) fn whole(&self) -> Option<&CursorValue> {
        self.whole.as_ref()
    }

    /// Looks at the values of the next rows, of which `max` is the greatest.
    pub(super) fn look<'a, V: Native<'a>>(
        &'a self,
        values: impl DoubleEndedIterator<Item = V> + Clone,
        max: V,
        ty: LogicalType,
    ) -> Option<Ordered> {
        let order = self.declared.filter(|_| self.broken.is_none())?;
        let native = |value: &'a Option<CursorValue>| value.as_ref().map(|value| V::of(value, ty));
        let (before, greatest) = (native(&self.last), native(&self.greatest));
        let last = values.clone().next_back()?;
        let is_wrong = |a: V, b: V| match order {
            RowOrder::Asc => b < a,
            RowOrder::Desc => a < b,
        };
        // rows that are added at the beginning move others to the next page, where they come again
        let again =
            |b: V| order == RowOrder::Desc && greatest.is_some_and(|greatest| b <= greatest);
        let joint = before.zip(values.clone().next()).filter(|_| !self.apart);
        let broken = joint.filter(|(a, b)| is_wrong(*a, *b) && !again(*b)).or_else(|| {
            let in_order = match order {
                RowOrder::Asc => values.clone().is_sorted(),
                RowOrder::Desc => values.clone().is_sorted_by(|a, b| a >= b),
            };
            let mut pairs = values.clone().zip(values.clone().skip(1));
            (!in_order).then(|| pairs.find(|(a, b)| is_wrong(*a, *b))).flatten()
        });
        let whole = values.rev().find(|value| *value < last);
        let whole = whole.or(before.filter(|before| *before < last));
        Some(Ordered {
            last: last.value(ty),
            greatest: greatest.map_or(max, |greatest| greatest.max(max)).value(ty),
            whole: whole.map(|value| value.value(ty)),
            broken: broken.map(|(a, b)| (a.value(ty), b.value(ty))),
        })
    }

    pub(super) fn learn(&mut self, ordered: Ordered) {
        self.last = Some(ordered.last);
        self.greatest = Some(ordered.greatest);
        self.whole = ordered.whole.max(self.whole.take());
        self.broken = ordered.broken;
    }

    /// For the report.
    pub(super) fn warning(&self, column: &str) -> Option<String> {
        let (before, after) = self.broken.as_ref()?;
        let order = match self.declared? {
            RowOrder::Asc => "asc",
            RowOrder::Desc => "desc",
        };
        Some(format!(
            "rows were to come by `{column}` (`row_order = {order}`), and one with {after} came after \
             one with {before}: the load was treated as one without an order"
        ))
    }
}
