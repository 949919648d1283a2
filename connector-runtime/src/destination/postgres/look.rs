//! Rows that the tables have already, value for value. As a rule nearly all rows of a second load are such. They are
//! read, and compared here byte for byte with what would be sent, which takes the server a fraction of what it
//! takes to stage rows and to compare them itself.
//!
//! A look is only a filter: of what it finds the stages would say the same, and everything else they judge, such as
//! a number with other zeros at its end.

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
/// And how many more: so many, of few rows so many for each.
const SLACK: (usize, usize) = (64, 8);

/// What the bounds of a batch are called in its transaction.
const LEAST: &str = "connector.least";
const GREATEST: &str = "connector.greatest";

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
    query: String,
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
    /// `None`: the key of the resource is not one integer, or one that is sent as another type is.
    pub(super) fn of(space: &Space, load: &Load) -> Option<Self> {
        let key = integer_key(load.tables.root())?;
        let tables = load.tables.iter().enumerate();
        let tables = tables.map(|(at, table)| Reading::of(space, table, at)).collect();
        Some(Self { tables, key })
    }

    /// The keys of the rows of a batch.
    pub(super) fn keys(&self, parts: &[Part]) -> Keys {
        Keys::of(parts[0].columns[self.key].as_primitive::<Int64Type>().values())
    }

    /// What a transaction has to be told before the rows of a batch are looked for in it. That it stands there keeps
    /// the queries the same for all batches.
    pub(super) fn bounds(&self, keys: &Keys, parts: &[Part]) -> String {
        let (least, greatest) = keys.range();
        let limits =
            parts.iter().enumerate().map(|(at, part)| (limit_name(at), limit(part) as i64));
        let bounds = [(LEAST.to_owned(), least), (GREATEST.to_owned(), greatest)];
        let set = |(name, value)| format!("set_config('{name}', '{value}', true)");
        format!(
            "SELECT {}",
            bounds.into_iter().chain(limits).map(set).collect::<Vec<_>>().join(", ")
        )
    }

    /// Looks for the rows of a batch, no key of which comes twice, within the bounds that the transaction was told.
    pub(super) async fn find(
        &self,
        connection: &mut Connection,
        load: &Load,
        parts: &[Part],
        keys: Keys,
    ) -> Result<Found, Failure> {
        let mut found = Found { same: vec![true; keys.values.len()], known: None };
        for ((reading, table), part) in self.tables.iter().zip(load.tables.iter()).zip(parts) {
            let limit = limit(part);
            let columns = reading.columns.iter();
            let columns = columns.map(|at| (&part.columns[*at], table.columns[*at].ty));
            let mut beside =
                Beside::new(Columns::new(columns).read_back(), part.rows.values(), keys.clone());
            connection.read(&reading.query, |row| beside.meets(row)).await?;
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
    /// The table is the one in this place among those of the resource.
    fn of(space: &Space, table: &Table, at: usize) -> Self {
        let is_key = |at: &usize| table.columns[*at].primary_key;
        let (mut columns, others): (Vec<_>, Vec<_>) = (0..table.columns.len()).partition(is_key);
        columns.extend(others);
        let names = |columns: &[usize]| {
            ddl::list(space, columns.iter().map(|at| table.columns[*at].name.as_str()))
        };
        let key = &columns[..table.key().count()];
        let told = |name: &str| format!("current_setting('{name}')::bigint");
        let query = format!(
            "COPY (SELECT {} FROM {} WHERE {} BETWEEN {} AND {} ORDER BY {} LIMIT {}) TO STDOUT (FORMAT binary)",
            names(&columns),
            space.table(&table.name),
            names(&key[..1]),
            told(LEAST),
            told(GREATEST),
            names(key),
            told(&limit_name(at)),
        );
        Self { query, columns }
    }
}

/// How many rows are read at most where a batch has these.
fn limit(part: &Part) -> usize {
    let rows = part.rows.len();
    DENSEST * rows + SLACK.0.min(SLACK.1 * rows.max(1))
}

/// What it is called in the transaction, for the table in this place.
fn limit_name(at: usize) -> String {
    format!("connector.limit_{at}")
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
    /// `owners`: for each row of the list that of the resource; they come in its order.
    fn new(columns: Columns<'a>, owners: &[i64], keys: Keys) -> Self {
        let rows = keys.values.len();
        let mut starts = vec![0; rows + 1];
        owners.iter().for_each(|owner| starts[*owner as usize + 1] += 1);
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        Self {
            columns,
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
pub(super) struct Keys {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    /// Rows `(key, place, text)` as they are read, with the header and the end.
    fn pieces(rows: &[(i64, i64, &str)]) -> Vec<Vec<u8>> {
        let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0)));
        let places: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.1)));
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.2)));
        let mut columns = columns(&keys, &places, &texts);
        let mut buffer = BytesMut::from(&b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0"[..]);
        let row = |row| {
            columns.put(row, &mut buffer);
            buffer.split().to_vec()
        };
        let rows: Vec<_> = (0..rows.len()).map(row).collect();
        rows.into_iter().chain([vec![0xff, 0xff]]).collect()
    }

    fn columns<'a>(keys: &'a ArrayRef, places: &'a ArrayRef, texts: &'a ArrayRef) -> Columns<'a> {
        let (integer, text) = (LogicalType::I64, LogicalType::Text);
        Columns::new([(keys, integer), (places, integer), (texts, text)].into_iter())
    }

    /// Which lists of these keys are the same as those that are read.
    fn same(lists: &[(i64, &[&str])], there: &[(i64, i64, &str)], limit: usize) -> Vec<bool> {
        same_pieces(lists, &pieces(there), limit)
    }

    fn same_pieces(lists: &[(i64, &[&str])], pieces: &[Vec<u8>], limit: usize) -> Vec<bool> {
        let all =
            || lists.iter().flat_map(|(key, texts)| texts.iter().map(move |text| (key, text)));
        let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(all().map(|(key, _)| *key)));
        let places = lists.iter().flat_map(|(_, texts)| 0..texts.len() as i64);
        let places: ArrayRef = Arc::new(Int64Array::from_iter_values(places));
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(all().map(|(_, text)| *text)));
        let owners = lists.iter().enumerate();
        let owners = owners.flat_map(|(row, (_, texts))| texts.iter().map(move |_| row as i64));
        let owners: Vec<_> = owners.collect();
        let keys_of_rows: Vec<_> = lists.iter().map(|(key, _)| *key).collect();
        let keys_of_rows = Keys::of(&ScalarBuffer::from(keys_of_rows));
        let mut beside = Beside::new(columns(&keys, &places, &texts), &owners, keys_of_rows);
        pieces.iter().for_each(|piece| beside.meets(piece));
        let mut same = vec![true; lists.len()];
        beside.mark(&mut same, limit);
        same
    }

    #[test]
    fn lists_that_are_there() {
        let lists: [(i64, &[&str]); 6] =
            [(10, &["a", "b"]), (20, &[]), (30, &["a"]), (40, &["a"]), (-50, &[]), (-60, &["x"])];
        let there = [
            (-60, 0, "x"),
            (5, 0, "y"),
            (10, 0, "a"),
            (10, 1, "b"),
            (15, 0, "x"),
            (20, 0, "a"),
            (30, 0, "a"),
            (30, 1, "b"),
        ];
        // more is there of the second and of the third, and nothing of the fourth
        let expected = [true, false, false, false, true, true];
        assert_eq!(same(&lists, &there, 100), expected);
        // of what was left out nothing is known, nor of the last one that was not
        assert_eq!(same(&lists[..1], &there[..4], 4), [false]);
        assert_eq!(same(&lists[..1], &there[..5], 5), [true]);
        let unread = [true, false, false, false, true, true];
        assert_eq!(same(&lists, &there[..6], 6), unread);
        assert_eq!(same(&lists[..2], &there[..4], 4), [false, false]);
        // other elements, places and orders
        for there in [
            [(10, 0, "a"), (10, 1, "c")],
            [(10, 0, "a"), (10, 2, "b")],
            [(10, 1, "b"), (10, 0, "a")],
            [(10, 0, "a"), (11, 1, "b")],
        ] {
            assert_eq!(same(&lists[..1], &there, 100), [false], "{there:?}");
        }
        // keys that come in another order than was asked for
        assert_eq!(
            same(&lists, &[(30, 0, "a"), (-60, 0, "x")], 100)[2..],
            [true, false, true, true]
        );
    }

    #[test]
    fn nothing_is_known_from_what_is_no_row() {
        let lists: [(i64, &[&str]); 2] = [(1, &["a"]), (2, &[])];
        let whole = pieces(&[(1, 0, "a")]);
        assert_eq!(same_pieces(&lists, &whole, 100), [true, true]);
        let two_at_once = [whole.concat()];
        assert_eq!(same_pieces(&lists, &two_at_once, 100), [false, true]);
        let torn = vec![whole[0][..25].to_vec(), whole[0][25..].to_vec(), whole[1].clone()];
        assert_eq!(same_pieces(&lists, &torn, 100), [false, false]);
        assert_eq!(same_pieces(&lists, &[vec![0xff, 0xff]], 100), [false, true]);
    }
}
