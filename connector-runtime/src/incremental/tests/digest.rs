use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int64Array, RecordBatch, StringArray, StructArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow_schema::{Field, Schema};

use crate::incremental::digest::Digester;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let field =
        |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let fields: Vec<_> = columns.iter().map(field).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("a batch")
}

fn digest(columns: Vec<(&str, ArrayRef)>) -> u64 {
    digests(&batch(columns))[0]
}

fn digests(batch: &RecordBatch) -> Vec<u64> {
    let digester = Digester::new(batch.schema_ref().fields());
    (0..batch.num_rows()).map(|row| digester.digest(batch, row)).collect()
}

fn text(value: &str) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

fn list(values: &[Option<&str>]) -> ArrayRef {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value(values.iter().copied());
    Arc::new(list.finish())
}

fn record(columns: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let batch = batch(columns);
    Arc::new(StructArray::from(batch))
}

/// They are stored: another digest makes rows come twice.
#[test]
fn digests_stay_the_same() {
    let every = || -> Vec<(&str, ArrayRef)> {
        vec![
            ("binary", Arc::new(BinaryArray::from(vec![&b"\x00\xff"[..]]))),
            ("boolean", Arc::new(BooleanArray::from(vec![true]))),
            ("date", Arc::new(Date32Array::from(vec![19_753]))),
            (
                "uuid",
                Arc::new(FixedSizeBinaryArray::try_from_iter([[7_u8; 16]].iter()).expect("16")),
            ),
            ("f32", Arc::new(Float32Array::from(vec![1.5]))),
            ("f64", Arc::new(Float64Array::from(vec![-0.1]))),
            ("i64", Arc::new(Int64Array::from(vec![-5]))),
            ("time", Arc::new(Time64MicrosecondArray::from(vec![1]))),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![2]).with_timezone("UTC"))),
            ("u64", Arc::new(UInt64Array::from(vec![u64::MAX]))),
            ("text", text("ü")),
            ("tags", list(&[Some("a"), None])),
            ("record", record(vec![("b", text("x")), ("a", text("y"))])),
            ("null", Arc::new(Int64Array::from(vec![None::<i64>]))),
        ]
    };
    assert_eq!(digest(every()), 3_276_047_907_536_704_557);
    let mut moved = every();
    moved.reverse();
    assert_eq!(digest(moved), digest(every()));
    let mut fewer = every();
    fewer.pop();
    assert_eq!(digest(fewer), digest(every()));
}

#[test]
fn rows_that_differ_have_other_digests() {
    let null: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    let all = [
        digest(vec![("a", text("x")), ("b", text("y"))]),
        digest(vec![("a", text("y")), ("b", text("x"))]),
        digest(vec![("a", text("xy")), ("b", text(""))]),
        digest(vec![("a", text("")), ("b", text("xy"))]),
        digest(vec![("a", text("xy")), ("b", null.clone())]),
        digest(vec![("a", null), ("b", text("xy"))]),
        digest(vec![("a", list(&[]))]),
        digest(vec![("a", list(&[None]))]),
        digest(vec![("a", list(&[Some("")]))]),
        digest(vec![("a", list(&[Some("x"), Some("y")]))]),
        digest(vec![("a", list(&[Some("xy")]))]),
        digest(vec![("a", record(vec![("b", text("x"))])), ("b", text("y"))]),
        digest(vec![("a", record(vec![("b", text("y"))])), ("b", text("x"))]),
        digest(vec![("a", Arc::new(Int64Array::from(vec![1]))), ("b", text("2"))]),
        digest(vec![("a", Arc::new(Int64Array::from(vec![2]))), ("b", text("1"))]),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[..at].contains(one), "{at}");
    }
}

#[test]
fn a_row_has_one_digest_wherever_it_stands() {
    let rows = batch(vec![
        ("id", Arc::new(Int64Array::from_iter_values(0..10_000)) as ArrayRef),
        ("even", Arc::new(BooleanArray::from_iter((0..10_000).map(|row| Some(row % 2 == 0))))),
    ]);
    let all = digests(&rows);
    assert_eq!(digests(&rows.slice(5_000, 10)), all[5_000..5_010]);
    let mut distinct = all;
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 10_000);
}
