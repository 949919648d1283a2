//! Keys that come twice in a batch: rare, and dear to look for in the database.

use std::hash::{DefaultHasher, Hasher};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use crate::schema::{Part, Table};

/// Whether a key of the table may come twice: by digests, so that what differs may look alike, but
/// never the other way round.
pub(in crate::destination) fn may_repeat(part: &Part, table: &Table) -> bool {
    if rise(part, table) {
        return false;
    }
    let mut digests = vec![0_u64; part.rows.len()];
    for (column, array) in table.columns.iter().zip(&part.columns) {
        if column.primary_key {
            digest(array, &mut digests);
        }
    }
    digests.sort_unstable();
    digests.windows(2).any(|pair| pair[0] == pair[1])
}

/// Whether the key is one integer that rises from row to row, as it mostly does.
fn rise(part: &Part, table: &Table) -> bool {
    let mut keys = table.columns.iter().zip(&part.columns).filter(|(column, _)| column.primary_key);
    let (Some((_, key)), None) = (keys.next(), keys.next()) else { return false };
    let integers = key.as_primitive_opt::<Int64Type>();
    integers.is_some_and(|keys| keys.values().is_sorted_by(|key, next| key < next))
}

/// Mixes the values of an array into the digests of their rows.
fn digest(array: &ArrayRef, digests: &mut [u64]) {
    let data = array.to_data();
    let width = data.data_type().primitive_width();
    match (array.data_type(), width) {
        (DataType::Utf8, _) => {
            let texts = array.as_string::<i32>();
            each(digests, |row| texts.value(row).as_bytes());
        }
        (DataType::Binary, _) => {
            let values = array.as_binary::<i32>();
            each(digests, |row| values.value(row));
        }
        (DataType::FixedSizeBinary(_), _) => {
            let values = array.as_fixed_size_binary();
            each(digests, |row| values.value(row));
        }
        (DataType::Boolean, _) => {
            let values = array.as_boolean();
            each(digests, |row| if values.value(row) { b"1" } else { b"0" });
        }
        (_, Some(width)) => {
            let bytes = &data.buffers()[0].as_slice()[data.offset() * width..];
            each(digests, |row| &bytes[row * width..(row + 1) * width]);
        }
        // no key has another type: each row looks like the others
        (_, None) => {}
    }
}

fn each<'a>(digests: &mut [u64], value: impl Fn(usize) -> &'a [u8]) {
    for (row, digest) in digests.iter_mut().enumerate() {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(*digest);
        hasher.write(value(row));
        *digest = hasher.finish();
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::RecordBatch;

    use super::*;
    use crate::schema::{Tables, arrow_schema};
    use crate::spec::{ColumnSpec, FieldSpec, ResourceSpec};
    use crate::value::{Column, ColumnBuilder};

    /// Whether a key of two columns comes twice among these.
    fn repeats<A: Column, B: Column>(keys: Vec<(A, B)>) -> bool {
        let a = ColumnSpec::new::<A>("a", "a", "").primary_key();
        let b = ColumnSpec::new::<B>("b", "b", "").primary_key();
        let fields: &'static [FieldSpec] = Box::leak(Box::new([a.field(), b.field()]));
        let (mut a, mut b) = (ColumnBuilder::new(&a), ColumnBuilder::new(&b));
        let tables = Tables::of(&ResourceSpec { fields, ..ResourceSpec::EMPTY });
        for (first, second) in keys {
            first.write(&mut a);
            second.write(&mut b);
        }
        let columns = vec![a.finish(), b.finish()];
        let batch = RecordBatch::try_new(arrow_schema(fields), columns).expect("a batch");
        // the first row alone has nothing beside it
        let sliced = batch.slice(1, batch.num_rows() - 1);
        may_repeat(&tables.split(&sliced)[0], tables.root())
    }

    #[test]
    fn keys_that_come_twice() {
        let text = |text: &str| text.to_owned();
        assert!(!repeats(vec![(1, text("a")), (1, text("a")), (1, text("b")), (2, text("a"))]));
        assert!(repeats(vec![(9, text("")), (1, text("a")), (2, text("a")), (1, text("a"))]));
        assert!(!repeats(vec![(text("x"), true), (text("ab"), true), (text("ab"), false)]));
        assert!(repeats(vec![(text("x"), true), (text("ab"), true), (text("ab"), true)]));
        // the place between two texts counts
        assert!(!repeats(vec![
            (text(""), text("")),
            (text("ab"), text("c")),
            (text("a"), text("bc"))
        ]));
        let day = |day| jiff::civil::date(2024, 1, day);
        assert!(!repeats(vec![(1_u64, day(1)), (1, day(1)), (1, day(2))]));
        assert!(repeats(vec![(1_u64, day(1)), (1, day(2)), (1, day(2))]));
    }
}
