//! A walk along the key of a table, beside the rows of a batch.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::ArrayRef;
use arrow_buffer::ScalarBuffer;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use super::bind::Columns;
use super::explain::explain;
use crate::destination::sql::{Space, ddl};
use crate::error::Result;
use crate::schema::Table;
use crate::value::LogicalType;

/// The part of a batch that may be read in vain, and so many rows at least.
const IN_VAIN: usize = 16;
/// What a function of SQLite may be called with, in every build of it.
const MAX_ARGUMENTS: usize = 100;

/// What is beside the table.
pub(super) trait Beside: std::fmt::Debug + Send + 'static {
    /// Meets the next row of the table. Whether to stop.
    fn meets(&mut self, there: &Context<'_>) -> bool;
}

/// The rows of a table whose key begins with one integer, in its order.
///
/// No row comes out of SQLite. A function is called with each one, where its values lie at hand: to ask
/// for them column by column takes three times as long.
#[derive(Debug)]
pub(super) struct Walk<B> {
    function: String,
    width: i32,
    query: String,
    beside: Arc<Mutex<Option<B>>>,
}

impl<B: Beside> Walk<B> {
    /// `None`: the key of the resource is another, or there are too many columns. `function`: a name
    /// that no other walk has.
    pub(super) fn new(
        connection: &Connection,
        space: &Space,
        (root, table): (&Table, &Table),
        function: String,
    ) -> Result<Option<Self>> {
        let Some(first) = table.key().next().filter(|_| integer_key(root).is_some()) else {
            return Ok(None);
        };
        if table.columns.len() > MAX_ARGUMENTS {
            return Ok(None);
        }
        let names = |columns: &mut dyn Iterator<Item = &'_ str>| ddl::list(space, columns);
        let columns = names(&mut table.columns.iter().map(|column| column.name.as_str()));
        let query = format!(
            "SELECT 1 FROM {} WHERE {} BETWEEN ? AND ? AND {function}({columns}) ORDER BY {} LIMIT 1",
            space.table(&table.name),
            space.name(&first.name),
            names(&mut table.key().map(|column| column.name.as_str())),
        );
        let beside = Arc::new(Mutex::new(None::<B>));
        let width = table.columns.len() as i32;
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
        let shared = beside.clone();
        let meets = move |there: &Context<'_>| {
            let beside = &mut *shared.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(beside.as_mut().is_none_or(|beside| beside.meets(there)))
        };
        connection
            .create_scalar_function(function.as_str(), width, flags, meets)
            .map_err(explain)?;
        Ok(Some(Self { function, width, query, beside }))
    }

    /// Takes the function away.
    pub(super) fn clear(&self, connection: &Connection) -> Result<()> {
        connection.remove_function(self.function.as_str(), self.width).map_err(explain)
    }

    /// Walks from one key to another.
    pub(super) fn walk(
        &self,
        connection: &Connection,
        (from, to): (i64, i64),
        beside: B,
    ) -> Result<Option<B>> {
        let mut statement = connection.prepare_cached(&self.query).map_err(explain)?;
        statement.raw_bind_parameter(1, from).map_err(explain)?;
        statement.raw_bind_parameter(2, to).map_err(explain)?;
        let shared = || self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        *shared() = Some(beside);
        let walked = statement.raw_query().next().map(drop);
        let beside = shared().take();
        walked.map_err(explain)?;
        Ok(beside)
    }
}

/// How far a walk pays: to read a row costs a third of what it costs to do without.
#[derive(Debug)]
pub(super) struct Pay {
    in_vain: usize,
    read: usize,
    /// Rows of the table that the batch has.
    pub(super) same: usize,
}

impl Pay {
    /// For so many rows of a batch.
    pub(super) fn for_rows(rows: usize) -> Self {
        Self { in_vain: (rows / IN_VAIN).max(IN_VAIN), read: 0, same: 0 }
    }

    /// Counts a row of the table. Whether it was one too many.
    pub(super) fn read(&mut self, same: bool) -> bool {
        self.same += usize::from(same);
        self.read += 1;
        self.read > 2 * self.same + self.in_vain
    }
}

/// The keys of the rows of a batch, which rise or fall from row to row, and a place among them.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    values: ScalarBuffer<i64>,
    falls: bool,
    /// How many lie behind, from the least one on.
    place: usize,
}

impl Keys {
    /// `None`: there are none, or they are not in order, as where a key comes twice.
    pub(super) fn of(values: ScalarBuffer<i64>) -> Option<Self> {
        let falls = match *values {
            [] => return None,
            _ if values.is_sorted_by(|key, next| key < next) => false,
            _ if values.is_sorted_by(|key, next| key > next) => true,
            _ => return None,
        };
        Some(Self { values, falls, place: 0 })
    }

    /// The keys of a part of a batch for this table, whose key is one integer.
    pub(super) fn of_rows(table: &Table, arrays: &[ArrayRef]) -> Option<Self> {
        let (at, ty) = integer_key(table)?;
        Self::of(Columns::of([(&arrays[at], ty)].into_iter()).integers(0)?)
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The least and the greatest key of these rows, which are in order.
    pub(super) fn range(&self, rows: impl DoubleEndedIterator<Item = usize>) -> Option<(i64, i64)> {
        let mut rows = rows.map(|row| self.values[row]);
        let first = rows.next()?;
        let last = rows.next_back().unwrap_or(first);
        Some((first.min(last), first.max(last)))
    }

    /// The row with a key, which is not less than those that were asked for before.
    #[inline]
    pub(super) fn find(&mut self, key: i64) -> Option<usize> {
        while self.place + 1 < self.values.len() && self.values[self.row()] < key {
            self.place += 1;
        }
        let row = self.row();
        (self.values[row] == key).then_some(row)
    }

    fn row(&self) -> usize {
        if self.falls { self.values.len() - 1 - self.place } else { self.place }
    }
}

/// The key of a table, among its columns, if it is one integer.
pub(super) fn integer_key(table: &Table) -> Option<(usize, LogicalType)> {
    use LogicalType::{I8, I16, I32, I64, U8, U16, U32, U64};
    let mut keys = table.columns.iter().enumerate().filter(|(_, column)| column.primary_key);
    let (Some((at, column)), None) = (keys.next(), keys.next()) else { return None };
    let is_integer = matches!(column.ty, I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64);
    is_integer.then_some((at, column.ty))
}
