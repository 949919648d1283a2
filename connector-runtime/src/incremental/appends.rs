//! Rows that are appended: which of them are there already, and by what the next load knows them.

use std::collections::HashMap;

use arrow_array::RecordBatch;

use super::cursor::Cursor;
use super::digest::Digester;
use super::judge::Fate;
use super::watch::{Appended, Taken, rows_of};
use crate::error::{Error, ErrorKind, Result};
use crate::state::{Boundary, CursorValue};

/// Rows of one cursor value that are remembered.
pub(super) const MOST: u64 = 10_000;

/// The rows of an appending scan that have the greatest value so far.
#[derive(Debug)]
pub(super) struct Appends {
    digester: Option<Digester>,
    /// As far as rows are there, and those that are there of this value.
    stored: Option<CursorValue>,
    boundary: Boundary,
    /// Rows of the boundary that have not come again.
    left: HashMap<u64, u32>,
    /// The greatest value so far.
    top: Option<CursorValue>,
    /// The rows that have it, unless they are more than [`MOST`].
    digests: HashMap<u64, u32>,
    count: u64,
    /// Those of them that are not handed out before the end: rows as old as the load itself. Others may
    /// join them.
    held: Vec<RecordBatch>,
}

impl Appends {
    pub(super) fn new(appended: Appended) -> Self {
        let Appended { cursor, boundary } = appended;
        let digests: HashMap<_, _> = boundary.iter().copied().collect();
        Self {
            digester: None,
            stored: cursor.clone(),
            left: digests.clone(),
            count: digests.values().map(|count| u64::from(*count)).sum(),
            digests,
            boundary,
            top: cursor,
            held: Vec::new(),
        }
    }

    pub(super) fn stored(&self) -> Option<&CursorValue> {
        self.stored.as_ref()
    }

    pub(super) fn top(&self) -> Option<&CursorValue> {
        self.top.as_ref()
    }

    /// The greatest value, if too many rows have it.
    pub(super) fn overfull(&self) -> Option<&CursorValue> {
        self.top.as_ref().filter(|_| self.count > MOST)
    }

    /// `top`: the value of the rows of which it is the fate. `last`: no row is kept with a greater one
    /// in the whole scan.
    pub(super) fn take(
        &mut self,
        batch: RecordBatch,
        fates: &[Fate],
        top: Option<CursorValue>,
        last: bool,
    ) -> Taken {
        if top > self.top {
            self.top = top;
            self.count = 0;
            self.digests.clear();
        }
        let stored_is_top = self.top == self.stored;
        let (mut kept, mut held, mut dropped) = (Vec::new(), Vec::new(), 0);
        for (row, fate) in fates.iter().enumerate() {
            let is_top = *fate == Fate::Top || stored_is_top && *fate == Fate::Stored;
            match fate {
                Fate::Dropped => dropped += 1,
                Fate::Stored if self.is_there(&batch, row) => dropped += 1,
                _ if is_top => {
                    self.remember(&batch, row);
                    if last { held.push(row) } else { kept.push(row) }
                }
                _ => kept.push(row),
            }
        }
        self.held.extend(rows_of(batch.clone(), &held));
        if last && self.count > MOST {
            dropped += self.held.drain(..).map(|held| held.num_rows() as u64).sum::<u64>();
        }
        Taken { rows: rows_of(batch, &kept), dropped }
    }

    /// The rows that were held back.
    pub(super) fn finish(&mut self) -> Vec<RecordBatch> {
        std::mem::take(&mut self.held)
    }

    /// How far the state may move, and the rows by which the next load knows where it is. `ceiling`:
    /// as far as rows may be kept.
    pub(super) fn at_end(
        &self,
        cursor: &Cursor,
        ceiling: Option<&CursorValue>,
    ) -> Result<Option<(CursorValue, Boundary)>> {
        let Some(top) = &self.top else { return Ok(None) };
        if self.count <= MOST {
            let mut boundary: Vec<_> = self.digests.iter().map(|(d, n)| (*d, *n)).collect();
            boundary.sort_unstable();
            return Ok(Some((top.clone(), boundary)));
        }
        match ceiling {
            // they were dropped
            Some(ceiling) if top == ceiling => {
                let is_stored = self.stored.as_ref() == Some(top);
                let boundary = if is_stored { self.boundary.clone() } else { Vec::new() };
                Ok(Some((top.clone(), boundary)))
            }
            // what is older than the load is all there
            Some(_) => Ok(Some((cursor.neighbour(top, 1), Vec::new()))),
            None => {
                let column = cursor.spec.cursor;
                let message = format!(
                    "more than {MOST} rows have the greatest value of `{column}`, which is {top}: \
                     which of them are there could not be remembered, and they would be appended again"
                );
                Err(Error::new(ErrorKind::Row, message).with_help(
                    "mark a `#[column(primary_key)]`, so that rows are merged, or take a cursor of \
                     finer values",
                ))
            }
        }
    }

    fn is_there(&mut self, batch: &RecordBatch, row: usize) -> bool {
        let digest = self.digest(batch, row);
        match self.left.get_mut(&digest) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    fn remember(&mut self, batch: &RecordBatch, row: usize) {
        self.count += 1;
        if self.count > MOST {
            self.digests.clear();
        } else {
            let digest = self.digest(batch, row);
            *self.digests.entry(digest).or_default() += 1;
        }
    }

    fn digest(&mut self, batch: &RecordBatch, row: usize) -> u64 {
        let digester =
            self.digester.get_or_insert_with(|| Digester::new(batch.schema_ref().fields()));
        digester.digest(batch, row)
    }
}
