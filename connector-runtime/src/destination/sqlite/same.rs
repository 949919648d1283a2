//! Rows that a table has already, value for value. As a rule nearly all rows of a second load are such: one
//! walk along the key finds them for less than it takes to bind them.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::ArrayRef;
use arrow_buffer::ScalarBuffer;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

use super::bind::Columns;
use super::explain::explain;
use crate::destination::sql::Space;
use crate::error::Result;
use crate::schema::Table;
use crate::value::LogicalType;

/// The part of a batch that may be read in vain, and so many rows at least.
const IN_VAIN: usize = 16;
/// What a function of SQLite may be called with, in every build of it.
const MAX_ARGUMENTS: usize = 100;

/// The rows of a table whose key is one integer: they lie in the order of their keys.
///
/// No row comes out of SQLite. A function is called with each one, where its values lie at hand: to ask
/// for them column by column takes three times as long.
#[derive(Debug)]
pub(super) struct Same {
    function: String,
    width: i32,
    query: String,
    /// The key, among the columns.
    key: usize,
    walk: Arc<Mutex<Option<Walk>>>,
}

impl Same {
    /// `None`: the key of the table is another, or there are too many columns. `place`: tells its
    /// function from those of other loads.
    pub(super) fn new(
        connection: &Connection,
        space: &Space,
        table: &Table,
        place: u64,
    ) -> Result<Option<Self>> {
        let mut keys = table.columns.iter().enumerate().filter(|(_, column)| column.primary_key);
        let (Some((key, column)), None) = (keys.next(), keys.next()) else { return Ok(None) };
        if !is_integer(column.ty) || table.columns.len() > MAX_ARGUMENTS {
            return Ok(None);
        }
        let names: Vec<_> = table.columns.iter().map(|column| space.name(&column.name)).collect();
        let function = format!("_connector_same_{place}");
        let query = format!(
            "SELECT 1 FROM {} WHERE {name} BETWEEN ? AND ? AND {function}({}) ORDER BY {name} LIMIT 1",
            space.table(&table.name),
            names.join(", "),
            name = space.name(&column.name)
        );
        let walk = Arc::new(Mutex::new(None::<Walk>));
        let width = names.len() as i32;
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
        let shared = walk.clone();
        let meets = move |there: &Context<'_>| match &mut *shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
        {
            Some(walk) => Ok(walk.meets(there)),
            None => Ok(true),
        };
        connection
            .create_scalar_function(function.as_str(), width, flags, meets)
            .map_err(explain)?;
        Ok(Some(Self { function, width, query, key, walk }))
    }

    /// Takes the function away.
    pub(super) fn clear(&self, connection: &Connection) -> Result<()> {
        connection.remove_function(self.function.as_str(), self.width).map_err(explain)
    }

    /// The rows of a batch that the table has not, or not like this, as far as a look at the table
    /// pays. `None`: every row. No row is left out of a batch whose keys neither rise nor fall from row
    /// to row, as a key may come twice in it.
    pub(super) fn others(
        &self,
        connection: &Connection,
        arrays: &[ArrayRef],
        types: impl Iterator<Item = LogicalType>,
    ) -> Result<Option<Vec<usize>>> {
        let Some(walk) = Walk::new(Columns::new(arrays, types), self.key) else { return Ok(None) };
        let mut statement = connection.prepare_cached(&self.query).map_err(explain)?;
        for (parameter, key) in [(1, walk.key_at(0)), (2, walk.key_at(walk.keys.len() - 1))] {
            statement.raw_bind_parameter(parameter, key).map_err(explain)?;
        }
        let shared = || self.walk.lock().unwrap_or_else(PoisonError::into_inner);
        *shared() = Some(walk);
        let walked = statement.raw_query().next().map(drop);
        let walk = shared().take();
        walked.map_err(explain)?;
        Ok(walk.and_then(Walk::others))
    }
}

/// One batch beside the table, from the least key to the greatest.
#[derive(Debug)]
struct Walk {
    columns: Columns,
    /// The key, among the columns, and its values.
    key: usize,
    keys: ScalarBuffer<i64>,
    order: Order,
    /// How many keys lie behind.
    place: usize,
    /// Rows of the table that were read.
    read: usize,
    /// Those of them that the batch has, and which of its rows they are.
    same: usize,
    is_same: Vec<bool>,
}

impl Walk {
    fn new(columns: Columns, key: usize) -> Option<Self> {
        let keys = columns.integers(key)?;
        let order = Order::of(&keys)?;
        let is_same = vec![false; keys.len()];
        Some(Self { columns, key, keys, order, place: 0, read: 0, same: 0, is_same })
    }

    fn row_at(&self, place: usize) -> usize {
        match self.order {
            Order::Rising => place,
            Order::Falling => self.keys.len() - 1 - place,
        }
    }

    fn key_at(&self, place: usize) -> i64 {
        self.keys[self.row_at(place)]
    }

    /// Meets the next row of the table. Whether to go on does not pay.
    fn meets(&mut self, there: &Context<'_>) -> bool {
        // a table that was made by hand may have keys that are none
        if let ValueRef::Integer(key) = there.get_raw(self.key) {
            while self.place + 1 < self.keys.len() && self.key_at(self.place) < key {
                self.place += 1;
            }
            let row = self.row_at(self.place);
            let same = self.keys[row] == key
                && self.columns.equal(row, |index| there.get_raw(index), self.key);
            self.is_same[row] |= same;
            self.same += usize::from(same);
        }
        self.read += 1;
        // to read a row costs a third of what it costs to merge one
        self.read > 2 * self.same + (self.keys.len() / IN_VAIN).max(IN_VAIN)
    }

    fn others(self) -> Option<Vec<usize>> {
        let others = || (0..self.keys.len()).filter(|row| !self.is_same[*row]).collect();
        (self.same > 0).then(others)
    }
}

/// How keys follow each other.
#[derive(Debug)]
enum Order {
    Rising,
    Falling,
}

impl Order {
    fn of(keys: &[i64]) -> Option<Self> {
        if keys.is_empty() {
            None
        } else if keys.is_sorted_by(|key, next| key < next) {
            Some(Self::Rising)
        } else if keys.is_sorted_by(|key, next| key > next) {
            Some(Self::Falling)
        } else {
            None
        }
    }
}

fn is_integer(ty: LogicalType) -> bool {
    use LogicalType::{I8, I16, I32, I64, U8, U16, U32, U64};
    matches!(ty, I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
}

#[cfg(test)]
mod tests {
    use jiff::civil;

    use super::super::space;
    use super::*;
    use crate::schema::Tables;
    use crate::spec::{ColumnSpec, FieldSpec, ResourceSpec};
    use crate::value::{Column, ColumnBuilder};

    /// The rows that a table with these values, in columns of any type, has not.
    fn others<K: Column, V: Column>(
        stored: &str,
        rows: impl IntoIterator<Item = (K, V)>,
    ) -> Option<Vec<usize>> {
        let id = ColumnSpec::new::<K>("id", "id", "").primary_key();
        let value = ColumnSpec::new::<V>("value", "value", "");
        let fields: &'static [FieldSpec] = Box::leak(Box::new([id.field(), value.field()]));
        let tables = Tables::of(&ResourceSpec { name: "rows", fields, ..ResourceSpec::EMPTY });
        let (mut ids, mut values) = (ColumnBuilder::new(&id), ColumnBuilder::new(&value));
        for (id, value) in rows {
            id.write(&mut ids);
            value.write(&mut values);
        }
        let connection = Connection::open_in_memory().expect("a database");
        let table = "CREATE TABLE rows (value ANY, id ANY PRIMARY KEY) STRICT";
        connection.execute_batch(&format!("{table}; INSERT INTO rows {stored}")).expect("rows");
        let types = tables.root().columns.iter().map(|column| column.ty);
        let same = Same::new(&connection, &space(), tables.root(), 1).expect("a function");
        let same = same.expect("a key of one integer");
        same.others(&connection, &[ids.finish(), values.finish()], types).expect("a query")
    }

    /// A value is the same as one literal, and as no other.
    #[track_caller]
    fn check<V: Column + Clone>(value: V, literal: &str, differ: &[&str]) {
        let stored = |literal: &str| format!("(id, value) VALUES (1, {literal})");
        assert_eq!(others(&stored(literal), [(1, value.clone())]), Some(vec![]), "{literal}");
        for literal in differ {
            assert_eq!(others(&stored(literal), [(1, value.clone())]), None, "{literal}");
        }
    }

    #[test]
    fn values_are_the_same_as_the_database_has_it() {
        check(7_i64, "7", &["8", "7.0", "'7'", "NULL"]);
        check(7_u64, "7", &["8", "'7'", "NULL"]);
        check(1.5, "1.5", &["1.25", "'1.5'", "NULL"]);
        check(0.0, "-0.0", &["0", "NULL"]);
        check(1.5_f32, "1.5", &["1.25", "NULL"]);
        check(true, "1", &["0", "'1'", "NULL"]);
        check("a".to_owned(), "'a'", &["'A'", "'a '", "x'61'", "NULL"]);
        check("a\0b".to_owned(), "'a' || char(0) || 'b'", &["'a'"]);
        check(None::<String>, "NULL", &["''", "0"]);
        check(Some(0), "0", &["NULL"]);
        let instant: jiff::Timestamp = "2024-01-31T08:15:00Z".parse().expect("an instant");
        check(instant, "'2024-01-31T08:15:00.000000Z'", &["'2024-01-31T08:15:00Z'", "NULL"]);
        check(civil::date(2024, 1, 31), "'2024-01-31'", &["'2024-01-30'", "NULL"]);
        check(civil::time(8, 15, 0, 0), "'08:15:00.000000'", &["'08:15:00'", "NULL"]);
        check(crate::Bytes::from_static(&[0, 255]), "x'00ff'", &["x'00'", "x''", "NULL"]);
        #[cfg(feature = "uuid")]
        check(
            uuid::Uuid::from_u128(1),
            "'00000000-0000-0000-0000-000000000001'",
            &["x'00000000000000000000000000000001'", "NULL"],
        );
    }

    #[test]
    fn keys_may_rise_or_fall() {
        let stored = "(id, value) VALUES (1, 'a'), (2, 'b'), (4, 'd'), (6, 'f'), ('3', 'c')";
        let others = |rows: &[(i64, &str)]| {
            others(stored, rows.iter().map(|(id, value)| (*id, (*value).to_owned())))
        };
        for (rows, expected) in [
            (&[(1, "a"), (2, "b"), (4, "d"), (6, "f")][..], Some(vec![])),
            (&[(6, "f"), (4, "d"), (2, "b"), (1, "a")], Some(vec![])),
            (&[(1, "a"), (2, "x"), (4, "d")], Some(vec![1])),
            (&[(4, "d"), (2, "x"), (1, "a")], Some(vec![1])),
            (&[(0, "a"), (1, "a"), (2, "b"), (3, "c"), (6, "f"), (9, "i")], Some(vec![0, 3, 5])),
            (&[(9, "i"), (4, "d"), (3, "c"), (2, "x"), (0, "a")], Some(vec![0, 2, 3, 4])),
            (&[(6, "f")], Some(vec![])),
            (&[(7, "g"), (8, "h")], None),
            (&[(1, "x"), (2, "x")], None),
            (&[(1, "a"), (4, "d"), (2, "b")], None),
            // of two rows with one key the last one counts
            (&[(1, "a"), (1, "x")], None),
            (&[(1, "x"), (1, "a")], None),
            (&[], None),
        ] {
            assert_eq!(others(rows), expected, "{rows:?}");
        }
        let beyond = [(1, "a".to_owned()), (u64::MAX, "b".to_owned())];
        assert_eq!(tests::others(stored, beyond), None);
    }

    #[test]
    fn no_other_key_will_do() {
        let text = ColumnSpec::new::<String>("text", "text", "").primary_key();
        let number = ColumnSpec::new::<i64>("number", "number", "").primary_key();
        for (columns, expected) in
            [(&[number][..], true), (&[text], false), (&[number, number], false), (&[], false)]
        {
            let fields: Vec<_> = columns.iter().map(|column| column.field()).collect();
            let fields: &'static [FieldSpec] = fields.leak();
            let tables = Tables::of(&ResourceSpec { fields, ..ResourceSpec::EMPTY });
            let connection = Connection::open_in_memory().expect("a database");
            let same = Same::new(&connection, &space(), tables.root(), 1).expect("a function");
            assert_eq!(same.is_some(), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_table_is_read_as_far_as_it_pays() {
        let stored = "(id, value) WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n \
            LIMIT 1000) SELECT id, 0 FROM n";
        let changed = |rows: i64| (1..=320).map(move |id| (id, i64::from(id <= rows)));
        assert_eq!(others(stored, changed(10)), Some((0..10).collect()));
        assert_eq!(others(stored, changed(320)), None);
        // the first rows say that it does not
        assert_eq!(others(stored, changed(30)), None);
        // as does a table that is much denser
        let sparse = (0..16).map(|row| (1 + row * 60, 0));
        assert_eq!(others(stored, sparse), Some((1..16).collect()));
    }
}
