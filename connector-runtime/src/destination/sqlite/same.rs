//! Rows that a table has already, value for value. As a rule nearly all rows of a second load are such: one
//! walk along the key finds them for less than it takes to bind them.

use arrow_array::ArrayRef;
use rusqlite::Connection;
use rusqlite::functions::Context;
use rusqlite::types::ValueRef;

use super::bind::Columns;
use super::walk::{Beside, Keys, Pay, Walk, integer_key};
use crate::destination::sql::Space;
use crate::error::Result;
use crate::schema::Table;
use crate::value::LogicalType;

/// The rows of a table whose key is one integer: they lie in the order of their keys.
#[derive(Debug)]
pub(super) struct Same {
    walk: Walk<Batch>,
    /// The key, among the columns.
    key: usize,
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
        let function = format!("_connector_same_{place}");
        let walk = Walk::new(connection, space, (table, table), function)?;
        Ok(walk.zip(integer_key(table)).map(|(walk, (key, _))| Self { walk, key }))
    }

    /// Takes the function away.
    pub(super) fn clear(&self, connection: &Connection) -> Result<()> {
        self.walk.clear(connection)
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
        let Some(batch) = Batch::new(Columns::new(arrays, types), self.key) else {
            return Ok(None);
        };
        let Some(range) = batch.keys.range(0..batch.keys.len()) else { return Ok(None) };
        let batch = self.walk.walk(connection, range, batch)?;
        Ok(batch.and_then(Batch::others))
    }
}

/// One batch beside the table, from the least key to the greatest.
#[derive(Debug)]
struct Batch {
    columns: Columns,
    /// The key, among the columns, and its values.
    key: usize,
    keys: Keys,
    pay: Pay,
    is_same: Vec<bool>,
}

impl Batch {
    fn new(columns: Columns, key: usize) -> Option<Self> {
        let keys = Keys::of(columns.integers(key)?)?;
        let (pay, is_same) = (Pay::for_rows(keys.len()), vec![false; keys.len()]);
        Some(Self { columns, key, keys, pay, is_same })
    }

    fn others(self) -> Option<Vec<usize>> {
        let others = || (0..self.keys.len()).filter(|row| !self.is_same[*row]).collect();
        (self.pay.same > 0).then(others)
    }
}

impl Beside for Batch {
    fn meets(&mut self, there: &Context<'_>) -> bool {
        // a table that was made by hand may have keys that are none
        let row = match there.get_raw(self.key) {
            ValueRef::Integer(key) => self.keys.find(key),
            _ => None,
        };
        let is_same =
            row.filter(|row| self.columns.equal(*row, |index| there.get_raw(index), self.key));
        if let Some(row) = is_same {
            self.is_same[row] = true;
        }
        self.pay.read(is_same.is_some())
    }
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
