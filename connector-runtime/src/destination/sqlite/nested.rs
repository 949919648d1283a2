//! The rows of lists, in plain merges: what becomes of a row of the resource decides about its lists.

use arrow_array::{ArrayRef, RecordBatch};
use rusqlite::{CachedStatement, Connection};

use super::bind::Columns;
use super::changes::Changes;
use super::explain::explain;
use super::insert::Insert;
use super::same::Same;
use super::same_lists::SameLists;
use super::walk::Keys;
use crate::destination::Load;
use crate::destination::sql::keys::may_repeat;
use crate::destination::sql::{Space, ddl};
use crate::error::Result;
use crate::report::RowCounts;
use crate::schema::{LOAD_ID, Part, Table, TableColumn};
use crate::spec::{ColumnMark, MergeStrategy};
use crate::value::LogicalType;

/// The tables of the lists of a resource.
#[derive(Debug)]
pub(super) struct Lists {
    lists: Vec<List>,
    /// Updates a row whose lists alone differ. `None`: what is there stays, whatever its lists are.
    touch: Option<String>,
}

/// A table of lists: those in rows of the resource, or in rows of such lists.
#[derive(Debug)]
struct List {
    insert: Insert,
    /// What is there of one row of the resource, in the order in which it came.
    there: String,
    delete: String,
    /// Finds those that are the same, where the key of the resource is one integer.
    same: Option<SameLists>,
}

/// What became of a row of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Inserted,
    Updated,
    /// The same is there, or something that takes precedence.
    Stays,
}

impl Lists {
    /// `place`: tells what is made for it from what is of other loads.
    pub(super) fn new(
        connection: &Connection,
        space: &Space,
        load: &Load,
        load_id: i64,
        place: u64,
    ) -> Result<Self> {
        let root = load.tables.root();
        let lists = load.tables.children().iter().enumerate().map(|(at, table)| {
            let same = SameLists::new(connection, space, (root, table), (place, at))?;
            Ok(List { same, ..List::new(space, root, table, load_id) })
        });
        // a row that is older than what is there comes in vain, and its lists with it
        let version = root.columns.iter().filter(|column| is_version(column));
        let as_new = version.map(|column| format!(" AND {} IS ?", space.name(&column.name)));
        let touch = format!(
            "UPDATE {} SET {LOAD_ID} = {load_id} WHERE {}{}",
            space.table(&root.name),
            are(space, root.key()),
            as_new.collect::<String>()
        );
        Ok(Self {
            lists: lists.collect::<Result<_>>()?,
            touch: (load.write.strategy != MergeStrategy::InsertOnly).then_some(touch),
        })
    }

    /// Takes away what was made for it.
    pub(super) fn clear(&self, connection: &Connection) -> Result<()> {
        self.lists
            .iter()
            .filter_map(|list| list.same.as_ref())
            .try_for_each(|same| same.clear(connection))
    }

    /// Merges a batch, while the table of the resource is watched. `None`: a key comes twice in it.
    pub(super) fn write(
        &self,
        connection: &Connection,
        load: &Load,
        batch: &RecordBatch,
        root: (Option<&Same>, &Insert),
        changes: &Changes,
    ) -> Result<Option<RowCounts>> {
        let parts = load.tables.split(batch);
        let mut fates = fates(connection, load.tables.root(), &parts[0], root, changes)?;
        // where every row was inserted, no key came twice
        if fates.iter().any(|fate| *fate != Fate::Inserted) {
            if may_repeat(&parts[0], load.tables.root()) {
                return Ok(None);
            }
            let mut there = There::new(self, connection, load, &parts, &fates)?;
            for (row, fate) in fates.iter_mut().enumerate() {
                *fate = there.settle(row, *fate)?;
            }
        }
        let Some(counts) = changes.of(batch.num_rows() as u64) else { return Ok(None) };
        for ((table, part), list) in load.tables.iter().zip(&parts).skip(1).zip(&self.lists) {
            let owners = part.rows.values().iter().enumerate();
            let rows = owners.filter(|(_, owner)| fates[**owner as usize] != Fate::Stays);
            let rows: Vec<_> = rows.map(|(row, _)| row).collect();
            list.insert.run_rows(connection, &part.columns, types(table), &rows)?;
        }
        Ok(Some(counts))
    }
}

impl List {
    fn new(space: &Space, root: &Table, table: &Table, load_id: i64) -> Self {
        let name = space.table(&table.name);
        let columns: Vec<_> = table.columns.iter().map(|column| space.name(&column.name)).collect();
        let columns = columns.join(", ");
        let owner = are(space, table.key().take(root.key().count()));
        let order = ddl::list(space, table.key().map(|column| column.name.as_str()));
        let into = format!("{name} ({columns}, {LOAD_ID})");
        Self {
            insert: Insert::new(&into, types(table), Some(load_id), ""),
            there: format!("SELECT {columns} FROM {name} WHERE {owner} ORDER BY {order}"),
            delete: format!("DELETE FROM {name} WHERE {owner}"),
            same: None,
        }
    }
}

impl Fate {
    /// What has become of the row, of which so many were inserted and updated before and after it.
    fn between(before: (usize, usize), after: (usize, usize)) -> Self {
        if after.0 > before.0 {
            Self::Inserted
        } else if after.1 > before.1 {
            Self::Updated
        } else {
            Self::Stays
        }
    }
}

/// Merges rows of the resource, and says what has become of each.
fn fates(
    connection: &Connection,
    table: &Table,
    part: &Part,
    (same, insert): (Option<&Same>, &Insert),
    changes: &Changes,
) -> Result<Vec<Fate>> {
    let mut fates = vec![Fate::Stays; part.rows.len()];
    let others = match same {
        Some(same) => same.others(connection, &part.columns, types(table))?,
        None => None,
    };
    let others = others.unwrap_or_else(|| (0..fates.len()).collect());
    let mut before = changes.so_far();
    insert.each(connection, &part.columns, types(table), others.into_iter(), |row| {
        let now = changes.so_far();
        fates[row] = Fate::between(before, now);
        before = now;
    })?;
    Ok(fates)
}

/// What is there, beside the rows of a batch.
struct There<'a> {
    key: Columns,
    touch: Option<(CachedStatement<'a>, Columns)>,
    lists: Vec<ListThere<'a>>,
}

/// What is there of a list.
struct ListThere<'a> {
    read: CachedStatement<'a>,
    delete: CachedStatement<'a>,
    columns: Columns,
    /// For each row of the list that of the resource; they come in its order.
    owners: &'a [i64],
    /// The rows of the resource whose lists are the same, if that is known.
    same: Option<Vec<bool>>,
}

impl<'a> There<'a> {
    fn new(
        lists: &'a Lists,
        connection: &'a Connection,
        load: &'a Load,
        parts: &'a [Part],
        fates: &[Fate],
    ) -> Result<Self> {
        let (root, part) = (load.tables.root(), &parts[0]);
        let prepare = |sql: &str| connection.prepare_cached(sql).map_err(explain);
        let touch = match &lists.touch {
            Some(sql) => {
                let touched = columns(root, part, is_key).chain(columns(root, part, is_version));
                Some((prepare(sql)?, Columns::of(touched)))
            }
            None => None,
        };
        let stay = (0..fates.len()).filter(|row| fates[*row] == Fate::Stays);
        let keys = touch.as_ref().and_then(|_| Keys::of_rows(root, &part.columns));
        let asked = keys.and_then(|keys| keys.range(stay).map(|range| (keys, range)));
        let tables = load.tables.iter().zip(parts).skip(1).zip(&lists.lists);
        let tables = tables.map(|((table, part), list)| {
            let same = match (&list.same, &asked) {
                (Some(same), Some((keys, range))) => {
                    same.of(connection, (table, part), keys, *range)?
                }
                _ => None,
            };
            Ok(ListThere {
                same,
                read: prepare(&list.there)?,
                delete: prepare(&list.delete)?,
                columns: Columns::new(&part.columns, types(table)),
                owners: part.rows.values(),
            })
        });
        let lists = tables.collect::<Result<_>>()?;
        Ok(Self { key: Columns::of(columns(root, part, is_key)), touch, lists })
    }

    /// Updates a row that stays if its lists do not, and takes the lists that an updated row had away.
    fn settle(&mut self, row: usize, fate: Fate) -> Result<Fate> {
        let fate = if fate == Fate::Stays && self.touch(row)? { Fate::Updated } else { fate };
        if fate == Fate::Updated {
            for list in &mut self.lists {
                self.key.bind(&mut list.delete, 0, row)?;
                list.delete.raw_execute().map_err(explain)?;
            }
        }
        Ok(fate)
    }

    fn touch(&mut self, row: usize) -> Result<bool> {
        let Self { key, touch: Some((touch, columns)), lists } = self else { return Ok(false) };
        for list in lists {
            if list.differs(key, row)? {
                columns.bind(touch, 0, row)?;
                return Ok(touch.raw_execute().map_err(explain)? > 0);
            }
        }
        Ok(false)
    }
}

impl ListThere<'_> {
    fn differs(&mut self, key: &mut Columns, owner: usize) -> Result<bool> {
        if self.same.as_ref().is_some_and(|same| same[owner]) {
            return Ok(false);
        }
        let at = |owner| self.owners.partition_point(|other| (*other as usize) < owner);
        let mut rows = at(owner)..at(owner + 1);
        key.bind(&mut self.read, 0, owner)?;
        let mut there = self.read.raw_query();
        while let Some(found) = there.next().map_err(explain)? {
            match rows.next() {
                // the first column is of the key that is asked for
                Some(row) if self.columns.equal(row, |index| found.get_ref_unwrap(index), 0) => {}
                _ => return Ok(true),
            }
        }
        Ok(!rows.is_empty())
    }
}

/// The columns of a kind, with their values.
fn columns<'a>(
    table: &'a Table,
    part: &'a Part,
    is: fn(&TableColumn) -> bool,
) -> impl Iterator<Item = (&'a ArrayRef, LogicalType)> {
    let columns = part.columns.iter().zip(&table.columns);
    columns.filter(move |(_, column)| is(column)).map(|(array, column)| (array, column.ty))
}

fn is_key(column: &TableColumn) -> bool {
    column.primary_key
}

fn is_version(column: &TableColumn) -> bool {
    column.mark == Some(ColumnMark::Version)
}

fn types(table: &Table) -> impl Iterator<Item = LogicalType> + Clone {
    table.columns.iter().map(|column| column.ty)
}

/// Whether columns have the values of a row.
fn are<'a>(space: &Space, columns: impl Iterator<Item = &'a TableColumn>) -> String {
    let equal: Vec<_> = columns.map(|column| format!("{} = ?", space.name(&column.name))).collect();
    equal.join(" AND ")
}

#[cfg(test)]
mod tests;
