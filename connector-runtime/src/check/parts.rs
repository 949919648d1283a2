//! Parents and partitions: what a resource takes from them.

use super::{Text, range, same};
use crate::spec::{ColumnSource, ColumnSpec, FieldSpec, ParentSpec, PartitionValues, ResourceSpec};
use crate::value::LogicalType;

/// `{issue.name}` in the request of `spec`: a column of the parent that stands in a text.
/// `parent`: its fields, none when its derive has reported an error.
#[track_caller]
pub const fn parent_value(spec: &ResourceSpec, parent: &[FieldSpec], name: &str) {
    let Some(named) = &spec.parent else { return };
    let Some((column, _)) = found(spec, named, parent, name) else { return };
    if matches!(
        column.ty,
        LogicalType::Bytes | LogicalType::F32 | LogicalType::F64 | LogicalType::Json
    ) {
        place(Text::new(), named, name)
            .add(" is ")
            .tick(column.ty.name())
            .add(", which says nothing exact in a request\nhelp: a column that could be a primary key, such as an integer or a `String`")
            .fail();
    }
}

/// `#[column(parent = issue.column)]` on the field `name`, whose type is written `rust`.
/// `is_said`: what becomes of parents without the value.
#[track_caller]
pub const fn parent_column(
    spec: &ResourceSpec,
    parent: &[FieldSpec],
    name: &str,
    rust: &str,
    is_said: bool,
) {
    let Some(named) = &spec.parent else { return };
    let Some((own, _)) = find(spec.fields, name) else { return };
    let ColumnSource::Parent(source) = own.source else { return };
    let Some((theirs, may_be_null)) = found(spec, named, parent, source) else { return };
    let text = place(Text::new(), named, source);
    if matches!(theirs.ty, LogicalType::Json) {
        text.add(" is kept as JSON, which is not stored again in each row of a child\nhelp: join the tables by a key of ")
            .tick(named.type_name)
            .fail();
    }
    if own.ty as u8 != theirs.ty as u8 {
        text.add(" is ")
            .tick(theirs.ty.name())
            .add(", but ")
            .tick(name)
            .add(" is ")
            .tick(rust)
            .add("\nhelp: give it the type that it has in ")
            .tick(named.type_name)
            .fail();
    }
    // what is checked there is a `Choice`, too: most likely the same
    if matches!(own.ty, LogicalType::Text) && own.check.is_some() && theirs.check.is_none() {
        let text = Text::new().tick(name).add(" is ").tick(rust).add(", and not every text of ");
        place(text, named, source).add(" is one\nhelp: `").add(name).add(": String`").fail();
    }
    if may_be_null && !own.nullable && !is_said {
        text.add(" may be null, but ")
            .tick(name)
            .add(" is ")
            .tick(rust)
            .add("\nhelp: `")
            .add(name)
            .add(": Option<")
            .add(rust)
            .add(">`, or `parent(")
            .add(named.alias)
            .add(": ")
            .add(named.type_name)
            .add(", on_missing = skip)`")
            .fail();
    }
}

/// `on_missing = skip`: some value may be missing that the request, which names `used`, or a column
/// that is never null needs.
#[track_caller]
pub const fn parent_may_lack(spec: &ResourceSpec, parent: &[FieldSpec], used: &[&str]) {
    let Some(named) = &spec.parent else { return };
    let mut i = 0;
    while i < used.len() {
        if may_be_null(parent, used[i]) {
            return;
        }
        i += 1;
    }
    let mut i = 0;
    while i < spec.fields.len() {
        if let FieldSpec::Column(own) = &spec.fields[i]
            && let ColumnSource::Parent(source) = own.source
            && !own.nullable
            && may_be_null(parent, source)
        {
            return;
        }
        i += 1;
    }
    Text::new()
        .add("every row of ")
        .tick(named.type_name)
        .add(" has what ")
        .tick(spec.type_name)
        .add(" needs of it, so `on_missing` does nothing\nhelp: remove it")
        .fail();
}

/// Whether a row of the parent may lack the column, as far as that is known.
const fn may_be_null(parent: &[FieldSpec], name: &str) -> bool {
    match find(parent, name) {
        Some((_, nullable)) => nullable,
        None => true,
    }
}

/// `#[column(partition = ..)]` on the field `name`, whose type is written `rust`. What the
/// elements of a connector's list are, the connector's entry asks.
#[track_caller]
pub const fn partition_column(spec: &ResourceSpec, name: &str, rust: &str) {
    let Some((own, _)) = find(spec.fields, name) else { return };
    let ColumnSource::Partition(partition) = own.source else { return };
    let is_text = matches!(own.ty, LogicalType::Text) && own.check.is_none();
    let listed = matches!(values(spec, partition), Some(PartitionValues::Listed(_)));
    if own.nullable || !is_text && (listed || range(own.ty).is_none()) {
        Text::new()
            .tick(name)
            .add(" is ")
            .tick(rust)
            .add(", but an element of ")
            .tick(partition)
            .add(if listed {
                " is a text\nhelp: `"
            } else {
                " is a text or a whole number, never null\nhelp: `"
            })
            .add(name)
            .add(": String`")
            .fail();
    }
}

/// The elements of the partition `name`.
pub(super) const fn values(spec: &ResourceSpec, name: &str) -> Option<PartitionValues> {
    let mut i = 0;
    while i < spec.partitions.len() {
        if same(spec.partitions[i].name, name) {
            return Some(spec.partitions[i].values);
        }
        i += 1;
    }
    None
}

/// "`issue.number`".
const fn place(text: Text, parent: &ParentSpec, name: &str) -> Text {
    text.add("`").add(parent.alias).add(".").add(name).add("`")
}

/// The column of the parent, and whether it may be null. `None`: nobody knows its columns.
#[track_caller]
const fn found<'a>(
    spec: &ResourceSpec,
    named: &ParentSpec,
    parent: &'a [FieldSpec],
    name: &str,
) -> Option<(&'a ColumnSpec, bool)> {
    if parent.is_empty() {
        return None;
    }
    let found = find(parent, name);
    if found.is_none() {
        let text = place(Text::new().tick(spec.type_name).add(" names "), named, name)
            .add(", which is not a column of ")
            .tick(named.type_name)
            .add("\nhelp: its columns are ");
        let (text, _) = columns(text, parent, Text::new(), true);
        text.fail();
    }
    found
}

/// The column of that name, those of flattened objects included.
const fn find<'a>(fields: &'a [FieldSpec], name: &str) -> Option<(&'a ColumnSpec, bool)> {
    let mut i = 0;
    while i < fields.len() {
        match &fields[i] {
            FieldSpec::Column(column) if same(column.name, name) => {
                return Some((column, column.nullable));
            }
            FieldSpec::Flatten { name: object, optional, fields, .. } => {
                if let Some(rest) = inside(name, object)
                    && let Some((column, nullable)) = find(fields, rest)
                {
                    return Some((column, nullable || *optional));
                }
            }
            FieldSpec::Column(_) | FieldSpec::List { .. } => {}
        }
        i += 1;
    }
    None
}

/// `id` of `user__id`, where the object is `user`.
const fn inside<'a>(name: &'a str, object: &str) -> Option<&'a str> {
    let start = object.len() + super::list::NESTING.len();
    if name.len() <= start {
        return None;
    }
    let (head, rest) = name.as_bytes().split_at(start);
    let (own, nesting) = head.split_at(object.len());
    match (std::str::from_utf8(own), std::str::from_utf8(nesting), std::str::from_utf8(rest)) {
        (Ok(own), Ok(nesting), Ok(rest))
            if same(own, object) && same(nesting, super::list::NESTING) =>
        {
            Some(rest)
        }
        _ => None,
    }
}

/// The names of columns, with commas between; whether the first one is still to come.
const fn columns(text: Text, fields: &[FieldSpec], prefix: Text, first: bool) -> (Text, bool) {
    let (mut text, mut first) = (text, first);
    let mut i = 0;
    while i < fields.len() {
        match &fields[i] {
            FieldSpec::Column(column) => {
                text = text.add(if first { "`" } else { ", `" }).text(prefix);
                text = text.add(column.name).add("`");
                first = false;
            }
            FieldSpec::Flatten { name, fields, .. } => {
                let prefix = prefix.add(name).add(super::list::NESTING);
                (text, first) = columns(text, fields, prefix, first);
            }
            FieldSpec::List { .. } => {}
        }
        i += 1;
    }
    (text, first)
}
