//! One nested batch into the rows of each table.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, make_array};
use arrow_data::transform::MutableArrayData;

use super::{Table, Tables};

/// The rows that a batch has for one table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Part {
    /// An array for each column of the table.
    pub columns: Vec<ArrayRef>,
    /// For each row the row of the batch that it came with.
    pub rows: Int64Array,
    /// The arrays of the record, lists among them.
    record: Vec<ArrayRef>,
}

impl Tables {
    /// The rows of a batch for each table, in the order of the tables.
    pub fn split(&self, batch: &RecordBatch) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::with_capacity(self.len());
        for table in self.iter() {
            let part = match table.parent {
                None => root(table, batch),
                Some(parent) => child(table, &self[parent], &parts[parent]),
            };
            parts.push(part);
        }
        parts
    }
}

fn root(table: &Table, batch: &RecordBatch) -> Part {
    let record = batch.columns().to_vec();
    let rows = batch.num_rows() as i64;
    Part {
        columns: own(table, &record).collect(),
        rows: Int64Array::from_iter_values(0..rows),
        record,
    }
}

fn own<'a>(table: &'a Table, record: &'a [ArrayRef]) -> impl Iterator<Item = ArrayRef> + 'a {
    table.arrays.iter().map(|array| record[*array].clone())
}

fn child(table: &Table, parent: &Table, part: &Part) -> Part {
    let list = part.record[table.list].as_list::<i32>();
    let offsets = list.value_offsets();
    let (first, last) = (offsets[0] as usize, offsets[list.len()] as usize);
    let mut owners = Vec::with_capacity(last - first);
    let mut indexes = Vec::with_capacity(last - first);
    for row in 0..list.len() {
        let elements = (offsets[row + 1] - offsets[row]) as usize;
        // what is null may still have a place in the values
        debug_assert!(!list.is_null(row) || elements == 0, "BUG: a null list has elements");
        owners.extend(std::iter::repeat_n(row, elements));
        indexes.extend(0..elements as i64);
    }
    let values = list.values().slice(first, last - first);
    let record = match table.scalar {
        true => vec![values],
        false => values.as_struct().columns().to_vec(),
    };
    let key = parent.columns.iter().zip(&part.columns).filter(|(column, _)| column.primary_key);
    let mut columns: Vec<ArrayRef> = key.map(|(_, array)| gather(array, &owners)).collect();
    columns.push(Arc::new(Int64Array::from(indexes)));
    columns.extend(own(table, &record));
    let rows = owners.iter().map(|row| part.rows.value(*row));
    Part { columns, rows: Int64Array::from_iter_values(rows), record }
}

/// These rows of a batch, if there are any.
pub(crate) fn gather_rows(batch: RecordBatch, rows: &[usize]) -> Option<RecordBatch> {
    if rows.len() == batch.num_rows() {
        return Some(batch);
    }
    let columns = batch.columns().iter().map(|column| gather(column, rows)).collect();
    (!rows.is_empty()).then(|| of_schema(&batch, columns))
}

/// The rows of several batches of one schema, one after the other; there is at least one batch.
pub(crate) fn concat(mut batches: Vec<RecordBatch>) -> RecordBatch {
    if batches.len() == 1 {
        return batches.remove(0);
    }
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let columns = (0..batches[0].num_columns()).map(|column| {
        let data: Vec<_> = batches.iter().map(|batch| batch.column(column).to_data()).collect();
        let mut all = MutableArrayData::new(data.iter().collect(), false, rows);
        for (index, data) in data.iter().enumerate() {
            // offsets of 32 bits: what is written together is a few megabytes
            all.try_extend(index, 0, data.len()).expect("BUG: batches beyond 2 GiB");
        }
        make_array(all.freeze())
    });
    let columns = columns.collect();
    of_schema(&batches[0], columns)
}

fn of_schema(batch: &RecordBatch, columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(batch.schema(), columns).expect("BUG: rows of a batch have its schema")
}

/// The elements of an array at these places, in their order.
pub(crate) fn gather(array: &ArrayRef, at: &[usize]) -> ArrayRef {
    let data = array.to_data();
    let mut gathered = MutableArrayData::new(vec![&data], false, at.len());
    let mut rest = at;
    while let Some(first) = rest.first() {
        // neighbours in one go
        let run = rest.iter().enumerate().take_while(|(i, place)| **place == first + i).count();
        // offsets of 32 bits: a batch holds a few megabytes
        gathered.try_extend(0, *first, first + run).expect("BUG: a batch beyond 2 GiB");
        rest = &rest[run..];
    }
    make_array(gathered.freeze())
}

/// The only element of each of these arrays, as often as is said.
pub(crate) fn repeat<'a>(arrays: impl Iterator<Item = (&'a ArrayRef, usize)>) -> ArrayRef {
    let (data, times): (Vec<_>, Vec<_>) =
        arrays.map(|(array, times)| (array.to_data(), times)).unzip();
    let rows = times.iter().sum();
    let mut repeated = MutableArrayData::new(data.iter().collect(), false, rows);
    for (index, times) in times.into_iter().enumerate() {
        for _ in 0..times {
            repeated.try_extend(index, 0, 1).expect("BUG: a batch beyond 2 GiB");
        }
    }
    make_array(repeated.freeze())
}
