//! Cursors against columns.

use super::{Text, range, same};
use crate::spec::{ColumnSource, Decode, FieldSpec};
use crate::value::LogicalType;

/// `cursor(cursor_column = name)` of a resource with these fields: its last row has a value, and
/// the value goes back to the API as it came.
#[track_caller]
pub const fn cursor_column(fields: &[FieldSpec], name: &str, owner: &str) {
    let mut i = 0;
    while i < fields.len() {
        match &fields[i] {
            FieldSpec::Column(column) if same(column.name, name) => {
                let text =
                    Text::new().tick(name).add(" of ").tick(owner).add(" cannot be a cursor: it ");
                let text = if column.nullable {
                    text.add("may be null")
                } else if !matches!(column.source, ColumnSource::Row) {
                    text.add("is the same in all rows, and would never go on")
                } else if column.default.is_some() {
                    text.add("has a default, which is no value of the API's")
                } else if !matches!(column.decode, Decode::Plain) {
                    text.add("is decoded in a way of its own, and would not go back as it came")
                } else if is_cursor(column.ty) {
                    return;
                } else {
                    text.add("is ").tick(column.ty.name())
                };
                text.add("\nhelp: a cursor column is an integer, a `String`, `Uuid`, `Timestamp` or `Date`, never null")
                    .fail();
            }
            FieldSpec::Flatten { name: nested, .. } | FieldSpec::List { name: nested, .. }
                if same(nested, name) =>
            {
                Text::new()
                    .tick(name)
                    .add(" of ")
                    .tick(owner)
                    .add(" cannot be a cursor: it is no single value\nhelp: name a plain column")
                    .fail()
            }
            _ => {}
        }
        i += 1;
    }
    Text::new()
        .add("the cursor of `resource_defaults` is the column ")
        .tick(name)
        .add(", which ")
        .tick(owner)
        .add(" does not have\nhelp: give ")
        .tick(owner)
        .add(" a `paginator` of its own")
        .fail();
}

const fn is_cursor(ty: LogicalType) -> bool {
    use LogicalType as Ty;
    range(ty).is_some() || matches!(ty, Ty::Date | Ty::Text | Ty::Timestamp | Ty::Uuid)
}
