//! [`Windows`]: a range of cursor values in parts.

use std::sync::Arc;
use std::vec;

use super::cursor::Cursor;
use crate::state::CursorValue;

type Range = (CursorValue, CursorValue);

/// The windows `[start, end)` of a range that are still to be read, in order. They are made when they
/// are asked for: a range may have 100,000.
#[derive(Debug)]
pub(crate) struct Windows {
    cursor: Arc<Cursor>,
    /// What is not complete.
    parts: vec::IntoIter<Range>,
    part: Option<Part>,
}

/// A part of the range on its way into windows.
#[derive(Debug)]
struct Part {
    start: CursorValue,
    end: CursorValue,
    /// Where the next window begins.
    edge: CursorValue,
    /// Steps from the start to there: each edge is counted from the start, so that months of
    /// different lengths do not add up to a drift.
    steps: i64,
}

impl Windows {
    /// `complete`: in order.
    pub(super) fn new(
        cursor: Arc<Cursor>,
        from: CursorValue,
        to: CursorValue,
        complete: &[Range],
    ) -> Self {
        let to = cursor.floor(to);
        let mut start = cursor.floor(from);
        let mut parts = Vec::new();
        for (from, until) in complete {
            // one that was cut when the format could say more is read again
            if *until <= start || cursor.floor(from.clone()) != *from {
                continue;
            }
            parts.push((start, from.clone().min(to.clone())));
            start = cursor.floor(until.clone());
        }
        parts.push((start, to));
        Self { cursor, parts: parts.into_iter(), part: None }
    }
}

impl Iterator for Windows {
    type Item = Range;

    fn next(&mut self) -> Option<Range> {
        loop {
            if let Some(part) = &mut self.part
                && part.edge < part.end
            {
                let end = part.cut(&self.cursor);
                let start = std::mem::replace(&mut part.edge, end.clone());
                return Some((start, end));
            }
            let (start, end) = self.parts.next()?;
            self.part = Some(Part { edge: start.clone(), start, end, steps: 0 });
        }
    }
}

impl Part {
    /// Where the window ends that begins at the edge.
    fn cut(&mut self, cursor: &Cursor) -> CursorValue {
        let Some(step) = cursor.spec.step else { return self.end.clone() };
        let mut before = cursor.moved(&self.start, step, self.steps);
        loop {
            self.steps += 1;
            let next = cursor.moved(&self.start, step, self.steps);
            if next >= self.end || next <= before {
                return self.end.clone();
            }
            // a step may be shorter than what the format can say
            let edge = cursor.floor(next.clone());
            if edge > self.edge {
                return edge;
            }
            before = next;
        }
    }
}
