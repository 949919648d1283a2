//! Rows that the tables have already, value for value. As a rule nearly all rows of a second load are such. They are
//! read, and compared here byte for byte with what would be sent, which takes the server a fraction of what it
//! takes to stage rows and to compare them itself.
//!
//! A look is only a filter: of what it finds the stages would say the same, and everything else they judge. A
//! value that reads otherwise than it is sent, such as JSON in another order, goes through them.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_buffer::ScalarBuffer;
use bytes::BytesMut;

use super::connection::Connection;
use super::copy::{Columns, row_of};
use super::explain::Failure;
use crate::destination::Load;
use crate::destination::sql::{Space, ddl};
use crate::schema::{Part, Table};
use crate::value::LogicalType;

/// How many rows of a table are read, for each one of the batch.
const DENSEST: usize = 2;
/// And how many more.
const SLACK: usize = 64;

/// The queries that read what is there.
#[derive(Debug)]
pub(super) struct Look {
    tables: Vec<Reading>,
    /// The key, among the columns of the resource.
    key: usize,
}

/// How a table is read: by the key of the resource, which is its first column here.
#[derive(Debug)]
struct Reading {
    /// Up to the range of keys.
    select: String,
    order: String,
    /// The columns of the table, those of its key first.
    columns: Vec<usize>,
}

/// What a look has found about the rows of a batch.
#[derive(Debug)]
pub(super) struct Found {
    same: Vec<bool>,
    /// Of so many rows the key is there. `None`: not all of the table was read.
    known: Option<usize>,
}

impl Look {
    /// `None`: the key of the resource is not one integer.
    pub(super) fn of(space: &Space, load: &Load) -> Option<Self> {
        let key = integer_key(load.tables.root())?;
        let tables = load.tables.iter().map(|table| Reading::of(space, table)).collect();
        Some(Self { tables, key })
    }

    /// Looks for the rows of a batch, no key of which comes twice.
    pub(super) async fn find(
        &self,
        connection: &mut Connection,
        load: &Load,
        parts: &[Part],
    ) -> Result<Found, Failure> {
        let keys = Keys::of(parts[0].columns[self.key].as_primitive::<Int64Type>().values());
        let mut found = Found { same: vec![true; keys.values.len()], known: None };
        for ((reading, table), part) in self.tables.iter().zip(load.tables.iter()).zip(parts) {
            let limit = DENSEST * part.rows.len() + SLACK;
            let mut beside = Beside::new(reading, table, part, keys.clone());
            connection.read(&reading.query(&keys, limit), |row| beside.meets(row)).await?;
            if table.parent.is_none() {
                found.known = beside.is_whole(limit).then_some(beside.known);
            }
            beside.mark(&mut found.same, limit);
            if found.same() == 0 {
                break;
            }
        }
        Ok(found)
    }
}

impl Found {
    /// How many rows are there already.
    pub(super) fn same(&self) -> usize {
        self.same.iter().filter(|same| **same).count()
    }

    /// The other rows.
    pub(super) fn rest(&self) -> Vec<usize> {
        (0..self.same.len()).filter(|row| !self.same[*row]).collect()
    }

    /// Whether none of the keys of the other rows is there.
    pub(super) fn are_new(&self) -> bool {
        self.known == Some(self.same())
    }
}

impl Reading {
    fn of(space: &Space, table: &Table) -> Self {
        let is_key = |at: &usize| table.columns[*at].primary_key;
        let (mut columns, others): (Vec<_>, Vec<_>) = (0..table.columns.len()).partition(is_key);
        columns.extend(others);
        let names = |columns: &[usize]| {
            ddl::list(space, columns.iter().map(|at| table.columns[*at].name.as_str()))
        };
        let key = &columns[..table.key().count()];
        Self {
            select: format!(
                "COPY (SELECT {} FROM {} WHERE {} BETWEEN",
                names(&columns),
                space.table(&table.name),
                names(&key[..1])
            ),
            order: names(key),
            columns,
        }
    }

    fn query(&self, keys: &Keys, limit: usize) -> String {
        let Self { select, order, .. } = self;
        let (least, greatest) = keys.range();
        format!(
            "{select} '{least}' AND '{greatest}' ORDER BY {order} LIMIT {limit}) TO STDOUT (FORMAT binary)"
        )
    }
}

/// The rows of one table of a batch, beside what is read of it. A row of the resource has a list of them, of which it
/// is itself the only one in the table of the resource.
struct Beside<'a> {
    columns: Columns<'a>,
    keys: Keys,
    /// For each row of the resource where its list begins; the next one begins where it ends.
    starts: Vec<usize>,
    /// How much of each list the table has so far. `None`: it has something else.
    found: Vec<Option<usize>>,
    /// Rows of the table that belong to one of the batch.
    known: usize,
    read: usize,
    /// The key of the last row that was read.
    last: i64,
    /// Something came that is no row: nothing is known for sure.
    is_lost: bool,
    buffer: BytesMut,
}

impl<'a> Beside<'a> {
    fn new(reading: &Reading, table: &Table, part: &'a Part, keys: Keys) -> Self {
        let rows = keys.values.len();
        let mut starts = vec![0; rows + 1];
        part.rows.values().iter().for_each(|owner| starts[*owner as usize + 1] += 1);
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let columns = reading.columns.iter().map(|at| (&part.columns[*at], table.columns[*at].ty));
        Self {
            columns: Columns::new(columns),
            keys,
            starts,
            found: vec![Some(0); rows],
            known: 0,
            read: 0,
            last: i64::MIN,
            is_lost: false,
            buffer: BytesMut::new(),
        }
    }

    /// Takes a piece of what is read.
    fn meets(&mut self, piece: &[u8]) {
        let Some(there) = row_of(piece) else { return };
        let Some(key) = first_integer(there) else {
            self.is_lost = true;
            return;
        };
        self.read += 1;
        self.last = key;
        if let Some(owner) = self.keys.find(key) {
            self.found[owner] = self.next_is(owner, there);
            self.known += 1;
        }
    }

    /// How much of a list is there, if the next one of it is.
    fn next_is(&mut self, owner: usize, there: &[u8]) -> Option<usize> {
        let found = self.found[owner]?;
        let next = self.starts[owner] + found;
        if next == self.starts[owner + 1] {
            return None;
        }
        self.buffer.clear();
        self.columns.put(next, &mut self.buffer);
        (self.buffer == there).then_some(found + 1)
    }

    /// Leaves those marked whose lists are wholly there.
    fn mark(&self, same: &mut [bool], limit: usize) {
        let is_whole = self.is_whole(limit);
        for (row, same) in same.iter_mut().enumerate() {
            let length = self.starts[row + 1] - self.starts[row];
            // more of the last list may have been left out
            let is_read = is_whole || (!self.is_lost && self.keys.values[row] < self.last);
            *same &= is_read && self.found[row] == Some(length);
        }
    }

    /// Whether everything was read that the table has of the batch.
    fn is_whole(&self, limit: usize) -> bool {
        !self.is_lost && self.read < limit
    }
}

/// The keys of the rows of a batch, and a place among them.
#[derive(Clone, Debug)]
struct Keys {
    values: ScalarBuffer<i64>,
    /// The rows in the order of their keys.
    order: Vec<usize>,
    /// How many lie behind.
    place: usize,
}

impl Keys {
    fn of(values: &ScalarBuffer<i64>) -> Self {
        let mut order: Vec<_> = (0..values.len()).collect();
        order.sort_by_key(|row| values[*row]);
        Self { values: values.clone(), order, place: 0 }
    }

    /// The least and the greatest one.
    fn range(&self) -> (i64, i64) {
        let at = |row: Option<&usize>| row.map_or(0, |row| self.values[*row]);
        (at(self.order.first()), at(self.order.last()))
    }

    /// The row with a key. As a rule they are asked for in order.
    fn find(&mut self, key: i64) -> Option<usize> {
        let is_behind = self.place > 0 && self.values[self.order[self.place - 1]] >= key;
        if is_behind {
            self.place = 0;
        }
        while self.order.get(self.place).is_some_and(|row| self.values[*row] < key) {
            self.place += 1;
        }
        self.order.get(self.place).copied().filter(|row| self.values[*row] == key)
    }
}

/// The key of a table, among its columns, if it is one integer that is sent as such.
fn integer_key(table: &Table) -> Option<usize> {
    use LogicalType::{I8, I16, I32, I64, U8, U16, U32};
    let mut keys = table.columns.iter().enumerate().filter(|(_, column)| column.primary_key);
    let (Some((at, column)), None) = (keys.next(), keys.next()) else { return None };
    matches!(column.ty, I8 | I16 | I32 | I64 | U8 | U16 | U32).then_some(at)
}

/// The first value of a row, behind the number of its columns and its own length.
fn first_integer(row: &[u8]) -> Option<i64> {
    let (_, row) = row.split_first_chunk::<2>()?;
    let (length, row) = row.split_first_chunk::<4>()?;
    match u32::from_be_bytes(*length) {
        2 => Some(i16::from_be_bytes(*row.first_chunk()?).into()),
        4 => Some(i32::from_be_bytes(*row.first_chunk()?).into()),
        8 => Some(i64::from_be_bytes(*row.first_chunk()?)),
        _ => None,
    }
}
