//! Rows that a table has already, value for value. As a rule nearly all rows of a second load are such: one
//! walk along the key finds them for less than it takes to bind them.

use arrow_array::ArrayRef;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::bind::Columns;
use super::explain::explain;
use crate::destination::sql::Space;
use crate::error::Result;
use crate::schema::Table;
use crate::value::LogicalType;

/// The part of a batch that may be read in vain.
const IN_VAIN: usize = 16;

/// The rows of a table whose key is one integer: they lie in the order of their keys.
#[derive(Debug)]
pub(super) struct Same {
    query: String,
    /// The key, among the columns.
    key: usize,
}

impl Same {
    /// `None`: the key of the table is another.
    pub(super) fn new(space: &Space, table: &Table) -> Option<Self> {
        let mut keys = table.columns.iter().enumerate().filter(|(_, column)| column.primary_key);
        let (key, column) = keys.next().filter(|(_, column)| is_integer(column.ty))?;
        if keys.next().is_some() {
            return None;
        }
        let columns: Vec<_> = table.columns.iter().map(|column| space.name(&column.name)).collect();
        let query = format!(
            "SELECT {} FROM {} WHERE {name} BETWEEN ? AND ? ORDER BY {name}",
            columns.join(", "),
            space.table(&table.name),
            name = space.name(&column.name)
        );
        Some(Self { query, key })
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
        let mut columns = Columns::new(arrays, types);
        let Some(keys) = columns.integers(self.key) else { return Ok(None) };
        let Some(order) = Order::of(&keys) else { return Ok(None) };
        let count = keys.len();
        // from the least key to the greatest
        let row_at = |place: usize| match order {
            Order::Rising => place,
            Order::Falling => count - 1 - place,
        };
        let mut statement = connection.prepare_cached(&self.query).map_err(explain)?;
        for (parameter, place) in [(1, 0), (2, count - 1)] {
            statement.raw_bind_parameter(parameter, keys[row_at(place)]).map_err(explain)?;
        }
        let mut is_same = vec![false; count];
        let (mut place, mut read, mut same) = (0, 0, 0);
        let mut stored = statement.raw_query();
        while let Some(there) = stored.next().map_err(explain)? {
            // a table that was made by hand may have keys that are none
            if let ValueRef::Integer(key) = there.get_ref(self.key).map_err(explain)? {
                while place < count && keys[row_at(place)] < key {
                    place += 1;
                }
                if place < count && columns.equal(row_at(place), there)? {
                    is_same[row_at(place)] = true;
                    same += 1;
                }
            }
            read += 1;
            // to read a row costs a third of what it costs to merge one
            if read > 2 * same + count / IN_VAIN {
                break;
            }
        }
        let others = || (0..count).filter(|row| !is_same[*row]).collect();
        Ok((same > 0).then(others))
    }
}

/// How keys follow each other.
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
