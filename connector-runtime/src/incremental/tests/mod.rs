mod append;
mod cursor;
mod digest;
mod leap;
mod model;
mod watch;
mod windows;

use std::sync::Arc;

use arrow_array::builder::ListBuilder;
use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{
    ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use jiff::{Timestamp, civil};

use super::watch::Taken;
use super::{Bounds, Cursor, Watch};
use crate::schema::arrow_schema;
use crate::spec::{ColumnSpec, ElementSpec, FieldSpec, IncrementalSpec};
use crate::state::CursorValue;
use crate::value::{Column, time};

/// A spec of the column `at`.
fn spec(change: impl FnOnce(&mut IncrementalSpec)) -> &'static IncrementalSpec {
    let mut spec = IncrementalSpec::new("at");
    change(&mut spec);
    Box::leak(Box::new(spec))
}

/// A resource with the columns `user__id`, `tags` (a list), `id` (the key), and `at`.
fn fields<T: Column>() -> &'static [FieldSpec] {
    const USER: &[FieldSpec] = &[FieldSpec::Column(ColumnSpec::new::<i64>("id", "id", ""))];
    let tag = ColumnSpec::new::<String>("", "", "");
    let id = ColumnSpec { primary_key: true, ..ColumnSpec::new::<i64>("id", "id", "") };
    Box::leak(Box::new([
        FieldSpec::Flatten { name: "user", wire: "user", optional: false, fields: USER },
        FieldSpec::List {
            name: "tags",
            wire: "tags",
            doc: "",
            optional: false,
            element: ElementSpec::Value(tag),
        },
        FieldSpec::Column(id),
        FieldSpec::Column(ColumnSpec::new::<T>("at", "at", "")),
    ]))
}

fn cursor_of<T: Column>(change: impl FnOnce(&mut IncrementalSpec)) -> Arc<Cursor> {
    Arc::new(Cursor::new(spec(change), fields::<T>()).expect("a cursor"))
}

/// Rows with these values, and numbers in `id` from the first on.
fn batch<T: Column>(first: i64, values: ArrayRef) -> RecordBatch {
    let rows = values.len();
    let mut tags = ListBuilder::new(StringBuilder::new());
    for _ in 0..rows {
        tags.append(true);
    }
    let ids = || Arc::new(Int64Array::from_iter_values(first..first + rows as i64));
    let columns: Vec<ArrayRef> = vec![ids(), Arc::new(tags.finish()), ids(), values];
    let schema = arrow_schema(fields::<T>());
    // the builder's item may be null
    let columns = columns.into_iter().zip(schema.fields()).map(|(array, field)| {
        let data = array.to_data().into_builder().data_type(field.data_type().clone());
        arrow_array::make_array(data.build().expect("the same layout"))
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).expect("a batch")
}

fn numbers(first: i64, values: impl Into<Int64Array>) -> RecordBatch {
    batch::<Option<i64>>(first, Arc::new(values.into()))
}

fn unsigned(values: &[u64]) -> RecordBatch {
    batch::<u64>(0, Arc::new(UInt64Array::from(values.to_vec())))
}

fn instants(first: i64, values: &[&str]) -> RecordBatch {
    let micros = values.iter().map(|text| instant(text).as_microsecond());
    let array = TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC");
    batch::<Timestamp>(first, Arc::new(array))
}

fn dates(first: i64, values: &[&str]) -> RecordBatch {
    let days = values.iter().map(|text| time::days(text.parse().expect("a date")));
    batch::<civil::Date>(first, Arc::new(Date32Array::from_iter_values(days)))
}

fn texts(values: &[&str]) -> RecordBatch {
    batch::<String>(0, Arc::new(StringArray::from(values.to_vec())))
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn number(value: i128) -> CursorValue {
    CursorValue::Integer(value)
}

fn ids(batch: &RecordBatch) -> Vec<i64> {
    batch.column(2).as_primitive::<Int64Type>().values().to_vec()
}

/// The numbers of the rows that are kept, and how many are not.
fn kept(taken: &Taken) -> (Vec<i64>, u64) {
    (taken.rows.as_ref().map(ids).unwrap_or_default(), taken.dropped)
}

fn watch<T: Column>(change: impl FnOnce(&mut IncrementalSpec), bounds: Bounds) -> Watch {
    Watch::new(cursor_of::<T>(change), bounds)
}

/// How far the state moves at the end.
fn end(watch: &Watch) -> Option<CursorValue> {
    watch.at_end().expect("no error").map(|(value, _)| value)
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
