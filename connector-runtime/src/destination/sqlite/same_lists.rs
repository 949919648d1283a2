//! Lists that a table has already, element for element: one walk along its key finds those of all rows of a
//! batch for less than it takes to ask for those of each.

use arrow_array::ArrayRef;
use rusqlite::Connection;
use rusqlite::functions::Context;
use rusqlite::types::ValueRef;

use super::bind::Columns;
use super::walk::{Beside, Keys, Pay, Walk};
use crate::destination::sql::Space;
use crate::error::Result;
use crate::schema::{Part, Table};

/// The table of a list, whose key begins with one integer: the key of the resource.
#[derive(Debug)]
pub(super) struct SameLists(Walk<Batch>);

impl SameLists {
    /// `None`: the key of the resource is another, or there are too many columns. `place`: tells its
    /// function from those of other loads and lists.
    pub(super) fn new(
        connection: &Connection,
        space: &Space,
        tables: (&Table, &Table),
        place: (u64, usize),
    ) -> Result<Option<Self>> {
        let function = format!("_connector_same_{}_{}", place.0, place.1);
        Ok(Walk::new(connection, space, tables, function)?.map(Self))
    }

    /// Takes the function away.
    pub(super) fn clear(&self, connection: &Connection) -> Result<()> {
        self.0.clear(connection)
    }

    /// The rows of the resource, of which these are the keys, whose lists are for sure the same. `None`: a look
    /// at the table did not pay. `range`: the keys that are asked for.
    pub(super) fn of(
        &self,
        connection: &Connection,
        (table, part): (&Table, &Part),
        keys: &Keys,
        range: (i64, i64),
    ) -> Result<Option<Vec<bool>>> {
        let types = table.columns.iter().map(|column| column.ty);
        let batch = Batch::new(&part.columns, types, keys.clone(), part.rows.values());
        let batch = self.0.walk(connection, range, batch)?;
        Ok(batch.and_then(Batch::same))
    }
}

/// The lists of one batch beside the table.
#[derive(Debug)]
struct Batch {
    columns: Columns,
    keys: Keys,
    pay: Pay,
    /// For each row of the resource where its list begins; the next one begins where it ends.
    starts: Vec<usize>,
    /// How much of each list the table has so far. `None`: it has something else.
    found: Vec<Option<usize>>,
    /// The key of the last row that was read.
    last: i64,
    /// It did not pay to go on, or rows came out of order: nothing is known for sure.
    is_lost: bool,
}

impl Batch {
    /// `owners`: for each row of the list that of the resource; they come in its order.
    fn new(
        arrays: &[ArrayRef],
        types: impl Iterator<Item = crate::value::LogicalType>,
        keys: Keys,
        owners: &[i64],
    ) -> Self {
        let mut starts = vec![0; keys.len() + 1];
        owners.iter().for_each(|owner| starts[*owner as usize + 1] += 1);
        for row in 0..keys.len() {
            starts[row + 1] += starts[row];
        }
        Self {
            columns: Columns::new(arrays, types),
            pay: Pay::for_rows(owners.len()),
            found: vec![Some(0); keys.len()],
            keys,
            starts,
            last: i64::MIN,
            is_lost: false,
        }
    }

    /// Whether the next element of the list of this row is the same.
    fn is_next(&mut self, owner: usize, there: &Context<'_>) -> bool {
        let next = self.found[owner].map(|found| self.starts[owner] + found);
        let next = next.filter(|next| *next < self.starts[owner + 1]);
        // the first column is the key that was found
        let same = next.filter(|next| self.columns.equal(*next, |at| there.get_raw(at), 0));
        self.found[owner] = same.map(|same| same + 1 - self.starts[owner]);
        same.is_some()
    }

    fn same(self) -> Option<Vec<bool>> {
        let lengths = self.starts.windows(2).map(|pair| pair[1] - pair[0]);
        let same = || lengths.zip(&self.found).map(|(length, found)| *found == Some(length));
        (!self.is_lost).then(|| same().collect())
    }
}

impl Beside for Batch {
    fn meets(&mut self, there: &Context<'_>) -> bool {
        // a table that was made by hand may have keys that are none
        let mut is_same = false;
        if let ValueRef::Integer(key) = there.get_raw(0) {
            // rows may be sorted after they were met, where an index does not have their order
            self.is_lost |= key < self.last;
            self.last = key;
            is_same = self.keys.find(key).is_some_and(|owner| self.is_next(owner, there));
        }
        self.is_lost |= self.pay.read(is_same);
        self.is_lost
    }
}
