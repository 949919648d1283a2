//! How rows get into tables: what only types can tell of columns, and what the connector's defaults
//! leave to say.

use super::{Text, has_key, range, same};
use crate::spec::{
    ColumnMark, ColumnSpec, ConnectorSpec, FieldSpec, OnMissing, ResourceSpec, WriteDisposition,
};
use crate::value::LogicalType;

/// A mark of a column like `column`, on a field called `name` of the type written `rust`.
#[track_caller]
pub const fn mark(column: ColumnSpec, mark: ColumnMark, name: &str, rust: &str) {
    let fits = match mark {
        ColumnMark::HardDelete => column.nullable || matches!(column.ty, LogicalType::Bool),
        ColumnMark::SoftDelete => match column.ty {
            LogicalType::Bool => !column.nullable,
            LogicalType::Timestamp => column.nullable,
            _ => false,
        },
        ColumnMark::DedupSort(_) | ColumnMark::Version => {
            range(column.ty).is_some()
                || matches!(column.ty, LogicalType::Date | LogicalType::Timestamp)
        }
    };
    if fits {
        return;
    }
    let places = match mark {
        ColumnMark::HardDelete => "a `bool` or an `Option`",
        ColumnMark::SoftDelete => "a `bool` or an `Option<Timestamp>`",
        ColumnMark::DedupSort(_) | ColumnMark::Version => {
            "an integer, a `Timestamp`, a `Date`, or an `Option` of one"
        }
    };
    let text = Text::new()
        .tick(word(mark))
        .add(" stands on ")
        .add(places)
        .add(", but ")
        .tick(name)
        .add(" is ")
        .tick(rust);
    let text = match (mark, column.ty) {
        (ColumnMark::SoftDelete, LogicalType::Bool) => text
            .add("\nhelp: `")
            .add(name)
            .add(": bool`, with `#[column(default)]` when it may be absent"),
        (ColumnMark::SoftDelete, LogicalType::Timestamp) => {
            text.add("\nhelp: `").add(name).add(": Option<Timestamp>`: null where the row is there")
        }
        (ColumnMark::HardDelete, _) => {
            text.add("\nnote: in an `Option` of anything but `bool` any value that is not null deletes the row")
        }
        _ => text,
    };
    text.fail()
}

const fn word(mark: ColumnMark) -> &'static str {
    match mark {
        ColumnMark::DedupSort(_) => "dedup_sort",
        ColumnMark::HardDelete => "hard_delete",
        ColumnMark::SoftDelete => "soft_delete",
        ColumnMark::Version => "version",
    }
}

/// A column of `delete_insert(merge_key = name)`: rows are found by its value, as by a key. That
/// there is such a field, the derive has checked.
#[track_caller]
pub const fn merge_key(fields: &[FieldSpec], name: &str, owner: &str) {
    let text = Text::new().tick(name).add(" of ").tick(owner).add(" cannot be a merge key: it ");
    let text = match field(fields, name) {
        Some(FieldSpec::Column(column)) if column.nullable => text.add("may be null"),
        Some(FieldSpec::Column(column)) if !column.ty.is_key() => {
            text.add("is ").tick(column.ty.name())
        }
        Some(FieldSpec::Flatten { .. } | FieldSpec::List { .. }) => text.add("is no single value"),
        Some(FieldSpec::Column(_)) | None => return,
    };
    text.add("\nhelp: a merge key is made of columns that could be a primary key, such as a `Date` or a `String`")
        .fail();
}

/// `unknown_fields = capture(name)`: an object is kept as JSON.
#[track_caller]
pub const fn captures(fields: &[FieldSpec], name: &str, owner: &str) {
    match field(fields, name) {
        Some(FieldSpec::Column(ColumnSpec { ty: LogicalType::Json, .. })) | None => {}
        Some(_) => Text::new()
            .tick(name)
            .add(" of ")
            .tick(owner)
            .add(" cannot capture fields: it is not kept as JSON\nhelp: `")
            .add(name)
            .add(": Json`")
            .fail(),
    }
}

/// `strategy = scd2`: a history is kept of one table. Lists that their spelling shows, the derive
/// has found.
#[track_caller]
pub const fn no_lists(fields: &[FieldSpec], owner: &str) {
    let mut i = 0;
    while i < fields.len() {
        match &fields[i] {
            FieldSpec::List { name, .. } => Text::new()
                .add("scd2 keeps the history of one table, and the list ")
                .tick(name)
                .add(" of ")
                .tick(owner)
                .add(" would be another\nhelp: give it the type `Json<..>`, which keeps it in one column")
                .fail(),
            FieldSpec::Flatten { fields, .. } => no_lists(fields, owner),
            FieldSpec::Column(_) => {}
        }
        i += 1;
    }
}

const fn field<'a>(fields: &'a [FieldSpec], wanted: &str) -> Option<&'a FieldSpec> {
    let mut i = 0;
    while i < fields.len() {
        let name = match &fields[i] {
            FieldSpec::Column(column) => column.name,
            FieldSpec::Flatten { name, .. } | FieldSpec::List { name, .. } => name,
        };
        if same(name, wanted) {
            return Some(&fields[i]);
        }
        i += 1;
    }
    None
}

/// What a resource says of the rows that are there, against the write disposition of the defaults.
/// What goes with a disposition of its own, its derive has checked.
#[track_caller]
pub(super) const fn default_disposition(spec: &ConnectorSpec, resource: &ResourceSpec) {
    // what has no table has no rows that are there
    if resource.write_disposition.is_some() || !resource.store {
        return;
    }
    incremental(spec, resource);
    match spec.defaults.write_disposition {
        Some(WriteDisposition::Merge) => merge_has_key(resource),
        Some(WriteDisposition::Append) => only_merges(resource, "append"),
        Some(WriteDisposition::Replace) => only_merges(resource, "replace"),
        None => {}
    }
    let replaces = matches!(spec.defaults.write_disposition, Some(WriteDisposition::Replace));
    if resource.allow_empty && resource.delete_missing.is_none() && !replaces {
        Text::new()
            .add("`allow_empty` of ")
            .tick(resource.type_name)
            .add(" does nothing: no row goes when a scan brings none\nhelp: it stands beside `write_disposition = replace` or `delete_missing = ..`")
            .fail();
    }
}

/// A load of what is new has not all rows, and brings some again.
#[track_caller]
const fn incremental(spec: &ConnectorSpec, resource: &ResourceSpec) {
    let Some(incremental) = &resource.incremental else { return };
    let text = Text::new().add("`resource_defaults` says ");
    let text = match spec.defaults.write_disposition {
        Some(WriteDisposition::Replace) => text
            .add("replace, which needs all rows, and ")
            .tick(resource.type_name)
            .add(" reads only what is new"),
        Some(WriteDisposition::Append) if incremental.lag.is_some() => text
            .add("append, with which the rows that `lag` of ")
            .tick(resource.type_name)
            .add(" reads again would be there twice"),
        Some(WriteDisposition::Append)
            if matches!(incremental.on_missing, Some(OnMissing::Include)) =>
        {
            text.add("append, with which the rows without a cursor value that ")
                .tick(resource.type_name)
                .add(" includes would be there once more with every load")
        }
        Some(WriteDisposition::Append) if incremental.parallel > 1 => text
            .add("append, with which windows are read one after the other, but ")
            .tick(resource.type_name)
            .add(" says `parallel`"),
        _ => return,
    };
    text.add("\nhelp: write `write_disposition = merge` on it").fail();
}

/// Merge finds the row that is there already by its key.
#[track_caller]
const fn merge_has_key(resource: &ResourceSpec) {
    if !has_key(resource.fields) {
        Text::new()
            .add("`resource_defaults` says merge, which needs a primary key; ")
            .tick(resource.type_name)
            .add(" has none\nhelp: mark its identifying field with `#[column(primary_key)]`, or write `write_disposition = append` on it")
            .fail();
    }
}

/// What the resource says of rows that are there is about merging them.
#[track_caller]
const fn only_merges(resource: &ResourceSpec, other: &str) {
    let option = if resource.delete_missing.is_some() {
        "delete_missing"
    } else if let Some(mark) = first_mark(resource.fields) {
        word(mark)
    } else {
        return;
    };
    Text::new()
        .add("`resource_defaults` says ")
        .add(other)
        .add(", with which ")
        .tick(option)
        .add(" of ")
        .tick(resource.type_name)
        .add(" does nothing\nhelp: write `write_disposition = merge` on it")
        .fail();
}

const fn first_mark(fields: &[FieldSpec]) -> Option<ColumnMark> {
    let mut i = 0;
    while i < fields.len() {
        if let FieldSpec::Column(ColumnSpec { mark: Some(mark), .. }) = &fields[i] {
            return Some(*mark);
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ElementSpec;

    const LIST: FieldSpec = FieldSpec::List {
        name: "labels",
        wire: "labels",
        doc: "",
        optional: false,
        element: ElementSpec::Value(ColumnSpec::new::<i64>("value", "value", "")),
    };

    #[test]
    #[should_panic(expected = "the list `labels` of `Issue` would be another\nhelp: ")]
    fn lists_of_flattened_objects_are_found() {
        let flattened =
            FieldSpec::Flatten { name: "user", wire: "user", optional: false, fields: &[LIST] };
        no_lists(&[ColumnSpec::new::<i64>("id", "id", "").field(), flattened], "Issue");
    }

    #[test]
    #[should_panic(expected = "`labels` of `Issue` cannot be a merge key: it is no single value")]
    fn a_list_is_no_merge_key() {
        merge_key(&[LIST], "labels", "Issue");
    }
}
